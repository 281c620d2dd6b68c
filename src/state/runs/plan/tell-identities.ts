import type pg from 'pg';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import type { LeasedRun } from '../lease.ts';
import { isBlankSql } from '../../projection/blank-sql.ts';
import { institutionRoleSql } from '../../projection/institution-role.ts';
import { claimsSql } from './claims.ts';
import { itemsAmongSql } from './items-among.ts';
import type { Told } from './tell-missing.ts';

/**
 * Makes a problem of each person of the plan who will not get the user name, or the org-defined id, that it states (docs/projection.md 5): another one
 * of the plan states it before, or it is that of somebody's LMS user who keeps it. Who is new waits for that, with what waits for them.
 *
 * @param hasRepeats a person may have more than one item
 * @param last the number of the last problem so far
 */
export async function tellIdentities(
  client: pg.ClientBase,
  run: LeasedRun,
  { identityRule, userDelete }: Pick<SourceSystemOptions, 'identityRule' | 'userDelete'>,
  hasRepeats: boolean,
  last: number,
): Promise<Told> {
  const values = [run.organizationId, run.sourceSystemId, run.id, last, identityRule, userDelete];
  const { rows } = await client.query<Told>(tellSql(hasRepeats), values);
  return rows[0] ?? { told: 0, waiting: {} };
}

/** Of those whose names are had by persons whom a snapshot does not name: more of them are told as one. */
const mostAlone = 20;

/** Each person of the plan once, as its last items state it: with the LMS user that it has, and what becomes of that. */
const personsSql = (hasRepeats: boolean): string => `
  ${hasRepeats ? statedOftenSql : statedOnceSql},
  links as materialized (
    select l.sourced_id, l.lms_id from link l where l.organization_id = $1 and l.source_system_id = $2 and l.kind = 'person'
  ),
  persons as materialized (
    select s.*, fold(s.name) as name_key, case when s.id is not null or linked.lms_id is null then coalesce(s.id, s.sourced_id) end as asked_id,
           linked.lms_id, u.user_name_key as held_name, u.org_defined_id_key as held_id, coalesce(u.state <> 'deleted', false) as present
      from stated s
      left join links l on l.sourced_id = s.sourced_id
      left join lms_user u on u.organization_id = $1 and u.id = l.lms_id
      cross join lateral (select case when ${isBlankSql('u')} is not true then l.lms_id end as lms_id) linked
     where not s.is_deleted
  )`;

const statingSql = `
      from ${itemsAmongSql(['person'], 3)} i
      cross join lateral (select i.command->'fields'->>'userName' as name, i.command->'fields'->>'orgDefinedId' as id) s
     where i.kind = 'person'`;

const statedOnceSql = `
  stated as materialized (
    select i.sourced_id, s.name, s.id, i.command->'fields'->'roles' as roles, i.number, i.operation = 'add' as is_new, i.command->>'verb' = 'delete' as is_deleted, i.file is null as is_absent,
           coalesce(i.command->'wishes'->>'lms', $6::text) as lms${statingSql}
  )`;

const statedOftenSql = `
  stated as materialized (
    select i.sourced_id, (array_agg(s.name order by i.number desc) filter (where s.name is not null))[1] as name,
           (array_agg(s.id order by i.number desc) filter (where s.id is not null))[1] as id,
           (array_agg(i.command->'fields'->'roles' order by i.number desc) filter (where i.command->'fields' ? 'roles'))[1] as roles,
           coalesce(max(i.number) filter (where s.name is not null), max(i.number)) as number,
           bool_or(i.operation = 'add') as is_new, bool_and(i.command->>'verb' = 'delete') as is_deleted, bool_and(i.file is null) as is_absent,
           coalesce(max(i.command->'wishes'->>'lms'), $6::text) as lms${statingSql}
     group by i.sourced_id
  )`;

/** The role of a person `a` is mapped, as the plan states it, else as it is declared. */
const isEligibleSql = `coalesce((
       select stated.role is null or exists (
                select from role_map m where m.organization_id = $1 and m.source_system_id = $2 and m.sis_role_key = fold(stated.role) offset 0)
         from (select coalesce(a.roles, (
                        select d.fields->'roles' from declared_user d
                         where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = a.sourced_id offset 0)) as roles offset 0) own
         left join lateral (${institutionRoleSql('own.roles')}) stated on true), true)`;

