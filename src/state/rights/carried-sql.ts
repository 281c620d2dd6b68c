import { goneSql } from '../declare/gone.ts';
import { meansSql } from '../declare/means-sql.ts';
import { sectionOfferingSql } from '../projection/section-offering.ts';
import { meantSql, seenOf } from './seen-sql.ts';

/** SQL: is the section named by a live association, apart from the one that lets it go? */
const isHeldSql = (section: string, but = ''): string => `exists (
  select from (
      select * from declared_association da
       where da.organization_id = $1 and da.source_system_id = $2 and da.section_sourced_id = ${section} ${but} offset 0) da
    cross join lateral (
      select from declared_org_unit a
       where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live limit 1) a)`;

/** The parents that `m` states, as columns: with expressions in their place, row-level security keeps look-ups from the indexes. */
const statedParentsSql = `
  select p.value->>'kind' as kind, (p.value->>'sourcedId') collate "C" as sourced_id, p.value->>'role' as role, p.ord
    from jsonb_array_elements(m.parents) with ordinality as p(value, ord) offset 0`;

/**
 * Org units that leave the LMS because the parent that they require is not there, or since they come to be above themselves
 * (docs/projection.md 4, 3. and 5.); with all that requires them they are `gone`.
 */
const goneCte = `
  going as (
    select * from unnest($7::integer[], $4::text[], $5::text[], $8::boolean[], $9::boolean[]) as t(at, kind, sourced_id, forgets, is_asked)
  ),
  moved as (
    select t.at, t.kind, t.sourced_id, t.parents::jsonb as parents
      from unnest($10::integer[], $11::text[], $12::text[], $13::text[]) as t(at, kind, sourced_id, parents)
  ),
  -- Upwards from what it states, over references resolved to rows that are there: does it come to be above itself?
  above as (
    select m.at, up.kind, p.sourced_id
      from moved m
      cross join lateral (${statedParentsSql}) p
      cross join lateral resolve_org_unit($1, $2, p.kind, p.sourced_id, case when p.sourced_id = m.sourced_id then m.kind end) up
     where up.verdict in ('live', 'waiting')
    union
    select b.at, up.kind, p.parent_sourced_id
      from above b
      cross join lateral (
        select p.parent_kind, p.parent_sourced_id, p.sourced_id, p.kind from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = b.sourced_id and p.kind = b.kind offset 0) p
      cross join lateral resolve_org_unit(
        $1, $2, p.parent_kind, p.parent_sourced_id, case when p.parent_sourced_id = p.sourced_id then p.kind end) up
     where up.verdict in ('live', 'waiting')
  ),
  moving as (
    select m.at, m.kind, m.sourced_id
      from moved m
      cross join lateral (
        select (array_agg(o.verdict = 'live' order by p.role <> 'template', p.ord) filter (
                  where p.role = any(case m.kind when 'section' then array['offering'] else array['template', 'department'] end)))[1] as required,
               bool_or(o.verdict = 'live') filter (where p.role = 'parent') as other
          from (${statedParentsSql}) p
          cross join lateral resolve_org_unit($1, $2, p.kind, p.sourced_id) o) named
     where exists (select from above b where b.at = m.at and b.kind = m.kind and b.sourced_id = m.sourced_id)
        or (m.kind in ('section', 'offering')
            and not case when named.required is not null then named.required when named.other is not null then named.other else m.kind = 'offering' end
            and not (m.kind = 'section' and ($6 or ${isHeldSql('m.sourced_id')})))
  ),
  seeds as (
    select at, kind, sourced_id, forgets, is_asked from going
    union all select at, kind, sourced_id, false, true from moving
  ),
  ${goneSql('seeds k', 'at')},
  forgetting as (select at, bool_or(forgets) as forgets from seeds group by at)`;

/** Sections that an association takes or lets go, with the offering that they are, or would be, under without it. */
const combinedCte = `
  combined as (
    select t.at, t.sourced_id, t.joins, ${isHeldSql('t.sourced_id', 'and da.sourced_id <> t.association')} as is_held,
           o.sourced_id as offering_id, offering.live as offering_live, offering.superseded
      from unnest($14::integer[], $15::text[], $16::text[], $17::boolean[]) as t(at, association, sourced_id, joins)
      cross join lateral (
        select from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = t.sourced_id and d.kind = 'section' and not d.deleted limit 1) d
      left join lateral (${sectionOfferingSql('$2', 't.sourced_id', '$6')}) o on o.kind = 'offering'
      left join lateral (
        select d.live, d.superseded from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = o.sourced_id and d.kind = 'offering' limit 1) offering on true
  ),
  -- An offering is superseded while associations have all of its sections.
  superseding as (
    select c.at, c.offering_id
      from (
        select at, offering_id, bool_or(joins and not superseded) as may_go, bool_or(not joins and superseded and not is_held) as comes_back
          from combined where offering_id is not null group by at, offering_id) c
     where c.comes_back
        or (c.may_go and not exists (
              select from (
                  select * from declared_parent p
                   where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = c.offering_id
                     and p.kind = 'section' and p.role = 'offering' offset 0) p
                cross join lateral (
                  select from declared_org_unit s
                   where s.organization_id = $1 and s.source_system_id = $2 and s.sourced_id = p.sourced_id and s.kind = 'section'
                     and not s.deleted limit 1) s
               where not ${isHeldSql('p.sourced_id')}
                 -- Hashed once.
                 and ((c.at, p.sourced_id) in (select j.at, j.sourced_id from combined j where j.joins)) is not true))
  )`;

const meaning = (set: string): string =>
  `case when stated.kind = any(${set}) then stated.kind when cardinality(${set}) = 1 then (${set})[1] end`;

