import { recordChangesSql } from '../changes.ts';
import { sourceColumns } from '../lane.ts';
import type { Lane } from '../lane.ts';
import type { SourcedKey } from '../touched.ts';

/**
 * Projects persons (docs/projection.md 5 and 6): decides for each touched row whether it is live, links it, and brings the
 * LMS users that it reaches up to date.
 *
 * @returns the rows whose live state changed: what depends on them is to be projected again
 */
export async function projectUsers(lane: Lane, touched: readonly SourcedKey[]): Promise<SourcedKey[]> {
  const turned: SourcedKey[] = [];
  let pending: readonly SourcedKey[] = touched;
  while (pending.length > 0) {
    const woken: SourcedKey[] = [];
    const outrun: SourcedKey[] = [];
    let progressed = false;
    for (const sourceSystemId of new Set(pending.map((key) => key.sourceSystemId))) {
      const keyOf = ({ sourced_id: sourcedId }: Judged): SourcedKey => ({ sourceSystemId, sourcedId });
      const sourcedIds = pending.filter((key) => key.sourceSystemId === sourceSystemId).map((key) => key.sourcedId);
      const judged = await judgeUsers(lane, sourceSystemId, sourcedIds);
      // Not live: whether it waits or was deleted makes a difference to what waits for it.
      turned.push(...judged.filter((row) => row.was_live !== row.live || !row.live).map(keyOf));
      outrun.push(...judged.filter((row) => row.outrun).map(keyOf));
      progressed ||= judged.some((row) => row.live && !row.was_live);
      woken.push(...(await settleUsers(lane, [...new Set(judged.flatMap((row) => row.lms_id ?? []))])));
    }
    // Who claimed the same name first may have failed for another reason: the name is then still free.
    pending = progressed ? [...woken, ...outrun] : woken;
  }
  return turned;
}

interface Judged {
  sourced_id: string;
  lms_id: string | null;
  live: boolean;
  was_live: boolean;
  /** It waits only for another row of the same batch, which came first. */
  outrun: boolean;
}

/** One source system at a time: what the first makes, the next may adopt. */
async function judgeUsers(lane: Lane, sourceSystemId: number, sourcedIds: string[]): Promise<Judged[]> {
  const { rows } = await lane.client.query<Judged>({
    name: 'project_user_judge',
    text: judgeSql,
    values: [
      lane.organizationId,
      sourceSystemId,
      sourcedIds,
      lane.sources.get(sourceSystemId)?.options.identityRule ?? 'org_defined_id',
    ],
  });
  return rows;
}

/**
 * touched rows -> role -> identity -> verdict -> link. `claims` ranks the rows of this batch that want the same user
 * name or identity: who has it in the LMS already, then who comes first.
 */
