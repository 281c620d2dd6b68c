import { fitsRoleSql } from '../../projection/fits-role.ts';
import { unitItemsSql } from './items-among.ts';
import { parentsInTheEndSql } from './parents-in-the-end.ts';
import { fallsWithoutSql, requiresParentSql } from './requires-parent.ts';

const isAbout = `(exists (select from roots where kind <> 'person') or exists (select from stuck))`;

/**
 * What waits for the `roots` and for the org units that are `stuck` by themselves, and for what waits: `edges` from org units to each that they name as a parent in the end; `below`, the org
 * units that will not be projected because of a root; `members`, the memberships in these, or with a root itself.
 *
 * $1 organization, $2 source system, $3 run, $5 option `sectionBringsOffering`: sections can do without what they name
 */
export const waitingBelowSql = `
  edges as materialized (
    select e.parent_kind, e.parent, e.kind, e.unit, e.role, e.roles, e.parents, e.item,
           not ($5::boolean and e.kind = 'section') and ${requiresParentSql('e', 'e.unit')} as requires_any,
           not ($5::boolean and e.kind = 'section') and ${fallsWithoutSql('e', 'e.unit')} as waits
      from (
        select coalesce(p.kind, '') as parent_kind, p.sourced_id as parent, p.unit_kind as kind, p.unit, p.role, nullif(p.number, -1) as item,
               jsonb_agg(p.role) over (partition by p.unit_kind, p.unit) as roles,
               count(*) filter (where p.role = 'parent') over (partition by p.unit_kind, p.unit) as parents,
               row_number() over (partition by p.unit_kind, p.unit, p.role order by p.number, p.position) = 1 as is_first
          from (${parentsInTheEndSql(() => isAbout, unitItemsSql(3))}) p
         where p.number >= 0
            or exists (select from declared_org_unit d
                        where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = p.unit and d.kind = p.unit_kind and not d.deleted)) e
  ),
  -- What is there and only of another kind is missed by the roles that cannot name that kind. Who needs one of several parents waits where all of them are missing.
  direct as materialized (
    select d.root_kind, d.root, d.kind, d.unit, bool_or(d.waits or (d.role = 'parent' and d.requires_any and d.lost = d.parents)) as waits,
           array_agg(distinct d.role) as roles, min(d.item) as item
      from (
        select r.kind as root_kind, r.sourced_id as root, e.*, count(*) filter (where e.role = 'parent') over (partition by e.kind, e.unit) as lost
          from roots r join edges e on e.parent = r.sourced_id and (e.parent_kind = r.kind or (r.is_any and e.parent_kind = ''))
         where r.cause <> 'wrong_kind' or not ${fitsRoleSql('e.role', 'r.kinds[1]')}) d
     group by d.root_kind, d.root, d.kind, d.unit
  ),
  below as (
    (select d.root_kind, d.root, d.kind, d.unit from direct d where d.waits
      union all
     select 'stuck', s.root, s.kind, s.sourced_id from stuck s where s.waits)
    union
    select b.root_kind, b.root, e.kind, e.unit
      from below b join edges e on e.parent = b.unit and e.parent_kind in (b.kind, '') and e.waits
  ),
  -- Where memberships are looked for: each org unit once, however many roots it waits for.
  places as materialized (
    select '' as kind, unit as sourced_id from below
    union
    select 'person', sourced_id from roots where kind = 'person'
    union
    select '', sourced_id from roots where kind <> 'person'
  ),
  unenrolled as materialized (
    select distinct i.sourced_id from run_item i
     where i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and i.command->>'verb' = 'delete' and (exists (select from roots) or exists (select from stuck))
  ),
  members as materialized (
    select m.place, m.unit_kind, m.sourced_id, count(distinct m.membership) as members, min(m.item) as item
      from (
        select p.kind as place, '' as unit_kind, p.sourced_id, m.membership, m.item
          from places p
          join (select i.command->'fields'->>'userSourcedId' as person, i.sourced_id as membership, i.number as item
                  from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and (exists (select from roots) or exists (select from stuck))) m
            on m.person = p.sourced_id where p.kind = 'person'
        union all
        select p.kind, m.unit_kind, p.sourced_id, m.membership, m.item
          from places p
          join (select i.command->'fields'->'orgUnit'->>'sourcedId' as unit, coalesce(i.command->'fields'->'orgUnit'->>'kind', '') as unit_kind,
                       i.sourced_id as membership, i.number as item
                  from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and (exists (select from roots) or exists (select from stuck))) m
            on m.unit = p.sourced_id where p.kind = ''
        union all
        select p.kind, case p.kind when '' then coalesce(e.org_unit_kind, '') else '' end, p.sourced_id, e.sourced_id, null
          from places p
          cross join lateral (
            select e.sourced_id, e.org_unit_kind from declared_enrollment e
             where p.kind = '' and e.organization_id = $1 and e.source_system_id = $2 and e.org_unit_sourced_id = p.sourced_id and not e.deleted
            union all
            select e.sourced_id, null from declared_enrollment e
             where p.kind = 'person' and e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = p.sourced_id and not e.deleted
            offset 0) e
          left join unenrolled u on u.sourced_id = e.sourced_id
         where u.sourced_id is null) m
     group by m.place, m.unit_kind, m.sourced_id
  ),
  -- By root: the org units that wait, their memberships, and those with the root itself, which take what is there where that is only of another kind.
  waiting as materialized (
    select w.root_kind, w.root, sum(w.waiting)::bigint as total
      from (
        select b.root_kind, b.root, 1 + coalesce(sum(m.members), 0) as waiting
          from below b left join members m on m.place = '' and m.sourced_id = b.unit and m.unit_kind in (b.kind, '')
         group by b.root_kind, b.root, b.kind, b.unit
        union all
        select r.kind, r.sourced_id, m.members
          from roots r
          join members m on m.sourced_id = r.sourced_id and m.place = case r.kind when 'person' then 'person' else '' end
           and (r.kind = 'person' or m.unit_kind = r.kind or (r.is_any and m.unit_kind = ''))
         where r.cause <> 'wrong_kind') w
     group by w.root_kind, w.root
  )`;
