import { isBlankSql } from '../../projection/blank-sql.ts';
import { fitsRoleSql } from '../../projection/fits-role.ts';
import { fallsWithoutSql, requiresParentSql } from '../plan/requires-parent.ts';

/** The org units that name `f` as a parent, as declared; `f` may be all that is named without a kind by this id (kind ''). And whether they are not projected without it. */
const childrenSql = `
        select p.kind, p.sourced_id,
               not $6::boolean and ${fallsWithoutSql('e', 'p.sourced_id')} as falls
          from declared_parent p
          cross join lateral (
            select p.kind, p.role, p.position = min(o.position) filter (where o.role = p.role) as is_first, jsonb_agg(o.role) as roles,
                   count(*) filter (where o.role = 'parent') as parents
              from declared_parent o
             where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = p.sourced_id and o.kind = p.kind) e
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = f.sourced_id
           and (p.parent_kind is null or p.parent_kind = f.kind) offset 0`;

/** A unit that is placed anew requires `f` alone. */
const requiresSql = (unit: string): string => `${unit}.requires = f.sourced_id and ${unit}.requires_kind = f.kind`;

/** What ends as an org unit is stated otherwise. */
const waitsForUnits = `('unmapped_type', 'type_conflict', 'waiting_for_parent', 'wrong_kind', 'detached')`;

/**
 * What becomes of org units (docs/projection.md 4), from `said` and from what was found to fall when the plan was made (`run_fall`): `fallen` will not be projected, with
 * what requires them, and `orphaned` lose a parent that they can do without. `found_units` come to be projected.
 *
 * $6 option `sectionBringsOffering`: sections can do without what they name
 */
