import { isDeepStrictEqual } from 'node:util';
import type { RecordCommand, WriteCommand } from '../../../src/domain/command.ts';
import type { EnrollmentFields } from '../../../src/domain/entities.ts';
import type { Overwrite } from '../../../src/domain/source-system.ts';
import { forget } from './forget.ts';
import { copied, withLists } from './made-of-others.ts';
import { rename } from './rename.ts';
import { type EnrollmentRow, type Row, rowKey, type Source, type State, type UserRow } from './state.ts';

/** `written`: created, updated or revived. `unknown`: a delete of what is not there, or a copy of it. */
export type Verdict = 'written' | 'unchanged' | 'deleted' | 'unknown' | 'in use' | 'rejected';

/** Puts what a command says in the place of what its source system said before (projection.md, 1). */
export function declare(state: State, source: Source, command: WriteCommand): Verdict {
  state.clock += 1;
  if (command.verb === 'rename') return rename(state, source, command);
  const key = rowKey(source, command.kind, command.sourcedId);
  const former = state.users.get(key) ?? state.units.get(key) ?? state.enrollments.get(key);
  const isThere = former !== undefined && !former.deleted;
  const isLeaving = former !== undefined && 'leaving' in former && former.leaving !== undefined;
  if (command.entity === 'enrollment' && command.verb === 'delete' && command.pair !== undefined) {
    return deletePair(state, source, command.pair);
  }
  if (command.verb === 'delete') {
    if (!isThere) return 'unknown';
    const leaves = command.wishes?.leaves;
    if (leaves !== undefined) {
      (former as EnrollmentRow).leaving = leaves.meanwhile;
      former.order = state.clock;
      return 'deleted';
    }
    former.deleted = true;
    if (source.options.dependants === 'forget') forget(state, former);
    return 'deleted';
  }
  if (command.verb === 'replace' && command.mustNotExist === true && isThere && !isLeaving) return 'in use';
  if (command.verb === 'update' && command.mustExist === true && !isThere) return 'unknown';
  const stated =
    command.verb === 'replace' && command.copyOf !== undefined ? copied(state, source, command) : command.fields;
  if (stated === undefined) return 'unknown';
  const fields = nextFields(former, isThere, source, command, { ...stated });
  if (!statesEnough(command, fields)) return 'rejected';
  if (isThere && losesName(command, former.fields, fields)) return 'rejected';
  if (isThere && !isLeaving && isDeepStrictEqual(former.fields, fields)) return 'unchanged';
  store(state, command, { key, source, sourcedId: command.sourcedId, fields, deleted: false, order: state.clock });
  return 'written';
}

/** Rule 5: all of this source system's enrollments of the pair, whatever their ids. */
function deletePair(state: State, source: Source, pair: Pick<EnrollmentFields, 'userSourcedId' | 'orgUnit'>): Verdict {
  const rows = [...state.enrollments.values()].filter(
    ({ source: other, deleted, fields }) =>
      other === source &&
      !deleted &&
      fields.userSourcedId === pair.userSourcedId &&
      fields.orgUnit.sourcedId === pair.orgUnit.sourcedId,
  );
  for (const row of rows) row.deleted = true;
  return rows.length === 0 ? 'unknown' : 'deleted';
}

type AnyFields = Record<string, unknown>;

function nextFields(
  former: Row<object> | undefined,
  isThere: boolean,
  source: Source,
  command: Exclude<RecordCommand, { verb: 'delete' }>,
  stated: AnyFields,
): AnyFields {
  const before = { ...former?.fields } as AnyFields;
  const next: AnyFields =
    command.verb === 'update' ? { ...before, ...withLists(before, stated, command.lists) } : { ...stated };
  if (isThere) {
    for (const field of Object.keys(before)) {
      if (isKept(overwriteOf(source, command), field)) next[field] = before[field];
    }
    // Who states none is called by the sourcedId, and so has one from creation on.
    for (const field of ['code', 'orgDefinedId']) {
      if (isKept(overwriteOf(source, command), field) && !(field in before)) Reflect.deleteProperty(next, field);
    }
  }
  if (Array.isArray(next.sections)) next.sections = [...new Set(next.sections)];
  return withoutEmptyLists(next);
}

/** An empty list of parents, sections or relations cannot be told from none. */
function withoutEmptyLists(fields: AnyFields): AnyFields {
  const isEmptyList = ([name, value]: [string, unknown]) =>
    ['parents', 'sections', 'relations'].includes(name) && (value === null || (value as unknown[]).length === 0);
  return Object.fromEntries(Object.entries(fields).filter((field) => !isEmptyList(field)));
}

function overwriteOf(source: Source, command: RecordCommand): Overwrite {
  if (command.entity === 'enrollment') return 'yes';
  return command.entity === 'user' ? source.options.overwrite.user : source.options.overwrite.orgUnit;
}

/** "Set on creation only" (rule 14); status and relations are always the SIS's unless they are listed. */
export function isKept(overwrite: Overwrite, field: string): boolean {
  if (overwrite === 'yes') return false;
  if (overwrite === 'no') return field !== 'active' && field !== 'relations';
  return overwrite.keep.includes(field);
}

function statesEnough(command: RecordCommand, fields: AnyFields): boolean {
  if (command.entity === 'org_unit') return fields.type !== undefined;
  if (command.entity !== 'enrollment') return true;
  return fields.userSourcedId !== undefined && fields.orgUnit !== undefined && fields.roles !== undefined;
}

/** An update leaves a person a name. */
function losesName({ entity, verb }: RecordCommand, before: object, after: AnyFields): boolean {
  const names = ['formattedName', 'givenName', 'familyName', 'preferredGivenName', 'preferredFamilyName', 'userName'];
  const isNamed = (fields: AnyFields): boolean => names.some((name) => fields[name] != null);
  return entity === 'user' && verb === 'update' && isNamed(before as AnyFields) && !isNamed(after);
}

/** The primary institution role, else the first. */
export function institutionRole(fields: UserRow['fields']): string | undefined {
  const roles = fields.roles ?? [];
  return (roles.find((entry) => entry.primary) ?? roles[0])?.role;
}

function store(state: State, command: RecordCommand, row: Row<AnyFields>): void {
  if (command.entity === 'user') state.users.set(row.key, row);
  else if (command.entity === 'enrollment') state.enrollments.set(row.key, row as unknown as EnrollmentRow);
  else state.units.set(row.key, { ...row, kind: command.kind, implied: false });
}
