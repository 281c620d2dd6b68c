/** Declared rows of a person or of an org unit, of which an index knows. */
const rowsOf = (condition: string): string => `
            select * from declared_enrollment where organization_id = $1 and source_system_id = $2 and ${condition} and not deleted offset 0`;

/** The org units to which those of a relation cascade, each looked up once. */
const parentsOf = (relation: string): string => `
              select u.org_unit_id, p.parent_id
                from (select distinct org_unit_id from ${relation}) u
                cross join lateral (
                  select p.parent_id from lms_org_unit_parent p
                   where p.organization_id = $1 and p.org_unit_id = u.org_unit_id and p.cascades offset 0) p`;

/** Projected now, or new in the plan. */
const isThere = (entity: 'user' | 'org_unit', sourcedId: string): string => `(
           exists (select from declared_${entity} t where t.organization_id = $1 and t.source_system_id = $2 and t.sourced_id = ${sourcedId} and t.live offset 0)
           or exists (select from run_item a where a.sourced_id = ${sourcedId} and a.run_id = $3 and a.organization_id = $1
                         and a.entity = '${entity}' and a.operation = 'add' offset 0))`;

/**
 * What becomes of LMS enrollments (docs/projection.md 7), counted as pairs of LMS user and org unit, the offerings of sections among them: those that
 * the plan names, and those of persons and org units that go, or come.
 */
export const membershipsSql = `
  stated as materialized (
    select distinct on (i.sourced_id) i.sourced_id, i.number, i.operation, i.command->>'lists' as lists, i.command->'fields'->'roles' as roles,
           i.command->'fields'->>'userSourcedId' as user_sourced_id, i.command->'fields'->'orgUnit'->>'sourcedId' as org_unit_sourced_id,
           i.command->'wishes'->'leaves'->>'meanwhile' as meanwhile
      from run_item i
     where i.organization_id = $1 and i.run_id = $3 and i.operation <> 'add' and i.kind = 'membership' and ($4::bigint[] is null or i.number = any($4))
     order by i.sourced_id, i.number desc
  ),
  stated_rows as materialized (
    select s.number, s.sourced_id, s.operation = 'change' as changes, s.meanwhile, e.user_id, e.org_unit_id, e.roles as former_roles,
           case when s.roles is null or s.lists = 'remove' then e.roles when s.lists = 'add' then e.roles || s.roles else s.roles end as roles,
           coalesce(s.user_sourced_id, e.user_sourced_id) as user_sourced_id, coalesce(s.org_unit_sourced_id, e.org_unit_sourced_id) as org_unit_sourced_id,
           (coalesce(s.user_sourced_id, e.user_sourced_id), coalesce(s.org_unit_sourced_id, e.org_unit_sourced_id))
             <> (e.user_sourced_id, e.org_unit_sourced_id) as moves
      from stated s
      cross join lateral (
        select e.* from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = s.sourced_id limit 1) e
  ),
  role_lists as materialized (
    select l.roles, exists (
             select from jsonb_array_elements(l.roles) entry
              where (entry.value->>'active')::boolean and exists (
                    select from role_map m
                     where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(entry.value->>'role') offset 0)) as support
      from (select distinct roles from stated_rows where changes) l
  ),
  direct as materialized (
    select s.*, s.changes and coalesce(l.support, false) as supports from stated_rows s left join role_lists l on l.roles = s.roles
  ),
  -- Declared rows that hold nothing any more.
  lost as materialized (
    select l.sourced_id, l.user_id, l.org_unit_id, max(l.meanwhile) as meanwhile, bool_or(l.is_removed) as is_removed, min(l.number) as number
      from (
        select d.sourced_id, d.user_id, d.org_unit_id, d.meanwhile, not d.changes as is_removed, d.number
          from direct d
         where d.user_id is not null and case when d.changes then not d.supports or d.moves else d.meanwhile is distinct from 'active' end
        union all
        select e.sourced_id, e.user_id, e.org_unit_id, null, false, p.number from lost_people p cross join lateral (${rowsOf('user_sourced_id = p.sourced_id')}) e
         where e.user_id is not null
        union all
        select e.sourced_id, e.user_id, e.org_unit_id, null, false, u.number from lost_units u cross join lateral (${rowsOf('org_unit_sourced_id = u.sourced_id')}) e
         where e.user_id is not null and (e.org_unit_kind is null or e.org_unit_kind = u.kind)) l
     group by l.sourced_id, l.user_id, l.org_unit_id
  ),
  -- With the cascade from a section to its offerings.
  lost_pairs as materialized (
    select user_id, org_unit_id, min(sourced_id) as sourced_id, max(meanwhile) as meanwhile, bool_or(is_removed) as is_removed, min(number) as number
      from (select l.* from lost l
            union all
            select l.sourced_id, l.user_id, up.parent_id, l.meanwhile, l.is_removed, l.number
              from lost l join (${parentsOf('lost')}) up using (org_unit_id)) pair
     group by user_id, org_unit_id
  ),
  -- All other rows of these users, each once: what they reach is held.
  kept as materialized (
    select u.user_id, d.org_unit_id
      from (select distinct user_id from lost_pairs) u
      cross join lateral (
        select d.source_system_id, d.sourced_id, d.org_unit_id from declared_enrollment d
         where d.organization_id = $1 and d.user_id = u.user_id and not d.deleted offset 0) d
      left join lost l on l.sourced_id = d.sourced_id and d.source_system_id = $2
     where l.sourced_id is null
  ),
  held_pairs as materialized (
    select user_id, org_unit_id from kept
    union
    select k.user_id, up.parent_id from kept k join (${parentsOf('kept')}) up using (org_unit_id)
  ),
  ending as (
    select p.sourced_id, p.number, not p.is_removed as is_besides, p.meanwhile
      from lost_pairs p
      cross join lateral (
        select from lms_enrollment h
         where h.organization_id = $1 and h.user_id = p.user_id and h.org_unit_id = p.org_unit_id and not h.ended
           and (p.meanwhile is null or not h.inactive) limit 1) h
      left join held_pairs held using (user_id, org_unit_id)
     where held.user_id is null
  ),
  effects_of_memberships as (
    select 'membership' as kind, sourced_id, number, is_besides and meanwhile is null as is_besides,
           case when meanwhile is null then 'ended' else 'inactivated' end as sort
      from ending
    union all
    select 'membership', d.sourced_id, d.number, false, 'changed'
      from direct d where d.supports and not d.moves and d.user_id is not null and d.roles <> d.former_roles
    union all
    select 'membership', d.sourced_id, d.number, false, 'created'
      from direct d
      left join lost_people p on p.sourced_id = d.user_sourced_id
      left join lost_units u on u.sourced_id = d.org_unit_sourced_id
     where d.supports and (d.moves or d.user_id is null) and p.number is null and u.number is null
       and ${isThere('user', 'd.user_sourced_id')} and ${isThere('org_unit', 'd.org_unit_sourced_id')}
    union all
    select 'membership', e.sourced_id, min(f.number), false, 'created'
      from (select number, sourced_id, true as is_person from found_people union all select number, sourced_id, false from found_units) f
      cross join lateral (
        select e.sourced_id from (${rowsOf('user_sourced_id = f.sourced_id')}) e where f.is_person and e.wait_code = 'waiting_for_user'
        union all
        select e.sourced_id from (${rowsOf('org_unit_sourced_id = f.sourced_id')}) e where not f.is_person and e.wait_code = 'waiting_for_org_unit' offset 0) e
     group by e.sourced_id
  )`;
