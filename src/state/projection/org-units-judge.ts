import { sourceColumns } from '../lane.ts';
import { isBlankSql } from './blank-sql.ts';
import { fitsRoleSql } from './fits-role.ts';
import { bringsOfferingSql, sectionOfferingSql } from './section-offering.ts';
import { aboveSql, upwardsSql } from './upwards-sql.ts';

/**
 * Decides for each row of the front whether it is live and under which parents, links what may project, and notes the
 * verdict on the row. The conditions are those of docs/projection.md 4, in its order.
 *
 * $1 organization, $2 source systems, $3 kinds, $4 sourced ids, $5 sources, $6 the organization's root org unit; $7 source systems, $8 kinds and
 * $9 sourced ids of those that may be above themselves, or null
 */
export const judgeOrgUnitsSql = `
  with recursive src as (select * from jsonb_to_recordset($5::jsonb) as src(${sourceColumns})),
  front as (
    select d.*, f.ord, src.rank, src.adopt, src.brings, m.org_unit_type_id as type_id, case when not taken_back.is_so then l.lms_id end as lms_id,
           case when taken_back.is_so and u.org_unit_type_id = m.org_unit_type_id then l.lms_id end as taken_back_id,
           d.kind = 'section' and src.brings and ${bringsOfferingSql('d.source_system_id', 'd.sourced_id')} as brings_own,
           case when not taken_back.is_so then u.org_unit_type_id end as held_type_id, u.code_key as held_code, coalesce(u.state <> 'deleted', false) as present,
           fold(coalesce(d.fields->>'code', d.sourced_id)) as code, coalesce(d.fields->>'code', d.sourced_id) as code_text
      from unnest($2::integer[], $3::text[], $4::text[]) with ordinality as f(source_system_id, kind, sourced_id, ord)
      join src on src.id = f.source_system_id
      cross join lateral (
        select * from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = f.source_system_id and d.sourced_id = f.sourced_id
           and d.kind = f.kind limit 1) d
      left join lateral (
        select m.org_unit_type_id from org_unit_type_map m
         where m.organization_id = $1 and m.source_system_id = d.source_system_id
           and m.sis_type_key = fold(d.fields->>'type') limit 1) m on true
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = d.source_system_id and l.sourced_id = d.sourced_id
           and l.kind = d.kind limit 1) l on true
      left join lateral (select * from lms_org_unit u where u.organization_id = $1 and u.id = l.lms_id limit 1) u on true
      cross join lateral (select coalesce(${isBlankSql('u')}, false) as is_so) taken_back
  ),
  ${aboveSql},
  -- Upwards from each row that is above another one, or that may be above itself: none else can be.
  ancestry as (
    select f.source_system_id, f.sourced_id as start_id, f.kind as start_kind, f.kind, f.sourced_id, false as moved
      from front f
     where not f.deleted
       and case when $7::integer[] is null
                then ((f.source_system_id, f.kind, f.sourced_id) in (select source_system_id, kind, sourced_id from above where moved)) is true
                else (f.source_system_id, f.kind, f.sourced_id) in (select * from unnest($7::integer[], $8::text[], $9::text[])) end
    union
    select a.source_system_id, a.start_id, a.start_kind, up.kind, p.parent_sourced_id, true
      from ancestry a ${upwardsSql}
  ),
  cyclic as (
    select distinct source_system_id, sourced_id, kind from ancestry where moved and kind = start_kind and sourced_id = start_id
  ),
  -- The first known section of an association lends it parents.
  association as (
    select f.source_system_id, f.sourced_id, first.section_sourced_id as first_section, offering.kind as offering_kind,
           offering.sourced_id as offering_id
      from front f
      cross join lateral (
        select a.section_sourced_id from declared_association a
          join declared_org_unit s on s.organization_id = $1 and s.source_system_id = a.source_system_id
            and s.sourced_id = a.section_sourced_id and s.kind = 'section' and not s.deleted
         where a.organization_id = $1 and a.source_system_id = f.source_system_id and a.sourced_id = f.sourced_id
         order by a.position limit 1) first
      left join lateral (${sectionOfferingSql('f.source_system_id', 'first.section_sourced_id', 'f.brings')}) offering on true
     where f.kind = 'association' and not f.deleted
  ),
  -- The references that count for each row; an association's are stated by the offering of its first section.
  reference as (
    select f.source_system_id, f.sourced_id, f.kind, p.role, p.position::integer, p.parent_kind, p.parent_sourced_id,
           f.sourced_id as stating_id, f.kind as stating_kind
      from front f
      join declared_parent p on p.organization_id = $1 and p.source_system_id = f.source_system_id and p.sourced_id = f.sourced_id
        and p.kind = f.kind
     where f.kind <> 'association'
       and not (f.brings_own and p.role = 'offering')
    union all
    select f.source_system_id, f.sourced_id, f.kind, 'offering', 0, 'offering', f.sourced_id, f.sourced_id, f.kind
      from front f where f.brings_own
    union all
    select a.source_system_id, a.sourced_id, 'association', p.role, p.position, p.parent_kind, p.parent_sourced_id, a.offering_id,
           a.offering_kind
      from association a
      join declared_parent p on p.organization_id = $1 and p.source_system_id = a.source_system_id and p.sourced_id = a.offering_id
        and p.kind = a.offering_kind
     where p.role in ('template', 'department', 'semester')
  ),
  resolved as (
    select r.*, case when fits.role then o.verdict else 'wrong_kind' end as verdict, case when fits.role then o.lms_id end as parent_id
      from reference r
      cross join lateral resolve_org_unit(
        $1, r.source_system_id, r.parent_kind, r.parent_sourced_id,
        case when r.parent_sourced_id = r.stating_id then r.stating_kind end) o
      cross join lateral (select o.verdict not in ('live', 'waiting') or ${fitsRoleSql('r.role', 'o.kind')} as role) fits
  ),
  -- Live associations are the parents of the sections that they name.
  taught as (
    select f.source_system_id, f.sourced_id, array_agg(l.lms_id order by a.sourced_id) as parent_ids
      from front f
      join declared_association da on da.organization_id = $1 and da.source_system_id = f.source_system_id
        and da.section_sourced_id = f.sourced_id
      join declared_org_unit a on a.organization_id = $1 and a.source_system_id = f.source_system_id
        and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live
      join link l on l.organization_id = $1 and l.source_system_id = f.source_system_id and l.sourced_id = a.sourced_id
        and l.kind = 'association'
     where f.kind = 'section' group by f.source_system_id, f.sourced_id
  ),
  required as (
    select distinct on (source_system_id, sourced_id, kind) source_system_id, sourced_id, kind, verdict, parent_id,
           role || ' ' || parent_sourced_id as named
      from resolved
     where (kind = 'section' and role = 'offering') or (kind = 'offering' and role in ('template', 'department'))
       or (kind = 'association' and role = 'template')
     order by source_system_id, sourced_id, kind, role <> 'template', position
  ),
  summed as (
    select r.source_system_id, r.sourced_id, r.kind,
           array_agg(r.parent_id order by r.position) filter (where r.role = 'department' and r.parent_id is not null) as departments,
           array_agg(r.parent_id order by r.position) filter (where r.role = 'parent' and r.parent_id is not null) as parents,
           array_agg(r.parent_id order by r.position) filter (where r.role = 'semester' and r.parent_id is not null) as semesters,
           bool_or(r.role = 'parent') as names_parent,
           (array_agg(r.role || ' ' || r.parent_sourced_id order by r.position)
              filter (where r.role = 'parent' and r.parent_id is null))[1] as parent_named
      from resolved r group by r.source_system_id, r.sourced_id, r.kind
  ),
  placed as (
    select f.*, q.verdict as required_verdict, t.parent_ids is not null as is_taught,
           coalesce(q.named, s.parent_named) as named, a.first_section, c.sourced_id is not null as is_cyclic,
           case f.kind
             when 'section' then coalesce(t.parent_ids, case when q.verdict is null then s.parents else array[q.parent_id] end)
             when 'offering' then case when q.verdict is not null then array[q.parent_id]
                                       when s.names_parent then s.parents else array[$6::bigint] end
             when 'association' then array[q.parent_id]
             else coalesce(nullif(coalesce(s.departments, '{}') || coalesce(s.parents, '{}'), '{}'), array[$6::bigint]) end as main_ids,
           s.departments, s.parents, s.semesters
      from front f
      left join required q on q.source_system_id = f.source_system_id and q.sourced_id = f.sourced_id and q.kind = f.kind
      left join summed s on s.source_system_id = f.source_system_id and s.sourced_id = f.sourced_id and s.kind = f.kind
      left join taught t on t.source_system_id = f.source_system_id and t.sourced_id = f.sourced_id and f.kind = 'section'
      left join association a on a.source_system_id = f.source_system_id and a.sourced_id = f.sourced_id and f.kind = 'association'
      left join cyclic c on c.source_system_id = f.source_system_id and c.sourced_id = f.sourced_id and c.kind = f.kind
  ),
  parented as (
    select p.*,
           case p.kind when 'association' then array[coalesce(p.main_ids[1], p.departments[1], $6::bigint)] || coalesce(p.semesters, '{}')
                       when 'section' then p.main_ids || coalesce(p.parents, '{}')
                       else p.main_ids || coalesce(p.parents, '{}') || coalesce(p.semesters, '{}') end as all_ids
      from placed p
  ),
  waiting as (
    select p.*, not p.deleted as there,
           case when p.deleted then null
                when p.type_id is null then 'unmapped_type'
                when p.is_cyclic then 'parent_cycle'
                when p.kind = 'association' and p.first_section is null then 'waiting_for_section'
                when p.kind in ('section', 'offering') and (p.main_ids is null or p.main_ids[1] is null) then
                  case p.required_verdict when 'ambiguous' then 'ambiguous' when 'deleted' then 'detached'
                                          when 'wrong_kind' then 'wrong_kind' else 'waiting_for_parent' end
           end as first_wait
      from parented p
  ),
  held_back as (
    select w.*, w.there and w.first_wait is null and not coalesce(w.held_type_id <> w.type_id, false) as is_placed,
           w.lms_id is not null and w.present as stays,
           holder.id as holder_id,
           holder.id is not null and (w.lms_id is not null or not w.adopt or exists (
             select from link o
              where o.organization_id = $1 and o.lms_id = holder.id and o.source_system_id = w.source_system_id)) as is_taken
      from waiting w
      left join lateral (
        select u.id from lms_org_unit u
         where u.organization_id = $1 and u.org_unit_type_id = w.type_id and u.code_key = w.code
           and u.state <> 'deleted' and u.id is distinct from w.lms_id order by u.id limit 1) holder on true
  ),
  claimed as (
    -- Of several that would take the same code the earliest goes first: whether it has it, the LMS org units then tell the others.
    select h.*,
           row_number() over (partition by claim.is_made, h.type_id, h.code order by h.ord) as code_place
      from held_back h
      cross join lateral (
        select h.is_placed
               and case when h.stays then h.code is distinct from h.held_code else not h.is_taken end as is_made) claim
  ),
  verdict as (
    select c.*, missing.sections as missing_sections, c.is_placed and not c.stays and not c.is_taken and c.code_place > 1 as deferred,
           case when c.first_wait is not null or not c.there then c.first_wait
                when not c.is_placed then 'type_conflict'
                when not c.stays and c.is_taken then 'code_in_use'
                when missing.sections is not null then 'waiting_for_section' end as final_wait
      from claimed c
      -- The sections of an association that are not there: they wait one by one, and hold nothing else back.
      left join lateral (
        select string_agg(s.sourced_id, ', ' order by s.ord) filter (where s.ord <= 10)
               || case when count(*) > 10 then format(' and %s more', count(*) - 10) else '' end as sections
          from (
            select a.section_sourced_id as sourced_id, row_number() over (order by a.position) as ord
              from declared_association a
             where a.organization_id = $1 and a.source_system_id = c.source_system_id and a.sourced_id = c.sourced_id and not exists (
                     select from declared_org_unit d
                      where d.organization_id = $1 and d.source_system_id = c.source_system_id
                        and d.sourced_id = a.section_sourced_id and d.kind = 'section' and not d.deleted)
          ) s
      ) missing on c.kind = 'association' and c.there
  ),
  decided as (
    select v.*,
           v.is_placed and (v.stays or not (v.is_taken or v.deferred)) as now_live,
           case v.final_wait when 'unmapped_type' then v.fields->>'type' when 'code_in_use' then v.code_text
                            when 'type_conflict' then v.fields->>'type' when 'parent_cycle' then v.sourced_id
                            when 'waiting_for_section' then v.missing_sections
                            else case when v.final_wait is not null then v.named end end as now_wait_on,
           case v.final_wait when 'unmapped_type' then 'type:' || v.source_system_id || ':' || fold(v.fields->>'type')
                            when 'code_in_use' then 'code:' || v.type_id || ':' || v.code end as now_wait_key,
           v.kind = 'offering' and not v.deleted and superseded.is_so as now_superseded
      from verdict v
      left join lateral (
        -- The first section under it, and one that no association teaches: with those, which most have, it need not look on.
        -- Between: of a parent that most have, the first two seem to be anywhere, and all parents are read where there are none.
        select coalesce(bool_and(found.is_taught), false) as is_so
          from (
            select under.is_taught
              from (
                select row_number() over () as place, exists (
                         select from declared_association da
                           join declared_org_unit a on a.organization_id = $1 and a.source_system_id = v.source_system_id
                             and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live
                          where da.organization_id = $1 and da.source_system_id = v.source_system_id
                            and da.section_sourced_id = s.sourced_id) as is_taught
                  from (select p.sourced_id
                          from (select * from declared_parent p where p.organization_id = $1 and p.source_system_id = v.source_system_id
                                   and v.kind = 'offering' and p.parent_sourced_id between v.sourced_id and v.sourced_id offset 0) p
                         where p.kind = 'section' and p.role = 'offering'
                        union all select v.sourced_id where v.brings) s
                  join declared_org_unit d on d.organization_id = $1 and d.source_system_id = v.source_system_id
                    and d.sourced_id = s.sourced_id and d.kind = 'section' and not d.deleted
                  cross join lateral (${sectionOfferingSql('v.source_system_id', 's.sourced_id', 'v.brings')}) o
                 where o.kind = 'offering' and o.sourced_id = v.sourced_id
              ) under
             where under.place = 1 or not under.is_taught limit 2
          ) found
      ) superseded on v.kind = 'offering'
  ),
  linked as (
    insert into link (organization_id, source_system_id, sourced_id, kind, lms_id, adopted)
    select $1, source_system_id, sourced_id, kind, coalesce(holder_id, taken_back_id, nextval('lms_id')), holder_id is not null
      from decided where now_live and lms_id is null order by ord
    on conflict (organization_id, sourced_id, source_system_id, kind) do update
       set lms_id = excluded.lms_id, adopted = excluded.adopted, linked_at = excluded.linked_at
    returning source_system_id, sourced_id, kind, lms_id
  ),
  marked as (
    -- A code that a live row is refused is told when its LMS org unit is settled: the mark turns nothing.
    select d.*, p.now_parent_ids,
           -- What is linked anew is another one, also where the former one was there.
           (d.live, d.superseded, d.parent_ids) is distinct from (d.now_live, d.now_superseded, p.now_parent_ids)
             or (d.now_live and d.lms_id is null)
             or (not d.now_live
                 and (d.wait_code, d.wait_on, d.wait_key) is distinct from (d.final_wait, d.now_wait_on, d.now_wait_key)) as turned
      from decided d
      cross join lateral (select case when d.now_live then d.all_ids else '{}' end as now_parent_ids) p
     where not d.deferred
  ),
  noted as (
    update declared_org_unit d
       set live = m.now_live, superseded = m.now_superseded, parent_ids = m.now_parent_ids,
           wait_code = m.final_wait, wait_on = m.now_wait_on, wait_key = m.now_wait_key
      from marked m
     where d.organization_id = $1 and d.source_system_id = m.source_system_id and d.sourced_id = m.sourced_id and d.kind = m.kind
       and (m.turned or (d.wait_code, d.wait_on, d.wait_key) is distinct from (m.final_wait, m.now_wait_on, m.now_wait_key))
  )
  select v.source_system_id as "sourceSystemId", v.kind, v.sourced_id as "sourcedId", coalesce(v.lms_id, l.lms_id) as lms_id,
         coalesce(m.turned, false) as turned, v.deferred,
         case when v.is_cyclic then (
           select coalesce(jsonb_agg(jsonb_build_object('sourceSystemId', a.source_system_id, 'kind', a.kind, 'sourcedId', a.sourced_id, 'live', d.live)), '[]')
             from ancestry a
             join declared_org_unit d on d.organization_id = $1 and d.source_system_id = a.source_system_id and d.sourced_id = a.sourced_id
              and d.kind = a.kind
            where a.source_system_id = v.source_system_id and a.start_id = v.sourced_id and a.start_kind = v.kind and a.moved
              and (d.wait_code is null or d.wait_code not in ('parent_cycle', 'unmapped_type'))) end as unmarked
    from decided v
    left join linked l on l.source_system_id = v.source_system_id and l.sourced_id = v.sourced_id and l.kind = v.kind
    left join marked m on m.source_system_id = v.source_system_id and m.sourced_id = v.sourced_id and m.kind = v.kind
   order by v.ord`;
