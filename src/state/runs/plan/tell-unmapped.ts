import type pg from 'pg';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import { institutionRoleSql } from '../../projection/institution-role.ts';
import type { LeasedRun } from '../lease.ts';
import type { Told } from './tell-missing.ts';

/**
 * Makes a problem of each role and each type in the plan that is not mapped, with how many of its records state it, and of each
 * person whose user name or org-defined id is that of another person's LMS user now. What the plan does not change is as it was
 * before, and is told where it waits.
 *
 * @param last the number of the last problem so far
 */
export async function tellUnmapped(
  client: pg.ClientBase,
  run: LeasedRun,
  identityRule: SourceSystemOptions['identityRule'],
  last: number,
): Promise<Told> {
  const values = [run.organizationId, run.sourceSystemId, run.id, last, identityRule];
  const { rows } = await client.query<Told>(tellSql, values);
  return rows[0] ?? { told: 0, waiting: {} };
}

/** What a change of status or role ends is stated as well. */
const statedSql = `i.organization_id = $1 and i.run_id = $3 and (i.operation <> 'remove' or i.command->>'verb' <> 'delete')`;

const mappedRolesSql = 'select m.sis_role_key from role_map m where m.organization_id = $1 and m.source_system_id = $2';
const mappedTypesSql =
  'select m.sis_type_key from org_unit_type_map m where m.organization_id = $1 and m.source_system_id = $2';

/** Files have a few different lists of roles, in hundreds of thousands of records: the lists are looked into, not the records. */
const wordsSql = `
  role_lists as materialized (
    select i.kind, i.command->'fields'->'roles' as roles, count(*) as records, count(*) filter (where i.operation = 'add') as adds, min(i.number) as first
      from run_item i
     where ${statedSql} and i.kind in ('person', 'membership') and jsonb_typeof(i.command->'fields'->'roles') = 'array'
     group by 1, 2
  ),
  types as materialized (
    select i.command->'fields'->>'type' as word, i.kind, count(*) as records, count(*) filter (where i.operation = 'add') as adds, min(i.number) as first
      from run_item i
     where ${statedSql} and i.entity in ('org_unit', 'association') and i.command->'fields'->>'type' is not null
     group by 1, 2
  ),
  -- Of a person the institution role counts; of a membership each that it names.
  words as materialized (
    select 'unmapped_role' as code, l.kind, stated.role as word, fold(stated.role) as word_key, l.records, l.first
      from role_lists l cross join lateral (${institutionRoleSql('l.roles')}) stated
     where l.kind = 'person'
    union all
    select 'unmapped_role', l.kind, stated.role, fold(stated.role), l.records, l.first
      from role_lists l cross join lateral (select distinct e.value->>'role' as role from jsonb_array_elements(l.roles) e) stated
     where l.kind = 'membership'
    union all
    select 'unmapped_type', t.kind, t.word, fold(t.word), t.records, t.first from types t
  ),
  unmapped as (
    select w.code, w.kind, (array_agg(w.word order by w.first))[1] as word, null::text as sourced_id, sum(w.records)::bigint as affects, min(w.first) as first
      from words w
     where w.word is not null and case w.code
             when 'unmapped_role' then w.word_key not in (${mappedRolesSql})
             else w.word_key not in (${mappedTypesSql}) end
     group by w.code, w.kind, w.word_key
  ),
  waiting_adds as (
    select a.kind, sum(a.adds)::integer as count
      from (select l.kind, l.adds from role_lists l cross join lateral (${institutionRoleSql('l.roles')}) stated
             where l.kind = 'person' and fold(stated.role) not in (${mappedRolesSql})
            union all
            select l.kind, l.adds from role_lists l
             where l.kind = 'membership' and not exists (
                     select from jsonb_array_elements(l.roles) e where fold(e.value->>'role') in (${mappedRolesSql}))
            union all
            select t.kind, t.adds from types t where fold(t.word) not in (${mappedTypesSql})) a
     where a.adds > 0
     group by a.kind
  )`;

/** Of those whose names are had by persons whom a snapshot does not name: more of them are told as one. */
const mostAlone = 20;

/**
 * By what the LMS has now: whoever else the plan is about may be called something else by then, and is left out. Who is only inactivated,
 * as a snapshot does, keeps user name and id.
 */
