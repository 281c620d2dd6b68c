import type { ProblemCode } from '../../../src/domain/problem.ts';
import { fold } from '../../../src/domain/source-system.ts';
import { knownSections, mappedType, place, type Scene } from './placement.ts';
import { unitRows } from './placeholders.ts';
import { byOrder, byRank, chosenView, type LmsOrgUnit, type State, type UnitRow } from './state.ts';
import { codeOf, decidesCode } from './unit-fields.ts';

/** The live org unit rows; why the others wait, and what live ones lack. */
export type SettledUnits = { scene: Scene; live: Set<UnitRow>; waits: Map<string, ProblemCode> };

/**
 * Decides which rows are live, and with them the links, states and codes of the LMS org units (projection.md, 4): the least
 * set of rows whose conditions hold, with codes going to earlier claims.
 */
export function settleOrgUnits(state: State): SettledUnits {
  const rows = unitRows(state);
  const inOrder = [...rows.values()].filter((row) => !row.deleted).sort(byOrder(state));
  const live = new Set<UnitRow>();
  const scene: Scene = { state, rows, isLive: (row) => live.has(row) };

  endUnitsThatCannotLive(state, rows, inOrder);
  const isChosen = (row: UnitRow) => state.choices?.live.includes(row.key) === true;
  const enterOne = (rows: UnitRow[]) => {
    const entered = rows.find((row) => !live.has(row) && 'parents' in place(scene, row) && enter(state, row));
    if (entered !== undefined) live.add(entered);
    return entered !== undefined;
  };
  const recodeOne = (isAllowed: (unit: LmsOrgUnit, code: string) => boolean) =>
    state.lmsUnits.some((unit) => recode(state, unit, liveRowsOf(state, live, unit), isAllowed));
  while (
    enterOne(inOrder.filter(isChosen)) ||
    recodeOne((unit, code) => isChosenCode(state, unit, code)) ||
    enterOne(inOrder) ||
    recodeOne(() => true) ||
    state.lmsUnits.some((unit) => end(state, rows, live, unit))
  );
  state.liveUnits = new Set([...live].map((row) => row.key));
  return { scene, live, waits: new Map([...waitsOf(scene, inOrder, live), ...marksOf(scene, live)]) };
}

/** The live rows that are linked to an LMS org unit, the best-ranked first. */
export function liveRowsOf(state: State, live: Set<UnitRow>, unit: LmsOrgUnit): UnitRow[] {
  return [...live].filter((row) => state.unitLinks.get(row.key)?.object === unit).sort(byRank(state));
}

/** Codes of units whose rows cannot be live whatever codes are free are free at once. */
function endUnitsThatCannotLive(state: State, rows: Scene['rows'], inOrder: UnitRow[]): void {
  const possible = new Set<UnitRow>();
  const scene: Scene = { state, rows, isLive: (row) => possible.has(row) };
  let found: UnitRow | undefined;
  do {
    found = inOrder.find((row) => !possible.has(row) && 'parents' in place(scene, row) && !isOfOtherType(state, row));
    if (found !== undefined) possible.add(found);
  } while (found !== undefined);
  for (const unit of state.lmsUnits) end(state, rows, possible, unit);
}

/** A unit without live rows is deleted, or inactive if a retired placeholder is linked to it. Says whether its state changed. */
function end(state: State, rows: Scene['rows'], live: Set<UnitRow>, unit: LmsOrgUnit): boolean {
  if (unit.state === 'deleted' || liveRowsOf(state, live, unit).length > 0) return false;
  const isRetired = [...state.unitLinks.values()].some((link) => link.object === unit && !rows.has(link.row));
  const ended = isRetired ? 'inactive' : 'deleted';
  const changed = unit.state !== ended;
  unit.state = ended;
  return changed;
}

/** Condition 6 to 8: has or gets a link to an LMS org unit of its type, and a code of its own. */
function enter(state: State, row: UnitRow): boolean {
  const link = state.unitLinks.get(row.key);
  const holder = holderOfCode(state, row);
  if (link === undefined) return adoptOrCreate(state, row, holder);
  if (isOfOtherType(state, row)) return false;
  if (link.object.state === 'deleted') {
    if (holder !== undefined) return false;
    link.object.code = codeOf(row);
  }
  link.object.state = 'active';
  return true;
}

