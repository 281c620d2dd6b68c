import { recordChangesSql } from '../changes.ts';
import { sourceColumns } from '../lane.ts';
import { institutionRoleSql } from './institution-role.ts';
import { idsSql, isPromisedToNobodyElse } from './many-sql.ts';
import { ofBestRowSql, ruledFieldsSql, statedFieldsSql } from './ruled-fields.ts';

/** A user who comes back: the judgement has promised what the row that brings it back states, and it asks for something else. */
const isPromised = 'live and exists and not present and (name_key, id_key) is distinct from (own_name_key, own_id_key)';

/** Who is inactive again has the former name, or id; the one that is held stays where somebody else has come to have that. */
const heldInsteadSql = (field: string, column: string, key: string, gets: string): string => `(
                  select case when former.key in (select o.${key} from given o where o.live and o.${gets} and o.${key} is not null)
                                or exists (select from lms_user u where u.organization_id = $1 and u.state <> 'deleted' and u.${column} = former.key
                                              and u.id <> g.lms_id offset 0)
                              then jsonb_strip_nulls(jsonb_build_object('${field}', g.fields->>'${field}')) else '{}' end
                    from (select fold(g.former_fields->>'${field}') as key offset 0) former)`;

/**
 * Brings LMS users up to date from the declared rows that are linked to them: fields merged by rank (docs/projection.md 6),
 * state, and the user name and org-defined id that they ask for, as far as those are nobody else's. Marks the live row
 * that asked in vain; answers the rows that what became free, or came, concerns.
 *
 * $1 organization, $2 LMS ids, $3 sources, $4 fields owned by the LMS, $5 change.seq so far, $6 id head, $7 cause, $8 messages of the batch, $9 are they
 * given up, whatever is linked to them?
 * $10 what those were before the run that is taken back for whom nobody is live any more, by their LMS ids
 */
