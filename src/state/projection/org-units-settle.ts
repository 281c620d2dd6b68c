import { recordChangesSql } from '../changes.ts';
import { sourceColumns } from '../lane.ts';
import { cascading, listSql } from './cascading.ts';
import { idsSql, isPromisedToNobodyElse } from './many-sql.ts';
import { ofBestRowSql, ruledFieldsSql, statedFieldsSql } from './ruled-fields.ts';

const isBasedOn = (type: string, bases: (typeof cascading)['from']): string =>
  `exists (select from org_unit_type t where t.organization_id = $1 and t.id = ${type} and t.base in ${listSql(bases)})`;

/** An org unit that comes back: the judgement has promised the code that the row which brings it back states, and it asks for another. */
const isPromised = 'live and exists and not present and wish_key is distinct from own_key';

/**
 * Brings LMS org units up to date from the declared rows that are linked to them: fields merged by rank (docs/projection.md
 * 6), parents of the best-ranked live row, state, and the code that they ask for, as far as no other of the type has it.
 * Marks the live row that asked in vain; answers what became free, moved, or came back.
 *
 * $1 organization, $2 LMS ids, $3 sources, $4 fields owned by the LMS, $5 change.seq so far, $6 id head, $7 cause,
 * $8 root org unit, $9 messages of the batch, $10 are they given up, whatever is linked to them?
 * $11 when the run began that is taken back, whose placeholders are given up as well
 */
