import type { Command } from '../../domain/command.ts';
import type { EnrollmentFields, RoleEntry } from '../../domain/entities.ts';
import { syntheticEnrollmentId } from '../../domain/synthetic-enrollment-id.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { extensionAttributes } from './extension.ts';
import { notedPassword } from './noted-password.ts';
import { malformed, missing, type RecordVerb, sourcedIdOf, stateAttribute, timeFrameOf, verbOf } from './record.ts';
import { attributeOf, child, children, textOf } from './values.ts';

export type Collection = EnrollmentFields['orgUnit'];

/** IMS Enterprise 1.1, roletype. */
const roleTypes: ReadonlyMap<string, string> = new Map([
  ['01', 'Learner'],
  ['02', 'Instructor'],
  ['03', 'ContentDeveloper'],
  ['04', 'Member'],
  ['05', 'Manager'],
  ['06', 'Mentor'],
  ['07', 'Administrator'],
  ['08', 'TeachingAssistant'],
]);

/**
 * A member that is a person: one enrollment, known by its person and its collection, its roles with it (rule 5). Roles with
 * recstatus 3 are dropped; a member of whom no other role is stated is deleted from the collection.
 */
export function translateMember(member: ElementView, at: string, orgUnit: Collection): Command {
  const userSourcedId = sourcedIdOf(member, at);
  const key = {
    entity: 'enrollment',
    kind: 'membership',
    sourcedId: syntheticEnrollmentId(userSourcedId, orgUnit),
    at,
  } as const;
  const roles = children(member, 'role').map((role, index) => {
    const where = `${at}/role[${index + 1}]`;
    return { role, at: where, verb: verbOf(role, where) };
  });
  if (roles.length === 0) throw missing('The role', `${at}/role`);
  const kept = roles.filter(({ verb }) => verb !== 'delete');
  if (kept.length === 0) return { ...key, verb: 'delete', pair: { userSourcedId, orgUnit } };
  const fields: EnrollmentFields = { userSourcedId, orgUnit, roles: kept.map((each) => roleEntry(each.role, each.at)) };
  for (const each of kept) describeRole(each.role, each.at, fields);
  return { ...key, ...notedPassword(member, at), verb: verbOfAll(kept), fields };
}

function verbOfAll(roles: readonly { verb: RecordVerb }[]): 'replace' | 'update' {
  return roles.every(({ verb }) => verb === 'update') ? 'update' : 'replace';
}

function roleEntry(role: ElementView, at: string): RoleEntry {
  const type = attributeOf(role, 'roletype');
  if (type === undefined) throw missing('The role type', `${at}/@roletype`);
  const subRole = textOf(child(role, 'subrole'));
  const { startsAt, endsAt } = timeFrameOf(role, at);
  return {
    role: roleTypes.get(type.padStart(2, '0')) ?? type,
    ...(subRole === undefined ? {} : { subRole }),
    active: isActive(role, at),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
  };
}

/** `status` 1 active, 0 inactive; active unless it says otherwise. Another word must not enroll anybody by mistake. */
function isActive(role: ElementView, at: string): boolean {
  const word = textOf(child(role, 'status'));
  switch (word?.toLowerCase()) {
    case undefined:
    case '1':
    case 'active':
      return true;
    case '0':
    case 'inactive':
      return false;
    default:
      throw malformed('The status of a role is 1 (active) or 0 (inactive)', word ?? '', `${at}/status`);
  }
}

/** What a role states beside itself: how it is graded (never a grade), whether its dates restrict, extension fields. */
function describeRole(role: ElementView, at: string, fields: EnrollmentFields): void {
  const { beginRestrict, endRestrict, adminPeriod } = timeFrameOf(role, at);
  stateAttribute(fields, 'beginRestrict', beginRestrict);
  stateAttribute(fields, 'endRestrict', endRestrict);
  stateAttribute(fields, 'adminPeriod', adminPeriod);
  for (const result of children(role, 'interimresult')) {
    const type = attributeOf(result, 'resulttype') ?? '';
    stateAttribute(fields, `interimresult${type && `[${type}]`}/mode`, textOf(child(result, 'mode')));
  }
  stateAttribute(fields, 'finalresult/mode', textOf(child(child(role, 'finalresult'), 'mode')));
  extensionAttributes.read({ element: role, at }, fields);
}
