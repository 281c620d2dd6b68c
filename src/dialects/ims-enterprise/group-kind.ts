import type { OrgUnitWireKind } from '../../domain/entities.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { child, children, foldedWord, textOf } from './values.ts';

/** What a group is: its kind, and the SIS's own word for it. */
export interface GroupKind {
  readonly kind: OrgUnitWireKind;
  /** undefined = it does not say. */
  readonly type: string | undefined;
  readonly luminis: boolean;
}

/** `typevalue` of scheme Luminis, folded. What is not here (Term, Department, College...) is a group of that type. */
const luminisKinds: ReadonlyMap<string, OrgUnitWireKind> = new Map([
  ['course', 'template'],
  ['coursesection', 'section'],
  ['crosslistedsection', 'association'],
  ['crosslist', 'association'],
]);

/** The same of all other schemes: a course that has no catalogue entry above it is what people are enrolled in. */
const otherKinds: ReadonlyMap<string, OrgUnitWireKind> = new Map([
  ['coursetemplate', 'template'],
  ['course', 'offering'],
  ['courseoffering', 'offering'],
  ['coursesection', 'section'],
  ['section', 'section'],
]);

/** Of several group types the one of scheme Luminis counts, else the first that has a value. */
export function groupKind(group: ElementView, sourcedId: string): GroupKind {
  const conventional = kindOfId(sourcedId);
  const types = children(group, 'grouptype').flatMap((each) => {
    const type = children(each, 'typevalue')
      .map(textOf)
      .find((value) => value !== undefined);
    return type === undefined ? [] : [{ type, luminis: foldedWord(textOf(child(each, 'scheme'))) === 'luminis' }];
  });
  const stated = types.find(({ luminis }) => luminis) ?? types[0];
  if (conventional === 'association') return { kind: 'association', type: stated?.type, luminis: true };
  if (stated === undefined) return { kind: conventional ?? 'group', type: undefined, luminis: true };
  const known = (stated.luminis ? luminisKinds : otherKinds).get(foldedWord(stated.type));
  return { ...stated, kind: known ?? 'group' };
}

/**
 * What an id is by the conventions of Luminis, for records that say nothing else: a cross-list is XLS..., a course CRS..., a
 * section is CRN.TERM. undefined = it cannot be told.
 */
export function kindOfId(sourcedId: string): OrgUnitWireKind | undefined {
  if (sourcedId.startsWith('XLS')) return 'association';
  if (sourcedId.startsWith('CRS')) return 'template';
  return /^[^.\s]+\.[^.\s]+$/.test(sourcedId) ? 'section' : undefined;
}
