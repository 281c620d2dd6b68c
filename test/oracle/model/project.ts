import { type LmsOrgUnit, type LmsUser, nameOf, type State } from './state.ts';
import { bestSupports, isInactive, reach } from './enrollments.ts';
import { liveRowsOf as liveUnitRows, settleOrgUnits } from './org-units.ts';
import { isSuperseded, place } from './placement.ts';
import { projectRelations } from './relations.ts';
import { unitFields } from './unit-fields.ts';
import { liveRowsOf as liveUserRows, settleUsers, userFields, userRole } from './users.ts';
import {
  comparedOrgUnitFields,
  comparedUserFields,
  type EnrollmentView,
  instant,
  organizationName,
  type OrgUnitView,
  plainFields,
  type Projection,
  type UserView,
} from '../projection.ts';

/** Computes what the LMS sees from everything that is known, and remembers the links that came of it. */
export function project(state: State, choices?: Projection): Projection {
  state.choices = choices;
  const users = settleUsers(state);
  const units = settleOrgUnits(state);
  const userName = (user: LmsUser) => nameOf(state.userLinks, user);
  const unitName = (unit: LmsOrgUnit) => nameOf(state.unitLinks, unit);
  const unitRows = (unit: LmsOrgUnit) => liveUnitRows(state, units.live, unit);

  /** Null is the organization. */
  const parentsOf = (unit: LmsOrgUnit): (LmsOrgUnit | null)[] => {
    const best = unitRows(unit)[0];
    const placement = best && place(units.scene, best);
    if (best === undefined || placement === undefined || 'wait' in placement) return [];
    const parents = placement.parents.map((row) => state.unitLinks.get(row.key)!.object);
    return placement.isBelowOrganization ? [null, ...parents] : parents;
  };

  const viewUser = (user: LmsUser): UserView => {
    const rows = liveUserRows(state, users.live, user);
    if (rows.length === 0) return { state: user.state };
    const fields = userFields(state, user, rows);
    return {
      state: fields.active === false ? 'inactive' : 'active',
      seen: {
        userName: user.userName,
        orgDefinedId: user.orgDefinedId,
        role: userRole(state, user, rows),
        fields: plainFields(fields, comparedUserFields),
      },
    };
  };

  const viewUnit = (unit: LmsOrgUnit): OrgUnitView => {
    const rows = unitRows(unit);
    if (rows.length === 0) return { state: unit.state, type: unit.type };
    const fields = unitFields(units.scene, unit, rows);
    const isInactive = fields.active === false || isSuperseded(units.scene, rows[0]!);
    return {
      state: isInactive ? 'inactive' : 'active',
      type: unit.type,
      seen: {
        code: unit.code,
        parents: parentsOf(unit).map((parent) => (parent === null ? organizationName : unitName(parent))),
        fields: plainFields(fields, comparedOrgUnitFields),
      },
    };
  };

  const settled = {
    users,
    units,
    parentsOf: (unit: LmsOrgUnit) => parentsOf(unit).filter((parent) => parent !== null),
  };
  const relations = projectRelations(state, users);
  const waits = new Map([...users.waits, ...units.waits, ...relations.waits]);
  for (const row of state.enrollments.values()) {
    const { wait } = reach(state, settled, row);
    if (!row.deleted && wait !== undefined) waits.set(row.key, wait);
  }
  return {
    users: Object.fromEntries(state.lmsUsers.map((user) => [userName(user), viewUser(user)])),
    orgUnits: Object.fromEntries(state.lmsUnits.map((unit) => [unitName(unit), viewUnit(unit)])),
    enrollments: viewEnrollments(state, settled, (user, unit) => `${userName(user)} @ ${unitName(unit)}`),
    relations: relations.views,
    waits: Object.fromEntries(waits),
    live: [...[...users.live].map((row) => row.key), ...[...units.live].map((row) => row.key)].sort(),
  };
}

function viewEnrollments(
  state: State,
  settled: Parameters<typeof bestSupports>[1],
  nameOfPair: (user: LmsUser, unit: LmsOrgUnit) => string,
): Record<string, EnrollmentView> {
  const supports = bestSupports(state, settled);
  for (const { user, unit } of supports) state.everEnrolled.add(JSON.stringify([user.serial, unit.serial]));
  const views: Record<string, EnrollmentView> = {};
  for (const pair of state.everEnrolled) {
    const [userSerial, unitSerial] = JSON.parse(pair) as [number, number];
    views[nameOfPair(state.lmsUsers[userSerial - 1]!, state.lmsUnits[unitSerial - 1]!)] = { ended: true };
  }
  for (const support of supports) {
    const { user, unit, role, entry } = support;
    views[nameOfPair(user, unit)] = {
      role: role.code,
      subRole: entry.subRole ?? null,
      startsAt: instant(entry.startsAt),
      endsAt: instant(entry.endsAt),
      inactive: isInactive(support),
    };
  }
  return views;
}