export const settleUsersSql = `
  with src as (select * from jsonb_to_recordset($3::jsonb) as src(${sourceColumns})),
  held as (
    select ids.id as lms_id, ids.ord, u.id is not null as exists, coalesce(u.state <> 'deleted', false) as present, u.fields,
           u.role_id, u.state,
           u.user_name_key, u.org_defined_id_key
      from ${idsSql}
      left join lateral (select * from lms_user u where u.organization_id = $1 and u.id = ids.id limit 1) u on true
  ),
  rows as (
    select h.lms_id, d.sourced_id, d.source_system_id, d.message_id, d.declared_at, d.live and not $9::boolean as live, d.deleted, d.wait_code, d.wait_on, d.wait_key,
           coalesce(d.on_delete, src.user_delete) as user_delete, src.identity_rule, l.adopted, kept.keep_user,
           l.adopted and (kept.keep_user ? 'roles' or kept.keep_user ? '*') as keeps_role, granted.role_id,
           case when d.fields->>'orgDefinedId' is null then d.fields - '{roles,relations,orgDefinedId}'::text[]
                else d.fields - '{roles,relations}'::text[] end
             || jsonb_build_object('defaultId', d.sourced_id) as fields,
           row_number() over (partition by h.lms_id order by src.rank, d.source_system_id, d.sourced_id) as place
      from held h
      cross join lateral (select * from link l where l.organization_id = $1 and l.lms_id = h.lms_id and l.kind = 'person' offset 0) l
      join src on src.id = l.source_system_id
      cross join lateral (
        select * from declared_user d
         where d.organization_id = $1 and d.source_system_id = l.source_system_id and d.sourced_id = l.sourced_id limit 1) d
      cross join lateral (select src.keep_user || d.kept as keep_user) kept
      left join lateral (
        select m.role_id
          from (${institutionRoleSql("d.fields->'roles'")}) stated
          cross join lateral (
            select m.role_id from role_map m
             where m.organization_id = $1 and m.source_system_id = d.source_system_id and m.sis_role_key = fold(stated.role) limit 1) m
         where d.live) granted on true
  ),
  standing as (
    select lms_id, bool_or(live) as live, laid_over(stated order by place desc) filter (where live) as stated,
           -- The rows that ask for the name and for the id.
           min(place) filter (where live and stated ? 'userName') as name_place,
           coalesce(min(place) filter (where live and stated ? 'orgDefinedId'),
                    min(place) filter (where live and stated ? 'defaultId')) as id_place,
           ${ofBestRowSql('identity_rule', "live and stated ? 'orgDefinedId'")} as id_rule,
           ${ofBestRowSql('identity_rule', "live and stated ? 'defaultId'")} as default_id_rule,
           ${ofBestRowSql('fields', 'live')} as first_fields,
           laid_over(keep_user) filter (where live and adopted) as withheld,
           ${ofBestRowSql('role_id', 'live and not keeps_role and role_id is not null')} as granted_role,
           bool_or(live and keeps_role) as keeps_role,
           bool_and(deleted) and ${ofBestRowSql('user_delete', 'deleted')} = 'delete' as by_delete,
           min(message_id::text) filter (where message_id = any($8::uuid[])) as message_id
      from (select r.*, ${statedFieldsSql({ keep: 'keep_user', defaultKey: 'defaultId', key: 'orgDefinedId' })} as stated from rows r offset 0) r
     group by lms_id
  ),
  -- Materialized, as in the judgement: what is compared with an index must be a column.
  wished as materialized (
    select h.*, coalesce(s.live, false) as live, s.message_id, ruled.merged as merged_fields, s.name_place, s.id_place,
           coalesce(coalesce(s.id_rule, s.default_id_rule) <> 'user_name', true) as is_id_unique,
           wish.name, fold(wish.name) as name_key, wish.id, fold(wish.id) as id_key,
           own.name as own_name, case when not h.present then fold(own.name) end as own_name_key,
           own.id as own_id, case when not h.present then fold(own.id) end as own_id_key,
           former.fields as former_fields,
           case when $9::boolean then null when not coalesce(s.live, false) and former.fields is not null then former.role_id
                when not coalesce(s.live, false) or (s.granted_role is null and s.keeps_role) then h.role_id else s.granted_role end as new_role,
           case when s.live then case when ruled.merged->>'active' = 'false' then 'inactive' else 'active' end
                when s.by_delete or h.state = 'deleted' or $9::boolean then 'deleted' else 'inactive' end as new_state
      -- One that lost its last link (a rename) has no row that says anything.
      from held h left join standing s using (lms_id)
      cross join lateral (
        select $10::jsonb -> h.lms_id::text -> 'fields' as fields, ($10::jsonb -> h.lms_id::text ->> 'role_id')::integer as role_id) former
      ${ruledFieldsSql({ held: 'h.fields', anybodys: ['userName', 'orgDefinedId'] })}
      cross join lateral (
        select case when ruled.fields ? 'userName' or h.state is distinct from 'deleted' then ruled.merged->>'userName'
                    else s.first_fields->>'userName' end as name,
               coalesce(ruled.merged->>'orgDefinedId', ruled.merged->>'defaultId',
                        s.first_fields->>'orgDefinedId', s.first_fields->>'defaultId') as id) wish
      cross join lateral (
        -- Of the row that brings a user back, which the judgement has promised them: what is left if an override is refused.
        select case when s.name_place is null then s.first_fields->>'userName' else s.stated->>'userName' end as name,
               coalesce(s.stated->>'orgDefinedId', s.stated->>'defaultId',
                        s.first_fields->>'orgDefinedId', s.first_fields->>'defaultId') as id) own
     where s.live or h.exists
  ),
  promised as (
    select lms_id, own_name_key as name_key, own_id_key as id_key from wished where ${isPromised}
  ),
  free as (
    select w.*,
           not w.exists or w.name_key is null or (w.present and w.name_key is not distinct from w.user_name_key)
             or not exists (
                  select from lms_user u
                   where u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = w.name_key and u.id <> w.lms_id)
                and ${isPromisedToNobodyElse(['name_key'])} as is_name_free,
           not w.exists or not w.is_id_unique or (w.present and w.id_key is not distinct from w.org_defined_id_key)
             or not exists (
                  select from lms_user u
                   where u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = w.id_key and u.id <> w.lms_id)
                and ${isPromisedToNobodyElse(['id_key'])} as is_id_free
      from wished w
  ),
  placed as (
    -- Of several that ask for one name a new user, or one that comes back under its own, was promised it by the judgement.
    select f.*,
           row_number() over (partition by f.live and f.is_name_free, f.name_key
                                  order by f.present, f.name_key is distinct from f.own_name_key, f.ord) as name_turn,
           row_number() over (partition by f.live and f.is_id_free and f.is_id_unique, f.id_key
                                  order by f.present, f.id_key is distinct from f.own_id_key, f.ord) as id_turn
      from free f
  ),
  given as (
    select p.*, p.name_key is null or (p.is_name_free and p.name_turn = 1) as gets_name,
           -- Several may have one id since before it was to be unique: they keep it.
           not p.is_id_unique or (p.present and p.id_key is not distinct from p.org_defined_id_key)
             or (p.is_id_free and p.id_turn = 1) as gets_id
      from placed p
  ),
  target as materialized (
    select g.*,
           case when g.live then
                  coalesce(g.merged_fields, '{}') - '{active,defaultId,userName,orgDefinedId}'::text[]
                  || jsonb_strip_nulls(jsonb_build_object(
                  'userName', case when g.gets_name then g.name when g.present then g.fields->>'userName' else g.own_name end,
                  'orgDefinedId', case when g.gets_id then g.id when g.present then g.fields->>'orgDefinedId' else g.own_id end))
                when $9::boolean then '{}' when g.former_fields is null then g.fields
                else g.former_fields || ${heldInsteadSql('userName', 'user_name_key', 'name_key', 'gets_name')} || ${heldInsteadSql('orgDefinedId', 'org_defined_id_key', 'id_key', 'gets_id')} end as new_fields
      from given g
  ),
  differing as (
    select t.*, fold(t.new_fields->>'userName') as new_name_key, fold(t.new_fields->>'orgDefinedId') as new_id_key
      from target t
     where not t.exists or (t.new_fields, t.new_role, t.new_state) is distinct from (t.fields, t.role_id, t.state)
  ),
  written as (
    insert into lms_user as u (organization_id, id, user_name_key, org_defined_id_key, fields, role_id, state)
    select $1, lms_id, new_name_key, new_id_key, new_fields, new_role, new_state from differing
    on conflict (organization_id, id) do update
       set user_name_key = excluded.user_name_key, org_defined_id_key = excluded.org_defined_id_key, fields = excluded.fields,
           role_id = excluded.role_id, state = excluded.state, version = u.version + 1, changed_at = now()
  ),
  imaged as (
    select d.lms_id, d.message_id, d.present as was, d.new_state <> 'deleted' as will,
           d.fields || jsonb_strip_nulls(jsonb_build_object('state', d.state, 'role', old_role.code)) as before,
           d.new_fields || jsonb_strip_nulls(jsonb_build_object('state', d.new_state, 'role', new_role.code)) as after
      from differing d
      left join lateral (select r.code from role r where r.organization_id = $1 and r.id = d.role_id limit 1) old_role on true
      left join lateral (select r.code from role r where r.organization_id = $1 and r.id = d.new_role limit 1) new_role on true
  ),
  difference as (
    select 'user' as entity, lms_id, message_id,
           case when was and will then 'updated' when will then 'created' else 'deleted' end as operation,
           case when was and will then changed_fields(before, after) when was then before end as before,
           case when was and will then changed_fields(after, before) when will then after end as after
      from imaged where was or will
     order by lms_id
  ),
  recorded as (${recordChangesSql({ seq: 5, head: 6, cause: 7 })}),
  marks as (
    select r.source_system_id, r.sourced_id, r.declared_at, r.wait_code as old_code, r.wait_on as old_on, r.wait_key as old_key,
           refused.*, coalesce(refused.id_key, refused.name_key) as wait_key,
           case when refused.id_key is not null then g.id when refused.name_key is not null then g.name end as wait_on,
           case when coalesce(refused.id_key, refused.name_key) is not null then 'identity_conflict' end as wait_code
      from rows r join given g using (lms_id)
      cross join lateral (
        select case when not g.gets_id and r.place = g.id_place then 'org_defined_id:' || g.id_key end as id_key,
               case when not g.gets_name and r.place = g.name_place then 'user_name:' || g.name_key end as name_key) refused
     where r.live and (r.wait_code is not null or not g.gets_id or not g.gets_name)
  ),
  marked as (
    -- An array is taken for a few rows, and each is looked up by its key.
    update declared_user d set wait_code = m.wait_code, wait_on = m.wait_on, wait_key = m.wait_key
      from unnest(array(
             select row(source_system_id, sourced_id, wait_code, wait_on, wait_key) from marks
              where (old_code, old_on, old_key) is distinct from (wait_code, wait_on, wait_key)))
             as m(source_system_id integer, sourced_id text, wait_code text, wait_on text, wait_key text)
     where d.organization_id = $1 and d.source_system_id = m.source_system_id and d.sourced_id = m.sourced_id
  ),
  stirred as materialized (
    -- Names and ids that became free, and ids that came: a waiting row may adopt their LMS user.
    select 'user_name:' || user_name_key as key, true as is_name from differing
     where present and (new_state = 'deleted' or new_name_key is distinct from user_name_key)
    union
    select 'org_defined_id:' || org_defined_id_key, false from differing
     where present and (new_state = 'deleted' or new_id_key is distinct from org_defined_id_key)
    union
    select 'org_defined_id:' || new_id_key, false from differing
     where new_state <> 'deleted' and not (present and new_id_key is not distinct from org_defined_id_key)
    union
    -- What was promised and not taken.
    select 'user_name:' || own_name_key, true from differing where ${isPromised} and own_name_key is distinct from new_name_key
    union
    select 'org_defined_id:' || own_id_key, false from differing where ${isPromised} and own_id_key is distinct from new_id_key
  ),
  woken as (
    select distinct * from (
      select d.declared_at, d.source_system_id, d.sourced_id
        from stirred s
        cross join lateral (
          select * from declared_user d where d.organization_id = $1 and d.wanted_name_key = s.key offset 0) d
       where s.is_name
      union all
      select d.declared_at, d.source_system_id, d.sourced_id
        from stirred s
        cross join lateral (
          select * from declared_user d where d.organization_id = $1 and d.wanted_id_key = s.key offset 0) d
       where not s.is_name
      union all
      select m.declared_at, m.source_system_id, m.sourced_id from marks m
       where (m.id_key is not null and m.id_key in (select key from stirred)) or (m.name_key is not null and m.name_key in (select key from stirred))
      union all
      -- An override asks in the place of a row, or where no row does: what it is refused no mark tells for sure.
      select d.declared_at, d.source_system_id, d.sourced_id
        from stirred s
        cross join lateral (select o.lms_id from override o where o.organization_id = $1 and o.wish_key = s.key offset 0) o
        cross join lateral (select * from link l where l.organization_id = $1 and l.lms_id = o.lms_id and l.kind = 'person' offset 0) l
        cross join lateral (
          select * from declared_user d
           where d.organization_id = $1 and d.source_system_id = l.source_system_id and d.sourced_id = l.sourced_id limit 1) d
      union all
      -- The LMS user of a waiting row came back through another one.
      select r.declared_at, r.source_system_id, r.sourced_id from rows r
       where not r.live and r.wait_code = 'identity_conflict'
         and (r.lms_id in (select lms_id from differing where exists and not present and new_state <> 'deleted')) is true) concerned
  )
  select (select count(*)::integer from recorded) as changes,
         coalesce((select jsonb_agg(jsonb_build_object('sourceSystemId', source_system_id, 'sourcedId', sourced_id)
                            order by declared_at, source_system_id, sourced_id)
                     from woken), '[]') as woken`;
