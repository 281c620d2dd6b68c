import { recordChangesSql } from '../changes.ts';
import { sourceColumns } from '../lane.ts';
import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';
import type { LostParent } from './org-units.ts';

/** How a declared enrollment stands after projection. */
export interface EnrollmentStanding extends SourcedKey {
  readonly waitCode: string | null;
  readonly waitOn: string | null;
  readonly lmsId: string | null;
}

/**
 * Projects enrollments (docs/projection.md 7): resolves each touched row to a user and an org unit, then settles every
 * pair that the row reached or reaches, cascades to course offerings included.
 *
 * @param lost sections that left a parent: the cascades along that edge are settled too
 * @param gained org units with a new parent: their enrollments may cascade there
 */
export async function projectEnrollments(
  lane: Lane,
  touched: readonly SourcedKey[],
  lost: readonly LostParent[],
  gained: readonly string[],
): Promise<EnrollmentStanding[]> {
  const resolved = touched.length === 0 ? [] : await resolve(lane, touched);
  const pairs = [...resolved.flatMap(pairsOf), ...lostCascades(resolved, lost)];
  if (pairs.length + lost.length + gained.length === 0) return resolved.map((row) => standing(row, new Map()));
  const ids = await settle(lane, pairs, lost, gained);
  return resolved.map((row) => standing(row, ids));
}

interface Pair {
  userId: string;
  orgUnitId: string;
  /** The message of the batch that declared the row, or its person, or its org unit. */
  messageId: string | null;
}

interface Resolved {
  source_system_id: number;
  sourced_id: string;
  user_id: string | null;
  org_unit_id: string | null;
  old_user_id: string | null;
  old_org_unit_id: string | null;
  wait_code: string | null;
  wait_on: string | null;
  message_id: string | null;
}

function pairsOf(row: Resolved): Pair[] {
  const pairs: Pair[] = [];
  if (row.user_id !== null && row.org_unit_id !== null)
    pairs.push({ userId: row.user_id, orgUnitId: row.org_unit_id, messageId: row.message_id });
  const moved = row.old_user_id !== row.user_id || row.old_org_unit_id !== row.org_unit_id;
  if (moved && row.old_user_id !== null && row.old_org_unit_id !== null) {
    pairs.push({ userId: row.old_user_id, orgUnitId: row.old_org_unit_id, messageId: row.message_id });
  }
  return pairs;
}

/** Along the edges that are gone: deleted enrollments with a role that sees all sections have no LMS row to be found by. */
function lostCascades(resolved: readonly Resolved[], lost: readonly LostParent[]): Pair[] {
  if (lost.length === 0) return [];
  const parents = Map.groupBy(lost, (edge) => edge.orgUnitId);
  return resolved.flatMap(({ old_user_id: userId, old_org_unit_id: orgUnitId, message_id: messageId }) =>
    userId === null || orgUnitId === null
      ? []
      : (parents.get(orgUnitId) ?? []).map(({ parentId }) => ({ userId, orgUnitId: parentId, messageId })),
  );
}

function standing(row: Resolved, ids: ReadonlyMap<string, string>): EnrollmentStanding {
  const lmsId = row.user_id === null ? undefined : ids.get(`${row.user_id} ${row.org_unit_id ?? ''}`);
  return {
    sourceSystemId: row.source_system_id,
    sourcedId: row.sourced_id,
    waitCode: row.wait_code,
    waitOn: row.wait_on,
    lmsId: lmsId ?? null,
  };
}

async function resolve(lane: Lane, touched: readonly SourcedKey[]): Promise<Resolved[]> {
  const { rows } = await lane.client.query<Resolved>({
    name: 'project_enrollment_resolve',
    text: resolveSql,
    values: [
      lane.organizationId,
      touched.map((key) => key.sourceSystemId),
      touched.map((key) => key.sourcedId),
      lane.messageIds,
    ],
  });
  return rows;
}

/**
 * Where each row stands: its person must be live, its reference must resolve, and one of its roles must be mapped. Every
 * look-up is a lateral one with a limit, so the plan is the same whatever the statistics say.
 */
