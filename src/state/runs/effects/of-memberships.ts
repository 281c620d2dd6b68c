import { saidSql } from './said-sql.ts';

/** Declared rows of a person or of an org unit, of which an index knows. */
const rowsOf = (condition: string): string => `
            select * from declared_enrollment where organization_id = $1 and source_system_id = $2 and ${condition} offset 0`;

/** The org units to which those of a relation cascade, each looked up once: as they do now, and as they will when the plan is applied. */
const parentsOf = (name: string, relation: string): string => `
  ${name} as materialized (
    select u.org_unit_id, p.parent_id
      from (select distinct org_unit_id from ${relation}) u
      cross join lateral (
        select p.parent_id from lms_org_unit_parent p
         where p.organization_id = $1 and p.org_unit_id = u.org_unit_id and p.cascades offset 0) p
  ),
  ${name}_after as materialized (
    select n.org_unit_id, n.parent_id from ${name} n left join moved_units m using (org_unit_id) where m.org_unit_id is null
    union all
    select distinct org_unit_id, parent_id from moved_units
  )`;

/** The LMS object of a record that is projected now, or will be; a number of its own if it is new. */
const objectSql = (entity: 'user' | 'org_unit', kind: string, sourcedId: string): string => `
        select case when there.yes then coalesce(
                 (select l.lms_id from link l
                   where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = ${sourcedId} and l.kind = ${kind}
                   limit 1), -abs(hashtextextended(${kind} || ' ' || ${sourcedId}, 0))) end as id
          from (select exists (select from declared_${entity} t
                                where t.organization_id = $1 and t.source_system_id = $2 and t.sourced_id = ${sourcedId}
                                  ${entity === 'user' ? '' : `and t.kind = ${kind}`} and t.live offset 0)
                       or exists (select from run_item added
                                   where added.sourced_id = ${sourcedId} and added.run_id = $3 and added.organization_id = $1
                                     and added.kind = ${kind} and added.operation = 'add' offset 0)
                       or exists (select from ${entity === 'user' ? 'found_people' : 'found_units'} f
                                   where f.sourced_id = ${sourcedId} ${entity === 'user' ? '' : `and f.kind = ${kind}`}) as yes) there`;

/**
 * What becomes of LMS enrollments (docs/projection.md 7), counted as pairs of LMS user and org unit, the offerings of sections among them: `affected` are the
 * declared rows that the plan names, and those of persons and org units that go, or come, with what they reach and what they will; the pairs that they touch
 * are settled from all rows of their users.
 */
