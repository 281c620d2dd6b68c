import type { EnrollmentFields, RoleEntry } from '../../../domain/entities.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import {
  activeOf,
  child,
  children,
  collectionKind,
  datesOf,
  demanded,
  extensionFields,
  type ImsRecord,
  malformed,
  missing,
  sourcedIdOf,
  state,
  stateAttribute,
  type Step,
  textOf,
  valueOf,
} from '../../../formats/ims/index.ts';

/** The parts of a membership. The 2007 draft calls the member `members`. */
export const membershipSteps: readonly Step<EnrollmentFields>[] = [
  {
    // The id of an enrollment is that of its record, which is read before all steps: there is nothing else to begin with.
    name: 'base',
    read: () => undefined,
  },
  {
    name: 'collection',
    read(record, fields) {
      const collection = child(record.object, 'collectionSourcedId', 'CollectionSourcedID', 'collectionSourcedID');
      const at = `${record.at}/collectionSourcedId`;
      const sourcedId = demanded(record, sourcedIdOf(collection, at, record.quirks), 'The course or group', at);
      if (sourcedId === undefined) return;
      const kind = collectionKind(valueOf(child(record.object, 'membershipIdType')));
      fields.orgUnit = { kind, sourcedId };
    },
  },
  {
    // LIS 2.0 Membership: exactly one member. Of several, all but one would be lost.
    name: 'person',
    read(record, fields) {
      const members = children(record.object, 'member', 'members').length;
      if (members > 1)
        throw malformed('A membership has exactly one member', String(members), `count(${record.at}/member)`);
      const person = child(memberOf(record), 'personSourcedId') ?? child(memberOf(record), 'sourcedId');
      const at = `${record.at}/member/personSourcedId`;
      state(fields, 'userSourcedId', demanded(record, sourcedIdOf(person, at, record.quirks), 'The person', at));
    },
  },
  {
    name: 'roles',
    read(record, fields) {
      const roles = children(memberOf(record), 'role');
      if (demanded(record, roles[0], 'The role', `${record.at}/member/role/roleType`) === undefined) return;
      fields.roles = roles.map((role, index) => roleEntry(record, role, `${record.at}/member/role[${index + 1}]`));
    },
  },
  {
    name: 'extension fields',
    read(record, fields) {
      for (const holder of [record.object, ...children(memberOf(record), 'role')]) {
        for (const { name, value } of extensionFields(holder)) stateAttribute(fields, name, value);
      }
    },
  },
];

function memberOf(record: ImsRecord): ElementView | undefined {
  return child(record.object, 'member', 'members');
}

function roleEntry({ quirks }: ImsRecord, role: ElementView, at: string): RoleEntry {
  const word = textOf(child(role, 'roleType'));
  if (word === undefined) throw missing('The role type', `${at}/roleType`);
  const subRole = textOf(child(role, 'subRole', 'subrole'));
  return {
    role: word,
    ...(subRole === undefined ? {} : { subRole }),
    active: isActive(role, at),
    ...datesOf(role, at, quirks),
  };
}

/** Active unless it says otherwise. A word that is neither must not enroll anybody by mistake. */
function isActive(role: ElementView, at: string): boolean {
  const word = textOf(child(role, 'status'));
  if (word === undefined) return true;
  const active = activeOf(word);
  if (active === undefined) throw malformed('The status of a role is Active or Inactive', word, `${at}/status`);
  return active;
}
