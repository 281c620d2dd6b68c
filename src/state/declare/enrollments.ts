import { mustExist, mustNotExist, tombstoneOf } from '../../domain/command.ts';
import type { DeleteCommand, RecordCommand } from '../../domain/command.ts';
import type { EnrollmentFields } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { placingSql } from '../projection/place-enrollments.ts';
import type { Declaration, Declared, TouchedRows } from './declare.ts';

type EnrollmentCommand = Extract<RecordCommand, { entity: 'enrollment' }>;

/** What became of a membership, and where its row stands. */
export interface DeclaredEnrollment {
  readonly sourcedId: string;
  readonly status: Declared;
  /** The pair that it reaches; null where the row was not written. */
  readonly userId: string | null;
  readonly orgUnitId: string | null;
  readonly waitCode: string | null;
  readonly waitOn: string | null;
  /** A role of it that is not mapped, whatever it waits for. */
  readonly unmapped: string | null;
  /** The LMS enrollment of a row that was left as it is. */
  readonly lmsId: string | null;
}

/**
 * Declares memberships and places them, in one statement: a row is written once, with the pair that it reaches, and not at
 * all when it states nothing new. Users and org units of the batch must have been projected. Enrollments are always the
 * SIS's: overwrite options do not apply (rule 14).
 */
export async function declareEnrollments(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
): Promise<DeclaredEnrollment[]> {
  if (batch.length === 0) return [];
  const { rows } = await lane.client.query<DeclaredEnrollment>({
    name: 'declared_enrollment_write',
    text: declareSql,
    values: [lane.organizationId, source.id, JSON.stringify(batch.map(toStated))],
  });
  return rows;
}

/** What the command states of its row; null = not stated. */
export function toStated({ command, messageId }: Declaration): Record<string, unknown> {
  const { verb, sourcedId } = command as EnrollmentCommand;
  const fields: Partial<EnrollmentFields> =
    verb === 'delete' ? (tombstoneOf(command) ?? {}) : (command as { fields: object }).fields;
  return {
    sourced_id: sourcedId,
    verb: mustNotExist(command) ? 'create' : verb,
    user_sourced_id: fields.userSourcedId,
    org_unit_kind: fields.orgUnit?.kind,
    org_unit_sourced_id: fields.orgUnit?.sourcedId,
    roles: fields.roles,
    attributes: fields.attributes,
    keeps_attributes: verb !== 'replace' && fields.attributes === undefined,
    must_exist: mustExist(command) || command.wishes?.never === 'create',
    only_new: command.wishes?.never === 'change',
    leaves: command.wishes?.leaves?.meanwhile,
    message_id: messageId,
  };
}

/** What memberships state ($3), as `toStated` has it. */
const givenSql = `
  stated as (
    select * from jsonb_to_recordset($3) as r(sourced_id text, verb text, user_sourced_id text, org_unit_kind text, org_unit_sourced_id text,
                                              roles jsonb, attributes jsonb, keeps_attributes boolean, must_exist boolean, only_new boolean, leaves text, message_id uuid)
  )`;

/** How the rows that are there are found: what precedes the comparison, and the join of a row that `was` with what is stated (s). */
interface Finding {
  readonly before: string;
  readonly join: string;
}

const oneByOne: Finding = {
  before: '',
  join: `
      left join lateral (
        select d.* from declared_enrollment d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = s.sourced_id limit 1) was on true`,
};

/** For thousands of rows, some of which `may_be_there`. */
export const allAtOnce: Finding = {
  before: `
  there as materialized (
    select d.* from declared_enrollment d
     where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = any(array(select sourced_id from stated where may_be_there))
  ),`,
  join: 'left join there was on was.sourced_id = s.sourced_id',
};

/**
 * What becomes of the rows that memberships are `stated` for: the beginning of a `with`. An update of what is unknown must state the
 * person, the org unit and the roles.
 *
 * @param overtaken whether what is stated (s) gives way to the row that `was`
 */
