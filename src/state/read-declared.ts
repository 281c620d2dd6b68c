import { commandKey } from '../domain/command.ts';
import type { Command, ReadCommand } from '../domain/command.ts';
import type { EnrollmentFields, OrgUnitFields } from '../domain/entities.ts';
import type { DeclaredRecord, Outcome } from '../domain/outcome.ts';
import { type AnswerBudget, answerBytes, tooMuch } from './answer-budget.ts';
import type { Reading } from './lane.ts';
import { outcomeBase } from './standing.ts';

/**
 * Answers reads with what the source system last declared; placeholders and deleted rows are unknown.
 *
 * What is read at once, for all messages of a transaction, is bounded as one answer is: a read may be refused for what stands
 * before it in others' messages of the same organization, and is answered when it is sent again.
 *
 * @param budgetOf what is left of the answer to the message of a command
 */
export async function readDeclared(
  reading: Reading,
  sourceSystemId: number,
  commands: readonly ReadCommand[],
  budgetOf: (command: ReadCommand) => AnswerBudget,
): Promise<Outcome[]> {
  const open = commands.filter((command) => budgetOf(command).left() > 0);
  const keys = new Map(open.map((command) => [commandKey(command), command]));
  const left = [...new Set(open.map(budgetOf))].reduce((sum, budget) => sum + budget.left(), 0);
  const found = await readFields(reading, sourceSystemId, [...keys.values()], Math.min(left, answerBytes));
  return commands.map((command) => answer(command, found.get(commandKey(command)), budgetOf(command)));
}

/** What a row states, and its LMS object. */
export interface DeclaredFields {
  readonly fields: Record<string, unknown>;
  readonly bytes: number;
  readonly lmsId: string | null;
}

/**
 * The fields of the rows of these keys that are there, by "kind sourcedId", in their order; placeholders are not. Reading ends
 * with the row that does not fit: it and all keys after it are `beyond`, whether there is a row or not.
 *
 * @param limit how many bytes of JSON may be read
 */
export async function readFields(
  reading: Reading,
  sourceSystemId: number,
  keys: readonly Pick<Command, 'kind' | 'sourcedId'>[],
  limit: number = answerBytes,
): Promise<Map<string, DeclaredFields | 'beyond'>> {
  if (keys.length === 0) return new Map();
  const { rows } = await reading.client.query<{
    position: number;
    fields: string | null;
    bytes: number;
    lms_id: string | null;
  }>({
    name: 'declared_read',
    text: readSql,
    values: [
      reading.organizationId,
      sourceSystemId,
      JSON.stringify(keys.map(({ kind }) => kind)),
      JSON.stringify(keys.map(({ sourcedId }) => sourcedId)),
      limit,
    ],
  });
  const found = new Map<string, DeclaredFields | 'beyond'>();
  for (const { position, fields, bytes, lms_id: lmsId } of rows) {
    const [key, ...after] = keys.slice(position - 1, fields === null ? undefined : position).map(commandKey);
    if (key === undefined) throw new Error('a row was read that nobody asked for');
    if (fields !== null) found.set(key, { fields: JSON.parse(fields) as Record<string, unknown>, bytes, lmsId });
    else for (const each of [key, ...after]) found.set(each, 'beyond');
  }
  return found;
}

function answer(command: ReadCommand, row: DeclaredFields | 'beyond' | undefined, budget: AnswerBudget): Outcome {
  const { kind, sourcedId, at } = command;
  const base = outcomeBase(command);
  if (row === 'beyond') budget.take(Infinity);
  if (row === 'beyond' || budget.left() === 0) return { ...base, status: 'rejected', problems: [tooMuch(at)] };
  if (row === undefined) {
    const message = `No ${kind} is known under the sourcedId "${sourcedId}".`;
    return {
      ...base,
      status: 'rejected',
      problems: [{ code: 'unknown_object', message, ...(at === undefined ? {} : { at }) }],
    };
  }
  if (row.lmsId === null && command.wishes?.inLms === true) {
    const message = `The ${kind} "${sourcedId}" is declared, and not in the LMS.`;
    return { ...base, status: 'rejected', problems: [{ code: 'unknown_object', message }] };
  }
  if (!budget.take(row.bytes)) return { ...base, status: 'rejected', problems: [tooMuch(at)] };
  const record = recordOf(command, row);
  return { ...base, status: 'read', problems: [], record, ...(row.lmsId === null ? {} : { lmsId: row.lmsId }) };
}

/** The columns hold what translation stated, so their shape is that of the entity's fields. */
export function recordOf(
  { entity, kind, sourcedId }: Pick<Command, 'entity' | 'kind' | 'sourcedId'>,
  { fields, lmsId }: { readonly fields: Record<string, unknown>; readonly lmsId: string | null },
): DeclaredRecord {
  const base = { kind, sourcedId, ...(lmsId === null ? {} : { lmsId }) };
  switch (entity) {
    case 'user':
      return { ...base, entity, fields: fields };
    case 'org_unit':
      return { ...base, entity, fields: fields as unknown as OrgUnitFields };
    case 'association':
      return { ...base, entity, fields: fields };
    case 'enrollment':
      return { ...base, entity, fields: fields as unknown as EnrollmentFields };
  }
}

/**
 * One key after the other, until what was read is more than the limit: the size of a row is known only by reading it. The keys
 * are JSON because its arrays are reached by position at once.
 */
const readSql = `
  with recursive walk as (
    select 0 as position, null::text as fields, null::bigint as lms_id, 0::bigint as so_far
    union all
    select w.position + 1, f.fields, f.lms_id, w.so_far + coalesce(octet_length(f.fields), 0)
      from walk w
      -- Columns: with expressions in their place, row-level security keeps the look-ups from the indexes.
      cross join lateral (select $3::jsonb ->> w.position as kind, $4::jsonb ->> w.position as sourced_id offset 0) k
      left join lateral (
        select r.fields::text as fields, r.lms_id
          from (
            select d.fields, l.lms_id
              from (select * from declared_user d
                     where k.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
                       and not d.deleted and not d.released offset 0) d
              left join link l on l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = 'person'
            union all
            select case when k.kind = 'association'
                        then d.fields - 'type' || jsonb_build_object('sections', coalesce((
                               select jsonb_agg(a.section_sourced_id order by a.position) from declared_association a
                                where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = k.sourced_id), '[]'))
                        else d.fields || coalesce((
                               select jsonb_build_object('parents', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                                                                              || jsonb_build_object('kind', p.parent_kind) order by p.position))
                                 from declared_parent p where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = k.sourced_id and p.kind = k.kind
                               having count(*) > 0), '{}') end,
                   l.lms_id
              from (select * from declared_org_unit d
                     where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind
                       and not d.deleted and not d.released and not d.implied offset 0) d
              left join link l on l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind
            union all
            select jsonb_build_object('userSourcedId', d.user_sourced_id, 'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id), 'roles', d.roles)
                     || case when d.attributes is null then '{}' else jsonb_build_object('attributes', d.attributes) end,
                   e.id
              from (select * from declared_enrollment d
                     where k.kind = 'membership' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
                       and not d.deleted offset 0) d
              left join lms_enrollment e on e.organization_id = $1 and e.user_id = d.user_id and e.org_unit_id = d.org_unit_id and not e.ended
          ) r offset 0) f on true
     where w.position < jsonb_array_length($3::jsonb) and w.so_far <= $5::bigint
  )
  select position, case when so_far <= $5::bigint then fields end as fields, octet_length(fields) as bytes, lms_id
    from walk where fields is not null order by position`;