function adoptOrCreate(state: State, row: UnitRow, holder: LmsOrgUnit | undefined): boolean {
  if (holder !== undefined) {
    if (!row.source.options.adoptOrgUnits || isLinkedFrom(state, row, holder)) return false;
    holder.state = 'active';
    state.unitLinks.set(row.key, { row: row.key, object: holder, adopted: true });
    return true;
  }
  const type = mappedType(row)!;
  const serial = state.lmsUnits.length + 1;
  const unit: LmsOrgUnit = { serial, type, code: codeOf(row), fields: {}, state: 'active' };
  state.lmsUnits.push(unit);
  state.unitLinks.set(row.key, { row: row.key, object: unit, adopted: false });
  return true;
}

/** The LMS org unit of the row's type, not its own, that has its code and is not deleted. */
function holderOfCode(state: State, row: UnitRow): LmsOrgUnit | undefined {
  const own = state.unitLinks.get(row.key)?.object;
  const sameCode = (unit: LmsOrgUnit) => unit.type === mappedType(row) && fold(unit.code) === fold(codeOf(row));
  return state.lmsUnits.find((unit) => unit !== own && unit.state !== 'deleted' && sameCode(unit));
}

function isLinkedFrom(state: State, row: UnitRow, unit: LmsOrgUnit): boolean {
  return [...state.unitLinks.values()].some(
    (link) => link.object === unit && link.row.startsWith(`${row.source.code}/`),
  );
}

function isOfOtherType(state: State, row: UnitRow): boolean {
  const link = state.unitLinks.get(row.key);
  return link !== undefined && link.object.type !== mappedType(row);
}

/** Gives a unit the code that its live rows want, if it is free. Says whether it changed. */
function recode(
  state: State,
  unit: LmsOrgUnit,
  rows: UnitRow[],
  isAllowed: (unit: LmsOrgUnit, code: string) => boolean,
): boolean {
  const deciding = decidesCode(state, rows);
  if (deciding === undefined) return false;
  const wanted = codeOf(deciding);
  if (wanted === unit.code || !isAllowed(unit, wanted)) return false;
  const isTaken = state.lmsUnits.some(
    (other) =>
      other !== unit && other.state !== 'deleted' && other.type === unit.type && fold(other.code) === fold(wanted),
  );
  if (!isTaken) unit.code = wanted;
  return !isTaken;
}

function isChosenCode(state: State, unit: LmsOrgUnit, code: string): boolean {
  return chosenView(state.choices?.orgUnits, state.unitLinks, unit)?.seen?.code === code;
}

function waitsOf(scene: Scene, inOrder: UnitRow[], live: Set<UnitRow>): Map<string, ProblemCode> {
  const waits = new Map<string, ProblemCode>();
  for (const row of inOrder) {
    const placement = place(scene, row);
    if ('wait' in placement) waits.set(row.key, placement.wait);
    else if (isOfOtherType(scene.state, row)) waits.set(row.key, 'type_conflict');
    else if (!live.has(row)) waits.set(row.key, 'code_in_use');
  }
  return waits;
}

/** Live associations that name sections that are not there, and live rows that ask for a code that their LMS org unit cannot have. */
function marksOf(scene: Scene, live: Set<UnitRow>): Map<string, ProblemCode> {
  const marks = new Map<string, ProblemCode>();
  for (const row of live) {
    const named = row.kind === 'association' ? (row.fields.sections ?? []) : [];
    if (named.length > knownSections(scene, row).length) marks.set(row.key, 'waiting_for_section');
  }
  for (const unit of scene.state.lmsUnits) {
    const deciding = decidesCode(scene.state, liveRowsOf(scene.state, live, unit));
    if (deciding !== undefined && fold(codeOf(deciding)) !== fold(unit.code)) marks.set(deciding.key, 'code_in_use');
  }
  return marks;
}