/** Of whom another one of the source system is linked to, a new person does not take the LMS user over; else it does, by what the identity rule looks at. */
const wantedSql = `
  asked as materialized (
    select p.sourced_id, p.number, p.roles, p.is_new, p.lms_id, p.present, 'user_name' as sort, p.name_key as key, p.name as word from persons p
     where p.name_key is not null and (not p.present or p.name_key is distinct from p.held_name)
    union all
    select p.sourced_id, p.number, p.roles, p.is_new, p.lms_id, p.present, 'org_defined_id', fold(p.asked_id), p.asked_id from persons p
     where $5::text <> 'user_name' and p.asked_id is not null and (not p.present or fold(p.asked_id) is distinct from p.held_id)
  ),
  contended as materialized (
    select a.sort, a.key from asked a group by a.sort, a.key having count(*) > 1
  ),
  held as materialized (
    select a.sourced_id, a.sort, u.id from asked a
      join lms_user u on u.organization_id = $1 and u.state <> 'deleted' and u.user_name_key = a.key
     where a.sort = 'user_name' and u.id is distinct from a.lms_id
    union all
    select a.sourced_id, a.sort, u.id from asked a
      join lms_user u on u.organization_id = $1 and u.state <> 'deleted' and u.org_defined_id_key = a.key
     where a.sort = 'org_defined_id' and u.id is distinct from a.lms_id
  ),
  wanted as materialized (
    select a.sort, a.key, a.word, a.sourced_id, a.number, a.is_new, a.lms_id is null as is_unlinked, a.present, case when a.present then a.lms_id end as own, a.holder,
           o.sourced_id as held_by, g.is_deleted and g.lms <> 'delete' as is_inactivated, g.is_absent,
           a.holder is null or coalesce(g.is_deleted and g.lms = 'delete', false)
             or (a.lms_id is null and o.sourced_id is null and (a.sort = 'org_defined_id' or $5::text = 'user_name' or coalesce(a.holder = by_id.id, false))) as is_open,
           -- It takes over the LMS user that has its org-defined id, and is there under the name of that.
           a.lms_id is null and by_id.id is not null and by_id_of.sourced_id is null as adopts
      from (
        select a.*, h.id as holder
          from asked a
          left join contended c on c.sort = a.sort and c.key = a.key
          left join held h on h.sourced_id = a.sourced_id and h.sort = a.sort
         -- Else nobody else wants it, and nobody waits for what they have.
         where c.key is not null or h.id is not null or a.present offset 0) a
      left join links o on o.lms_id = a.holder
      left join stated g on g.sourced_id = o.sourced_id
      left join held by_id on by_id.sourced_id = a.sourced_id and by_id.sort = 'org_defined_id'
      left join links by_id_of on by_id_of.lms_id = by_id.id
     -- Whose role is not mapped takes nothing, and gives up nothing.
     where ${isEligibleSql}
  )`;

const conflictsSql = `
  conflicts as materialized (
    select distinct on (c.sourced_id) c.*, not c.present and not (c.sort = 'user_name' and c.adopts) as waits,
           exists (select from placed_claims m where m.sort = c.sort and m.own = c.holder) as is_swapped
      from lost_claims c order by c.sourced_id, c.sort
  ),
  memberships as materialized (
    select c.sourced_id, count(distinct i.sourced_id) as members
      from conflicts c
      join run_item i on i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and i.command->'fields'->>'userSourcedId' = c.sourced_id
     where c.waits group by c.sourced_id
  ),
  counted as (
    select c.*, 1 + coalesce(m.members, 0) as alone, coalesce(c.is_inactivated, false) and c.is_absent as is_left_out,
           count(*) over same as many, sum(1 + coalesce(m.members, 0)) over same as together, row_number() over (same order by c.number) as place_of_many
      from conflicts c left join memberships m using (sourced_id)
    window same as (partition by coalesce(c.is_inactivated, false) and c.is_absent)
  ),
  told as (
    select c.*, case when c.is_left_out and c.many > ${String(mostAlone)} then c.together else c.alone end as affects
      from counted c where not c.is_left_out or c.many <= ${String(mostAlone)} or c.place_of_many = 1
  ),
  waiting_adds as (
    select i.kind, count(*)::integer as count
      from run_item i
      join conflicts c on c.waits
       and c.sourced_id = case i.kind when 'person' then i.sourced_id when 'membership' then i.command->'fields'->>'userSourcedId' end
     where i.organization_id = $1 and i.run_id = $3 and i.operation = 'add'
     group by i.kind
  )`;

const tellSql = (hasRepeats: boolean): string => `
  with ${personsSql(hasRepeats)},
  ${wantedSql},
  ${claimsSql('wanted')},
  ${conflictsSql},
  written as (
  insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, field, kind, sourced_id, affects)
  select $1, $3, $4::bigint + row_number() over (order by t.affects desc, t.number), 'warning', 'identity_conflict',
         case when t.is_inactivated
                then format('"%s" belongs to the LMS user of "%s", whom the files %s and who keeps it when inactivated: %s%s. If they are the same, have the source system rename them; if not, free it there, or correct it here.',
                            t.word, t.held_by, case when t.is_absent then 'do not name' else 'delete' end, becomes.words,
                            case when t.is_left_out and t.many > ${String(mostAlone)} then format(', as do %s others for the same reason', t.many - 1) else '' end)
              when t.won_by is not null then format('"%s" is stated by the person "%s" as well, who stands before and has it: %s. Correct one of them.', t.word, t.won_by, becomes.words)
              when t.is_swapped then format('"%s" belongs to the LMS user of "%s", who does not get another one: %s. Persons who swap theirs wait for each other: send a temporary one for one of them first.',
                                            t.word, t.held_by, becomes.words)
              else format('"%s" belongs to an LMS user of another person: %s until it is freed there, or corrected here.', t.word, becomes.words) end,
         f.name, i.line, case t.sort when 'user_name' then 'person/userName' else 'person/orgDefinedId' end, 'person', t.sourced_id, t.affects
    from told t
    join run_item i on i.organization_id = $1 and i.run_id = $3 and i.number = t.number
    left join run_file f on f.organization_id = $1 and f.run_id = $3 and f.number = i.file
    cross join lateral (select format(case when t.waits then 'the person "%s" waits' else 'the person "%s" goes without' end, t.sourced_id) as words) becomes
  returning 1
  )
  select (select count(*)::integer from written) as told,
         coalesce((select jsonb_object_agg(kind, count) from waiting_adds), '{}') as waiting`;
