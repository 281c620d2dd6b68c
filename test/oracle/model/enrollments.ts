import type { RoleEntry } from '../../../src/domain/entities.ts';
import type { ProblemCode } from '../../../src/domain/problem.ts';
import { fold } from '../../../src/domain/source-system.ts';
import type { SettledUnits } from './org-units.ts';
import { meaning } from './references.ts';
import {
  byRank,
  type EnrollmentRow,
  type LmsOrgUnit,
  type LmsRole,
  type LmsUser,
  rowKey,
  type State,
} from './state.ts';
import type { SettledUsers } from './users.ts';

/** One reason why a user is enrolled somewhere. */
export type Support = {
  user: LmsUser;
  unit: LmsOrgUnit;
  role: LmsRole;
  entry: RoleEntry;
  position: number;
  isCascaded: boolean;
  row: EnrollmentRow;
};

/** It holds the enrollment, inactive; what a deleted row would hold as well is as good as before. */
export function isInactive({ row, role, isCascaded }: Support): boolean {
  return row.leaving === 'inactive' && !(isCascaded && role.allSections);
}

/** Where an enrollment stands: what it reaches, or what it waits for, or both where only some of its roles are mapped. */
export type Reach = { user?: LmsUser; unit?: LmsOrgUnit; wait?: ProblemCode };

type Settled = { users: SettledUsers; units: SettledUnits; parentsOf: (unit: LmsOrgUnit) => LmsOrgUnit[] };

/** What a declared enrollment reaches (projection.md, 7, conditions 2 to 4). */
export function reach(state: State, { users, units }: Settled, row: EnrollmentRow): Reach {
  const person = state.users.get(rowKey(row.source, 'person', row.fields.userSourcedId));
  const leftWith = row.leaving !== undefined && person?.deleted === true ? state.userLinks.get(person.key) : undefined;
  const stays = leftWith !== undefined && leftWith.object.state !== 'deleted';
  if (person === undefined || !(users.live.has(person) || stays)) {
    return { wait: person?.deleted === true ? 'detached' : 'waiting_for_user' };
  }
  const meant = meaning(units.scene.rows, row.source, row.fields.orgUnit);
  if ('wait' in meant) return { wait: meant.wait === 'unknown' ? 'waiting_for_org_unit' : meant.wait };
  if (!units.live.has(meant.row)) return { wait: 'waiting_for_org_unit' };
  const mapped = row.fields.roles.filter((entry) => row.source.roleMap.has(fold(entry.role)));
  if (row.fields.roles.length === 0) return {};
  if (mapped.length === 0) return { wait: 'unmapped_role' };
  return {
    user: state.userLinks.get(person.key)!.object,
    unit: state.unitLinks.get(meant.row.key)!.object,
    ...(mapped.length < row.fields.roles.length ? { wait: 'unmapped_role' as const } : {}),
  };
}

/** The best support of each (user, org unit) that has one. */
export function bestSupports(state: State, settled: Settled): Support[] {
  const best = new Map<string, Support>();
  const better = bySupport(state);
  for (const row of state.enrollments.values()) {
    for (const support of supportsOf(state, settled, row)) {
      const pair = `${support.user.serial} ${support.unit.serial}`;
      const other = best.get(pair);
      if (other === undefined || better(support, other) < 0) best.set(pair, support);
    }
  }
  return [...best.values()];
}

function supportsOf(state: State, settled: Settled, row: EnrollmentRow): Support[] {
  const { user, unit } = reach(state, settled, row);
  if (user === undefined || unit === undefined) return [];
  const supports: Support[] = [];
  row.fields.roles.forEach((entry, position) => {
    const role = state.roles.find((one) => one.code === row.source.roleMap.get(fold(entry.role)));
    if (role === undefined || !entry.active) return;
    const support = { user, unit, role, entry, position, row, isCascaded: false };
    if (!row.deleted) supports.push(support);
    // IPSIS 2.6: who sees all sections stays in the offering when the enrollment in the section ends.
    if (row.deleted && !role.allSections) return;
    supports.push(...cascade(state, settled, support));
  });
  return supports;
}

/** Who is in a section, or in a group of a course, is in its offerings. */
function cascade(state: State, { parentsOf }: Settled, support: Support): Support[] {
  const baseOf = (unit: LmsOrgUnit) => state.types.find((type) => type.code === unit.type)?.base;
  if (!['course_section', 'group'].includes(baseOf(support.unit) ?? '')) return [];
  return parentsOf(support.unit)
    .filter((parent) => baseOf(parent) === 'course_offering')
    .map((parent) => ({ ...support, unit: parent, isCascaded: true }));
}

/** Those that are not leaving, smallest role rank, role id, direct before cascaded, source system rank and id, sourcedId, position. */
function bySupport(state: State): (a: Support, b: Support) => number {
  const rank = byRank(state);
  return (a, b) =>
    Number(isInactive(a)) - Number(isInactive(b)) ||
    a.role.rank - b.role.rank ||
    state.roles.indexOf(a.role) - state.roles.indexOf(b.role) ||
    Number(a.isCascaded) - Number(b.isCascaded) ||
    rank(a.row, b.row) ||
    a.position - b.position;
}
