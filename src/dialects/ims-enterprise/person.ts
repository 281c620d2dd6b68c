import type { InstitutionRole, UserFields } from '../../domain/entities.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { extensionAttributes } from './extension.ts';
import { missing, type Reading, state, stateAttribute, type Step } from './record.ts';
import { attributeOf, booleanOf, child, children, foldedWord, textOf } from './values.ts';

type NameField = 'givenName' | 'familyName' | 'middleName' | 'namePrefix' | 'nameSuffix' | 'nickname';

/** Elements of `n`, and the types of its `partname`s, folded. */
const nameParts: ReadonlyMap<string, NameField> = new Map([
  ['given', 'givenName'],
  ['first', 'givenName'],
  ['firstname', 'givenName'],
  ['givenname', 'givenName'],
  ['family', 'familyName'],
  ['last', 'familyName'],
  ['lastname', 'familyName'],
  ['familyname', 'familyName'],
  ['surname', 'familyName'],
  ['other', 'middleName'],
  ['middle', 'middleName'],
  ['middlename', 'middleName'],
  ['prefix', 'namePrefix'],
  ['suffix', 'nameSuffix'],
  ['nickname', 'nickname'],
]);

/** The parts of a person, in order. Demographics, addresses, telephones and passwords are never read. */
const steps: readonly Step<UserFields>[] = [
  {
    name: 'base',
    read(record, fields) {
      fields.orgDefinedId = record.sourcedId;
    },
  },
  {
    name: 'names',
    read({ object, at, partial }, fields) {
      const name = child(object, 'name');
      state(fields, 'formattedName', textOf(child(name, 'fn')));
      state(fields, 'nickname', textOf(child(name, 'nickname')));
      for (const part of child(name, 'n')?.children ?? []) {
        const field = nameParts.get(
          part.name === 'partname' ? foldedWord(attributeOf(part, 'partnametype')) : part.name,
        );
        const value = textOf(part);
        if (field !== undefined && value !== undefined) fields[field] ??= value;
      }
      const { formattedName, givenName, familyName } = fields;
      if (!partial && formattedName === undefined && givenName === undefined && familyName === undefined)
        throw missing('The name of the person', `${at}/name/fn`);
    },
  },
  {
    name: 'e-mail',
    read({ object }, fields) {
      state(fields, 'email', textOf(child(object, 'email')));
    },
  },
  {
    // The one of type `Logon ID`, else the one without a type, else the first; its password is not even looked at.
    name: 'user ids',
    read({ object }, fields) {
      const userIds = children(object, 'userid').filter(
        (each) => textOf(each) !== undefined && !isSecretName(attributeOf(each, 'useridtype') ?? ''),
      );
      const chosen =
        userIds.find((each) => typeOf(each) === 'logonid') ?? userIds.find((each) => typeOf(each) === '') ?? userIds[0];
      state(fields, 'userName', textOf(chosen));
      for (const each of userIds) {
        const type = attributeOf(each, 'useridtype');
        if (each !== chosen && type !== undefined) stateAttribute(fields, type, textOf(each));
      }
    },
  },
  {
    name: 'institution roles',
    read({ object }, fields) {
      const roles = new Map<string, InstitutionRole>();
      for (const each of children(object, 'institutionrole')) {
        const role = attributeOf(each, 'institutionroletype');
        if (role === undefined) continue;
        const primary = booleanOf(attributeOf(each, 'primaryrole')) ?? false;
        roles.set(role, { role, primary: primary || roles.get(role)?.primary === true });
      }
      if (roles.size > 0) fields.roles = [...roles.values()];
    },
  },
  {
    name: 'system role',
    attributesOnly: true,
    read({ object }, fields) {
      const role = child(object, 'systemrole');
      stateAttribute(fields, 'systemRole', role && (attributeOf(role, 'systemroletype') ?? textOf(role)));
    },
  },
  extensionAttributes,
];

export const person: Reading<UserFields> = {
  point: 'translate.ims-enterprise.person',
  what: 'a person of IMS Enterprise 1.1',
  steps,
};

function typeOf(userId: ElementView): string {
  return foldedWord(attributeOf(userId, 'useridtype'));
}
