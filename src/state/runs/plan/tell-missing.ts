import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { LeasedRun } from '../lease.ts';
import { isStatedSql } from './missing.ts';
import { requiresParentSql } from './requires-parent.ts';

/**
 * Makes a problem of each reference that leads nowhere, neither to what is declared nor to what the run states: root causes first,
 * by how many records wait for it, those that wait for one that waits among them. Nothing is lost: they project when it comes.
 * What does not need the parent that it names is told apart: it is placed without it.
 *
 * @param last the number of the last problem so far
 */
export async function tellMissing(client: pg.ClientBase, run: LeasedRun, last: number): Promise<Told> {
  const { rows } = await client.query<Told>(tellSql, [run.organizationId, run.sourceSystemId, run.id, last]);
  return rows[0] ?? { told: 0, waiting: {} };
}

/** How many problems were told, and how many new records of each kind wait because of them. */
export interface Told {
  readonly told: number;
  readonly waiting: Readonly<Partial<Record<WireKind, number>>>;
}

/** The org units that name another one as a parent, in the plan or as declared, and whether they wait for it. Others are placed without it. */
const edgesSql = `
  edges as materialized (
    select e.parent, e.unit, e.kind, bool_or(${requiresParentSql('e')}) as waits
      from (
        select p.value->>'sourcedId' as parent, i.sourced_id as unit, i.kind, p.value->>'role' as role,
               jsonb_path_query_array(i.command, '$.fields.parents[*].role') as roles
          from run_item i, jsonb_array_elements(nullif(i.command->'fields'->'parents', 'null')) p
         where i.organization_id = $1 and i.run_id = $3 and i.entity = 'org_unit'
        union all
        select p.parent_sourced_id, p.sourced_id, p.kind, p.role, jsonb_agg(p.role) over (partition by p.sourced_id, p.kind)
          from declared_parent p
         where p.organization_id = $1 and p.source_system_id = $2 and exists (select from roots where kind <> 'person')) e
     group by e.parent, e.unit, e.kind
  )`;

/** How many enrollments each org unit has, in the plan or as declared. */
const membersSql = `
  members as materialized (
    select unit, count(*) as members
      from (select i.command->'fields'->'orgUnit'->>'sourcedId' as unit, i.sourced_id
              from run_item i where i.organization_id = $1 and i.run_id = $3 and i.kind = 'membership' and i.operation <> 'remove'
            union
            select e.org_unit_sourced_id, e.sourced_id from declared_enrollment e
             where e.organization_id = $1 and e.source_system_id = $2 and not e.deleted and exists (select from roots where kind <> 'person')) m
     where unit is not null
     group by unit
  )`;

const tellSql = `
  with recursive roots as materialized (
    select w.* from run_missing w where w.organization_id = $1 and w.run_id = $3 and not ${isStatedSql}
  ),
  ${edgesSql},
  below as (
    select r.kind, r.sourced_id as root, r.sourced_id as unit from roots r where r.kind <> 'person'
    union
    select b.kind, b.root, e.unit from below b join edges e on e.parent = b.unit and e.waits
  ),
  ${membersSql},
  waiting as (
    select b.kind, b.root, count(*) - 1 + coalesce(sum(m.members), 0) as total
      from below b left join members m on m.unit = b.unit group by b.kind, b.root
  ),
  placed as (
    select e.parent, count(*) as placed from edges e where not e.waits group by e.parent
  ),
  told as (
    select r.*, coalesce(p.placed, 0) as placed, greatest(r.waiting - coalesce(p.placed, 0), coalesce(w.total, 0)) as affects
      from roots r left join waiting w on w.kind = r.kind and w.root = r.sourced_id
      left join placed p on p.parent = r.sourced_id and r.kind <> 'person'
  ),
  waiting_adds as (
    select i.kind, count(*)
      from run_item i
      left join (select distinct sourced_id from roots where kind = 'person') person
        on person.sourced_id = case i.entity when 'enrollment' then i.command->'fields'->>'userSourcedId' end
      left join (select distinct unit from below) org
        on org.unit = case i.entity when 'enrollment' then i.command->'fields'->'orgUnit'->>'sourcedId' when 'org_unit' then i.sourced_id end
     where i.organization_id = $1 and i.run_id = $3 and i.operation = 'add' and exists (select from roots)
       and (person.sourced_id is not null or org.unit is not null)
     group by i.kind
  ),
  written as (
  insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, kind, sourced_id, affects)
  select $1, $3, $4::bigint + row_number() over (order by t.affects desc, t.kind, t.sourced_id), 'warning',
         case when t.kind = 'person' then case t.by_kind when 'person' then 'waiting_for_agent' else 'waiting_for_user' end
              when t.by_kind = 'membership' then 'waiting_for_org_unit'
              when t.by_kind = 'association' then 'waiting_for_section'
              else 'waiting_for_parent' end,
         format('No %s is known under the sourcedId "%s", neither from before nor from these files%s%s. Send it: %s by themselves then. The first that names it stands here.',
                case t.kind when '' then 'org unit' else t.kind end, t.sourced_id,
                case t.affects when 0 then '' when 1 then ', and 1 record waits for it' else ', and ' || t.affects || ' records wait for it' end,
                case t.placed when 0 then '' when 1 then ', and 1 org unit is placed without it until it comes, under the root where it has no other parent'
                  else ', and ' || t.placed || ' org units are placed without it until it comes, under the root where they have no other parent' end,
                case when t.affects = 0 then 'they move under it' when t.placed > 0 then 'they project, or move under it,' else 'they project' end),
         t.file, t.line, nullif(t.kind, ''), t.sourced_id, t.affects
    from told t
  returning 1
  )
  select (select count(*)::integer from written) as told,
         coalesce((select jsonb_object_agg(kind, count) from waiting_adds), '{}') as waiting`;
