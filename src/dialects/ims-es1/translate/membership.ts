import type { EnrollmentFields, RoleEntry } from '../../../domain/entities.ts';
import {
  activeOf,
  child,
  children,
  datesOf,
  malformed,
  missing,
  textOf,
  valueOf,
  type ImsRecord,
  type Reading,
} from '../../../formats/ims/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { extensionStep } from './extension.ts';
import { identifierOf } from './limits.ts';
import { roleWord } from './role-codes.ts';

/** One person in one group. */
export const membership: Reading<EnrollmentFields> = {
  point: 'translate.ims-es1.membership',
  what: 'a membership of IMS Enterprise Services 1.0',
  object: 'membership',
  start: () => ({ userSourcedId: '', orgUnit: { kind: null, sourcedId: '' }, roles: [] }),
  steps: [
    {
      // The id of an enrollment is read before all steps: there is nothing else to begin with.
      name: 'base',
      read: () => undefined,
    },
    {
      name: 'group',
      required: true,
      read(record, fields) {
        const about = { at: `${record.at}/groupSourcedId`, quirks: record.quirks };
        const sourcedId = identifierOf(child(record.object, 'groupSourcedId'), 'group', about);
        fields.orgUnit = { kind: 'group', sourcedId };
      },
    },
    {
      name: 'person',
      required: true,
      read(record, fields) {
        const members = children(record.object, 'member');
        if (members.length > 1)
          throw malformed('A membership has one member', String(members.length), `count(${record.at}/member)`);
        const [member] = members;
        // IMS Enterprise: 1 is a person, 2 a group.
        const idType = valueOf(child(member, 'idType'))?.toLowerCase() ?? '1';
        if (idType !== '1' && idType !== 'person')
          throw malformed('Only a person can be a member', idType, `${record.at}/member/idType`);
        const about = { at: `${record.at}/member/memberSourcedId`, quirks: record.quirks };
        fields.userSourcedId = identifierOf(child(member, 'memberSourcedId'), 'person', about);
      },
    },
    {
      name: 'roles',
      required: true,
      read(record, fields) {
        const roles = children(child(record.object, 'member'), 'role');
        if (roles.length === 0) throw missing('The role', `${record.at}/member/role/roleType`);
        fields.roles = roles.map((role, index) => roleEntry(record, role, `${record.at}/member/role[${index + 1}]`));
      },
    },
    extensionStep,
  ],
};

function roleEntry({ quirks }: ImsRecord, role: ElementView, at: string): RoleEntry {
  const code = textOf(child(role, 'roleType'));
  if (code === undefined) throw missing('The role type', `${at}/roleType`);
  const subRole = textOf(child(role, 'subRole'));
  const status = textOf(child(role, 'status'));
  const active = status === undefined ? true : activeOf(status);
  if (active === undefined) throw malformed('The status of a role is Active or Inactive', status ?? '', `${at}/status`);
  return { role: roleWord(code), ...(subRole === undefined ? {} : { subRole }), active, ...datesOf(role, at, quirks) };
}
