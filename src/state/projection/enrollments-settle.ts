import { sourceColumns } from '../lane.ts';
import { differsSql, recordedSql } from './enrollments-difference.ts';

/**
 * By a range of one, which needs the index of parents: where most org units have one parent, the planner would look for
 * the first of its sections in any order.
 */
export function sectionsSql(orgUnit: string): string {
  return `from lms_org_unit_parent s where s.organization_id = $1 and s.parent_id between ${orgUnit} and ${orgUnit} and s.cascades`;
}

const sectionsOfPairSql = sectionsSql('p.org_unit_id');

/** How the declared rows that cascade to the org unit of a pair (p) are found. */
interface Way {
  /** The pairs, with what `rows` needs of them. */
  readonly pairs: string;
  readonly rows: string;
  /** Is the pair left to the other way? */
  readonly wide: string;
}

const rowsIn = (sections: string): string => `
            select d.source_system_id, d.sourced_id, d.roles, d.deleted, d.leaving, true as cascaded
              from (${sections}) section
              cross join lateral (
                select d.* from declared_enrollment d
                 where d.organization_id = $1 and d.user_id = p.user_id and d.org_unit_id = section.org_unit_id offset 0) d`;

/** Most org units have no sections or a few; those with more leave their pairs to the way that goes by the fewer. */
export const fewSections = 32;

/** By the sections under the org unit, unless they are many. */
const bySections: Way = {
  pairs: `(select p.*, array(select s.org_unit_id ${sectionsOfPairSql} limit ${String(fewSections + 1)}) as section_ids from pairs p offset 0)`,
  rows: rowsIn(
    `select unnest(p.section_ids) as org_unit_id where cardinality(p.section_ids) <= ${String(fewSections)}`,
  ),
  wide: `cardinality(p.section_ids) > ${String(fewSections)}`,
};

/** A user with more declared rows than this is not looked at as a whole. */
const manyRows = 1_000;

/** By all rows of the user where they are fewer than the sections; `section_ids` is null then. */
const byTheFewer: Way = {
  pairs: `(
        select p.*, case when own.count > ${String(manyRows)} or not exists (select ${sectionsOfPairSql} offset own.count)
                         then array(select s.org_unit_id ${sectionsOfPairSql}) end as section_ids
          from pairs p
          cross join lateral (
            select count(*) as count
              from (select from declared_enrollment d
                     where d.organization_id = $1 and d.user_id = p.user_id limit ${String(manyRows + 1)}) d) own offset 0)`,
  rows: `${rowsIn('select unnest(p.section_ids) as org_unit_id')}
            union all
            select d.source_system_id, d.sourced_id, d.roles, d.deleted, d.leaving, true
              from (select d.* from declared_enrollment d
                     where d.organization_id = $1 and d.user_id = p.user_id and p.section_ids is null offset 0) d
              cross join lateral (
                -- All parents of the section, which are few: with the parent in the condition the index of its children would do, too.
                select s.parent_id, s.cascades from lms_org_unit_parent s
                 where s.organization_id = $1 and s.org_unit_id = d.org_unit_id offset 0) edge
             where edge.parent_id = p.org_unit_id and edge.cascades`,
  wide: 'false',
};

/**
 * A support (d) that is leaving holds the enrollment, inactive, where nothing better does. What would hold it even after it is
 * deleted, as a role that sees all sections does, is as good as before.
 */
const inactive = `(d.leaving is not null and d.leaving = 'inactive' and not (d.cascaded and role.all_sections))`;

const namedPairs = `
    select * from unnest($2::bigint[], $3::bigint[], $4::uuid[]) as p(user_id, org_unit_id, message_id)
    union all
    select user_id, org_unit_id, message_id from declared where user_id is not null
    union all
    select left_user_id, left_org_unit_id, message_id from declared where left_user_id is not null`;

/** Most batches take no org unit out of its parent: what is not asked for need not be set up. */
export const settlePairs = {
  name: 'project_enrollment_settle',
  text: settleSql(`named as (${namedPairs})`, bySections),
};

/** The same where a batch that declares memberships takes sections out of their offerings ($12, $13). */
export const settlePairsAndEdges = {
  name: 'project_enrollment_settle_edges',
  text: settleSql(
    `
  edge as (select * from unnest($12::bigint[], $13::bigint[]) as edge(org_unit_id, parent_id)),
  named as (${namedPairs}
    union all
    -- Deleted ones with a role that sees all sections have no LMS row to be found by.
    select coalesce(d.left_user_id, d.user_id), edge.parent_id, d.message_id
      from edge join declared d on coalesce(d.left_org_unit_id, d.org_unit_id) = edge.org_unit_id
  )`,
    bySections,
  ),
};