/**
 * References that mean another org unit once the one with their sourcedId comes or goes (docs/projection.md 3), by the kind that
 * they state. What waits for the org unit that comes, and says its kind or none, turns nothing that nobody asked about.
 */
const turnedCte = `
  turned as (
    select t.at, t.kind as own, t.sourced_id, t.comes, stated.kind as stated, was.kind as was, is_now.kind as is_now
      from unnest($18::integer[], $19::text[], $20::text[], $21::boolean[]) as t(at, kind, sourced_id, comes)
      cross join lateral (
        select coalesce(array_agg(o.kind) filter (where o.kind <> t.kind), '{}') as kinds, coalesce(bool_or(o.kind = t.kind), false) as is_there
          from declared_org_unit o
         where o.organization_id = $1 and o.source_system_id = $2 and o.sourced_id = t.sourced_id and not o.deleted) other
      cross join (values (null), ('group'), ('template'), ('offering'), ('section'), ('association')) stated(kind)
      cross join lateral (select other.kinds || t.kind as kinds) every
      cross join lateral (select case when t.comes then ${meaning('other.kinds')} else ${meaning('every.kinds')} end as kind) was
      cross join lateral (select case when t.comes then ${meaning('every.kinds')} else ${meaning('other.kinds')} end as kind) is_now
     where t.comes <> other.is_there and was.kind is distinct from is_now.kind
       and (cardinality(other.kinds) > 0 or (t.comes and stated.kind <> t.kind))
  ),
  turned_membership as (
    select t.*, first.sourced_id as membership
      from turned t
      cross join lateral (
        select e.sourced_id from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.org_unit_sourced_id = t.sourced_id and not e.deleted
           and e.org_unit_kind is not distinct from t.stated
         limit 1) first
  ),
  turned_child as (
    select t.*, d.kind as child_kind, d.sourced_id as child
      from turned t
      cross join lateral (
        select p.kind, p.sourced_id from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = t.sourced_id
           and p.parent_kind is not distinct from t.stated offset 0) p
      cross join lateral (
        select d.kind, d.sourced_id from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = p.sourced_id and d.kind = p.kind
           and not d.deleted and not d.implied limit 1) d
  )`;

/**
 * What commands do to others than the rows of their own keys, in one statement: of what is alike in all that rights look at, one.
 * `act` = what is done to it; null = it is only reached. `isOwn` = it is in the org unit of the command itself.
 *
 * $1 organization, $2 source system, $3 and $22 to $24 persons, $4 to $9 org units that go, $10 to $13 that move, $14 to $17
 * sections of associations, $18 to $21 org units that come or go
 */
export const carriedSql = `
  with recursive ${goneCte}, ${combinedCte}, ${turnedCte},
  carried as (
    select m.at, 'leave' as act, false as is_enrollment, false as is_own, m.kind, m.sourced_id, m.kind as of_kind, m.sourced_id as of_id
      from moving m
    union all
    -- A placeholder is no message of anybody.
    select g.at, case when not g.implied then 'delete' end, false, false, g.kind, g.sourced_id, g.kind, g.sourced_id
      from gone g
     where not exists (
             select from seeds k where k.is_asked and k.at = g.at and k.kind = g.kind and k.sourced_id = g.sourced_id)
    union all
    select g.at, 'delete', true, false, g.kind, g.sourced_id, 'membership', first.sourced_id
      from gone g
      join forgetting f on f.at = g.at
      cross join lateral (
        select e.sourced_id from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.org_unit_sourced_id = g.sourced_id and not e.deleted
           and (f.forgets or e.org_unit_id is not null) and ${meansSql('e.org_unit_kind')}
         limit 1) first
    union all
    select person.at, person.act, true, false, e.org_unit_kind, e.org_unit_sourced_id, 'membership', e.sourced_id
      from unnest($3::text[], $22::integer[], $23::text[], $24::boolean[]) as person(sourced_id, at, act, is_any)
      cross join lateral (
        select * from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = person.sourced_id and not e.deleted offset 0) e
     where person.is_any or e.org_unit_id is not null
    union all
    select c.at, case when c.joins or c.is_held or c.offering_live then 'parents' else 'delete' end, false, false,
           'section', c.sourced_id, 'section', c.sourced_id
      from combined c
    union all
    select s.at, 'status', false, false, 'offering', s.offering_id, 'offering', s.offering_id from superseding s
    union all
    select t.at, 'delete', true, false, t.was, t.sourced_id, 'membership', t.membership
      from turned_membership t where t.was is not null and (t.comes or t.was <> t.own)
    union all
    select t.at, 'create', true, t.is_now = t.own, t.is_now, t.sourced_id, 'membership', t.membership
      from turned_membership t where t.is_now is not null
    union all
    select t.at, 'parents', false, false, t.child_kind, t.child, t.child_kind, t.child from turned_child t
    union all
    select t.at, null, false, false, t.is_now, t.sourced_id, t.child_kind, t.child from turned_child t where t.is_now <> t.own
  ),
  seen as (
    select c.at, c.act, c.is_enrollment, c.is_own, c.of_kind, c.of_id, jsonb_build_object('base', t.base, ${seenOf('unit')}) as unit
      from carried c
      ${meantSql('c')}
  )
  select s.at, s.act, s.is_enrollment as "isEnrollment", s.is_own as "isOwn", s.unit, coalesce(f.forgets, false) as forgets,
         (array_agg(s.of_kind order by s.of_id))[1] as kind, min(s.of_id) as "sourcedId"
    from seen s
    left join forgetting f on f.at = s.at
   group by s.at, s.act, s.is_enrollment, s.is_own, s.unit, f.forgets
   order by s.at, s.is_enrollment, min(s.of_id)`;
