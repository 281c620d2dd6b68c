import type { OrgUnitWireKind } from '../domain/entities.ts';

export interface SourcedKey {
  readonly sourceSystemId: number;
  readonly sourcedId: string;
}

export interface OrgUnitKey extends SourcedKey {
  readonly kind: OrgUnitWireKind;
}

/** An org unit to project again. */
export interface TouchedOrgUnit extends OrgUnitKey {
  /** It came, went, is of another type or refers to others: what depends on it is looked at, though it may not turn. */
  readonly spreads?: boolean;
}

/** Declared rows to project again. What depends on them is found by the projection itself. */
export interface Touched {
  readonly users: readonly SourcedKey[];
  readonly orgUnits: readonly TouchedOrgUnit[];
  readonly enrollments: readonly SourcedKey[];
  /** Persons whose relations are to be placed again; those of touched users are anyway. */
  readonly relations: readonly SourcedKey[];
}

/** LMS objects of one entity that lost a link: nothing that is touched reaches them any more. */
export interface UnlinkedIds {
  readonly lost: readonly string[];
  /** Those that a run has made which is taken back: they are given up, with their names. Who comes again under their link may have their ids. */
  readonly givenUp: readonly string[];
}

/** LMS objects that lost a link. */
export interface Unlinked {
  readonly users: UnlinkedIds;
  readonly orgUnits: UnlinkedIds;
}

export const nothingLost: UnlinkedIds = { lost: [], givenUp: [] };
export const nothingUnlinked: Unlinked = { users: nothingLost, orgUnits: nothingLost };

export const nothingTouched: Touched = { users: [], orgUnits: [], enrollments: [], relations: [] };

export function uniqueKeys(keys: readonly SourcedKey[]): SourcedKey[] {
  return [...new Map(keys.map((key) => [`${String(key.sourceSystemId)} ${key.sourcedId}`, key])).values()];
}
