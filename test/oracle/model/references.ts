import {
  orgUnitWireKinds,
  type OrgUnitWireKind,
  type ParentReference,
  type ParentRole,
} from '../../../src/domain/entities.ts';
import { rowKey, type Source, type State, type UnitRow } from './state.ts';

export type UnitRows = ReadonlyMap<string, UnitRow>;
export type UnitReference = { kind: OrgUnitWireKind | null; sourcedId: string };
/** The row that is there and meant, or why there is none. */
export type Meaning = { row: UnitRow } | { wait: 'ambiguous' | 'detached' | 'unknown' };

/**
 * What a reference means among the rows that are there, implied ones included (projection.md, 3); never the row that
 * states it.
 */
export function meaning(rows: UnitRows, source: Source, reference: UnitReference, stating?: UnitRow): Meaning {
  const named = orgUnitWireKinds
    .map((kind) => rows.get(rowKey(source, kind, reference.sourcedId)))
    .filter((row) => row !== undefined && row !== stating) as UnitRow[];
  const candidates = named.filter((row) => !row.deleted);
  const exact = candidates.find((row) => row.kind === reference.kind);
  if (exact !== undefined) return { row: exact };
  if (candidates.length > 1) return { wait: 'ambiguous' };
  if (candidates[0] !== undefined) return { row: candidates[0] };
  return { wait: named.length > 0 ? 'detached' : 'unknown' };
}

/** The references of a row in a role, in the order stated. */
export function referencesOf(row: UnitRow, ...roles: ParentRole[]): ParentReference[] {
  return (row.fields.parents ?? []).filter((reference) => roles.includes(reference.role));
}

/** What a section has as its offering: its own one if it brings one (projection.md, 2 and 3), else what it names. */
export function offeringOf(rows: UnitRows, state: State, section: UnitRow): Meaning | undefined {
  if (bringsOffering(state, section)) {
    // Where the own offering was deleted the reference falls back on another kind with its id, as any reference does.
    return meaning(rows, section.source, { kind: 'offering', sourcedId: section.sourcedId }, section);
  }
  const reference = referencesOf(section, 'offering')[0];
  return reference === undefined ? undefined : meaning(rows, section.source, reference, section);
}

/** A section brings its own offering unless one with its own message is there under the id that it names. */
export function bringsOffering(state: State, section: UnitRow): boolean {
  const { source } = section;
  if (source.options.sectionBringsOffering === null || section.deleted) return false;
  const named = referencesOf(section, 'offering')[0];
  if (named === undefined) return true;
  const declared = state.units.get(rowKey(source, 'offering', named.sourcedId));
  return declared === undefined || declared.deleted;
}
