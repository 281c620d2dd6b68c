import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';

/** Which pair of LMS user and org unit a declared enrollment reaches, which it reached before, and what it waits for. */
export interface PlacedEnrollment extends SourcedKey {
  readonly userId: string | null;
  readonly orgUnitId: string | null;
  readonly oldUserId: string | null;
  readonly oldOrgUnitId: string | null;
  readonly waitCode: string | null;
  readonly waitOn: string | null;
  /** A role of it that is not mapped, whatever it waits for. */
  readonly unmapped: string | null;
  /** The message of the batch that declared the row, or its person, or its org unit. */
  readonly messageId: string | null;
}

/**
 * Does a row `t` reach the LMS user that its person is \`linked\` to? What is leaving stays with a person who left with it, as long as
 * the LMS has that person.
 */
const reachedPersonSql = `
             case when person.live then true
                  when t.leaving is not null and person.deleted then exists (
                    select from lms_user u where u.organization_id = $1 and u.id = linked.lms_id and u.state <> 'deleted') end`;

const personColumns = `
           case when ${reachedPersonSql} then linked.lms_id end as person_id, person.deleted as person_deleted, person.message_id as person_message_id`;

const personSql = `
        select d.live, d.deleted, d.message_id from declared_user d
         where d.organization_id = $1 and d.source_system_id = t.source_system_id and d.sourced_id = t.user_sourced_id limit 1`;

const linkedSql = `
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = t.source_system_id and l.sourced_id = t.user_sourced_id and l.kind = 'person' limit 1`;

/** Of a list of roles `t`: whether one is mapped, and one that is not. */
const rolesSql = `
        select coalesce(bool_or(m.role_id is not null), false) as mapped, min(e.value->>'role') filter (where m.role_id is null) as unmapped
          from jsonb_array_elements(t.roles) e
          left join lateral (select m.role_id from role_map m where m.organization_id = $1 and m.source_system_id = t.source_system_id
                                and m.sis_role_key = fold(e.value->>'role') limit 1) m on true`;

/** Every look-up is a lateral one with a limit, so the plan is the same whatever the statistics say. */
const oneByOne = `
  referents as (
    select t.*, ${personColumns}, unit.lms_id as unit_id, unit.kind as unit_kind, unit.verdict, roles.mapped, roles.unmapped
      from touched t
      left join lateral (${personSql}) person on true
      left join lateral (${linkedSql}) linked on true
      cross join lateral (select * from resolve_org_unit($1, t.source_system_id, t.org_unit_kind, t.org_unit_sourced_id) limit 1) unit
      cross join lateral (${rolesSql}) roles
  )`;

/**
 * What thousands of rows have in common is looked up once, and all persons at once; with every column of the key up to the last
 * that is asked for: where one is left out, the index is walked from the first person to the last.
 */
const together = `
  declared_persons as materialized (
    select d.source_system_id, d.sourced_id, d.live, d.deleted, d.message_id from declared_user d
     where d.organization_id = $1 and d.sourced_id = any(array(select user_sourced_id from touched))
       and d.source_system_id = any(array(select distinct source_system_id from touched))
  ),
  linked_persons as materialized (
    select l.source_system_id, l.sourced_id, l.lms_id from link l
     where l.organization_id = $1 and l.sourced_id = any(array(select user_sourced_id from touched))
       and l.source_system_id = any(array(select distinct source_system_id from touched)) and l.kind = 'person'
  ),
  units as materialized (
    select t.*, unit.lms_id as unit_id, unit.kind as unit_kind, unit.verdict
      from (select distinct source_system_id, org_unit_sourced_id, coalesce(org_unit_kind, '') as kind_key from touched) t
      cross join lateral (select * from resolve_org_unit($1, t.source_system_id, nullif(t.kind_key, ''), t.org_unit_sourced_id) limit 1) unit
  ),
  role_lists as materialized (
    select t.*, roles.mapped, roles.unmapped
      from (select distinct source_system_id, roles from touched) t cross join lateral (${rolesSql}) roles
  ),
  referents as (
    select t.*, ${personColumns}, unit.unit_id, unit.unit_kind, unit.verdict, roles.mapped, roles.unmapped
      from touched t
      left join declared_persons person on person.source_system_id = t.source_system_id and person.sourced_id = t.user_sourced_id
      left join linked_persons linked on linked.source_system_id = t.source_system_id and linked.sourced_id = t.user_sourced_id
      join units unit on unit.source_system_id = t.source_system_id and unit.org_unit_sourced_id = t.org_unit_sourced_id
                     and unit.kind_key = coalesce(t.org_unit_kind, '')
      join role_lists roles on roles.source_system_id = t.source_system_id and roles.roles = t.roles
  )`;