export const orgUnitsSql = `
  units as materialized (
    select s.number, s.kind, s.sourced_id, s.verb <> 'delete' as changes, s.operation = 'change' as stays, d.live, d.wait_code,
           -- An LMS org unit keeps its type for ever.
           case when s.verb <> 'delete' then mapped.org_unit_type_id is null or coalesce(mapped.org_unit_type_id <> lms.org_unit_type_id, false)
                else s.wishes->>'lms' is distinct from 'leave' and s.fields->'implied' is null end as drops,
           after.fields->>'active' = 'false' as inactive,
           s.verb <> 'delete' and (s.verb = 'replace' or (s.fields ? 'parents' and s.lists is null)) as is_placed,
           case when jsonb_typeof(s.fields->'parents') = 'array' then s.fields->'parents' else '[]' end as parents
      from said s
      cross join lateral (
        select d.* from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = s.sourced_id and d.kind = s.kind and not d.implied limit 1) d
      cross join lateral (
        select case s.verb when 'replace' then s.fields when 'update' then d.fields || s.fields else d.fields end as fields) after
      left join lateral (
        select m.org_unit_type_id from org_unit_type_map m
         where m.organization_id = $1 and m.source_system_id = $2 and m.sis_type_key = fold(after.fields->>'type') limit 1) mapped on true
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = s.sourced_id and l.kind = s.kind limit 1) own on true
      left join lateral (
        select o.org_unit_type_id from lms_org_unit o where o.organization_id = $1 and o.id = own.lms_id and not ${isBlankSql('o')} limit 1) lms on true
     where s.kind not in ('person', 'membership')
  ),
  dropped as materialized (select kind, sourced_id, number from units where live and drops),
  falls as materialized (
    select f.kind, f.sourced_id, f.number from run_fall f
     where f.organization_id = $1 and f.run_id = $3 and ($4::bigint[] is null or f.number = any($4))
  ),
  -- What is placed anew needs one of the parents that it requires to be there.
  required as materialized (
    select u.number, u.kind as unit_kind, u.sourced_id as unit, p.value->>'kind' as kind, p.value->>'sourcedId' as sourced_id, p.value->>'role' as role
      from units u
      cross join lateral (
        select p.value, row_number() over (partition by p.value->>'role' order by p.position) = 1 as is_first
          from jsonb_array_elements(u.parents) with ordinality p(value, position)) p
      cross join lateral (
        select u.kind, p.value->>'role' as role, p.is_first, jsonb_path_query_array(u.parents, '$[*].role') as roles) e
     where u.is_placed and not u.drops and not $6::boolean and ${requiresParentSql('e', 'u.sourced_id')}
  ),
  -- What there will be of its id (docs/projection.md 3).
  candidates as (
    select r.number, r.role, r.kind as named, r.sourced_id, there.kind, bool_or(there.stands) as stands
      from required r
      cross join lateral (
        select d.kind, d.live as stands, false as is_new from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = r.sourced_id and not d.deleted
        union all
        select a.kind, true, true from run_item a
         where a.sourced_id = r.sourced_id and a.run_id = $3 and a.organization_id = $1 and a.operation = 'add' and a.entity in ('org_unit', 'association')
        offset 0) there
      left join units x on x.kind = there.kind and x.sourced_id = r.sourced_id and x.drops and not there.is_new
     where (there.kind, r.sourced_id) <> (r.unit_kind, r.unit) and (x.kind is null or x.changes)
     group by r.number, r.role, r.kind, r.sourced_id, there.kind
  ),
  -- The kind that is named, else the only one.
  meant as materialized (
    select c.number, c.role, c.sourced_id, c.kind, c.stands
      from (select c.*, count(*) over same as kinds, coalesce(bool_or(c.kind = c.named) over same, false) as is_there
              from candidates c window same as (partition by c.number, c.role, c.named, c.sourced_id)) c
     where case when c.is_there then c.kind = c.named else c.kinds = 1 end
  ),
  borne as materialized (
    select distinct m.number
      from meant m left join dropped x on x.kind = m.kind and x.sourced_id = m.sourced_id
     where m.stands and x.kind is null and ${fitsRoleSql('m.role', 'm.kind')}
  ),
  -- What waits, and has what it requires by the plan, is there for those that are placed below it.
  coming as materialized (
    select u.kind, u.sourced_id
      from units u left join borne b using (number)
     where u.changes and not u.drops and not u.live and u.wait_code in ${waitsForUnits}
       and (b.number is not null or u.number not in (select number from required))
  ),
  supported as materialized (
    select number from borne
    union
    select m.number from meant m join coming c using (kind, sourced_id) where ${fitsRoleSql('m.role', 'm.kind')}
  ),
  -- With the one parent that it needs, where there is one.
  placed_units as materialized (
    select u.*, r.requires, r.requires_kind
      from units u
      left join (select r.number, min(r.sourced_id) as requires, min(m.kind) as requires_kind
                   from required r left join meant m using (number, role, sourced_id) group by r.number having count(*) = 1) r using (number)
  ),
  stuck as materialized (
    select r.number from (select distinct number from required) r left join supported s using (number) where s.number is null
  ),
  fallen as (
    (select kind, sourced_id, number from dropped
      union all
     select kind, sourced_id, number from falls
      union all
     select u.kind, u.sourced_id, u.number from units u join stuck using (number) where u.live)
    union
    -- Who names it, unless it is placed elsewhere; and who is placed below it. What falls can be looked at only once, and each is a join of its own.
    select coalesce(p.kind, c.kind), coalesce(p.sourced_id, c.sourced_id), coalesce(p.number, f.number)
      from fallen f
      cross join (values (false), (true)) by(placement)
      left join lateral (${childrenSql}) c on not by.placement
      left join placed_units u on u.kind = c.kind and u.sourced_id = c.sourced_id and (u.is_placed or u.drops)
      left join placed_units p on p.requires = case when by.placement then f.sourced_id end
     where case when by.placement then p.live and not p.drops and ${requiresSql('p')}
                else c.falls and (u.kind is null or (not u.drops and ${requiresSql('u')})) end
  ),
  lost_units as materialized (
    select distinct on (kind, sourced_id) kind, sourced_id, number from fallen order by kind, sourced_id, number
  ),
  orphaned as (
    select distinct on (c.kind, c.sourced_id) c.kind, c.sourced_id, f.number
      from lost_units f
      cross join lateral (${childrenSql}) c
      left join units u on u.kind = c.kind and u.sourced_id = c.sourced_id
      left join lost_units l on l.kind = c.kind and l.sourced_id = c.sourced_id
     where not c.falls and u.kind is null and l.kind is null
     order by c.kind, c.sourced_id, f.number
  ),
  found_units as materialized (
    select u.number, u.kind, u.sourced_id, u.inactive
      from units u left join stuck using (number) where u.changes and not u.drops and stuck.number is null and not u.live
       and u.wait_code in ${waitsForUnits}
  ),
  -- Sections that come under another offering, by LMS ids.
  moved_units as materialized (
    select u.number, u.sourced_id, own.lms_id as org_unit_id, coalesce(parent.lms_id, -abs(hashtextextended('offering ' || u.requires, 0))) as parent_id
      from placed_units u
      left join lost_units l on l.kind = u.kind and l.sourced_id = u.sourced_id
      cross join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = u.sourced_id and l.kind = u.kind limit 1) own
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = u.requires and l.kind = 'offering' limit 1) parent on true
     where u.kind = 'section' and u.live and not u.drops and u.requires is not null and l.kind is null
       and not exists (select from lms_org_unit_parent p
                        where p.organization_id = $1 and p.org_unit_id = own.lms_id and p.parent_id = parent.lms_id offset 0)
  ),
  units_that_become as (
    select l.kind, l.sourced_id, l.number, 'lost' as what, null::boolean as inactive from lost_units l
    union all
    select kind, sourced_id, number, 'moved', null from orphaned
    union all
    select kind, sourced_id, number, 'found', inactive from found_units
    union all
    select u.kind, u.sourced_id, u.number, 'stays', u.inactive
      from units u left join lost_units l using (kind, sourced_id)
     where u.changes and u.live and not u.drops and l.kind is null
  ),
  effects_of_units as (
    select b.kind, b.sourced_id, b.number, b.what = 'lost' and removed.kind is null as is_besides,
           case when b.what = 'found' then 'created'
                when lms.state is null then null
                when b.what = 'lost' then case when lms.state <> 'deleted' and not lms.is_shared then 'ended' end
                when b.inactive and lms.state = 'active' then 'inactivated'
                else 'changed' end as sort
      from units_that_become b
      left join units removed on removed.kind = b.kind and removed.sourced_id = b.sourced_id and not removed.stays
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = b.sourced_id and l.kind = b.kind limit 1) l on true
      left join lateral (
        select o.state,
               exists (select from link other
                        where other.organization_id = $1 and other.lms_id = l.lms_id
                          and (other.source_system_id, other.sourced_id, other.kind) <> ($2, b.sourced_id, b.kind)
                          and exists (select from declared_org_unit d
                                       where d.organization_id = $1 and d.source_system_id = other.source_system_id
                                         and d.sourced_id = other.sourced_id and d.kind = other.kind and d.live offset 0)) as is_shared
          from lms_org_unit o where o.organization_id = $1 and o.id = l.lms_id limit 1) lms on true
  )`;