export const settleOrgUnitsSql = `
  with src as (select * from jsonb_to_recordset($3::jsonb) as src(${sourceColumns})),
  held as (
    select ids.id as lms_id, ids.ord, u.id is not null as exists, coalesce(u.state <> 'deleted', false) as present,
           u.org_unit_type_id as type_id, u.code, u.fields, u.state, u.code_key
      from ${idsSql}
      left join lateral (select * from lms_org_unit u where u.organization_id = $1 and u.id = ids.id limit 1) u on true
     where ids.id <> $8::bigint
  ),
  rows as (
    select h.lms_id, d.source_system_id, d.sourced_id, d.kind, d.message_id, d.declared_at, d.live and not $10::boolean as live, d.deleted, d.implied,
           d.superseded, d.parent_ids, d.wait_code, d.wait_on, d.wait_key, l.adopted, d.implied and d.deleted and not l.adopted and l.linked_at >= $11::timestamptz as is_taken_back, src.keep_org_unit || d.kept as keep_org_unit,
           m.org_unit_type_id as type_id,
           lent.fields
             || (d.fields - array['type', case when d.fields->>'code' is null then 'code' end, case when d.fields->>'name' is null then 'name' end])
             || jsonb_build_object('defaultCode', d.sourced_id) as fields,
           coalesce(d.fields->>'code', d.sourced_id) as own_code,
           row_number() over (partition by h.lms_id order by src.rank, d.source_system_id, d.sourced_id, d.kind) as place
      from held h
      cross join lateral (select * from link l where l.organization_id = $1 and l.lms_id = h.lms_id and l.kind <> 'person' offset 0) l
      join src on src.id = l.source_system_id
      cross join lateral (
        select * from declared_org_unit d
         where d.organization_id = $1 and d.source_system_id = l.source_system_id and d.sourced_id = l.sourced_id
           and d.kind = l.kind limit 1) d
      left join lateral (
        select m.org_unit_type_id from org_unit_type_map m
         where m.organization_id = $1 and m.source_system_id = d.source_system_id
           and m.sis_type_key = fold(d.fields->>'type') limit 1) m on true
      -- What an association does not state it takes from its sections.
      cross join lateral (
        select case when d.kind <> 'association' then '{}'::jsonb else (
          select jsonb_strip_nulls(jsonb_build_object(
                   'name', (array_agg(coalesce(s.fields->>'name', s.fields->>'code', s.sourced_id) order by a.position))[1],
                   'startsAt', min(s.fields->>'startsAt' collate "C"), 'endsAt', max(s.fields->>'endsAt' collate "C")))
            from declared_association a
            join declared_org_unit s on s.organization_id = $1 and s.source_system_id = a.source_system_id
              and s.sourced_id = a.section_sourced_id and s.kind = 'section' and not s.deleted
           where a.organization_id = $1 and a.source_system_id = d.source_system_id and a.sourced_id = d.sourced_id) end as fields) lent
  ),
  standing as (
    select lms_id, bool_or(live) as live, laid_over(stated order by place desc) filter (where live) as stated,
           -- The row that asks for the code.
           coalesce(min(place) filter (where live and stated ? 'code'), min(place) filter (where live and stated ? 'defaultCode')) as code_place,
           laid_over(keep_org_unit) filter (where live and adopted) as withheld,
           ${ofBestRowSql('superseded', 'live')} as superseded, ${ofBestRowSql('type_id', 'live')} as type_id,
           ${ofBestRowSql('own_code', 'live')} as own_code, ${ofBestRowSql('parent_ids::text', 'live')}::bigint[] as parent_ids,
           bool_or(implied and deleted) as retired, $10::boolean or coalesce(bool_and(is_taken_back), false) as is_given_up, min(message_id::text) filter (where message_id = any($9::uuid[])) as message_id
      from (select r.*, ${statedFieldsSql({ keep: 'keep_org_unit', defaultKey: 'defaultCode', key: 'code' })} as stated from rows r offset 0) r
     group by lms_id
  ),
  -- Materialized: row-level security keeps an expression that is not leakproof (fold) away from the indexes, a column not.
  wished as materialized (
    select h.*, coalesce(s.live, false) as live, s.superseded, s.retired, coalesce(s.is_given_up, $10::boolean) as is_given_up, s.message_id, coalesce(h.type_id, s.type_id) as new_type, s.code_place,
           s.parent_ids as named_parents, ruled.merged as merged_fields,
           wish.code as wish, fold(wish.code) as wish_key, own.code as own_code, case when not h.present then fold(own.code) end as own_key
      -- One that lost its last link (a rename) has no row that says anything.
      from held h left join standing s using (lms_id)
      ${ruledFieldsSql({ held: "h.fields || jsonb_build_object('code', h.code)", anybodys: ['code'] })}
      cross join lateral (select coalesce(ruled.merged->>'code', ruled.merged->>'defaultCode', s.own_code) as code) wish
      -- Of the row that brings an org unit back, which the judgement has promised it: what is left if an override is refused.
      cross join lateral (select coalesce(s.stated->>'code', s.stated->>'defaultCode', s.own_code) as code) own
     where s.live or h.exists
  ),
  promised as (
    select lms_id, new_type as type_id, own_key as code_key from wished where ${isPromised}
  ),
  free as (
    select w.*, not w.exists or (w.present and w.wish_key = w.code_key)
             or not exists (
                  select from lms_org_unit u where u.organization_id = $1 and u.org_unit_type_id = w.new_type and u.code_key = w.wish_key
                     and u.state <> 'deleted' and u.id <> w.lms_id)
                and ${isPromisedToNobodyElse(['new_type', 'wish_key'], ['type_id', 'code_key'])} as is_free
      from wished w
  ),
  given as (
    -- Of several that ask for one code a new org unit, or one that comes back under its own, was promised it by the judgement.
    select f.*, f.is_free and 1 = row_number() over (partition by f.live and f.is_free, f.new_type, f.wish_key
                                                         order by f.present, f.wish_key is distinct from f.own_key, f.ord) as gets_code
      from free f
  ),
  target as (
    select g.lms_id, g.message_id, g.exists, g.present, g.type_id as old_type, g.code as old_code, g.fields as old_fields, g.state as old_state,
           g.code_key as old_code_key, g.live, g.wish_key, g.own_key, g.named_parents,
           g.new_type as type_id, named.code,
           case when g.live then jsonb_build_object('name', named.code) || coalesce(g.merged_fields, '{}')
                                   - '{active,code,defaultCode,parents,sections}'::text[]
                when g.is_given_up then '{}' else g.fields end as fields,
           case when g.live then case when g.superseded or g.merged_fields->>'active' = 'false' then 'inactive' else 'active' end
                when g.state <> 'deleted' and g.retired and not g.is_given_up then 'inactive' else 'deleted' end as state
      from given g
      cross join lateral (
        select case when not g.live then g.code when g.gets_code then g.wish when g.present then g.code
                    else g.own_code end as code) named
  ),
  compared as (
    select t.*, named.ids as parent_ids, op.ids as old_parent_ids
      from target t
      cross join lateral (
        select array(
          select p.parent_id from unnest(t.named_parents) with ordinality as p(parent_id, position)
           group by p.parent_id order by min(p.position)) as ids) named
      cross join lateral (
        select array(
          select p.parent_id from lms_org_unit_parent p
           where p.organization_id = $1 and p.org_unit_id = t.lms_id order by p.position) as ids offset 0) op
  ),
  differing as (
    select c.*, fold(c.code) as code_key from compared c
     where not c.exists
       or (c.code, c.fields, c.state, c.parent_ids) is distinct from (c.old_code, c.old_fields, c.old_state, c.old_parent_ids)
  ),
  new_parents as (
    select d.lms_id, p.parent_id, min(p.position)::smallint as position
      from differing d cross join lateral unnest(d.named_parents) with ordinality as p(parent_id, position)
     group by d.lms_id, p.parent_id
  ),
  -- Course offerings among the new parents, by the type that they will have.
  offering as materialized (
    select n.parent_id as lms_id from (select distinct parent_id from new_parents) n
      left join target own on own.lms_id = n.parent_id
      left join lateral (
        select u.org_unit_type_id from lms_org_unit u where u.organization_id = $1 and u.id = n.parent_id limit 1) u on true
     where ${isBasedOn('coalesce(own.type_id, u.org_unit_type_id)', cascading.to)}
  ),
  written as (
    insert into lms_org_unit as u (organization_id, id, org_unit_type_id, code, code_key, fields, state)
    select $1, lms_id, type_id, code, code_key, fields, state from differing
    on conflict (organization_id, id) do update
       set code = excluded.code, code_key = excluded.code_key, fields = excluded.fields, state = excluded.state,
           version = u.version + 1, changed_at = now()
  ),
  removed as (
    -- An array is taken for a few rows, and each is looked up by its key.
    delete from lms_org_unit_parent p
     using unnest(array(
             select row(d.lms_id, old.parent_id) from differing d cross join lateral unnest(d.old_parent_ids) as old(parent_id)
              where not old.parent_id = any(d.parent_ids))) as gone(lms_id bigint, parent_id bigint)
     where p.organization_id = $1 and p.org_unit_id = gone.lms_id and p.parent_id = gone.parent_id
    returning p.org_unit_id, p.parent_id, p.cascades
  ),
  edges as (
    select n.lms_id, n.parent_id, n.position, n.parent_id = any(d.old_parent_ids) as old,
           ${isBasedOn('d.type_id', cascading.from)} and n.parent_id in (select lms_id from offering) as cascades
      from new_parents n join differing d using (lms_id)
  ),
  added as (
    insert into lms_org_unit_parent as p (organization_id, org_unit_id, parent_id, position, cascades)
    select $1, lms_id, parent_id, position, cascades from edges
    on conflict (organization_id, org_unit_id, parent_id) do update set position = excluded.position where p.position <> excluded.position
  ),
  imaged as (
    select d.lms_id, d.message_id, d.present as was, d.state <> 'deleted' as will,
           d.old_fields || jsonb_build_object(
             'state', d.old_state, 'code', d.old_code, 'type', t.code, 'parents', to_jsonb(d.old_parent_ids::text[])) as before,
           d.fields || jsonb_build_object(
             'state', d.state, 'code', d.code, 'type', t.code, 'parents', to_jsonb(d.parent_ids::text[])) as after
      from differing d
      left join lateral (select t.code from org_unit_type t where t.organization_id = $1 and t.id = d.type_id limit 1) t on true
  ),
  difference as (
    select 'org_unit' as entity, lms_id, message_id,
           case when was and will then 'updated' when will then 'created' else 'deleted' end as operation,
           case when was and will then changed_fields(before, after) when was then before end as before,
           case when was and will then changed_fields(after, before) when will then after end as after
      from imaged where was or will
     order by lms_id
  ),
  recorded as (${recordChangesSql({ seq: 5, head: 6, cause: 7 })}),
  marks as (
    -- Another mark of a live row (sections of an association that are not there) stays beside a code that it has.
    select r.source_system_id, r.sourced_id, r.kind, r.declared_at, r.wait_code as old_code, r.wait_on as old_on,
           r.wait_key as old_key, mark.*
      from rows r join given g using (lms_id)
      cross join lateral (select not g.gets_code and r.place = g.code_place as is_refused) asked
      cross join lateral (
        select case when asked.is_refused then 'code_in_use' when r.wait_code <> 'code_in_use' then r.wait_code end as wait_code,
               case when asked.is_refused then g.wish when r.wait_code <> 'code_in_use' then r.wait_on end as wait_on,
               case when asked.is_refused then 'code:' || g.new_type || ':' || g.wish_key
                    when r.wait_code <> 'code_in_use' then r.wait_key end as wait_key) mark
     where r.live
  ),
  marked as (
    update declared_org_unit d set wait_code = m.wait_code, wait_on = m.wait_on, wait_key = m.wait_key
      from unnest(array(
             select row(source_system_id, sourced_id, kind, wait_code, wait_on, wait_key) from marks
              where (old_code, old_on, old_key) is distinct from (wait_code, wait_on, wait_key)))
             as m(source_system_id integer, sourced_id text, kind text, wait_code text, wait_on text, wait_key text)
     where d.organization_id = $1 and d.source_system_id = m.source_system_id and d.sourced_id = m.sourced_id and d.kind = m.kind
  ),
  vacant as (
    select old_type as type_id, old_code_key as code_key from differing
     where present and (state = 'deleted' or code_key is distinct from old_code_key)
    union
    -- What was promised and not taken.
    select type_id, own_key from differing where ${isPromised} and own_key is distinct from code_key
  ),
  freed as (
    select 'code:' || type_id || ':' || code_key as key, 'code:' || code_key as wish_key, type_id from vacant
  ),
  woken as (
    select distinct * from (
      select d.declared_at, d.source_system_id, d.kind, d.sourced_id, d.live
        from freed f
        cross join lateral (select * from declared_org_unit d where d.organization_id = $1 and d.wait_key = f.key offset 0) d
      union all
      select m.declared_at, m.source_system_id, m.kind, m.sourced_id, true from marks m
       where m.wait_key in (select key from freed) or (m.old_code = 'code_in_use' and m.wait_code is null)
      union all
      -- An override asks in the place of a row, or where no row does: what it is refused no mark tells for sure.
      select d.declared_at, d.source_system_id, d.kind, d.sourced_id, d.live
        from freed f
        cross join lateral (
          select o.lms_id from override o where o.organization_id = $1 and o.wish_key = f.wish_key offset 0) o
        cross join lateral (
          select from lms_org_unit u where u.organization_id = $1 and u.id = o.lms_id and u.org_unit_type_id = f.type_id limit 1) u
        cross join lateral (
          select * from link l where l.organization_id = $1 and l.lms_id = o.lms_id and l.kind <> 'person' offset 0) l
        cross join lateral (
          select * from declared_org_unit d
           where d.organization_id = $1 and d.source_system_id = l.source_system_id and d.sourced_id = l.sourced_id
             and d.kind = l.kind limit 1) d
      union all
      -- The LMS org unit of a waiting row came back through another one.
      select r.declared_at, r.source_system_id, r.kind, r.sourced_id, false from rows r
       where not r.live and r.wait_code = 'code_in_use'
         and (r.lms_id in (select lms_id from differing where exists and not present and state <> 'deleted')) is true) concerned
  )
  select (select count(*)::integer from recorded) as changes,
         coalesce((select jsonb_agg(jsonb_build_object('orgUnitId', org_unit_id::text, 'parentId', parent_id::text))
                     from removed where cascades), '[]') as lost,
         coalesce((select jsonb_agg(distinct lms_id::text) from edges where cascades and not old), '[]') as gained,
         coalesce((select jsonb_agg(jsonb_build_object(
                            'sourceSystemId', source_system_id, 'kind', kind, 'sourcedId', sourced_id, 'live', live)
                            order by declared_at, source_system_id, sourced_id)
                     from woken), '[]') as woken`;