export function comparingSql(stated: string, overtaken = 'false', finding = oneByOne): string {
  return `${stated},${finding.before}
  merged as (
    select s.sourced_id, s.verb, s.must_exist, s.only_new, s.leaves, s.message_id, coalesce(not was.deleted, false) as there, ${overtaken} as overtaken, was,
           s.roles is not null as states_roles,
           coalesce(s.user_sourced_id, was.user_sourced_id) as user_sourced_id,
           case when s.org_unit_sourced_id is null then was.org_unit_kind else s.org_unit_kind end as org_unit_kind,
           coalesce(s.org_unit_sourced_id, was.org_unit_sourced_id) as org_unit_sourced_id,
           coalesce(s.roles, was.roles) as roles,
           case when s.keeps_attributes then was.attributes else nullif(s.attributes, 'null') end as attributes
      from stated s
      ${finding.join}
  ),
  compared as (
    select m.*,
           case when overtaken then 'overtaken'
                when verb = 'delete' then case when there then 'deleted' when not states_roles then 'unknown'
                  -- It was deleted before; the run that is taken back has deleted it again, with other roles.
                  when (user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes) is distinct from
                       ((was).user_sourced_id, (was).org_unit_kind, (was).org_unit_sourced_id, (was).roles, (was).attributes)
                       and (was).sourced_id is not null then 'updated'
                  else 'unchanged' end
                when must_exist and not there then 'unknown'
                -- What is leaving may be made anew, as what is gone may.
                when verb = 'create' and there and (was).leaving is null then 'in_use'
                when only_new and there and (was).leaving is null then 'unchanged'
                when user_sourced_id is null or org_unit_sourced_id is null or roles is null then 'incomplete'
                when not there then 'created'
                when (user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes, leaves) is distinct from
                     ((was).user_sourced_id, (was).org_unit_kind, (was).org_unit_sourced_id, (was).roles, (was).attributes, (was).leaving) then 'updated'
                else 'unchanged' end as status
      from merged m
  )`;
}

export const comparedSql = comparingSql(givenSql);

const supportsSql = (roles: string): string => `
  exists (select from jsonb_array_elements(${roles}) e
            join role_map m on m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(e.value->>'role')
           where (e.value->>'active')::boolean)`;

/** Of what is \`compared\`: an enrollment that stands ends, as no role is left that is active and mapped (rule 10). */
export const endsSql = `(status = 'updated' and roles is distinct from (was).roles and (was).user_id is not null
  and ${supportsSql('(was).roles')} and not ${supportsSql('roles')})`;

/** It is of another person, or in another org unit, than before: one enrollment ends, and another one begins. */
export const movesSql = `(status = 'updated' and (user_sourced_id, org_unit_sourced_id) is distinct from ((was).user_sourced_id, (was).org_unit_sourced_id))`;

/** The rows of what is `compared` that are written, with what they reached before. */
export const touchedSql = `
  touched as (
    select status, $2::integer as source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes,
           verb = 'delete' and leaves is null as deleted, leaves as leaving, message_id, (was).user_id as old_user_id, (was).org_unit_id as old_org_unit_id, (was).sourced_id is null as is_new
      from compared where status in ('created', 'updated', 'deleted')
  )`;

