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
  const keys = new Map(commands.map((command) => [commandKey(command), command]));
  const found = await readFields(reading, sourceSystemId, [...keys.values()]);
  return commands.map((command) => answer(command, found.get(commandKey(command)), budgetOf(command)));
}

/** What a row states, and its LMS object. */
export interface DeclaredFields {
  /** null = together with the rows before it, it is more than one answer may hold. */
  readonly fields: Record<string, unknown> | null;
  readonly bytes: number;
  readonly lmsId: string | null;
}

/** The fields of the rows of these keys that are there, by "kind sourcedId", in their order; placeholders are not. */
export async function readFields(
  reading: Reading,
  sourceSystemId: number,
  keys: readonly Pick<Command, 'kind' | 'sourcedId'>[],
): Promise<Map<string, DeclaredFields>> {
  if (keys.length === 0) return new Map();
  const { rows } = await reading.client.query<{
    kind: string;
    sourced_id: string;
    fields: Record<string, unknown> | null;
    bytes: number;
    lms_id: string | null;
  }>({
    name: 'declared_read',
    text: readSql,
    values: [
      reading.organizationId,
      sourceSystemId,
      keys.map(({ kind }) => kind),
      keys.map(({ sourcedId }) => sourcedId),
      answerBytes,
    ],
  });
  return new Map(
    rows.map(({ kind, sourced_id: sourcedId, fields, bytes, lms_id: lmsId }) => [
      commandKey({ kind: kind as Command['kind'], sourcedId }),
      { fields, bytes, lmsId },
    ]),
  );
}

function answer(command: ReadCommand, row: DeclaredFields | undefined, budget: AnswerBudget): Outcome {
  const { kind, sourcedId, at } = command;
  const base = outcomeBase(command);
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
  if (row.fields === null || !budget.take(row.bytes)) return { ...base, status: 'rejected', problems: [tooMuch(at)] };
  const record = recordOf(command, { ...row, fields: row.fields });
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

const readSql = `
  with k as (select * from unnest($3::text[], $4::text[]) with ordinality as k(kind, sourced_id, position)),
  found as (
  select k.position, k.kind, k.sourced_id, d.fields, l.lms_id
    from k
    join declared_user d on k.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and not d.deleted and not d.released
    left join link l on l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = 'person'
  union all
  select k.position, k.kind, k.sourced_id,
         case when k.kind = 'association'
              then d.fields - 'type' || jsonb_build_object('sections', coalesce((
                     select jsonb_agg(a.section_sourced_id order by a.position) from declared_association a
                      where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = k.sourced_id), '[]'))
              else d.fields || coalesce((
                     select jsonb_build_object('parents', jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                                                                    || jsonb_build_object('kind', p.parent_kind) order by p.position))
                       from declared_parent p where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = k.sourced_id and p.kind = k.kind
                     having count(*) > 0), '{}') end,
         l.lms_id
    from k
    join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind and not d.deleted and not d.released and not d.implied
    left join link l on l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind
  union all
  select k.position, k.kind, k.sourced_id,
         jsonb_build_object('userSourcedId', d.user_sourced_id, 'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id), 'roles', d.roles)
           || case when d.attributes is null then '{}' else jsonb_build_object('attributes', d.attributes) end,
         e.id
    from k
    join declared_enrollment d on k.kind = 'membership' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and not d.deleted
    left join lms_enrollment e on e.organization_id = $1 and e.user_id = d.user_id and e.org_unit_id = d.org_unit_id and not e.ended),
  sized as (
    select *, octet_length(fields::text) as bytes, sum(octet_length(fields::text)) over (order by position) as so_far from found)
  select kind, sourced_id, case when so_far <= $5 then fields end as fields, bytes, lms_id from sized`;
