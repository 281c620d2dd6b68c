import { sourceColumns } from '../lane.ts';
import type { Lane } from '../lane.ts';
import { differsSql, recordedSql } from './enrollments-difference.ts';
import { fewSections, sectionsSql } from './enrollments-settle.ts';

/** Pairs as the database writes arrays, `{17,18}`: thousands of them are handed on as they are. */
export interface ManyPairs {
  readonly userIds: string;
  readonly orgUnitIds: string;
}

/** What is to become of pairs. */
export interface Differences {
  /** As the database writes an array of `enrollment_difference`; null = none. */
  readonly rows: string | null;
  readonly count: number;
  /** Pairs that were left alone, because there are many sections under their org unit, or because something of them is leaving. */
  readonly wide: { readonly userIds: readonly string[]; readonly orgUnitIds: readonly string[] };
}

/**
 * How the pairs of thousands of memberships are to stand (docs/projection.md 7), as `settlePairs` finds it: what many pairs have in
 * common, the parents and sections of an org unit, what a list of roles is mapped to, is looked up once.
 */
export async function findDifferences(
  { client, organizationId, sourcesJson }: Lane,
  { userIds, orgUnitIds }: ManyPairs,
): Promise<Differences> {
  const { rows } = await client.query<{
    rows: string | null;
    count: number;
    wideUserIds: string[];
    wideOrgUnitIds: string[];
  }>({
    name: 'project_enrollment_differences',
    text: findSql,
    values: [organizationId, userIds, orgUnitIds, sourcesJson],
  });
  const { rows: found = null, count = 0, wideUserIds = [], wideOrgUnitIds = [] } = rows[0] ?? {};
  return { rows: found, count, wide: { userIds: wideUserIds, orgUnitIds: wideOrgUnitIds } };
}

/** Writes differences, and the changes that they are, all put down to one message. */
export async function writeDifferences(lane: Lane, { rows, count }: Differences, messageId: string): Promise<void> {
  if (rows === null) return;
  const { rowCount } = await lane.client.query({
    name: 'project_enrollment_write',
    text: writeSql,
    values: [
      lane.organizationId,
      rows,
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify({ reason: 'message', messageId }),
    ],
  });
  if (rowCount !== 1) throw new Error('the differences of enrollments were not written');
  lane.counter.seq += count;
}

/** From Postgres 17 on an index is searched for all that an array names in one pass; before, all rows of a user would be compared with it. */
const searchesArrays = `current_setting('server_version_num')::integer >= 170000`;

/** The rows of a table at pairs (`user_id`, and `place`, an org unit): what a user has stands side by side in the index. */
function rowsAtSql(table: 'declared_enrollment' | 'lms_enrollment', pairs: string, place: string): string {
  return `(
      select r.*
        from (select user_id, array_agg(${place}) as place_ids from ${pairs} group by user_id) k
        cross join lateral (
          select r.* from ${table} r
           where r.organization_id = $1 and r.user_id = k.user_id and r.org_unit_id = any(k.place_ids) offset 0) r
       where ${searchesArrays}
      union all
      select r.*
        from (select distinct user_id, ${place} as place_id from ${pairs}) k
        cross join lateral (
          select r.* from ${table} r
           where r.organization_id = $1 and r.user_id = k.user_id and r.org_unit_id = k.place_id offset 0) r
       where not ${searchesArrays})`;
}

