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

export const nothingTouched: Touched = { users: [], orgUnits: [], enrollments: [], relations: [] };

export function uniqueKeys(keys: readonly SourcedKey[]): SourcedKey[] {
  return [...new Map(keys.map((key) => [`${String(key.sourceSystemId)} ${key.sourcedId}`, key])).values()];
}
