import { fitsRoleSql } from '../../projection/fits-role.ts';
import { unitItemsSql } from './items-among.ts';

/** What org units of an id are called: those of the kind `group` by their type in the SIS's own words. */
export const kindWordsSql = (kind: string, type: string): string => `case ${kind}
             when 'template' then 'course template' when 'offering' then 'course offering' when 'section' then 'course section'
             when 'association' then 'section association' when 'group' then coalesce(${type}, 'group') when '' then 'org unit' else ${kind} end`;

/** "a semester", "an offering". */
export const articleSql = (words: string): string =>
  `case when ${words} ~* '^[aeiou]' then 'an ' else 'a ' end || ${words}`;

/** The kinds that will be there under the sourcedId of `w`: what the files state, and what is declared and not deleted by the run. */
export const thereSql = `
        select s.kind from run_seen s
         where s.organization_id = $1 and s.run_id = $3 and s.sourced_id = w.sourced_id and s.states and (s.kind = 'person') = (w.kind = 'person')
        union
        select d.kind
          from (select d.kind from declared_org_unit d
                 where w.kind <> 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id and not d.deleted
                union all
                select 'person' from declared_user d
                 where w.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id and not d.deleted) d
         where not exists (${deletedByRunSql('d.kind')} offset 0)`;

function deletedByRunSql(kind: string): string {
  return `select from run_seen s
                            where s.organization_id = $1 and s.run_id = $3 and s.sourced_id = w.sourced_id and not s.states and s.kind = ${kind}`;
}

/** Something of that id was there and is, or will be, deleted. A placeholder that nothing implies any longer never came. */
const goneSql = `
        select from run_seen s
         where s.organization_id = $1 and s.run_id = $3 and s.sourced_id = w.sourced_id and not s.states and (s.kind = 'person') = (w.kind = 'person')
        union all
        select from declared_org_unit d
         where w.kind <> 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id and d.deleted and not d.implied
        union all
        select from declared_user d
         where w.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id and d.deleted`;

/** The kind of the org unit that a reference means among those of its id (docs/projection.md 3): the kind that it names, else the only one. */
export const meantKindSql = (named: string, kinds: string): string =>
  `case when ${named} = any(${kinds}) then ${named} when cardinality(${kinds}) = 1 then (${kinds})[1] end`;

/**
 * `roots`: references of the run that lead nowhere, or to something else than they say, as things will stand when it is applied (docs/projection.md 3), each with
 * its `cause`: `missing`; `refused`, a record of the run that could not be taken, with its place; `detached`, what is deleted; `wrong_kind`, what
 * some of the roles by which it is named cannot name; `ambiguous`.
 *
 * $1 organization, $2 source system, $3 run, $5 option `sectionBringsOffering`, $8 there are org units in the plan
 */
export const rootsSql = `
  noted as materialized (
    select w.*, array(${thereSql}) as kinds, exists (${goneSql}) as gone
      from run_missing w where w.organization_id = $1 and w.run_id = $3
  ),
  -- What is named by a role that cannot always name what is there: most name a kind that fits, and find it.
  asked as materialized (
    select distinct coalesce(p.value->>'kind', '') as kind, (p.value->>'sourcedId') collate "C" as sourced_id, p.value->>'role' as role
      from ${unitItemsSql(3)} i, jsonb_array_elements(nullif(i.command->'fields'->'parents', 'null')) p
     where i.entity = 'org_unit' and $8::boolean and not ($5::boolean and i.kind = 'section') and i.command->>'lists' is distinct from 'remove' and p.value->>'role' <> 'parent'
    union
    select n.kind, n.sourced_id, p.role
      from noted n
      cross join lateral (
        select p.role from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = n.sourced_id and coalesce(p.parent_kind, '') = n.kind
           and p.role <> 'parent' and not ($5::boolean and p.kind = 'section') offset 0) p
     where cardinality(n.kinds) > 0
  ),
  misfits as materialized (
    select distinct w.kind, w.sourced_id, m.kind as meant
      from (select a.*, n.kinds as noted_kinds from asked a left join noted n using (kind, sourced_id)
             where a.kind = '' or n.kind is not null or not ${fitsRoleSql('a.role', 'a.kind')}) w
      cross join lateral (select coalesce(w.noted_kinds, array(${thereSql})) as kinds offset 0) t
      cross join lateral (select ${meantKindSql('w.kind', 't.kinds')} as kind offset 0) m
     where m.kind is not null and not ${fitsRoleSql('w.role', 'm.kind')}
  ),
  refused as materialized (
    select distinct on (w.kind, w.sourced_id) w.kind, w.sourced_id, p.file, p.line, p.code, p.kind as refused_kind
      from noted w
      join run_problem p on p.sourced_id = w.sourced_id and (p.kind = w.kind or (w.kind = '' and p.kind not in ('person', 'membership')))
     where cardinality(w.kinds) = 0 and p.organization_id = $1 and p.run_id = $3 and p.severity = 'error'
     order by w.kind, w.sourced_id, p.number
  ),
  judged as materialized (
    select w.kind, w.sourced_id, w.waiting, w.by_kind, w.kinds, w.file as named_file, w.line as named_line, r.code as refused_code, r.refused_kind,
           r.file as refused_file, r.line as refused_line, c.cause, c.cause in ('missing', 'refused', 'detached') as is_gone
      from noted w
      left join refused r on r.kind = w.kind and r.sourced_id = w.sourced_id
      cross join lateral (
        select case when cardinality(w.kinds) = 0 then case when r.code is not null then 'refused' when w.gone then 'detached' else 'missing' end
                    when cardinality(w.kinds) > 1 and w.kind <> all(w.kinds) then 'ambiguous' end as cause) c
     where c.cause is not null
    union all
    -- Its place is that of the first item that names it so.
    select m.kind, m.sourced_id, 0, '', array[m.meant], null, null, null, null, null, null, 'wrong_kind', false from misfits m
  ),
  -- Who names it without a kind waits for the same as who names it with one.
  roots as materialized (
    select j.*, j.takes_any and j.is_gone as is_any, j.waiting + case when j.takes_any and j.is_gone then j.any_waiting else 0 end as named_by
      from (
        select j.*, min(j.kind) filter (where j.kind <> '') over same as first_kind,
               coalesce(sum(j.waiting) filter (where j.kind = '') over same, 0) as any_waiting,
               j.kind <> '' and bool_or(j.kind = '') over same and j.kind = min(j.kind) filter (where j.kind <> '') over same as takes_any
          from judged j
        window same as (partition by j.sourced_id, j.cause, j.kind = 'person')) j
     where not (j.kind = '' and j.is_gone and j.first_kind is not null)
  )`;