const findSql = `
  with src as materialized (select id, rank from jsonb_to_recordset($4::jsonb) as src(${sourceColumns})),
  named as materialized (select * from unnest($2::bigint[], $3::bigint[]) as p(user_id, org_unit_id)),
  -- The cascade: from a course section to the course offerings it is under.
  up as materialized (
    select u.org_unit_id, up.parent_id
      from (select distinct org_unit_id from named) u
      cross join lateral (
        select p.parent_id from lms_org_unit_parent p
         where p.organization_id = $1 and p.org_unit_id = u.org_unit_id and p.cascades offset 0) up
  ),
  pairs as materialized (
    select user_id, org_unit_id from named
    union
    select n.user_id, up.parent_id from named n join up on up.org_unit_id = n.org_unit_id
  ),
  below as materialized (
    select u.org_unit_id,
           array(select s.org_unit_id ${sectionsSql('u.org_unit_id')} limit ${String(fewSections + 1)}) as section_ids
      from (select distinct org_unit_id from pairs) u
  ),
  -- Where rows that support a pair are: at its org unit, and at the sections under it.
  places as materialized (
    select user_id, org_unit_id, org_unit_id as place_id, false as cascaded from pairs
    union all
    select p.user_id, p.org_unit_id, unnest(b.section_ids), true
      from pairs p join below b on b.org_unit_id = p.org_unit_id
     where cardinality(b.section_ids) between 1 and ${String(fewSections)}
  ),
  standing as materialized (
    select d.user_id, d.org_unit_id as place_id, d.source_system_id, d.sourced_id, d.roles, d.deleted, d.leaving
      from ${rowsAtSql('declared_enrollment', 'places', 'place_id')} d
  ),
  -- The supports of each pair: declared rows of the user that reach the org unit, or a section under it.
  supports as materialized (
    select p.user_id, p.org_unit_id, p.cascaded, s.source_system_id, s.sourced_id, s.roles, s.deleted, s.leaving
      from places p join standing s on s.user_id = p.user_id and s.place_id = p.place_id
     where p.cascaded or not s.deleted
  ),
  entries as materialized (
    select l.source_system_id, l.roles, m.role_id, role.rank, role.all_sections, src.rank as source_rank, e.position,
           e.value->>'subRole' as sub_role, (e.value->>'startsAt')::timestamptz as starts_at, (e.value->>'endsAt')::timestamptz as ends_at
      from (select distinct source_system_id, roles from supports) l
      join src on src.id = l.source_system_id
      cross join lateral jsonb_array_elements(l.roles) with ordinality as e(value, position)
      cross join lateral (
        select m.role_id from role_map m
         where m.organization_id = $1 and m.source_system_id = l.source_system_id and m.sis_role_key = fold(e.value->>'role') limit 1) m
      cross join lateral (select r.* from role r where r.organization_id = $1 and r.id = m.role_id limit 1) role
     where (e.value->>'active')::boolean
  ),
  best as materialized (
    select distinct on (s.user_id, s.org_unit_id) s.user_id, s.org_unit_id, e.role_id, e.sub_role, e.starts_at, e.ends_at
      from supports s join entries e on e.source_system_id = s.source_system_id and e.roles = s.roles
     where not s.deleted or e.all_sections
     order by s.user_id, s.org_unit_id, e.rank, e.role_id, s.cascaded, e.source_rank, s.source_system_id, s.sourced_id, e.position
  ),
  -- Pairs of what is leaving are few, and left to the statement that knows of it.
  leaving as materialized (select distinct user_id, org_unit_id from supports where leaving is not null),
  held as materialized (select h.* from ${rowsAtSql('lms_enrollment', 'pairs', 'org_unit_id')} h),
  target as materialized (
    select p.user_id, p.org_unit_id, b.role_id, b.sub_role, b.starts_at, b.ends_at, b.role_id is not null as stands, h.id,
           h.id is not null and not h.ended as stood, h.role_id as old_role_id, h.sub_role as old_sub_role,
           h.starts_at as old_starts_at, h.ends_at as old_ends_at, false as inactive, false as old_inactive,
           p.wide or coalesce(h.inactive, false) or leaving.user_id is not null as wide
      from (select p.*, cardinality(u.section_ids) > ${String(fewSections)} as wide from pairs p join below u on u.org_unit_id = p.org_unit_id) p
      left join best b on b.user_id = p.user_id and b.org_unit_id = p.org_unit_id
      left join leaving on leaving.user_id = p.user_id and leaving.org_unit_id = p.org_unit_id
      left join held h on h.user_id = p.user_id and h.org_unit_id = p.org_unit_id
  ),
  -- In the order of the keys: rows, ids and changes of a share then stand side by side in every index.
  differing as (select t.* from target t where not t.wide and ${differsSql})
  select array_agg(row(user_id, org_unit_id, id, role_id, sub_role, starts_at, ends_at, stood, old_role_id, old_sub_role, old_starts_at, old_ends_at)
                   ::enrollment_difference order by user_id, org_unit_id)::text as rows, count(*)::integer as count,
         array(select user_id from target where wide) as "wideUserIds", array(select org_unit_id from target where wide) as "wideOrgUnitIds"
    from differing`;

const writeSql = `
  with differing as materialized (
    select d.user_id, d.org_unit_id, null as message_id, coalesce(d.id, nextval('lms_id')) as id, d.id is not null as held, d.stood,
           d.role_id is not null as stands, d.role_id, role.code as role, d.sub_role, d.starts_at, d.ends_at,
           d.old_role_id, old_role.code as old_role, d.old_sub_role, d.old_starts_at, d.old_ends_at, false as inactive, false as old_inactive
      from unnest($2::enrollment_difference[]) d
      left join role on role.organization_id = $1 and role.id = d.role_id
      left join role old_role on old_role.organization_id = $1 and old_role.id = d.old_role_id
  ),
  ${recordedSql({ seq: 3, head: 4, cause: 5 })}
  select count(*) from recorded`;