const judgeSql = `
  with touched as (
    select sourced_id, min(ord) as ord from unnest($3::text[]) with ordinality as t(sourced_id, ord) group by sourced_id
  ),
  -- Materialized: row-level security keeps an expression that is not leakproof (fold) away from the indexes, a column not.
  person as materialized (
    select d.sourced_id, t.ord, d.live as was_live, not d.deleted as there, stated.role as sis_role, m.role_id, l.lms_id,
           fold(coalesce(d.fields->>'orgDefinedId', d.sourced_id)) as org_defined_id, fold(d.fields->>'userName') as user_name,
           d.fields->>'userName' as user_name_text, u.user_name_key as held_user_name, u.org_defined_id_key as held_org_defined_id,
           coalesce(u.state <> 'deleted', false) as present
      from touched t
      cross join lateral (select * from declared_user d where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = t.sourced_id limit 1) d
      left join lateral (select r.value->>'role' as role from jsonb_array_elements(nullif(d.fields->'roles', 'null')) with ordinality as r(value, ord)
                          order by (r.value->>'primary')::boolean desc nulls last, r.ord limit 1) stated on true
      left join lateral (select m.role_id from role_map m where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(stated.role) limit 1) m on true
      left join lateral (select l.lms_id from link l where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = d.sourced_id and l.kind = 'person' limit 1) l on true
      left join lateral (select * from lms_user u where u.organization_id = $1 and u.id = l.lms_id limit 1) u on true
  ),
  identified as (
    select p.*, p.there and (p.sis_role is null or p.role_id is not null) as eligible,
           case $4::text when 'user_name' then p.user_name else p.org_defined_id end as identity, match.id as match_id,
           match.id is not null and exists (select from link o where o.organization_id = $1 and o.lms_id = match.id
                                              and o.source_system_id = $2 and o.kind = 'person') as match_taken
      from person p
      left join lateral (
        select found.id from (
          select u.id from lms_user u
           where $4::text = 'user_name' and u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = p.user_name offset 0) found
         where p.lms_id is null
        union all
        select found.id from (
          select u.id from lms_user u
           where $4::text <> 'user_name' and u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = p.org_defined_id offset 0) found
         where p.lms_id is null order by id limit 1) match on true
  ),
  contenders as (
    select i.*,
           exists (select from lms_user u where u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = i.user_name
                      and u.id is distinct from coalesce(i.lms_id, i.match_id)) as name_taken,
           i.lms_id is not null and $4::text = 'org_defined_id' and exists (
             select from lms_user u where u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = i.org_defined_id
                and u.id <> i.lms_id) as id_taken
      from identified i
  ),
  claims as (
    select i.*,
           row_number() over (partition by i.eligible and not i.id_taken and not (i.lms_id is null and i.match_id is null and i.name_taken), i.identity
             order by (i.lms_id is not null and i.present and case $4::text when 'user_name' then i.held_user_name else i.held_org_defined_id end is not distinct from i.identity) desc, i.ord) as identity_claim
      from contenders i
  ),
  identity_judged as (
    select c.*,
           case when c.lms_id is null then c.identity is not null and (c.match_taken or c.identity_claim > 1)
                else c.id_taken or ($4::text = 'org_defined_id' and c.identity_claim > 1) end as id_conflict
      from claims c
  ),
  judged as (
    select i.*,
           i.user_name is not null and (i.name_taken or 1 < row_number() over (partition by i.eligible and not (i.id_conflict and i.lms_id is null), i.user_name
             order by (i.lms_id is not null and i.present and i.held_user_name is not distinct from i.user_name) desc, i.ord)) as name_conflict
      from identity_judged i
  ),
  verdict as (
    select j.*, j.eligible and (not (j.name_conflict or j.id_conflict) or (j.lms_id is not null and j.present) or (j.match_id is not null and not j.id_conflict)) as live,
           case when not j.there then null when not j.eligible then 'unmapped_role'
                when j.name_conflict or j.id_conflict then 'identity_conflict' end as wait_code,
           case when not j.there then null when not j.eligible then j.sis_role
                when j.id_conflict then j.identity when j.name_conflict then j.user_name_text end as wait_on,
           case when not j.there then null when not j.eligible then 'role:' || $2::text || ':' || fold(j.sis_role)
                when j.id_conflict then case $4::text when 'user_name' then 'user_name:' else 'org_defined_id:' end || j.identity
                when j.name_conflict then 'user_name:' || j.user_name end as wait_key
      from judged j
  ),
  linked as (
    insert into link (organization_id, source_system_id, sourced_id, kind, lms_id, adopted)
    select $1, $2, v.sourced_id, 'person', coalesce(v.match_id, nextval('lms_id')), v.match_id is not null
      from verdict v where v.live and v.lms_id is null order by v.ord
    returning sourced_id, lms_id
  ),
  noted as (
    update declared_user d set live = v.live, wait_code = v.wait_code, wait_on = v.wait_on, wait_key = v.wait_key
      from verdict v
     where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = v.sourced_id
       and (d.live, d.wait_code, d.wait_on, d.wait_key) is distinct from (v.live, v.wait_code, v.wait_on, v.wait_key)
  )
  select v.sourced_id, coalesce(v.lms_id, n.lms_id) as lms_id, v.live, v.was_live,
         v.eligible and not v.live and not coalesce(v.match_taken, false) and not v.name_taken and not v.id_taken as outrun
    from verdict v left join linked n using (sourced_id)`;

/** Brings LMS users up to date; answers the rows that waited for a user name or identity that became free. */
async function settleUsers(lane: Lane, lmsIds: string[]): Promise<SourcedKey[]> {
  if (lmsIds.length === 0) return [];
  const { rows } = await lane.client.query<{ changes: number; woken: SourcedKey[] }>({
    name: 'project_user_settle',
    text: settleSql,
    values: [
      lane.organizationId,
      lmsIds,
      lane.sourcesJson,
      lane.lmsOwned.user,
      lane.counter.seq,
      lane.changeIdHead,
      JSON.stringify(lane.cause),
      lane.messageIds,
    ],
  });
  lane.counter.seq += rows[0]?.changes ?? 0;
  return rows[0]?.woken ?? [];
}