/** Writes what is `placed`. New rows need no look at whether they are there. */
export const writtenSql = `
  inserted as (
    insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes,
                                     deleted, leaving, message_id, user_id, org_unit_id, wait_code, wait_on, wait_key)
    select $1, source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes,
           deleted, leaving, message_id, user_id, org_unit_id, wait_code, wait_on, wait_key
      from placed where is_new
  ),
  written as (
    insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes,
                                     deleted, leaving, message_id, user_id, org_unit_id, left_user_id, left_org_unit_id, wait_code, wait_on, wait_key)
    select $1, source_system_id, sourced_id, user_sourced_id, org_unit_kind, org_unit_sourced_id, roles, attributes,
           deleted, leaving, message_id, user_id, org_unit_id, case when moved then old_user_id end, case when moved then old_org_unit_id end, wait_code, wait_on, wait_key
      from (select p.*, (old_user_id, old_org_unit_id) is distinct from (user_id, org_unit_id) as moved from placed p where not is_new) p
    on conflict (organization_id, sourced_id, source_system_id) do update
       set user_sourced_id = excluded.user_sourced_id, org_unit_kind = excluded.org_unit_kind, org_unit_sourced_id = excluded.org_unit_sourced_id,
           roles = excluded.roles, attributes = excluded.attributes, deleted = excluded.deleted, leaving = excluded.leaving,
           message_id = excluded.message_id, declared_at = statement_timestamp(),
           user_id = excluded.user_id, org_unit_id = excluded.org_unit_id,
           left_user_id = excluded.left_user_id, left_org_unit_id = excluded.left_org_unit_id,
           wait_code = excluded.wait_code, wait_on = excluded.wait_on, wait_key = excluded.wait_key
  )`;

const declareSql = `
  with ${comparedSql},
  ${touchedSql},
  ${placingSql},
  ${writtenSql}
  select sourced_id as "sourcedId", status, user_id as "userId", org_unit_id as "orgUnitId", wait_code as "waitCode", wait_on as "waitOn", unmapped, null::bigint as "lmsId"
    from placed
  union all
  select sourced_id, status, null, null, (was).wait_code, (was).wait_on,
         case when (was).wait_code <> 'unmapped_role' then (
           select min(e.value->>'role') from jsonb_array_elements((was).roles) e
            where not exists (select from role_map m where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(e.value->>'role'))) end,
         (select e.id from lms_enrollment e where e.organization_id = $1 and e.user_id = (was).user_id and e.org_unit_id = (was).org_unit_id and not e.ended)
    from compared where status not in ('created', 'updated', 'deleted')`;

/** Deletes all that this source system declared for persons and org units (rule 5); no pair comes twice. */
export async function deletePairs(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
  touched: TouchedRows,
  answer: (declaration: Declaration, status: Declared) => void,
): Promise<void> {
  if (batch.length === 0) return;
  const pairs = batch.map(({ command }) => (command as { pair: NonNullable<DeletedPair> }).pair);
  const { rows } = await lane.client.query<{ at: number; sourced_id: string }>({
    name: 'declared_enrollment_delete_pair',
    text: deletePairsSql,
    values: [
      lane.organizationId,
      source.id,
      pairs.map(({ userSourcedId }) => userSourcedId),
      pairs.map(({ orgUnit }) => orgUnit.sourcedId),
      batch.map(({ messageId }) => messageId),
    ],
  });
  touched.enrollments.push(...rows.map((row) => ({ sourceSystemId: source.id, sourcedId: row.sourced_id })));
  const deleted = new Set(rows.map(({ at }) => at));
  batch.forEach((declaration, index) => {
    answer(declaration, deleted.has(index + 1) ? 'deleted' : 'unknown');
  });
}

type DeletedPair = DeleteCommand<'enrollment'>['pair'];

/** `at`: the pair, counted from 1. Found by the person: a section has more members than a person has memberships. */
const deletePairsSql = `
  with meant as (
    select k.at, k.message_id, e.sourced_id
      from unnest($3::text[], $4::text[], $5::uuid[]) with ordinality as k(user_sourced_id, org_unit_sourced_id, message_id, at)
      cross join lateral (
        select e.sourced_id, e.org_unit_sourced_id from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = k.user_sourced_id and not e.deleted offset 0) e
     where e.org_unit_sourced_id = k.org_unit_sourced_id
  )
  update declared_enrollment e set deleted = true, leaving = null, message_id = m.message_id, declared_at = statement_timestamp()
    from meant m
   where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = m.sourced_id
  returning m.at::integer as at, e.sourced_id`;
