import { institutionRoleSql } from '../../projection/institution-role.ts';
import { saidSql } from './said-sql.ts';

/**
 * What the plan says of persons and org units (`said`), and what becomes of persons (docs/projection.md 5): `lost_people` are projected
 * now and will not be, `found_people` the other way round.
 *
 * $1 organization, $2 source system, $3 run, $4 numbers of the items that are looked at, null = all, $5 option `userDelete`
 */
export const personsSql = (hasRepeats: boolean): string => `
  said as materialized (${saidSql(`i.kind <> 'membership'`, hasRepeats)}
  ),
  people as materialized (
    select s.number, s.sourced_id, s.verb <> 'delete' as changes, s.operation = 'change' as stays, d.live, d.wait_code, u.state,
           case when s.verb = 'delete' then coalesce(s.wishes->>'lms', $5::text) end as goes, l.given_up,
           stated.role is null or mapped.role_id is not null as eligible,
           after.fields->>'active' = 'false' as inactive,
           exists (select from link o
                    where o.organization_id = $1 and o.lms_id = l.lms_id and o.kind = 'person' and (o.source_system_id, o.sourced_id) <> ($2, s.sourced_id)
                      and exists (select from declared_user other
                                   where other.organization_id = $1 and other.source_system_id = o.source_system_id
                                     and other.sourced_id = o.sourced_id and other.live offset 0)) as is_shared
      from said s
      cross join lateral (
        select d.* from declared_user d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = s.sourced_id limit 1) d
      left join lateral (
        -- What a run has made, and nobody else needs, goes with it (declare/unlink.ts).
        select l.lms_id, s.wishes ? 'unlinks' and not l.adopted
                 and not exists (select from link o where o.organization_id = $1 and o.lms_id = l.lms_id and (o.source_system_id, o.sourced_id) <> ($2, s.sourced_id) offset 0)
                 and (s.wishes->>'unlinks' = 'always' or exists (
                       select from change c
                        where c.organization_id = $1 and c.lms_id = l.lms_id and c.operation = 'created'
                          and c.cause->>'messageId' = (select r.takes_back::text from run r where r.organization_id = $1 and r.id = $3) offset 0)) as given_up
          from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = s.sourced_id and l.kind = 'person' limit 1) l on true
      left join lateral (select u.state from lms_user u where u.organization_id = $1 and u.id = l.lms_id limit 1) u on true
      cross join lateral (
        select case s.verb when 'replace' then s.fields when 'update' then d.fields || s.fields else d.fields end as fields) after
      left join lateral (${institutionRoleSql("after.fields->'roles'")}) stated on true
      left join lateral (
        select m.role_id from role_map m
         where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(stated.role) limit 1) mapped on true
     where s.kind = 'person'
  ),
  lost_people as materialized (
    select number, sourced_id from people where live and case when changes then not eligible else goes <> 'leave' end
  ),
  found_people as materialized (select number, sourced_id from people where wait_code = 'unmapped_role' and changes and eligible),
  effects_of_people as (
    select 'person' as kind, p.sourced_id, p.number, p.stays and p.live and not p.eligible as is_besides,
           case when p.given_up and not (p.changes and p.eligible) then case when p.state <> 'deleted' then 'ended' end
                when not p.changes then case when p.is_shared then null
                                             when p.goes = 'delete' and p.state <> 'deleted' then 'ended'
                                             when p.goes = 'inactivate' and p.state = 'active' then 'inactivated' end
                when not p.eligible then case when p.live and p.state = 'active' and not p.is_shared then 'inactivated' end
                when not p.live then case when p.wait_code = 'unmapped_role' then 'created' end
                when p.inactive and p.state = 'active' then 'inactivated'
                else 'changed' end as sort
      from people p
  )`;
