import type pg from 'pg';
import { institutionRoleSql } from '../../projection/institution-role.ts';
import type { LeasedRun } from '../lease.ts';
import { unitItemsSql } from './items-among.ts';
import type { Told } from './tell-missing.ts';

/**
 * Makes a problem of each role and each type in the plan that is not mapped, with how many of its records state it. What the plan
 * does not change is as it was before, and is told where it waits.
 *
 * @param last the number of the last problem so far
 */
export async function tellUnmapped(client: pg.ClientBase, run: LeasedRun, last: number): Promise<Told> {
  const values = [run.organizationId, run.sourceSystemId, run.id, last];
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
      from ${unitItemsSql(3)} i
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
    select w.code, w.kind, (array_agg(w.word order by w.first))[1] as word, sum(w.records)::bigint as affects, min(w.first) as first
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

const tellSql = `
  with ${wordsSql},
  written as (
  insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, field, kind, sourced_id, affects)
  select $1, $3, $4::bigint + row_number() over (order by t.affects desc, t.first), 'warning', t.code,
         case t.code
           when 'unmapped_role' then format('The role "%s" is not mapped for this source system, and %s. Map it: they project by themselves then. The first that states it stands here.', t.word, stating.words)
           else format('The org unit type "%s" is not mapped for this source system, and %s. Map it: they project by themselves then. The first that states it stands here.', t.word, stating.words) end,
         f.name, i.line, t.kind || case t.code when 'unmapped_role' then '/roles' else '/type' end, t.kind, i.sourced_id, t.affects
    from unmapped t
    join run_item i on i.organization_id = $1 and i.run_id = $3 and i.number = t.first
    left join run_file f on f.organization_id = $1 and f.run_id = $3 and f.number = i.file
    cross join lateral (
      select case t.affects when 1 then '1 record states it' else t.affects || ' records state it' end
             || ' as ' || case t.kind when 'person' then 'the role of a person' when 'membership' then 'the role of a membership'
                                      else 'the type of a ' || t.kind end as words) stating
  returning 1
  )
  select (select count(*)::integer from written) as told,
         coalesce((select jsonb_object_agg(kind, count) from waiting_adds), '{}') as waiting`;
