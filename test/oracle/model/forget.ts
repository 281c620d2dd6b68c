import { forgetRelationsTo } from './relations.ts';
import { liveAssociationsOf, type Scene } from './placement.ts';
import { unitRows } from './placeholders.ts';
import { meaning, offeringOf, referencesOf } from './references.ts';
import type { Row, State, UnitRow } from './state.ts';

/** Tombstones what depended on a row that was just deleted (projection.md, 8). */
export function forget(state: State, deleted: Row<unknown>): void {
  const key = deleted.key;
  if (state.users.has(key)) {
    forgetRelationsTo(state, deleted.source, deleted.sourcedId);
    for (const row of state.enrollments.values()) {
      if (row.source === deleted.source && row.fields.userSourcedId === deleted.sourcedId) row.deleted = true;
    }
  }
  const unit = state.units.get(key);
  if (unit === undefined) return;
  // What depends on it is told by the state before its deletion.
  unit.deleted = false;
  const lost = dependantsOf(state, unit);
  for (const row of [...lost.units, ...lost.enrollments]) row.deleted = true;
}

/** A unit, the units that require it as their parent and theirs, and the enrollments in all of them. */
function dependantsOf(state: State, unit: UnitRow) {
  const rows = unitRows(state);
  const scene: Scene = { state, rows, isLive: (row) => state.liveUnits.has(row.key) };
  const units = new Set([unit]);
  for (const lost of units) {
    for (const row of rows.values()) {
      if (row.source === unit.source && !row.deleted && requires(scene, row, lost)) units.add(row);
    }
  }
  const enrollments = [...state.enrollments.values()].filter((row) => {
    if (row.source !== unit.source) return false;
    const meant = meaning(rows, row.source, row.fields.orgUnit);
    return 'row' in meant && units.has(meant.row);
  });
  return { units, enrollments };
}

function requires(scene: Scene, row: UnitRow, parent: UnitRow): boolean {
  const requirement = requirementOf(scene, row);
  return requirement !== undefined && 'row' in requirement && requirement.row === parent;
}

function requirementOf(scene: Scene, row: UnitRow) {
  if (row.kind === 'section') {
    return liveAssociationsOf(scene, row).length > 0 ? undefined : offeringOf(scene.rows, scene.state, row);
  }
  if (row.kind !== 'offering') return undefined;
  const reference = [...referencesOf(row, 'template'), ...referencesOf(row, 'department')][0];
  return reference && meaning(scene.rows, row.source, reference, row);
}