const settleSql = `
  with src as (select * from jsonb_to_recordset($3::jsonb) as src(${sourceColumns})),
  held as (
    select ids.id as lms_id, u.id is not null as exists, u.fields, u.role_id, u.state, u.user_name_key, u.org_defined_id_key
      from unnest($2::bigint[]) as ids(id)
      left join lateral (select * from lms_user u where u.organization_id = $1 and u.id = ids.id limit 1) u on true
  ),
  rows as (
    select h.lms_id, d.sourced_id, d.source_system_id, d.message_id, src.rank, d.live, d.deleted, src.user_delete, l.adopted, src.keep_user, d.fields->'roles' as roles,
           case when d.fields->>'orgDefinedId' is null then d.fields - 'roles' - 'orgDefinedId' else d.fields - 'roles' end
             -- A withheld user name or id is stated as it stands in the LMS (docs/projection.md 5.4).
             || case when d.wait_key like 'user_name:%' and h.exists then jsonb_build_object('userName', h.fields->'userName') else '{}' end
             || case when d.wait_key like 'org_defined_id:%' and h.exists and d.fields->>'orgDefinedId' is not null then jsonb_build_object('orgDefinedId', h.fields->'orgDefinedId') else '{}' end as fields,
           case when d.wait_key like 'org_defined_id:%' and h.exists then h.fields->>'orgDefinedId' else d.sourced_id end as default_id,
           row_number() over (partition by h.lms_id order by src.rank, d.source_system_id, d.sourced_id) as place
      from held h
      cross join lateral (select * from link l where l.organization_id = $1 and l.lms_id = h.lms_id and l.kind = 'person' offset 0) l
      join src on src.id = l.source_system_id
      cross join lateral (select * from declared_user d where d.organization_id = $1 and d.source_system_id = l.source_system_id and d.sourced_id = l.sourced_id limit 1) d
  ),
  stated as (
    select distinct on (r.lms_id, e.key) r.lms_id, e.key, e.value
      from rows r, jsonb_each(r.fields) e
     where r.live and not (r.adopted and (r.keep_user ? e.key or (r.keep_user ? '*' and e.key <> 'active')))
     order by r.lms_id, e.key, r.place
  ),
  protected as (
    -- What is stated only by adopted rows that may not overwrite it stays as it is.
    select distinct h.lms_id, e.key, e.value
      from held h cross join lateral jsonb_each(h.fields) e
      join rows r on r.lms_id = h.lms_id and r.live and r.adopted and (r.keep_user ? e.key or r.keep_user ? '*')
     where h.exists and not exists (select from stated s where s.lms_id = h.lms_id and s.key = e.key)
  ),
  said as (select * from stated union all select * from protected),
  ruled as (
    -- An override wins where the organization gives the field to the LMS, or nobody states it (rule 15).
    select lms_id, key, value from said s
     where not (s.key = any($4::text[]) and exists (select from override o where o.organization_id = $1 and o.lms_id = s.lms_id and o.field = s.key))
    union all
    select o.lms_id, o.field, o.value from held h join override o on o.organization_id = $1 and o.lms_id = h.lms_id
     where o.field = any($4::text[]) or not exists (select from said s where s.lms_id = o.lms_id and s.key = o.field)
  ),
  merged as (select lms_id, jsonb_object_agg(key, value) filter (where value <> 'null') as fields from ruled group by lms_id),
  granted as (
    select distinct on (r.lms_id) r.lms_id, m.role_id
      from rows r
      cross join lateral (select e.value->>'role' as role from jsonb_array_elements(nullif(r.roles, 'null')) with ordinality as e(value, ord)
                           order by (e.value->>'primary')::boolean desc nulls last, e.ord limit 1) stated
      join role_map m on m.organization_id = $1 and m.source_system_id = r.source_system_id and m.sis_role_key = fold(stated.role)
     where r.live and not (r.adopted and (r.keep_user ? 'roles' or r.keep_user ? '*'))
     order by r.lms_id, r.place
  ),
  standing as (
    select lms_id, bool_or(live) as live,
           (array_agg(default_id order by place) filter (where live))[1] as default_id,
           bool_or(live and adopted and (keep_user ? 'roles' or keep_user ? '*')) as keeps_role,
           bool_and(deleted) and (array_agg(user_delete order by place) filter (where deleted))[1] = 'delete' as by_delete
      from rows group by lms_id
  ),
  target as (
    select h.lms_id, h.exists, h.fields as old_fields, h.role_id as old_role, h.state as old_state, h.user_name_key as old_user_name, h.org_defined_id_key as old_org_defined_id,
           case when s.live then jsonb_build_object('orgDefinedId', s.default_id) || coalesce(m.fields, '{}') - 'active' else h.fields end as fields,
           case when not s.live or (g.role_id is null and s.keeps_role) then h.role_id else g.role_id end as role_id,
           case when s.live then case when m.fields->>'active' = 'false' then 'inactive' else 'active' end
                when s.by_delete or h.state = 'deleted' then 'deleted' else 'inactive' end as state
      from held h join standing s using (lms_id) left join merged m using (lms_id) left join granted g using (lms_id)
     where s.live or h.exists
  ),
  differing as (
    select t.*, fold(t.fields->>'userName') as user_name_key, fold(t.fields->>'orgDefinedId') as org_defined_id_key
      from target t
     where not t.exists or (t.fields, t.role_id, t.state) is distinct from (t.old_fields, t.old_role, t.old_state)
  ),
  written as (
    insert into lms_user as u (organization_id, id, user_name_key, org_defined_id_key, fields, role_id, state)
    select $1, lms_id, user_name_key, org_defined_id_key, fields, role_id, state from differing
    on conflict (organization_id, id) do update
       set user_name_key = excluded.user_name_key, org_defined_id_key = excluded.org_defined_id_key, fields = excluded.fields,
           role_id = excluded.role_id, state = excluded.state, version = u.version + 1, changed_at = now()
  ),
  imaged as (
    select d.lms_id, d.exists and d.old_state <> 'deleted' as was, d.state <> 'deleted' as will,
           d.old_fields || jsonb_strip_nulls(jsonb_build_object('state', d.old_state, 'role', old_role.code)) as before,
           d.fields || jsonb_strip_nulls(jsonb_build_object('state', d.state, 'role', new_role.code)) as after
      from differing d
      left join role old_role on old_role.organization_id = $1 and old_role.id = d.old_role
      left join role new_role on new_role.organization_id = $1 and new_role.id = d.role_id
  ),
  difference as (
    select 'user' as entity, lms_id, (select min(r.message_id::text) from rows r where r.lms_id = imaged.lms_id and r.message_id = any($8::uuid[])) as message_id, case when was and will then 'updated' when will then 'created' else 'deleted' end as operation,
           case when was and will then changed_fields(before, after) when was then before end as before,
           case when was and will then changed_fields(after, before) when will then after end as after
      from imaged where was or will
     order by lms_id
  ),
  recorded as (${recordChangesSql({ seq: 5, head: 6, cause: 7 })}),
  freed as (
    select 'user_name:' || old_user_name as key from differing where exists and old_state <> 'deleted' and old_user_name is not null and (state = 'deleted' or user_name_key is distinct from old_user_name)
    union
    select 'org_defined_id:' || old_org_defined_id from differing where exists and old_state <> 'deleted' and old_org_defined_id is not null and (state = 'deleted' or org_defined_id_key is distinct from old_org_defined_id)
  )
  select (select count(*)::integer from recorded) as changes,
         coalesce((select jsonb_agg(jsonb_build_object('sourceSystemId', d.source_system_id, 'sourcedId', d.sourced_id) order by d.declared_at, d.source_system_id, d.sourced_id)
                     from (
                       select d.declared_at, d.source_system_id, d.sourced_id
                         from freed f join declared_user d on d.organization_id = $1 and d.wait_key = f.key
                       union
                       -- An LMS user that a waiting row may adopt has come.
                       select d.declared_at, d.source_system_id, d.sourced_id
                         from differing came
                         join declared_user d on d.organization_id = $1 and d.wait_code = 'identity_conflict' and not d.live
                          and fold(coalesce(d.fields->>'orgDefinedId', d.sourced_id)) = came.org_defined_id_key
                        where came.state <> 'deleted' and came.org_defined_id_key is distinct from came.old_org_defined_id
                     ) d), '[]') as woken`;
