import type { RecordCommand } from '../../domain/command.ts';
import type { UserFields } from '../../domain/entities.ts';
import { actionOf, isType } from './action.ts';
import { relationsOf } from './relationships.ts';
import type { Row } from './row.ts';
import { flagOf, limited, sourcedIdOf, userKeyOf } from './values.ts';
import { isAtLeast } from './versions.ts';

const maxNameLength = 64;
const leaveAttributes = { leave: ['attributes'] } as const;

/**
 * A row of a file of users, as a wish; undefined = it is refused, see the row.
 *
 * A row states all that the format can say of a person in this file: an empty value is stated as empty. What the file of
 * attributes said stays.
 */
export function userCommand(row: Row): RecordCommand | undefined {
  const isUser = isType(row, 'user');
  const action = actionOf(row);
  const isDelete = action === 'DELETE';
  const keys = keysOf(row, isDelete);
  const key = row.table.options.identityRule === 'user_name' ? keys.userName : keys.orgDefinedId;
  const sourcedId = key === undefined ? undefined : sourcedIdOf(row, key);
  if (sourcedId !== undefined) row.about = { kind: 'person', sourcedId };
  const fields = isDelete ? undefined : { ...keys, ...fieldsOf(row) };
  notePassword(row);
  if (!isUser || action === undefined || sourcedId === undefined || row.problems.length > 0) return undefined;
  const target = { entity: 'user', kind: 'person', sourcedId } as const;
  if (fields === undefined) return { ...target, verb: 'delete' };
  return { ...target, verb: 'replace', fields, wishes: leaveAttributes };
}

/** A delete needs no more than the one that the person is known by. */
function keysOf(row: Row, isDelete: boolean): { orgDefinedId?: string; userName?: string } {
  const { identityRule } = row.table.options;
  const read = (column: string, isKey: boolean): string | undefined => {
    if (isDelete && !isKey) return undefined;
    return userKeyOf(row, column, row.required(column));
  };
  const userName = read('username', identityRule === 'user_name');
  const orgDefinedId = read('org_defined_id', identityRule === 'org_defined_id');
  return {
    ...(orgDefinedId === undefined ? {} : { orgDefinedId }),
    ...(userName === undefined ? {} : { userName }),
  };
}

function fieldsOf(row: Row): UserFields {
  const { version } = row.table;
  const givenName = limited(row, 'first_name', maxNameLength, row.required('first_name'));
  const familyName = limited(row, 'last_name', maxNameLength, row.required('last_name'));
  const active = flagOf(row, 'is_active', row.required('is_active'));
  const role = row.required('role_name');
  return {
    ...(givenName === undefined ? {} : { givenName }),
    ...(familyName === undefined ? {} : { familyName }),
    ...(active === undefined ? {} : { active }),
    ...(role === undefined ? {} : { roles: [{ role, primary: true }] }),
    email: row.text('email') ?? null,
    ...(isAtLeast(version, '1.1') ? { relations: relationsOf(row) } : {}),
    ...(isAtLeast(version, '2.0') ? preferredNames(row) : {}),
    ...(isAtLeast(version, '2.1') ? { sortFamilyName: row.text('sort_last_name') ?? null } : {}),
    ...(isAtLeast(version, '3.0') ? { pronouns: row.text('pronouns') ?? null } : {}),
  };
}

function preferredNames(row: Row): UserFields {
  return {
    preferredGivenName: row.text('pref_first_name') ?? null,
    preferredFamilyName: row.text('pref_last_name') ?? null,
  };
}

/** Passwords are never kept (ADR 34): what stands there is not even looked at. */
function notePassword(row: Row): void {
  if (row.cell('password') === '') return;
  const message = 'Passwords of people are not taken: that of this line is not kept.';
  row.note('password', 'password_not_accepted', message);
}