/** Pairs that one of these has left as `wide`. */
export const settleWidePairs = {
  name: 'project_enrollment_settle_wide',
  text: settleSql(`named as (${namedPairs})`, byTheFewer),
};

/**
 * pairs (and the pairs that they cascade to) -> supports -> the best of each -> difference with what stands. The one
 * definition of who is enrolled where. It looks at the declared rows of the pair's user alone.
 *
 * $1 organization, $2 to $4 pairs and their messages, $5 to $7 source system, sourcedIds and messages of what the batch declared,
 * $8 sources, $9 change.seq so far, $10 id head, $11 cause
 */
function settleSql(named: string, way: Way): string {
  return `
  with src as (select id, rank from jsonb_to_recordset($8::jsonb) as src(${sourceColumns})),
  declared as (
    -- The rows that this batch has written bear its messages.
    select e.user_id, e.org_unit_id, e.left_user_id, e.left_org_unit_id, e.message_id
      from unnest($6::text[], $7::uuid[]) as k(sourced_id, message_id)
      cross join lateral (
        select e.* from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $5 and e.sourced_id = k.sourced_id and e.message_id = k.message_id limit 1) e
  ),
  ${named},
  reached_pairs as (
    select * from named
    union all
    -- The cascade: from a course section to the course offerings it is under.
    select n.user_id, up.parent_id, n.message_id
      from named n
      cross join lateral (
        select p.parent_id from lms_org_unit_parent p
         where p.organization_id = $1 and p.org_unit_id = n.org_unit_id and p.cascades offset 0) up
  ),
  pairs as (
    select user_id, org_unit_id, min(message_id::text) as message_id from reached_pairs group by user_id, org_unit_id
  ),
  target as (
    select p.user_id, p.org_unit_id, p.message_id, b.role_id, b.role, b.sub_role, b.starts_at, b.ends_at, b.role_id is not null as stands,
           coalesce(b.inactive, false) as inactive, coalesce(h.inactive, false) as old_inactive,
           case when h.id is null and b.role_id is not null and not ${way.wide} then nextval('lms_id') else h.id end as id,
           h.id is not null as held, h.id is not null and not h.ended as stood, h.role_id as old_role_id, h.sub_role as old_sub_role,
           h.starts_at as old_starts_at, h.ends_at as old_ends_at, ${way.wide} as wide
      from ${way.pairs} p
      left join lateral (
        -- The supports of the pair: declared rows of the user that reach the org unit, or a section under it.
        select m.role_id, role.code as role, e.value->>'subRole' as sub_role,
               (e.value->>'startsAt')::timestamptz as starts_at, (e.value->>'endsAt')::timestamptz as ends_at, ${inactive} as inactive
          from (
            select d.source_system_id, d.sourced_id, d.roles, d.deleted, d.leaving, false as cascaded
              from declared_enrollment d
             where d.organization_id = $1 and d.user_id = p.user_id and d.org_unit_id = p.org_unit_id and not d.deleted
            union all${way.rows}) d
          cross join lateral jsonb_array_elements(d.roles) with ordinality as e(value, position)
          cross join lateral (select m.role_id from role_map m where m.organization_id = $1 and m.source_system_id = d.source_system_id
                                 and m.sis_role_key = fold(e.value->>'role') limit 1) m
          cross join lateral (
            select r.id, r.code, r.rank, r.all_sections from role r
             where r.organization_id = $1 and r.id = m.role_id limit 1) role
          join src on src.id = d.source_system_id
         where (e.value->>'active')::boolean and (not d.deleted or role.all_sections)
         order by ${inactive}, role.rank, role.id, d.cascaded, src.rank, d.source_system_id, d.sourced_id, e.position limit 1) b on true
      left join lateral (
        select * from lms_enrollment h
         where h.organization_id = $1 and h.user_id = p.user_id and h.org_unit_id = p.org_unit_id limit 1) h on true
  ),
  differing as (
    select t.*, old_role.code as old_role from target t
      left join role old_role on old_role.organization_id = $1 and old_role.id = t.old_role_id
     where not t.wide and ${differsSql}
  ),
  ${recordedSql({ seq: 9, head: 10, cause: 11 })}
  select t.user_id as "userId", t.org_unit_id as "orgUnitId", t.message_id as "messageId", t.id, t.wide,
         (select count(*)::integer from recorded) as changes
    from target t
   where t.stands or t.stood or t.wide`;
}
