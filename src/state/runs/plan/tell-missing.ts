import type pg from 'pg';
import { orgUnitWireKinds, type WireKind } from '../../../domain/entities.ts';
import type { ProblemCode } from '../../../domain/problem.ts';
import type { KindCounters } from '../../../domain/run.ts';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import type { LeasedRun } from '../lease.ts';
import { contestedUnitsSql } from './contested-units.ts';
import { findCycles, type OrgUnit } from './cycles.ts';
import { fallsSql } from './falls.ts';
import { articleSql, kindWordsSql, rootsSql } from './loose-ends.ts';
import type { PlanProgress } from './plan-batch.ts';
import { waitingBelowSql } from './waiting-below.ts';

/**
 * Makes a problem of each reference that leads nowhere, neither to what is declared nor to what the run states, or elsewhere than it says: root causes first,
 * by how many records wait for it, those that wait for one that waits among them. Nothing is lost: they project when it comes.
 * What does not need the parent that it names is told apart: it is placed without it. So are circles of parents, and codes and types that only one can have.
 * What ends by any of that is noted, for effects and guards.
 *
 * @param last the number of the last problem so far
 */
export async function tellMissing(
  client: pg.ClientBase,
  run: LeasedRun,
  options: Pick<SourceSystemOptions, 'sectionBringsOffering' | 'adoptOrgUnits'>,
  counters: PlanProgress['counters'],
  last: number,
): Promise<ToldMissing> {
  const plansUnits = orgUnitWireKinds.some((kind) => isPlanned(counters[kind]));
  // Without org units nothing falls that is not removed.
  if (!plansUnits && !(await isAnythingMissing(client, run))) return { told: 0, waiting: {}, falls: 0 };
  const stuck = plansUnits ? (await findCycles(client, run, options)).flatMap(ofCycle) : [];
  const brings = options.sectionBringsOffering !== null;
  const values = [
    run.organizationId,
    run.sourceSystemId,
    run.id,
    last,
    brings,
    JSON.stringify(stuck),
    options.adoptOrgUnits,
    plansUnits,
    orgUnitWireKinds.some((kind) => changes(counters[kind])),
  ];
  const { rows } = await client.query<ToldMissing>(tellSql, values);
  return rows[0] ?? { told: 0, waiting: {}, falls: 0 };
}

/** How many problems were told, and how many new records of each kind wait because of them. */
export interface Told {
  readonly told: number;
  readonly waiting: Readonly<Partial<Record<WireKind, number>>>;
}

/** With what falls though its record is not removed (`run_fall`). */
export interface ToldMissing extends Told {
  readonly falls: number;
}

/** Most nightly files name what is there. */
async function isAnythingMissing(client: pg.ClientBase, { organizationId, id }: LeasedRun): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from run_missing where organization_id = $1 and run_id = $2 limit 1',
    [organizationId, id],
  );
  return rowCount === 1;
}

export function isPlanned(counted: KindCounters | undefined): boolean {
  return counted !== undefined && (counted.add > 0 || changes(counted));
}

function changes(counted: KindCounters | undefined): boolean {
  return counted !== undefined && counted.change + counted.remove > 0;
}

/** An org unit that waits for nobody else, or does not get what it asks for; those of one root are told together. */
interface Stuck {
  readonly root: string;
  readonly code: ProblemCode;
  readonly kind: WireKind;
  readonly sourced_id: string;
  readonly waits: boolean;
  readonly message: string;
}

const mostNamed = 10;

function ofCycle(units: readonly OrgUnit[], index: number): Stuck[] {
  const ids = units.map(({ sourcedId }) => `"${sourcedId}"`).sort();
  const more = ids.length > mostNamed ? ` and ${ids.length - mostNamed} more` : '';
  const message = `The org units ${ids.slice(0, mostNamed).join(', ')}${more} stand below each other in a circle, each its own ancestor. Correct the parents of one of them.`;
  return units.map(({ kind, sourcedId }) => ({
    root: `circle ${index}`,
    code: 'parent_cycle',
    kind,
    sourced_id: sourcedId,
    waits: true,
    message,
  }));
}

/** The type of an org unit of the kind `group`, as the plan states it, or as it is declared. */
const typeOfSql = (id: string): string => `
      select coalesce(
        (select i.command->'fields'->>'type' from run_item i
          where i.sourced_id = ${id} and i.run_id = $3 and i.organization_id = $1 and i.kind = 'group' and i.command->'fields' ? 'type'
          order by i.number desc limit 1),
        (select d.fields->>'type' from declared_org_unit d
          where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = ${id} and d.kind = 'group')) as type`;