const resolveSql = `
  with touched as (
    select e.*
      from (select distinct * from unnest($2::integer[], $3::text[]) as t(source_system_id, sourced_id)) t
      cross join lateral (
        select e.source_system_id, e.sourced_id, e.user_sourced_id, e.org_unit_kind, e.org_unit_sourced_id, e.roles, e.deleted, e.message_id,
               e.user_id as old_user_id, e.org_unit_id as old_org_unit_id, e.wait_code as old_wait_code, e.wait_on as old_wait_on, e.wait_key as old_wait_key
          from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = t.source_system_id and e.sourced_id = t.sourced_id limit 1) e
  ),
  judged as (
    select t.*, person.lms_id as person_id, unit.lms_id as unit_id, person.deleted as person_deleted, unit.verdict, roles.mapped, roles.unmapped,
           case when t.message_id = any($4::uuid[]) then t.message_id when person.message_id = any($4::uuid[]) then person.message_id
                else (select u.message_id from declared_org_unit u where u.organization_id = $1 and u.source_system_id = t.source_system_id
                        and u.sourced_id = t.org_unit_sourced_id and u.kind = unit.kind and u.message_id = any($4::uuid[])) end as cause_id
      from touched t
      left join lateral (
        select d.deleted, d.message_id,
               case when d.live then (select l.lms_id from link l where l.organization_id = $1 and l.source_system_id = t.source_system_id
                                         and l.sourced_id = t.user_sourced_id and l.kind = 'person') end as lms_id
          from declared_user d
         where d.organization_id = $1 and d.source_system_id = t.source_system_id and d.sourced_id = t.user_sourced_id limit 1) person on true
      cross join lateral (select * from resolve_org_unit($1, t.source_system_id, t.org_unit_kind, t.org_unit_sourced_id) limit 1) unit
      cross join lateral (
        select coalesce(bool_or(m.role_id is not null), false) as mapped, min(e.value->>'role') filter (where m.role_id is null) as unmapped
          from jsonb_array_elements(t.roles) e
          left join lateral (select m.role_id from role_map m where m.organization_id = $1 and m.source_system_id = t.source_system_id
                                and m.sis_role_key = fold(e.value->>'role') limit 1) m on true) roles
  ),
  verdict as (
    select j.*,
           case when j.deleted then null
                when j.person_id is null then case when j.person_deleted then 'detached' else 'waiting_for_user' end
                when j.unit_id is null then case j.verdict when 'deleted' then 'detached' when 'ambiguous' then 'ambiguous' else 'waiting_for_org_unit' end
                when j.unmapped is not null then 'unmapped_role' end as wait_code
      from judged j
  ),
  placed as (
    select v.*, v.person_id is not null and v.unit_id is not null and (v.mapped or v.deleted) as reaches,
           case when v.wait_code is null then null
                when v.person_id is null then 'person ' || v.user_sourced_id
                when v.unit_id is null then coalesce(v.org_unit_kind || ' ', '') || v.org_unit_sourced_id
                else v.unmapped end as wait_on,
           case when v.wait_code = 'unmapped_role' then 'role:' || v.source_system_id || ':' || fold(v.unmapped) end as wait_key
      from verdict v
  ),
  noted as (
    update declared_enrollment e
       set user_id = case when p.reaches then p.person_id end, org_unit_id = case when p.reaches then p.unit_id end,
           wait_code = p.wait_code, wait_on = p.wait_on, wait_key = p.wait_key
      from placed p
     where e.organization_id = $1 and e.source_system_id = p.source_system_id and e.sourced_id = p.sourced_id
       and (p.old_user_id, p.old_org_unit_id, p.old_wait_code, p.old_wait_on, p.old_wait_key)
           is distinct from (case when p.reaches then p.person_id end, case when p.reaches then p.unit_id end, p.wait_code, p.wait_on, p.wait_key)
  )
  select source_system_id, sourced_id, case when reaches then person_id end as user_id, case when reaches then unit_id end as org_unit_id,
         old_user_id, old_org_unit_id, wait_code, wait_on, cause_id as message_id
    from placed`;