export const membershipsSql = (hasRepeats: boolean): string => `
  stated as materialized (
    select s.sourced_id, s.number, s.verb <> 'delete' as changes, s.operation = 'change' as stays, s.lists, s.fields->'roles' as roles,
           s.fields->>'userSourcedId' as user_sourced_id, s.fields->'orgUnit'->>'sourcedId' as org_unit_sourced_id, s.fields->'orgUnit'->>'kind' as org_unit_kind,
           s.wishes->'leaves'->>'meanwhile' as meanwhile
      from (${saidSql(`i.kind = 'membership'`, hasRepeats)}) s
  ),
  stated_rows as materialized (
    select s.number, s.sourced_id, s.changes, s.meanwhile, e.user_id, e.org_unit_id, named.user_sourced_id, named.org_unit_sourced_id, named.org_unit_kind,
           e.user_id is null or (named.user_sourced_id, named.org_unit_sourced_id) <> (e.user_sourced_id, e.org_unit_sourced_id) as moves,
           case when s.roles is null or s.lists = 'remove' then e.roles when jsonb_typeof(s.roles) <> 'array' then '[]'
                when s.lists = 'add' then e.roles || s.roles else s.roles end as roles
      from stated s
      cross join lateral (
        select e.* from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = s.sourced_id limit 1) e
      cross join lateral (
        select coalesce(s.user_sourced_id, e.user_sourced_id) as user_sourced_id,
               coalesce(s.org_unit_sourced_id, e.org_unit_sourced_id) as org_unit_sourced_id,
               case when s.org_unit_sourced_id is null then e.org_unit_kind else s.org_unit_kind end as org_unit_kind) named
  ),
  -- What there will be of the org units that are named (docs/projection.md 3): the kind that is meant, where any is.
  named_units as materialized (
    select n.named, n.sourced_id, case when bool_or(t.kind = n.named) then n.named when count(distinct t.kind) = 1 then min(t.kind) end as kind
      from (select distinct coalesce(org_unit_kind, '') as named, org_unit_sourced_id as sourced_id from stated_rows
            union
            select named, l.sourced_id from lost_units l, unnest(array['', l.kind]) named
            union
            select distinct coalesce(e.org_unit_kind, ''), e.org_unit_sourced_id
              from found_people p cross join lateral (${rowsOf('user_sourced_id = p.sourced_id')}) e where e.user_id is null and not e.deleted
            union
            select distinct coalesce(e.org_unit_kind, ''), e.org_unit_sourced_id
              from found_units u cross join lateral (${rowsOf('org_unit_sourced_id = u.sourced_id')}) e where e.user_id is null and not e.deleted) n
      cross join lateral (
        select d.kind, false as is_new from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = n.sourced_id and not d.deleted
        union all
        select a.kind, true from run_item a
         where a.sourced_id = n.sourced_id and a.run_id = $3 and a.organization_id = $1 and a.operation = 'add' and a.entity in ('org_unit', 'association')
        offset 0) t
      left join units x on x.kind = t.kind and x.sourced_id = n.sourced_id and x.drops and not x.changes and not t.is_new
     where x.kind is null
     group by n.named, n.sourced_id
  ),
  direct as materialized (
    -- What leaves stays with a person who leaves with it.
    select s.number, s.sourced_id, s.user_id, s.org_unit_id, not s.changes as is_removed, s.meanwhile = 'inactive' as inactive, not s.changes and s.meanwhile is null as ended, s.moves, s.user_sourced_id, s.org_unit_sourced_id, s.org_unit_kind,
           case when s.meanwhile is not null or (p.number is null and n.kind is not null and u.number is null) then s.roles end as roles
      from stated_rows s
      left join lost_people p on p.sourced_id = s.user_sourced_id
      left join named_units n on n.sourced_id = s.org_unit_sourced_id and n.named = coalesce(s.org_unit_kind, '')
      left join lost_units u on u.sourced_id = n.sourced_id and u.kind = n.kind
  ),
  others as materialized (
    select e.sourced_id, p.number, e.user_id, e.org_unit_id, null::text as user_sourced_id, null::text as org_unit_sourced_id, null::text as org_unit_kind, null::jsonb as roles
      from lost_people p cross join lateral (${rowsOf('user_sourced_id = p.sourced_id')}) e where e.user_id is not null
    union all
    -- Who is in it comes to what is there of another kind with its id, where the plan leaves that alone.
    select e.sourced_id, u.number, e.user_id, e.org_unit_id, e.user_sourced_id, e.org_unit_sourced_id, e.org_unit_kind, case when next.kind is not null then e.roles end
      from lost_units u
      cross join lateral (${rowsOf('org_unit_sourced_id = u.sourced_id')}) e
      left join (select n.named, n.sourced_id, n.kind from named_units n left join lost_units l on l.kind = n.kind and l.sourced_id = n.sourced_id
                  where l.kind is null) next
        on next.sourced_id = u.sourced_id and next.named = coalesce(e.org_unit_kind, '')
     where e.user_id is not null and (e.org_unit_kind is null or e.org_unit_kind = u.kind)
    union all
    select e.sourced_id, p.number, null, null, e.user_sourced_id, e.org_unit_sourced_id, e.org_unit_kind, e.roles
      from found_people p cross join lateral (${rowsOf('user_sourced_id = p.sourced_id')}) e where e.user_id is null and not e.deleted
    union all
    select e.sourced_id, u.number, null, null, e.user_sourced_id, e.org_unit_sourced_id, e.org_unit_kind, e.roles
      from found_units u cross join lateral (${rowsOf('org_unit_sourced_id = u.sourced_id')}) e where e.user_id is null and not e.deleted
  ),
  placed_others as materialized (
    select distinct on (o.sourced_id) o.* from others o left join direct d using (sourced_id) where d.sourced_id is null order by o.sourced_id, o.number
  ),
  unplaced as (
    select sourced_id, number, user_id, org_unit_id, is_removed, coalesce(inactive, false) as inactive, ended, roles, user_sourced_id, org_unit_sourced_id, org_unit_kind, moves from direct
    union all
    select sourced_id, number, user_id, org_unit_id, false, false, false, roles, user_sourced_id, org_unit_sourced_id, org_unit_kind, true from placed_others
  ),
  affected as materialized (
    select a.*, a.user_id as new_user_id, a.org_unit_id as new_org_unit_id from unplaced a where a.roles is null or a.is_removed or not a.moves
    union all
    select a.*, u.id, o.id
      from unplaced a
      left join named_units n on n.sourced_id = a.org_unit_sourced_id and n.named = coalesce(a.org_unit_kind, '')
      cross join lateral (${objectSql('user', "'person'", 'a.user_sourced_id')}) u
      cross join lateral (${objectSql('org_unit', 'n.kind', 'a.org_unit_sourced_id')}) o
     where a.roles is not null and a.moves and not a.is_removed
  ),
  -- What moves to another person or org unit ends nothing besides: it is counted as another identifier.
  old_pairs as materialized (
    select user_id, org_unit_id, sourced_id, number, is_removed or (moves and roles is not null) as is_removed from affected where user_id is not null
  ),
  new_pairs as materialized (
    select new_user_id as user_id, new_org_unit_id as org_unit_id, sourced_id, number, false as is_removed
      from affected where roles is not null and not ended and new_user_id is not null and new_org_unit_id is not null
  ),
  carried as materialized (
    select e.user_id, e.org_unit_id, e.sourced_id, m.number, false as is_removed
      from (select distinct sourced_id, number from moved_units) m cross join lateral (${rowsOf('org_unit_sourced_id = m.sourced_id')}) e where e.user_id is not null
  ),
  ${parentsOf('up', '(select org_unit_id from old_pairs union all select org_unit_id from new_pairs union all select org_unit_id from carried) pairs')},
  -- With the cascade from a section to its offerings.
  touched as materialized (
    select t.user_id, t.org_unit_id, min(t.sourced_id) as sourced_id, min(t.number) as number, bool_or(t.is_removed) as is_removed
      from (select * from old_pairs union all select * from new_pairs
            union all select o.user_id, up.parent_id, o.sourced_id, o.number, o.is_removed from old_pairs o join up using (org_unit_id)
            union all select n.user_id, up.parent_id, n.sourced_id, n.number, false from new_pairs n join up_after up using (org_unit_id)
            union all select c.user_id, up.parent_id, c.sourced_id, c.number, false from carried c
                        join (select * from up union select * from up_after) up using (org_unit_id)) t
     group by t.user_id, t.org_unit_id
  ),
  -- All rows of these users as they will be, each once: one that has ended holds the offerings of its section by a role that sees all sections.
  rows_of_users as materialized (
    select d.source_system_id, d.sourced_id, u.user_id, d.org_unit_id, d.roles, coalesce(d.leaving = 'inactive', false) as inactive, d.deleted as ended
      from (select distinct user_id from touched) u
      cross join lateral (
        select d.* from declared_enrollment d where d.organization_id = $1 and d.user_id = u.user_id offset 0) d
  ),
  rows_after as materialized (
    select d.source_system_id, d.user_id, d.org_unit_id, d.roles, d.inactive, d.ended
      from rows_of_users d left join affected a on a.sourced_id = d.sourced_id and d.source_system_id = $2
     where a.sourced_id is null
    union all
    select $2, new_user_id, new_org_unit_id, roles, inactive, ended from affected where roles is not null and new_user_id is not null and new_org_unit_id is not null
  ),
  ${parentsOf('above', 'rows_after')},
  best_entries as materialized (
    select l.source_system_id, l.roles, l.ended, best.*
      from (select distinct source_system_id, roles, ended from rows_after) l
      cross join lateral (
        select role.rank, role.id as role_id, role.all_sections, e.value->>'subRole' as sub_role, (e.value->>'startsAt')::timestamptz as starts_at, (e.value->>'endsAt')::timestamptz as ends_at
          from jsonb_array_elements(l.roles) with ordinality as e(value, position)
          cross join lateral (select m.role_id from role_map m where m.organization_id = $1 and m.source_system_id = l.source_system_id
                                 and m.sis_role_key = fold(e.value->>'role') limit 1) m
          cross join lateral (select r.id, r.rank, r.all_sections from role r where r.organization_id = $1 and r.id = m.role_id limit 1) role
         where (e.value->>'active')::boolean and (role.all_sections or not l.ended)
         order by role.rank, role.id, e.position limit 1) best
  ),
  reached as (
    select user_id, org_unit_id, roles, source_system_id, inactive, ended, false as cascaded from rows_after where not ended
    union all
    select r.user_id, up.parent_id, r.roles, r.source_system_id, r.inactive, r.ended, true from rows_after r join above_after up using (org_unit_id)
  ),
  settled as (
    select distinct on (r.user_id, r.org_unit_id) r.user_id, r.org_unit_id, stands.inactive, b.role_id, b.sub_role, b.starts_at, b.ends_at
      from reached r
      join touched t on t.user_id = r.user_id and t.org_unit_id = r.org_unit_id
      join best_entries b on b.source_system_id = r.source_system_id and b.roles = r.roles and b.ended = r.ended
      cross join lateral (select r.inactive and not (r.cascaded and b.all_sections) as inactive) stands
     order by r.user_id, r.org_unit_id, stands.inactive, b.rank, b.role_id, r.cascaded, r.source_system_id
  ),
  effects_of_memberships as (
    select 'membership' as kind, t.sourced_id, t.number, h.id is not null and s.role_id is null and not t.is_removed as is_besides,
           case when s.role_id is null then case when h.id is not null then 'ended' end
                when h.id is null then 'created'
                when s.inactive and not h.inactive then 'inactivated'
                when (s.inactive, s.role_id, s.sub_role, s.starts_at, s.ends_at) is distinct from (h.inactive, h.role_id, h.sub_role, h.starts_at, h.ends_at)
                then 'changed' end as sort
      from touched t
      left join settled s on s.user_id = t.user_id and s.org_unit_id = t.org_unit_id
      left join lateral (
        select h.* from lms_enrollment h
         where h.organization_id = $1 and h.user_id = t.user_id and h.org_unit_id = t.org_unit_id and not h.ended limit 1) h on true
  )`;