/**
 * From `touched` (rows of declared_enrollment as they are or are to be, with what they reached before as old_user_id and
 * old_org_unit_id) to `placed` (docs/projection.md 7): the person must be live, the reference must resolve, and one of the
 * roles must be mapped.
 */
function placing(referents: string): string {
  return `${referents},
  judged as (
    select r.*, person_id is not null and unit_id is not null and (mapped or deleted) as reaches,
           case when deleted then null
                when person_id is null then case when person_deleted then 'detached' else 'waiting_for_user' end
                when unit_id is null then
                  case verdict when 'deleted' then 'detached' when 'ambiguous' then 'ambiguous' else 'waiting_for_org_unit' end
                when unmapped is not null then 'unmapped_role' end as wait_code
      from referents r
  ),
  placed as (
    select j.*, case when reaches then person_id end as user_id, case when reaches then unit_id end as org_unit_id,
           case when wait_code is null then null
                when person_id is null then 'person ' || user_sourced_id
                when unit_id is null then coalesce(org_unit_kind || ' ', '') || org_unit_sourced_id
                else unmapped end as wait_on,
           case when wait_code = 'unmapped_role' then 'role:' || source_system_id || ':' || fold(unmapped) end as wait_key
      from judged j
  )`;
}

export const placingSql = placing(oneByOne);
export const placingManySql = placing(together);

/** Places declared rows again, because something that they refer to has changed. */
export async function placeEnrollments(lane: Lane, touched: readonly SourcedKey[]): Promise<PlacedEnrollment[]> {
  if (touched.length === 0) return [];
  const { rows } = await lane.client.query<PlacedEnrollment>({
    name: 'project_enrollment_place',
    text: placeSql,
    values: [
      lane.organizationId,
      touched.map((key) => key.sourceSystemId),
      touched.map((key) => key.sourcedId),
      lane.messageIds,
    ],
  });
  return rows;
}

const placeSql = `
  with touched as (
    select e.*
      from (select distinct * from unnest($2::integer[], $3::text[]) as t(source_system_id, sourced_id)) t
      cross join lateral (
        select e.source_system_id, e.sourced_id, e.user_sourced_id, e.org_unit_kind, e.org_unit_sourced_id, e.roles, e.deleted,
               e.leaving, e.message_id,
               e.user_id as old_user_id, e.org_unit_id as old_org_unit_id, e.wait_code as old_wait_code, e.wait_on as old_wait_on,
               e.wait_key as old_wait_key
          from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = t.source_system_id and e.sourced_id = t.sourced_id limit 1) e
  ),
  ${placingSql},
  noted as (
    update declared_enrollment e
       set user_id = p.user_id, org_unit_id = p.org_unit_id, wait_code = p.wait_code, wait_on = p.wait_on, wait_key = p.wait_key
      from placed p
     where e.organization_id = $1 and e.source_system_id = p.source_system_id and e.sourced_id = p.sourced_id
       and (p.old_user_id, p.old_org_unit_id, p.old_wait_code, p.old_wait_on, p.old_wait_key)
           is distinct from (p.user_id, p.org_unit_id, p.wait_code, p.wait_on, p.wait_key)
  ),
  caused as (
    select p.*,
           case when p.message_id = any($4::uuid[]) then p.message_id
                when p.person_message_id = any($4::uuid[]) then p.person_message_id
                else (select u.message_id from declared_org_unit u where u.organization_id = $1 and u.source_system_id = p.source_system_id
                        and u.sourced_id = p.org_unit_sourced_id and u.kind = p.unit_kind
                        and u.message_id = any($4::uuid[])) end as cause_id
      from placed p
  )
  select source_system_id as "sourceSystemId", sourced_id as "sourcedId", user_id as "userId", org_unit_id as "orgUnitId",
         old_user_id as "oldUserId", old_org_unit_id as "oldOrgUnitId", wait_code as "waitCode", wait_on as "waitOn", unmapped,
         cause_id as "messageId"
    from caused`;