/** Settles pairs; answers the LMS id of each enrollment that stands, by "user orgUnit". */
async function settle(
  lane: Lane,
  pairs: readonly Pair[],
  lost: readonly LostParent[],
  gained: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await lane.client.query<{
    user_id: string;
    org_unit_id: string;
    id: string | null;
    changes: number;
  }>({
    name: 'project_enrollment_settle',
    text: settleSql,
    values: [
      lane.organizationId,
      pairs.map((pair) => pair.userId),
      pairs.map((pair) => pair.orgUnitId),
      lost.map((edge) => edge.orgUnitId),
      lost.map((edge) => edge.parentId),
      gained,
      lane.sourcesJson,
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify(lane.cause),
      pairs.map((pair) => pair.messageId),
    ],
  });
  lane.counter.seq += rows[0]?.changes ?? 0;
  return new Map(rows.flatMap((row) => (row.id === null ? [] : [[`${row.user_id} ${row.org_unit_id}`, row.id]])));
}

/** Does the LMS org unit behave like that? Spelled out, since Postgres would call a function of it a row at a time. */
const isBasedOn = (unit: string, base: 'course_section' | 'course_offering'): string => `exists (
  select from lms_org_unit u where u.organization_id = $1 and u.id = ${unit}
     and exists (select from org_unit_type t where t.organization_id = $1 and t.id = u.org_unit_type_id and t.base = '${base}'))`;

/**
 * pairs (and the pairs that they cascade to) -> supports -> the best of each -> difference with what stands. The one
 * definition of who is enrolled where: it looks at the declared rows of the pair's user alone.
 */
