import type { OrgUnitWireKind } from '../../domain/entities.ts';

/** The words of membershipIdType. */
const words: Readonly<Record<OrgUnitWireKind, string>> = {
  group: 'group',
  template: 'courseTemplate',
  offering: 'courseOffering',
  section: 'courseSection',
  association: 'sectionAssociation',
};

const kinds: ReadonlyMap<string, OrgUnitWireKind> = new Map(
  (Object.keys(words) as OrgUnitWireKind[]).map((kind) => [words[kind].toLowerCase(), kind]),
);

/** The kind by its word, in any case; another word (LADOK has some) leaves the kind open. */
export function collectionKind(word: string | undefined): OrgUnitWireKind | null {
  return kinds.get(word?.toLowerCase() ?? '') ?? null;
}

/** The membershipIdType of a kind; undefined where it was left open. */
export function membershipIdType(kind: OrgUnitWireKind | null): string | undefined {
  return kind === null ? undefined : words[kind];
}
