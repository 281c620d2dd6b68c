import { sourceColumns } from '../lane.ts';
import { isBlankSql } from './blank-sql.ts';
import { institutionRoleSql } from './institution-role.ts';

/**
 * Decides for each row whether it is live, links what may project, and notes the verdict on the row (docs/projection.md 5).
 * A row whose LMS user is there is live whatever it is called: names and ids are given when the LMS user is settled. One
 * that needs a user looks at what the LMS users have now; of several that would take the same the earliest goes first.
 *
 * $1 organization, $2 source systems, $3 sourced ids, $4 sources
 */
export const judgeUsersSql = `
  with src as (select id, identity_rule from jsonb_to_recordset($4::jsonb) as src(${sourceColumns})),
  touched as (
    select source_system_id, sourced_id, min(ord) as ord
      from unnest($2::integer[], $3::text[]) with ordinality as t(source_system_id, sourced_id, ord) group by source_system_id, sourced_id
  ),
  -- Materialized: row-level security keeps an expression that is not leakproof (fold) away from the indexes, a column not.
  person as materialized (
    -- What has no link yet was never live, whatever it was written as.
    select t.source_system_id, t.sourced_id, t.ord, d.live and linked.lms_id is not null as was_live, d.live as old_live, d.wait_code as old_wait_code, d.wait_on as old_wait_on,
           d.wait_key as old_wait_key,
           d.fields ? 'relations' or stating.found is not null as relates, naming.found is not null as is_agent,
           not d.deleted as there, not d.deleted and (stated.role is null or m.role_id is not null) as eligible, stated.role as sis_role, linked.taken_back_id,
           src.identity_rule = 'user_name' as by_name, linked.lms_id, coalesce(u.state <> 'deleted', false) as present,
           coalesce(d.fields->>'orgDefinedId', t.sourced_id) as id_text, fold(coalesce(d.fields->>'orgDefinedId', t.sourced_id)) as id_key,
           d.fields->>'userName' as name_text, fold(d.fields->>'userName') as name_key,
           u.user_name_key as held_name, u.org_defined_id_key as held_id
      from touched t
      join src on src.id = t.source_system_id
      cross join lateral (
        select * from declared_user d
         where d.organization_id = $1 and d.source_system_id = t.source_system_id and d.sourced_id = t.sourced_id limit 1) d
      left join lateral (${institutionRoleSql("d.fields->'roles'")}) stated on true
      left join lateral (
        select m.role_id from role_map m
         where m.organization_id = $1 and m.source_system_id = t.source_system_id
           and m.sis_role_key = fold(stated.role) limit 1) m on true
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = t.source_system_id and l.sourced_id = t.sourced_id
           and l.kind = 'person' limit 1) l on true
      left join lateral (select * from lms_user u where u.organization_id = $1 and u.id = l.lms_id limit 1) u on true
      cross join lateral (
        select case when ${isBlankSql('u')} is not true then l.lms_id end as lms_id, case when ${isBlankSql('u')} then l.lms_id end as taken_back_id) linked
      -- Relations that it states or stated, and relations to it: nothing stands in the indexes where nobody has any. By a range of
      -- one: where the planner takes most relations to be to one agent, it would come upon one soon by any index.
      left join lateral (
        select true as found from declared_relation r
         where r.organization_id = $1 and r.source_system_id = t.source_system_id and r.sourced_id = t.sourced_id limit 1) stating on true
      left join lateral (
        select true as found from declared_relation r
         where r.organization_id = $1 and r.source_system_id = t.source_system_id and r.agent_sourced_id between t.sourced_id and t.sourced_id limit 1) naming on true
  ),
  matched as (
    select p.*, match.id as match_id,
           match.id is not null and exists (select from link o where o.organization_id = $1 and o.lms_id = match.id
                                              and o.source_system_id = p.source_system_id and o.kind = 'person') as match_taken,
           not p.present and match.id is null and exists (
             select from lms_user u where u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = p.name_key) as name_taken,
           not p.present and p.lms_id is not null and not p.by_name and exists (
             select from lms_user u where u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = p.id_key) as id_taken
      from person p
      left join lateral (
        select found.id from (
          select u.id from lms_user u
           where p.by_name and u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = p.name_key offset 0) found
         where p.lms_id is null
        union all
        select found.id from (
          select u.id from lms_user u
           where not p.by_name and u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = p.id_key offset 0) found
         where p.lms_id is null order by id limit 1) match on true
  ),
  free as (
    select m.*, m.eligible and not m.present and not m.match_taken and not m.name_taken and not m.id_taken as may_enter from matched m
  ),
  claims as (
    -- Whoever may come to have a name or id in this round claims it; whoever has it already need not.
    select f.*, row_number() over (partition by claim.is_made, f.name_key order by f.ord) as name_place,
           row_number() over (partition by claim.is_made, f.id_key order by f.ord) as id_place
      from free f
      cross join lateral (
        select f.may_enter
               or (f.eligible and f.present and (f.name_key, f.id_key) is distinct from (f.held_name, f.held_id)) as is_made) claim
  ),
  contested as (
    select c.*, c.may_enter and ((not c.by_name and c.id_place > 1)
                                 or (c.name_key is not null and (c.by_name or c.match_id is null) and c.name_place > 1)) as deferred
      from claims c
  ),
  verdict as (
    select c.*, c.eligible and (c.present or (c.may_enter and not c.deferred)) as live,
           case when not c.there then null when not c.eligible then 'unmapped_role'
                when not c.present and not c.may_enter then 'identity_conflict' end as wait_code,
           c.id_taken or (c.match_taken and not c.by_name) as is_by_id
      from contested c
  ),
  marked as (
    select v.sourced_id, v.source_system_id, v.ord, v.live, v.old_live, v.old_wait_code, v.old_wait_on, v.old_wait_key, mark.*
      from verdict v
      -- What a live row is refused is told when its LMS user is settled.
      cross join lateral (
        select case when v.live and v.was_live then v.old_wait_code else v.wait_code end as wait_code,
               case when v.live and v.was_live then v.old_wait_on when v.wait_code = 'unmapped_role' then v.sis_role
                    when v.wait_code is not null then case when v.is_by_id then v.id_text else v.name_text end end as wait_on,
               case when v.live and v.was_live then v.old_wait_key
                    when v.wait_code = 'unmapped_role' then 'role:' || v.source_system_id || ':' || fold(v.sis_role)
                    when v.wait_code is not null then
                      case when v.is_by_id then 'org_defined_id:' || v.id_key else 'user_name:' || v.name_key end end as wait_key) mark
     where not v.deferred
  ),
  noted as (
    update declared_user d set live = m.live, wait_code = m.wait_code, wait_on = m.wait_on, wait_key = m.wait_key
      from marked m
     where d.organization_id = $1 and d.source_system_id = m.source_system_id and d.sourced_id = m.sourced_id
       and (m.old_live, m.old_wait_code, m.old_wait_on, m.old_wait_key) is distinct from (m.live, m.wait_code, m.wait_on, m.wait_key)
  ),
  linked as (
    insert into link (organization_id, source_system_id, sourced_id, kind, lms_id, adopted)
    select $1, v.source_system_id, v.sourced_id, 'person', coalesce(v.match_id, v.taken_back_id, nextval('lms_id')), v.match_id is not null
      from verdict v where v.live and v.lms_id is null order by v.ord
    on conflict (organization_id, sourced_id, source_system_id, kind) do update
       set lms_id = excluded.lms_id, adopted = excluded.adopted, linked_at = excluded.linked_at
    returning source_system_id, sourced_id, lms_id
  )
  select v.source_system_id as "sourceSystemId", v.sourced_id as "sourcedId", coalesce(v.lms_id, n.lms_id) as "lmsId",
         v.live, v.was_live as "wasLive", v.deferred, v.relates, v.is_agent as "isAgent"
    from verdict v left join linked n on n.source_system_id = v.source_system_id and n.sourced_id = v.sourced_id
   order by v.ord`;
