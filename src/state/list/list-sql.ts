import type { ListCommand, ListFilter } from '../../domain/command.ts';
import { fold } from '../../domain/source-system.ts';
import { changedByKeySql, changedSql } from './changed-sql.ts';
import type { Rows } from './changed-sql.ts';
import type { Since } from './since.ts';

/** $1 organization, $2 source system, $3 kind, and what the conditions add. */
interface Query {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Names a value, as the next parameter. */
type Parameter = (value: unknown, type: string) => string;

/**
 * The rows of one kind that a filter finds, as `sourced_id, deleted`. Every condition is of a column or table with an
 * index: the person and the collection of memberships, parents, the time of declaration, changes, user names, e-mail addresses
 * and codes. Roles, `active` and other fields are looked at row by row, in what is left; if nothing else is asked for
 * (`isSelective`), in the order of the key, so that a slice ends as soon as it is full. A page takes its part of them itself.
 */
export function listSql({ entity, kind, filter, slice, page }: ListCommand, since?: Since): Query {
  const values: unknown[] = [kind];
  const parameter: Parameter = (value, type) => `$${String(values.push(value) + 2)}::${type}`;
  const rows = rowsOf(entity, conditionsOf[entity](filter, parameter).join(' and '));
  if (since?.sort === 'kept') {
    const bounds = {
      at: parameter(since.at, 'timestamptz'),
      firstSeq: parameter(since.firstSeq, 'bigint'),
      firstId: parameter(since.firstId, 'uuid'),
    };
    if ((slice ?? page) === undefined || isSelective(filter, since)) return { text: changedSql(rows, bounds), values };
    const text = changedByKeySql(rows, bounds);
    return { text: slice === undefined ? text : sliced(text, slice, parameter), values };
  }
  // Of a save point from before what is kept, everything changed.
  const text = `select d.sourced_id, ${rows.gone} as deleted from ${rows.table} d where ${rows.where}${since === undefined ? ` and not ${rows.gone}` : ''}`;
  return { text: slice === undefined || isSelective(filter, since) ? text : sliced(text, slice, parameter), values };
}

/** Is there something that leads to few rows by an index of its own? Else a slice is sought in the order of the key. */
export function isSelective({ userSourcedId, orgUnit, parent, equals = {} }: ListFilter, since?: Since): boolean {
  const indexed = ['sourcedId', 'userSourcedId', 'orgUnit', 'userName', 'email', 'code'];
  return (
    (since?.sort === 'kept' && since.changes < manyChanges) ||
    [userSourcedId, orgUnit, parent].some((each) => each !== undefined) ||
    indexed.some((field) => Object.hasOwn(equals, field))
  );
}

/** From so many changes on, each row is asked whether it changed, up to the end of the slice, and not each change which row it is of. */
const manyChanges = 20_000;

function sliced(text: string, { after, size }: ListCommand['slice'] & object, parameter: Parameter): string {
  const [from, limit] = [parameter(after, 'text'), parameter(size + 1, 'bigint')];
  return `${text} and d.sourced_id > ${from} order by d.sourced_id limit ${limit}`;
}

function rowsOf(entity: ListCommand['entity'], conditions: string): Rows {
  const common = 'd.organization_id = $1 and d.source_system_id = $2 and $3::text is not null';
  const ofKind = entity === 'org_unit' || entity === 'association' ? ' and d.kind = $3 and not d.implied' : '';
  return {
    entity,
    table: conditionsOf[entity].from,
    where: `${common}${ofKind}${conditions === '' ? '' : ` and ${conditions}`}`,
    // A membership is never released.
    gone: entity === 'enrollment' ? 'd.deleted' : '(d.deleted or d.released)',
  };
}

/** What a filter asks of the rows of a table. What it asks of another kind of object finds nothing. */
type Conditions = ((filter: ListFilter, parameter: Parameter) => string[]) & { readonly from: string };

const ofUsers: Conditions = Object.assign(
  ({ userSourcedId, orgUnit, role, parent, active, equals = {} }: ListFilter, parameter: Parameter) => [
    ...(parent === undefined && userSourcedId === undefined ? [] : ['false']),
    ...(orgUnit === undefined ? [] : [isMember(orgUnit, parameter)]),
    ...(role === undefined ? [] : [hasRole(`d.fields->'roles'`, role, parameter)]),
    ...(active === undefined ? [] : [isActive(active)]),
    ...textsEqual(equals, { userName: 'd.user_name_key', email: 'd.email_key' }, parameter),
  ],
  { from: 'declared_user' },
);

const ofOrgUnits: Conditions = Object.assign(
  ({ userSourcedId, orgUnit, role, parent, active, equals = {} }: ListFilter, parameter: Parameter) => [
    ...(orgUnit === undefined ? [] : ['false']),
    ...(userSourcedId === undefined && role === undefined ? [] : [hasMember(userSourcedId, role, parameter)]),
    ...(parent === undefined ? [] : [hasParent(parent, parameter)]),
    ...(active === undefined ? [] : [isActive(active)]),
    ...textsEqual(equals, { code: 'd.code_key' }, parameter),
  ],
  { from: 'declared_org_unit' },
);

const ofEnrollments: Conditions = Object.assign(
  ({ userSourcedId, orgUnit, role, parent, active, equals = {} }: ListFilter, parameter: Parameter) => [
    ...(parent === undefined ? [] : ['false']),
    ...(userSourcedId === undefined ? [] : [`d.user_sourced_id = ${parameter(userSourcedId, 'text')}`]),
    ...(orgUnit === undefined ? [] : isInCollection('d', orgUnit, parameter)),
    ...(role === undefined ? [] : [hasRole('d.roles', role, parameter)]),
    ...(active === undefined
      ? []
      : [
          `(d.deleted or exists (select from jsonb_array_elements(d.roles) r where (r.value->>'active')::boolean) = ${parameter(active, 'boolean')})`,
        ]),
    ...membershipTextsEqual(equals, parameter),
  ],
  { from: 'declared_enrollment' },
);

const conditionsOf: Record<ListCommand['entity'], Conditions> = {
  user: ofUsers,
  org_unit: ofOrgUnits,
  association: ofOrgUnits,
  enrollment: ofEnrollments,
};

/** What is not stated to be inactive is active. Who follows what is active is to hear of what was deleted. */
function isActive(active: boolean): string {
  return `(d.deleted or (coalesce(d.fields->>'active', 'true') = 'true') = ${String(active)})`;
}

function hasRole(roles: string, role: string, parameter: Parameter): string {
  return `exists (select from jsonb_array_elements(nullif(${roles}, 'null')) r where fold(r.value->>'role') = ${parameter(fold(role), 'text')})`;
}

/** Memberships whose collection is the org unit: they name its kind, or their reference means it (docs/projection.md 3). */
function isInCollection(
  enrollment: string,
  { kind, sourcedId }: NonNullable<ListFilter['orgUnit']>,
  parameter: Parameter,
): string[] {
  const inAny = `${enrollment}.org_unit_sourced_id = ${parameter(sourcedId, 'text')}`;
  return kind === null ? [inAny] : [inAny, means(enrollment, parameter(kind, 'text'))];
}

function isMember(orgUnit: NonNullable<ListFilter['orgUnit']>, parameter: Parameter): string {
  return `d.sourced_id in (select e.user_sourced_id from declared_enrollment e
    where e.organization_id = $1 and e.source_system_id = $2 and not e.deleted
      and ${isInCollection('e', orgUnit, parameter).join(' and ')})`;
}

/** Does the reference of an enrollment mean the org unit of this kind? */
function means(enrollment: string, kind: string): string {
  return `(${enrollment}.org_unit_kind = ${kind} or exists (
    select from resolve_org_unit($1, $2, ${enrollment}.org_unit_kind, ${enrollment}.org_unit_sourced_id) o
     where o.kind = ${kind} and o.verdict in ('live', 'waiting')))`;
}

function hasMember(userSourcedId: string | undefined, role: string | undefined, parameter: Parameter): string {
  const conditions = [
    ...(userSourcedId === undefined ? [] : [`e.user_sourced_id = ${parameter(userSourcedId, 'text')}`]),
    ...(role === undefined ? [] : [hasRole('e.roles', role, parameter)]),
    means('e', '$3'),
  ];
  return `d.sourced_id in (select e.org_unit_sourced_id from declared_enrollment e
    where e.organization_id = $1 and e.source_system_id = $2 and not e.deleted and ${conditions.join(' and ')})`;
}

function hasParent({ role, sourcedId }: NonNullable<ListFilter['parent']>, parameter: Parameter): string {
  return `d.sourced_id in (select p.sourced_id from declared_parent p
    where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = ${parameter(sourcedId, 'text')}
      and p.role = ${parameter(role, 'text')} and p.kind = $3)`;
}

/** Ids compare byte by byte; they are not among the fields. */
const ids: Readonly<Record<string, string>> = { sourcedId: 'd.sourced_id' };
const idsOfEnrollments = { ...ids, userSourcedId: 'd.user_sourced_id', orgUnit: 'd.org_unit_sourced_id' };

/** Texts of the record by the names of its fields, compared folded; `columns` are those with an index. */
function textsEqual(
  equals: Readonly<Record<string, string>>,
  columns: Readonly<Record<string, string>>,
  parameter: Parameter,
): string[] {
  return Object.entries(equals).map(([field, value]) => {
    if (Object.hasOwn(ids, field)) return `${ids[field] ?? ''} = ${parameter(value, 'text')}`;
    const column = Object.hasOwn(columns, field) ? columns[field] : undefined;
    return `${column ?? fieldText(field, parameter)} = ${parameter(fold(value), 'text')}`;
  });
}

function fieldText(field: string, parameter: Parameter): string {
  const attribute = attributeOf(field);
  return attribute === undefined
    ? `fold(d.fields->>${parameter(field, 'text')})`
    : `fold(d.fields->'attributes'->>${parameter(attribute, 'text')})`;
}

/** A membership has few fields; those that it does not have are nowhere what is asked for. */
function membershipTextsEqual(equals: Readonly<Record<string, string>>, parameter: Parameter): string[] {
  return Object.entries(equals).map(([field, value]) => {
    const attribute = attributeOf(field);
    if (attribute !== undefined)
      return `fold(d.attributes->>${parameter(attribute, 'text')}) = ${parameter(fold(value), 'text')}`;
    const column = Object.entries(idsOfEnrollments).find(([name]) => name === field)?.[1];
    return column === undefined ? 'false' : `${column} = ${parameter(value, 'text')}`;
  });
}

function attributeOf(field: string): string | undefined {
  return /^attributes\.(.+)$/s.exec(field)?.[1];
}