const settleSql = `
  with src as (select id, rank from jsonb_to_recordset($7::jsonb) as src(${sourceColumns})),
  moved as (
    -- Enrollments in org units whose parents changed: along the lost edge and along all that are there now.
    select e.user_id, edge.parent_id as org_unit_id, null::uuid as message_id from unnest($4::bigint[], $5::bigint[]) as edge(org_unit_id, parent_id)
      join lms_enrollment e on e.organization_id = $1 and e.org_unit_id = edge.org_unit_id
    union
    select e.user_id, e.org_unit_id, null from unnest($6::bigint[]) as g(org_unit_id)
      join lms_enrollment e on e.organization_id = $1 and e.org_unit_id = g.org_unit_id
  ),
  named as (
    select * from unnest($2::bigint[], $3::bigint[], $11::uuid[]) as p(user_id, org_unit_id, message_id) union all select * from moved
  ),
  reached_pairs as (
    select * from named
    union all
    -- The cascade: from a course section to the course offerings it is under.
    select n.user_id, up.parent_id, n.message_id
      from named n
      cross join lateral (select p.parent_id from lms_org_unit_parent p where p.organization_id = $1 and p.org_unit_id = n.org_unit_id offset 0) up
     where ${isBasedOn('n.org_unit_id', 'course_section')} and ${isBasedOn('up.parent_id', 'course_offering')}
  ),
  pairs as (
    select g.*, ${isBasedOn('g.org_unit_id', 'course_offering')} as is_offering
      from (select user_id, org_unit_id, min(message_id::text) as message_id from reached_pairs group by user_id, org_unit_id) g
  ),
  target as (
    select p.user_id, p.org_unit_id, p.message_id, b.role_id, b.role, b.sub_role, b.starts_at, b.ends_at, b.role_id is not null as stands,
           h.id as held_id, h.id is not null and not h.ended as stood, h.role_id as old_role_id, h.sub_role as old_sub_role, h.starts_at as old_starts_at, h.ends_at as old_ends_at
      from pairs p
      left join lateral (
        -- The supports of the pair: declared rows of the user that reach the org unit, or a section under it.
        select m.role_id, role.code as role, e.value->>'subRole' as sub_role,
               (e.value->>'startsAt')::timestamptz as starts_at, (e.value->>'endsAt')::timestamptz as ends_at
          from (
            select d.source_system_id, d.sourced_id, d.roles, d.deleted, false as cascaded
              from declared_enrollment d
             where d.organization_id = $1 and d.user_id = p.user_id and d.org_unit_id = p.org_unit_id and not d.deleted
            union all
            select d.source_system_id, d.sourced_id, d.roles, d.deleted, true
              from (select under.org_unit_id from lms_org_unit_parent under
                     where p.is_offering and under.organization_id = $1 and under.parent_id = p.org_unit_id offset 0) section
              cross join lateral (
                select d.* from declared_enrollment d
                 where d.organization_id = $1 and d.user_id = p.user_id and d.org_unit_id = section.org_unit_id offset 0) d
             where ${isBasedOn('section.org_unit_id', 'course_section')}) d
          cross join lateral jsonb_array_elements(d.roles) with ordinality as e(value, position)
          cross join lateral (select m.role_id from role_map m where m.organization_id = $1 and m.source_system_id = d.source_system_id
                                 and m.sis_role_key = fold(e.value->>'role') limit 1) m
          cross join lateral (select r.id, r.code, r.rank, r.all_sections from role r where r.organization_id = $1 and r.id = m.role_id limit 1) role
          join src on src.id = d.source_system_id
         where (e.value->>'active')::boolean and (not d.deleted or role.all_sections)
         order by role.rank, role.id, d.cascaded, src.rank, d.source_system_id, d.sourced_id, e.position limit 1) b on true
      left join lateral (select * from lms_enrollment h where h.organization_id = $1 and h.user_id = p.user_id and h.org_unit_id = p.org_unit_id limit 1) h on true
  ),
  differing as (
    select t.*, old_role.code as old_role from target t
      left join role old_role on old_role.organization_id = $1 and old_role.id = t.old_role_id
     where t.stands <> t.stood
        or (t.stands and (t.role_id, t.sub_role, t.starts_at, t.ends_at) is distinct from (t.old_role_id, t.old_sub_role, t.old_starts_at, t.old_ends_at))
  ),
  created as (
    insert into lms_enrollment (organization_id, user_id, org_unit_id, role_id, sub_role, starts_at, ends_at)
    select $1, user_id, org_unit_id, role_id, sub_role, starts_at, ends_at from differing where stands and held_id is null
    returning user_id, org_unit_id, id
  ),
  updated as (
    update lms_enrollment e
       set role_id = coalesce(d.role_id, e.role_id), sub_role = case when d.stands then d.sub_role else e.sub_role end,
           starts_at = case when d.stands then d.starts_at else e.starts_at end, ends_at = case when d.stands then d.ends_at else e.ends_at end,
           ended = not d.stands, version = e.version + 1, changed_at = now()
      from differing d
     where d.held_id is not null and e.organization_id = $1 and e.user_id = d.user_id and e.org_unit_id = d.org_unit_id
  ),
  imaged as (
    select coalesce(d.held_id, c.id) as lms_id, d.message_id, d.stood, d.stands, d.user_id, d.org_unit_id,
           jsonb_strip_nulls(jsonb_build_object('userId', d.user_id::text, 'orgUnitId', d.org_unit_id::text, 'role', d.old_role, 'subRole', d.old_sub_role,
             'startsAt', d.old_starts_at, 'endsAt', d.old_ends_at)) as before,
           jsonb_strip_nulls(jsonb_build_object('userId', d.user_id::text, 'orgUnitId', d.org_unit_id::text, 'role', d.role, 'subRole', d.sub_role,
             'startsAt', d.starts_at, 'endsAt', d.ends_at)) as after
      from differing d left join created c using (user_id, org_unit_id)
  ),
  difference as (
    select 'enrollment' as entity, lms_id, message_id, case when stood and stands then 'updated' when stands then 'created' else 'deleted' end as operation,
           case when stood and stands then changed_fields(before, after) when stood then before end as before,
           case when stood and stands then changed_fields(after, before) when stands then after end as after
      from imaged order by user_id, org_unit_id
  ),
  recorded as (${recordChangesSql({ seq: 8, head: 9, cause: 10 })})
  select t.user_id, t.org_unit_id, coalesce(t.held_id, c.id) as id, (select count(*)::integer from recorded) as changes
    from target t left join created c using (user_id, org_unit_id)
   where t.stands or t.stood or (select count(*) from recorded) > 0`;