const wordsSql = `
      select ${kindWordsSql('coalesce(t.refused_kind, t.kind)', 'null')} as kind,
             (select string_agg(${kindWordsSql('k.kind', 'typed.type')}, ', ' order by k.kind) from unnest(t.kinds) as k(kind)) as kinds,
             coalesce(n.named_as, ${articleSql(`(${kindWordsSql('t.kind', 'null')})`)}) as named_as,
             case t.affects when 0 then '' when 1 then '1 record waits for it' else t.affects || ' records wait for it' end as wait,
             case t.placed when 0 then '' when 1 then '1 org unit is placed without it until it comes, under the root where it has no other parent'
               else t.placed || ' org units are placed without it until it comes, under the root where they have no other parent' end as stand,
             case when t.affects = 0 and t.placed > 0 then 'they move under it' when t.placed > 0 then 'they project, or move under it,'
               else 'they project' end as later`;

const tellSql = `
  with recursive ${rootsSql},
  ${contestedUnitsSql},
  stuck as materialized (
    select root, code, kind, sourced_id, waits, message from contested_units
    union all
    select s.* from jsonb_to_recordset($6::jsonb) as s(root text, code text, kind text, sourced_id text, waits boolean, message text)
  ),
  ${waitingBelowSql},
  placed as (
    select d.root_kind, d.root, count(*) filter (where not d.waits) as placed, min(d.item) as item from direct d group by d.root_kind, d.root
  ),
  named as (
    select w.root_kind, w.root, string_agg(${articleSql('w.words')}, ' or ' order by w.words) as named_as, case count(*) when 1 then min(w.role) end as role
      from (select distinct d.root_kind, d.root, role, ${kindWordsSql('role', 'null')} as words from direct d, unnest(d.roles) role) w
     group by w.root_kind, w.root
  ),
  -- The record that deletes it, unless it is one that a snapshot does not name.
  deletes as (
    select distinct on (r.kind, r.sourced_id) r.kind, r.sourced_id, i.number, i.file
      from roots r join run_item i on i.sourced_id = r.sourced_id and (i.kind = r.kind or (r.kind = '' and i.entity not in ('user', 'enrollment')))
     where r.cause = 'detached' and i.organization_id = $1 and i.run_id = $3 and i.command->>'verb' = 'delete'
     order by r.kind, r.sourced_id, i.number desc
  ),
  counted as materialized (
    select r.*, coalesce(p.placed, 0) as placed, x.number as deleted_by, x.file is null as is_left_out,
           case when r.cause in ('missing', 'refused') then greatest(r.named_by - coalesce(p.placed, 0), coalesce(w.total, 0)) else coalesce(w.total, 0) end as affects,
           case r.cause when 'detached' then x.number when 'wrong_kind' then p.item else coalesce(least(p.item, m.item)) end as item
      from roots r
      left join waiting w on w.root_kind = r.kind and w.root = r.sourced_id
      left join placed p on p.root_kind = r.kind and p.root = r.sourced_id
      left join deletes x on x.kind = r.kind and x.sourced_id = r.sourced_id
      left join (select place, sourced_id, unit_kind, item from members) m
        on m.sourced_id = r.sourced_id and m.place = case r.kind when 'person' then 'person' else '' end and (r.kind = 'person' or m.unit_kind = r.kind)
  ),
  told as materialized (
    select t.*, i.line as item_line, f.name as item_file
      from counted t
      left join run_item i on i.organization_id = $1 and i.run_id = $3 and i.number = t.item
      left join run_file f on f.organization_id = $1 and f.run_id = $3 and f.number = i.file
     -- Who names what is deleted, and is deleted with it, waits for nothing; who can do with another kind has it.
     where t.cause in ('missing', 'refused') or t.affects + t.placed > 0
  ),
  waiting_adds as (
    select i.kind, count(*)
      from run_item i
      left join (select distinct sourced_id from roots where kind = 'person') person
        on person.sourced_id = case i.entity when 'enrollment' then i.command->'fields'->>'userSourcedId' end
      left join (select kind as unit_kind, sourced_id from roots where kind <> 'person' and cause <> 'wrong_kind'
                 union select '', sourced_id from roots where is_any
                 union select '', unit from below union select kind, unit from below) named
        on i.entity = 'enrollment' and named.sourced_id = i.command->'fields'->'orgUnit'->>'sourcedId'
       and named.unit_kind = coalesce(i.command->'fields'->'orgUnit'->>'kind', '')
      left join (select distinct kind, unit from below) unit on unit.kind = i.kind and unit.unit = i.sourced_id
     where i.organization_id = $1 and i.run_id = $3 and i.operation = 'add' and (exists (select from roots) or exists (select from stuck))
       and (person.sourced_id is not null or named.sourced_id is not null or unit.unit is not null)
     group by i.kind
  ),
  -- Each circle, or org unit, at the first record that is about it.
  told_stuck as (
    select s.root, s.code, min(s.message) as message, (array_agg(s.kind order by i.number, s.kind))[1] as kind,
           (array_agg(s.sourced_id order by i.number, s.sourced_id))[1] as sourced_id, min(i.number) as item, count(*) as members
      from stuck s
      left join lateral (
        select i.number from run_item i
         where i.sourced_id = s.sourced_id and i.run_id = $3 and i.organization_id = $1 and i.kind = s.kind order by i.number limit 1) i on true
     group by s.root, s.code
  ),
  problems as (
  select
         case when t.cause in ('detached', 'wrong_kind', 'ambiguous') then t.cause
              when t.kind = 'person' then case t.by_kind when 'person' then 'waiting_for_agent' else 'waiting_for_user' end
              when t.by_kind = 'membership' then 'waiting_for_org_unit'
              when t.by_kind = 'association' then 'waiting_for_section'
              else 'waiting_for_parent' end as code,
         case t.cause
           when 'refused' then format('The %s "%s" was refused at %s line %s (%s)%s. Correct it there: %s by themselves then.',
             words.kind, t.sourced_id, t.refused_file, t.refused_line, t.refused_code, coalesce(': ' || said.after, ''), words.later)
           when 'detached' then format('%s, and records name it still: %s. Delete or move those as well, or keep it.',
             case when t.deleted_by is null then format('The %s "%s" was deleted before', words.kind, t.sourced_id)
                  else format('%s the %s "%s"', case when t.is_left_out then 'The snapshot leaves out' else 'The files delete' end, words.kind, t.sourced_id) end,
             said.after)
           when 'wrong_kind' then format('"%s" is %s, not %s: %s. Correct the reference, or send what is meant. The first that names it stands here.',
             t.sourced_id, ${articleSql('words.kinds')}, words.named_as, said.after)
           when 'ambiguous' then format('"%s" is the id of several org units (%s), and what names it does not say which it means: %s. State the kind, or give each an id of its own.',
             t.sourced_id, words.kinds, said.after)
           else format('No %s is known under the sourcedId "%s", neither from before nor from these files%s. Send it: %s by themselves then. The first that names it stands here.',
             words.kind, t.sourced_id, coalesce(', and ' || said.after, ''), words.later) end as message,
         case t.cause when 'refused' then t.refused_file when 'detached' then t.item_file else coalesce(t.named_file, t.item_file) end as file,
         case t.cause when 'refused' then t.refused_line when 'detached' then t.item_line else coalesce(t.named_line, t.item_line) end as line,
         case when t.cause in ('refused', 'detached') then null when t.by_kind = 'membership' then case t.kind when 'person' then 'membership/userSourcedId' else 'membership/orgUnit' end
              when t.by_kind = 'person' then 'person/relations' when t.by_kind = 'association' then 'association/sections' else 'group/parents.' || n.role end as field,
         nullif(t.kind, '') as kind, t.sourced_id, t.affects
    from told t
    left join named n on n.root_kind = t.kind and n.root = t.sourced_id
    cross join lateral (${typeOfSql('t.sourced_id')}) typed
    cross join lateral (${wordsSql}) words
    cross join lateral (select nullif(concat_ws(', and ', nullif(words.wait, ''), nullif(words.stand, '')), '') as after) said
  union all
  select t.code, t.message || case count.affects when 1 then '' else format(' %s records wait for it.', count.affects) end, f.name, i.line,
         t.kind || case t.code when 'type_conflict' then '/type' when 'code_in_use' then '/code' when 'parent_cycle' then '/parents.parent' end, t.kind, t.sourced_id, count.affects
    from told_stuck t
    left join waiting w on w.root_kind = 'stuck' and w.root = t.root
    left join run_item i on i.organization_id = $1 and i.run_id = $3 and i.number = t.item
    left join run_file f on f.organization_id = $1 and f.run_id = $3 and f.number = i.file
    cross join lateral (select coalesce(w.total, t.members) as affects) count
  ),
  written as (
  insert into run_problem (organization_id, run_id, number, severity, code, message, file, line, field, kind, sourced_id, affects)
  select $1, $3, $4::bigint + row_number() over (order by p.affects desc, coalesce(p.kind, ''), p.sourced_id), 'warning', p.code, p.message, p.file, p.line, p.field, p.kind,
         p.sourced_id, p.affects
    from problems p
  returning 1
  ),
  ${fallsSql}
  select (select count(*)::integer from written) as told,
         (select count(*)::integer from fallen) + (select count(*)::integer from run_fall where organization_id = $1 and run_id = $3) as falls,
         coalesce((select jsonb_object_agg(kind, count) from waiting_adds), '{}') as waiting`;
