import { recordChangesSql } from '../changes.ts';
import { sourceColumns } from '../lane.ts';

const isBasedOn = (type: string, base: 'course_section' | 'course_offering'): string =>
  `exists (select from org_unit_type t where t.organization_id = $1 and t.id = ${type} and t.base = '${base}')`;

/**
 * Brings LMS org units up to date from the declared rows that are linked to them: fields merged by rank (docs/projection.md
 * 6), parents of the best-ranked live row, state. Answers what this frees and moves.
 *
 * $1 organization, $2 LMS ids, $3 sources, $4 fields owned by the LMS, $5 change.seq so far, $6 id head, $7 cause, $8 root org unit, $9 messages of the batch
 */
export const settleOrgUnitsSql = `
  with src as (select * from jsonb_to_recordset($3::jsonb) as src(${sourceColumns})),
  held as (
    select ids.id as lms_id, u.id is not null as exists, u.org_unit_type_id as type_id, u.code, u.fields, u.state, u.code_key
      from unnest($2::bigint[]) as ids(id)
      left join lateral (select * from lms_org_unit u where u.organization_id = $1 and u.id = ids.id limit 1) u on true
     where ids.id <> $8::bigint
  ),
  rows as (
    select h.lms_id, d.source_system_id, d.sourced_id, d.kind, d.message_id, d.live, d.deleted, d.implied, d.superseded, d.parent_ids, l.adopted, src.keep_org_unit,
           m.org_unit_type_id as type_id,
           lent.fields || jsonb_strip_nulls(d.fields - 'type')
             || (select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(d.fields) e where e.value = 'null' and e.key not in ('code', 'name', 'type'))
             -- A withheld code is stated as it stands in the LMS (docs/projection.md 4.8).
             || case when d.wait_code = 'code_in_use' and h.exists and d.fields->>'code' is not null then jsonb_build_object('code', h.code) else '{}' end as fields,
           case when d.wait_code = 'code_in_use' and h.exists then h.code else d.sourced_id end as default_code,
           row_number() over (partition by h.lms_id order by src.rank, d.source_system_id, d.sourced_id, d.kind) as place
      from held h
      cross join lateral (select * from link l where l.organization_id = $1 and l.lms_id = h.lms_id and l.kind <> 'person' offset 0) l
      join src on src.id = l.source_system_id
      cross join lateral (select * from declared_org_unit d where d.organization_id = $1 and d.source_system_id = l.source_system_id and d.sourced_id = l.sourced_id and d.kind = l.kind limit 1) d
      left join org_unit_type_map m on m.organization_id = $1 and m.source_system_id = d.source_system_id and m.sis_type_key = fold(d.fields->>'type')
      -- What an association does not state it takes from its sections.
      cross join lateral (
        select case when d.kind <> 'association' then '{}'::jsonb else (
          select jsonb_strip_nulls(jsonb_build_object(
                   'name', (array_agg(coalesce(s.fields->>'name', s.fields->>'code', s.sourced_id) order by a.position))[1],
                   'startsAt', min(s.fields->>'startsAt' collate "C"), 'endsAt', max(s.fields->>'endsAt' collate "C")))
            from declared_association a
            join declared_org_unit s on s.organization_id = $1 and s.source_system_id = a.source_system_id and s.sourced_id = a.section_sourced_id and s.kind = 'section' and not s.deleted
           where a.organization_id = $1 and a.source_system_id = d.source_system_id and a.sourced_id = d.sourced_id) end as fields) lent
  ),
  stated as (
    select distinct on (r.lms_id, e.key) r.lms_id, e.key, e.value
      from rows r, jsonb_each(r.fields) e
     where r.live and not (r.adopted and (r.keep_org_unit ? e.key or (r.keep_org_unit ? '*' and e.key <> 'active')))
     order by r.lms_id, e.key, r.place
  ),
  protected as (
    -- What is stated only by adopted rows that may not overwrite it stays as it is.
    select distinct h.lms_id, e.key, e.value
      from held h cross join lateral jsonb_each(h.fields || jsonb_build_object('code', h.code)) e
      join rows r on r.lms_id = h.lms_id and r.live and r.adopted and (r.keep_org_unit ? e.key or r.keep_org_unit ? '*')
     where h.exists and not exists (select from stated s where s.lms_id = h.lms_id and s.key = e.key)
  ),
  said as (select * from stated union all select * from protected),
  ruled as (
    select lms_id, key, value from said s
     where not (s.key = any($4::text[]) and exists (select from override o where o.organization_id = $1 and o.lms_id = s.lms_id and o.field = s.key))
    union all
    select o.lms_id, o.field, o.value from held h join override o on o.organization_id = $1 and o.lms_id = h.lms_id
     where o.field = any($4::text[]) or not exists (select from said s where s.lms_id = o.lms_id and s.key = o.field)
  ),
  merged as (select lms_id, jsonb_object_agg(key, value) filter (where value <> 'null') as fields from ruled group by lms_id),
  standing as (
    select lms_id, bool_or(live) as live, (array_agg(superseded order by place) filter (where live))[1] as superseded,
           (array_agg(type_id order by place) filter (where live))[1] as type_id,
           (array_agg(default_code order by place) filter (where live))[1] as default_code,
           bool_or(implied and deleted) as retired
      from rows group by lms_id
  ),
  target as (
    select h.lms_id, h.exists, h.type_id as old_type, h.code as old_code, h.fields as old_fields, h.state as old_state, h.code_key as old_code_key,
           coalesce(h.type_id, s.type_id) as type_id,
           case when s.live then coalesce(m.fields->>'code', s.default_code) else h.code end as code,
           case when s.live then jsonb_build_object('name', coalesce(m.fields->>'code', s.default_code)) || coalesce(m.fields, '{}') - 'active' - 'code' - 'parents' - 'sections' else h.fields end as fields,
           case when s.live then case when s.superseded or m.fields->>'active' = 'false' then 'inactive' else 'active' end
                when h.state <> 'deleted' and s.retired then 'inactive' else 'deleted' end as state
      from held h join standing s using (lms_id) left join merged m using (lms_id)
     where s.live or h.exists
  ),
  new_parents as (
    select r.lms_id, p.parent_id, min(p.position)::smallint as position
      from rows r cross join lateral unnest(r.parent_ids) with ordinality as p(parent_id, position)
     where r.live and r.place = (select min(b.place) from rows b where b.lms_id = r.lms_id and b.live)
     group by r.lms_id, p.parent_id
  ),
  old_parents as (
    select p.org_unit_id as lms_id, p.parent_id, p.position from target t join lms_org_unit_parent p on p.organization_id = $1 and p.org_unit_id = t.lms_id
  ),
  compared as (
    select t.*, coalesce(np.ids, '{}') as parent_ids, coalesce(op.ids, '{}') as old_parent_ids
      from target t
      left join (select lms_id, array_agg(parent_id order by position) as ids from new_parents group by lms_id) np using (lms_id)
      left join (select lms_id, array_agg(parent_id order by position) as ids from old_parents group by lms_id) op using (lms_id)
  ),
  differing as (
    select c.*, fold(c.code) as code_key from compared c
     where not c.exists or (c.code, c.fields, c.state, c.parent_ids) is distinct from (c.old_code, c.old_fields, c.old_state, c.old_parent_ids)
  ),
  based as (
    select lms_id, type_id from target
    union
    select u.id, u.org_unit_type_id from new_parents n join lms_org_unit u on u.organization_id = $1 and u.id = n.parent_id
  ),
  written as (
    insert into lms_org_unit as u (organization_id, id, org_unit_type_id, code, code_key, fields, state)
    select $1, lms_id, type_id, code, code_key, fields, state from differing
    on conflict (organization_id, id) do update
       set code = excluded.code, code_key = excluded.code_key, fields = excluded.fields, state = excluded.state, version = u.version + 1, changed_at = now()
  ),
  removed as (
    delete from lms_org_unit_parent p using differing d
     where p.organization_id = $1 and p.org_unit_id = d.lms_id and not p.parent_id = any(d.parent_ids)
    returning p.org_unit_id, p.parent_id
  ),
  added as (
    insert into lms_org_unit_parent as p (organization_id, org_unit_id, parent_id, position, cascades)
    select $1, n.lms_id, n.parent_id, n.position,
           ${isBasedOn('d.type_id', 'course_section')} and exists (
             select from based b where b.lms_id = n.parent_id and ${isBasedOn('b.type_id', 'course_offering')})
      from new_parents n join differing d using (lms_id)
    on conflict (organization_id, org_unit_id, parent_id) do update set position = excluded.position where p.position <> excluded.position
  ),
  imaged as (
    select d.lms_id, d.exists and d.old_state <> 'deleted' as was, d.state <> 'deleted' as will,
           d.old_fields || jsonb_build_object('state', d.old_state, 'code', d.old_code, 'type', t.code, 'parents', to_jsonb(d.old_parent_ids::text[])) as before,
           d.fields || jsonb_build_object('state', d.state, 'code', d.code, 'type', t.code, 'parents', to_jsonb(d.parent_ids::text[])) as after
      from differing d left join org_unit_type t on t.organization_id = $1 and t.id = d.type_id
  ),
  difference as (
    select 'org_unit' as entity, lms_id, (select min(r.message_id::text) from rows r where r.lms_id = imaged.lms_id and r.message_id = any($9::uuid[])) as message_id, case when was and will then 'updated' when will then 'created' else 'deleted' end as operation,
           case when was and will then changed_fields(before, after) when was then before end as before,
           case when was and will then changed_fields(after, before) when will then after end as after
      from imaged where was or will
     order by lms_id
  ),
  recorded as (${recordChangesSql({ seq: 5, head: 6, cause: 7 })}),
  freed as (
    select 'code:' || old_type || ':' || old_code_key as key from differing
     where exists and old_state <> 'deleted' and (state = 'deleted' or code_key is distinct from old_code_key)
  )
  select (select count(*)::integer from recorded) as changes,
         coalesce((select jsonb_agg(jsonb_build_object('orgUnitId', org_unit_id::text, 'parentId', parent_id::text)) from removed), '[]') as lost,
         coalesce((select jsonb_agg(lms_id::text) from differing where not parent_ids <@ old_parent_ids), '[]') as gained,
         coalesce((select jsonb_agg(jsonb_build_object('sourceSystemId', d.source_system_id, 'kind', d.kind, 'sourcedId', d.sourced_id) order by d.declared_at, d.source_system_id, d.sourced_id)
                     from freed f join declared_org_unit d on d.organization_id = $1 and d.wait_key = f.key), '[]') as woken`;
