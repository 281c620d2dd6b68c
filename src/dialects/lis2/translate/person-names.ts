import type { UserFields } from '../../../domain/entities.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import {
  nameFieldOf,
  type NameField,
  child,
  children,
  foldedWord,
  missing,
  partNameOf,
  state,
  type Step,
  textOf,
  tokensOf,
} from '../../../formats/ims/index.ts';

/** The name of type Full (FullName, at some senders) goes before the others; only a person with some name is taken. */
export const personNames: Step<UserFields> = {
  name: 'names',
  read(record, fields) {
    state(fields, 'formattedName', formattedName(record.object));
    for (const name of ownNames(record.object)) {
      for (const [field, value] of partsOf(name)) if (value !== undefined) fields[field] ??= value;
    }
    if (record.partial) return;
    if (fields.givenName === undefined && fields.familyName === undefined && fields.formattedName === undefined) {
      throw missing('The name of the person', `${record.at}/name/partName`);
    }
  },
};

/**
 * IPSIS's preferred names: without a name of type Preferred both are cleared; with one, a part that is there and empty
 * is cleared, a part that is not there is left. An update without one leaves them.
 */
export const preferredNames: Step<UserFields> = {
  name: 'preferred names',
  read(record, fields) {
    const preferred = children(record.object, 'name').find(isPreferred);
    if (preferred === undefined && record.partial) return;
    if (preferred === undefined) {
      fields.preferredGivenName = null;
      fields.preferredFamilyName = null;
      return;
    }
    const parts = new Map(partsOf(preferred));
    if (parts.has('givenName')) fields.preferredGivenName = parts.get('givenName') ?? null;
    if (parts.has('familyName')) fields.preferredFamilyName = parts.get('familyName') ?? null;
  },
};

function formattedName(person: ElementView): string | undefined {
  for (const formname of children(person, 'formname')) {
    const value = textOf(child(formname, 'formattedName'));
    if (value !== undefined) return value;
  }
  return undefined;
}

function ownNames(person: ElementView): ElementView[] {
  const names = children(person, 'name').filter((name) => !isPreferred(name));
  return [...names.filter(isFull), ...names.filter((name) => !isFull(name))];
}

function partsOf(name: ElementView): [NameField, string | undefined][] {
  return children(name, 'partName').flatMap((part) => {
    const word = partNameOf(part);
    const field = word === undefined ? undefined : nameFieldOf(word);
    return field === undefined ? [] : [[field, textOf(child(part, 'instanceValue'))]];
  });
}

function isPreferred(name: ElementView): boolean {
  return nameTypes(name).includes('preferred');
}

function isFull(name: ElementView): boolean {
  return nameTypes(name).some((word) => word === 'full' || word === 'fullname');
}

function nameTypes(name: ElementView): string[] {
  return tokensOf(child(name, 'nameType')).map(foldedWord);
}