const conflictsSql = `
  persons as materialized (
    select i.number, i.sourced_id, i.command->'fields'->>'userName' as user_name, fold(i.command->'fields'->>'userName') as name_key,
           fold(coalesce(i.command->'fields'->>'orgDefinedId', i.sourced_id)) as id_key,
           coalesce(i.command->'fields'->>'orgDefinedId', i.sourced_id) as id_text, i.operation = 'add' as is_new
      from run_item i where ${statedSql} and i.kind = 'person'
  ),
  links as materialized (
    select l.sourced_id, l.lms_id from link l where l.organization_id = $1 and l.source_system_id = $2 and l.kind = 'person'
  ),
  taken as (
    select p.number, p.sourced_id, p.is_new, p.user_name as word, u.id as holder
      from persons p join lms_user u on u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = p.name_key
    union all
    select p.number, p.sourced_id, p.is_new, p.id_text, u.id
      from persons p join lms_user u on u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = p.id_key
     where p.is_new and $5::text <> 'user_name'
  ),
  plan as materialized (
    select i.sourced_id, bool_and(i.command->>'verb' = 'delete' and coalesce(i.command->'wishes'->>'lms' = 'inactivate', false)) as is_inactivated
      from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = 'person' group by i.sourced_id
  ),
  conflicts as (
    select min(t.word) as word, t.sourced_id, bool_or(t.is_new) as is_new, min(t.number) as first,
           min(l.sourced_id) filter (where p.is_inactivated) as inactivated
      from taken t
      join links l on l.lms_id = t.holder and l.sourced_id <> t.sourced_id
      left join plan p on p.sourced_id = l.sourced_id
     where coalesce(p.is_inactivated, true)
       and not exists (select from links own where own.sourced_id = t.sourced_id and own.lms_id = t.holder)
     group by t.sourced_id
  ),
  counted_conflicts as (
    select c.*, count(*) over (partition by c.inactivated is not null) as many, row_number() over (partition by c.inactivated is not null order by c.first) as place
      from conflicts c
  ),
  told_conflicts as (
    select 'identity_conflict' as code, 'person' as kind, word, sourced_id,
           case when inactivated is null or many <= ${String(mostAlone)} then 1 else many end as affects, first, inactivated
      from counted_conflicts where inactivated is null or many <= ${String(mostAlone)} or place = 1
  ),
  conflicting_adds as (
    select i.kind, count(*)::integer as adds
      from run_item i
      join conflicts c on c.is_new
       and c.sourced_id = case i.kind when 'person' then i.sourced_id when 'membership' then i.command->'fields'->>'userSourcedId' end
     where i.organization_id = $1 and i.run_id = $3 and i.operation = 'add'
     group by i.kind
  )`;

const tellSql = `
  with ${wordsSql},
  ${conflictsSql},
  told as (
    select *, null::text as inactivated from unmapped
    union all
    select * from told_conflicts
  ),
  written as (
  insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, kind, sourced_id, affects)
  select $1, $3, $4::bigint + row_number() over (order by t.affects desc, t.first), 'warning', t.code,
         case t.code
           when 'unmapped_role' then format('The role "%s" is not mapped for this source system, and %s. Map it: they project by themselves then. The first that states it stands here.', t.word, stating.words)
           when 'unmapped_type' then format('The org unit type "%s" is not mapped for this source system, and %s. Map it: they project by themselves then. The first that states it stands here.', t.word, stating.words)
           else case when t.inactivated is not null
             then format('"%s" belongs to the LMS user of "%s", whom the files do not name and who keeps it when inactivated: the person "%s" waits%s. If they are the same, have the source system rename them; if not, free it there, or correct it here.',
                         t.word, t.inactivated, t.sourced_id, case when t.affects > 1 then ', as do ' || t.affects - 1 || ' others for the same reason' else '' end)
           else format('"%s" belongs to an LMS user of another person: the person "%s" waits until it is freed there, or corrected here.', t.word, t.sourced_id) end end,
         f.name, i.line, t.kind, coalesce(t.sourced_id, i.sourced_id), t.affects
    from told t
    join run_item i on i.organization_id = $1 and i.run_id = $3 and i.number = t.first
    left join run_file f on f.organization_id = $1 and f.run_id = $3 and f.number = i.file
    cross join lateral (
      select case t.affects when 1 then '1 record states it' else t.affects || ' records state it' end
             || ' as ' || case t.kind when 'person' then 'the role of a person' when 'membership' then 'the role of a membership'
                                      else 'the type of a ' || t.kind end as words) stating
  returning 1
  )
  select (select count(*)::integer from written) as told,
         coalesce((select jsonb_object_agg(kind, count)
                     from (select kind, sum(count) as count
                             from (select * from waiting_adds union all select * from conflicting_adds) each group by kind) both_sorts), '{}') as waiting`;
