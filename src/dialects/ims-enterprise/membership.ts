import type { RecordCommand } from '../../domain/command.ts';
import type { EnrollmentFields, RoleEntry } from '../../domain/entities.ts';
import type { Quirks } from '../../domain/source-system.ts';
import { syntheticEnrollmentId } from '../../domain/synthetic-enrollment-id.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { extensionAttributes } from './extension.ts';
import { notedPassword } from './noted-password.ts';
import {
  malformed,
  missing,
  readInto,
  type Reading,
  type ReadingOptions,
  type RecordVerb,
  sourcedIdOf,
  stateAttribute,
  timeFrameOf,
  verbOf,
} from './record.ts';
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

/** The person of a member. Where the person is enrolled, and so the id of the enrollment, is known before all steps. */
export const membership: Reading<Partial<EnrollmentFields>> = {
  point: 'translate.ims-enterprise.membership',
  what: 'the member of a membership of IMS Enterprise 1.1 that is a person',
  steps: [
    {
      name: 'base',
      read({ object, at, quirks }, fields) {
        fields.userSourcedId = sourcedIdOf(object, at, quirks);
      },
    },
    {
      name: 'roles',
      required: true,
      read({ object, at, quirks }, fields) {
        fields.roles = keptRoles(object, at).map((each) => roleEntry(each.role, each.at, quirks));
      },
    },
    {
      // How it is graded (never a grade), and whether its dates restrict.
      name: 'role details',
      attributesOnly: true,
      read({ object, at, quirks }, fields) {
        for (const each of keptRoles(object, at)) describeRole(each.role, each.at, quirks, fields);
      },
    },
    {
      name: 'extension fields',
      attributesOnly: true,
      read({ object, at }, fields) {
        for (const each of keptRoles(object, at)) extensionAttributes.read({ object: each.role, at: each.at }, fields);
      },
    },
  ],
};

/**
 * A member that is a person: one enrollment, known by its person and its collection, its roles with it (rule 5). Roles with
 * recstatus 3 are dropped; a member of whom no other role is stated is deleted from the collection.
 */
export function translateMember(
  member: ElementView,
  at: string,
  orgUnit: Collection,
  options: ReadingOptions,
): RecordCommand {
  const userSourcedId = sourcedIdOf(member, at, options.quirks);
  const sourcedId = syntheticEnrollmentId(userSourcedId, orgUnit);
  const key = { entity: 'enrollment', kind: 'membership', sourcedId, at } as const;
  const roles = rolesOf(member, at);
  if (roles.length === 0) throw missing('The role', `${at}/role`);
  const kept = roles.filter(({ verb }) => verb !== 'delete');
  if (kept.length === 0) return { ...key, verb: 'delete', pair: { userSourcedId, orgUnit } };
  const verb = kept.every((each) => each.verb === 'update') ? 'update' : 'replace';
  const fields: EnrollmentFields = { userSourcedId, orgUnit, roles: [] };
  const { notes = [] } = notedPassword(member, at);
  const noted = readInto(membership, { sourcedId, element: member, at, verb }, fields, options, notes);
  return { ...key, verb, fields, ...noted };
}

interface MemberRole {
  readonly role: ElementView;
  readonly at: string;
  readonly verb: RecordVerb;
}

function rolesOf(member: ElementView, at: string): MemberRole[] {
  return children(member, 'role').map((role, index) => {
    const where = `${at}/role[${index + 1}]`;
    return { role, at: where, verb: verbOf(role, where) };
  });
}

function keptRoles(member: ElementView, at: string): MemberRole[] {
  return rolesOf(member, at).filter(({ verb }) => verb !== 'delete');
}

function roleEntry(role: ElementView, at: string, quirks: Quirks): RoleEntry {
  const type = attributeOf(role, 'roletype');
  if (type === undefined) throw missing('The role type', `${at}/@roletype`);
  const subRole = textOf(child(role, 'subrole'));
  const { startsAt, endsAt } = timeFrameOf(role, at, quirks);
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

function describeRole(role: ElementView, at: string, quirks: Quirks, fields: Partial<EnrollmentFields>): void {
  const { beginRestrict, endRestrict, adminPeriod } = timeFrameOf(role, at, quirks);
  stateAttribute(fields, 'beginRestrict', beginRestrict);
  stateAttribute(fields, 'endRestrict', endRestrict);
  stateAttribute(fields, 'adminPeriod', adminPeriod);
  for (const result of children(role, 'interimresult')) {
    const type = attributeOf(result, 'resulttype') ?? '';
    stateAttribute(fields, `interimresult${type && `[${type}]`}/mode`, textOf(child(result, 'mode')));
  }
  stateAttribute(fields, 'finalresult/mode', textOf(child(child(role, 'finalresult'), 'mode')));
}
