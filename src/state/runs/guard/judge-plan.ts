import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import { defaultHoldDays, defaultShortFilePercent, type Guards, isOver, limitOf } from '../../../domain/guards.ts';
import type { SourceSystemOptions } from '../../../domain/source-system.ts';
import type { LeasedRun } from '../lease.ts';
import type { PlanProgress } from '../plan/plan-batch.ts';
import type { Said } from '../plan/said.ts';
import type { Doubts } from './doubted-kinds.ts';
import { type Effects, readEffects, readHeldBelow } from './effects.ts';
import type { Counted, Finding } from './finding.ts';
import { tellNewIds } from './new-ids.ts';
import { newIds, ofNewIds } from './new-ids-held.ts';
import { changesIdentifier, removalSql, restates, takesAlong } from './risks-sql.ts';
import { scopedRemovals, type ScopedRemoval } from './scopes.ts';

/** How a plan is judged. */
export interface Judging {
  readonly options: Pick<SourceSystemOptions, 'guards' | 'userDelete' | 'sectionBringsOffering'>;
  /** How many new records of a kind wait for what is missing or not mapped. */
  readonly waiting: Readonly<Partial<Record<WireKind, number>>>;
  /** How much falls though its record is not removed. */
  readonly falls: number;
  /** What the records say something of. */
  readonly stated: Pick<Said, 'has'>;
  readonly doubts: Doubts;
  /** The number of the last problem so far. */
  readonly last: number;
}

/**
 * Judges a plan by the guards of its source system: what is over a limit gets a hold, and is not applied before somebody says so.
 *
 * @returns what it would do in the LMS, and how many problems were told
 */
export async function judgePlan(
  client: pg.ClientBase,
  run: LeasedRun,
  { items, nameless, hasRepeats }: Pick<PlanProgress, 'items' | 'nameless' | 'hasRepeats'>,
  { options, waiting, falls, stated, doubts, last }: Judging,
): Promise<{ effects: Effects['byKind']; told: number }> {
  if (items === 0) return { effects: {}, told: 0 };
  const { guards } = options;
  const isRemoval = removalSql(hasRepeats);
  const counted = await countItems(client, run, isRemoval);
  const effects = await readEffects(client, run, options, counted, { isRemoval, hasRepeats, waiting, falls });
  const renamed = await newIds(client, run, guards, counted, stated);
  let told = 0;
  for (const found of renamed) told += await tellNewIds(client, run, found, last + told);
  if (run.options.force === true) return { effects: effects.byKind, told };
  const days = guards.holdDays ?? defaultHoldDays;
  let number = 0;
  const holdEach = async (findings: readonly Finding[]): Promise<void> => {
    for (const finding of findings) if (await hold(client, run, finding, number + 1, days, hasRepeats)) number += 1;
  };
  await holdEach([
    ...takenBackBefore(doubts, counted),
    ...renamed.flatMap((found) => ofNewIds(guards, found, counted)),
    ...lostRecords(run, nameless, counted, isRemoval),
    ...shortFiles(doubts, guards, counted, isRemoval),
    ...removals(guards, counted, isRemoval),
    ...ofEffects(guards, effects, isRemoval),
    ...(await inScopes(client, run, guards, counted, isRemoval)),
    ...others(guards, counted),
  ]);
  if (number > 0) await holdEach(ofHeld(await readHeldBelow(client, run, counted, isRemoval), counted, isRemoval));
  return { effects: effects.byKind, told };
}

async function countItems(
  client: pg.ClientBase,
  { organizationId, id, sourceSystemId }: LeasedRun,
  isRemoval: string,
): Promise<Counted[]> {
  const { rows } = await client.query<Counted>(
    `with live as (${liveSql('$1', '$3')}),
     -- What is added is counted apart: what is counted by distinct keys is sorted, with all that is looked at of it.
     others as (
       select i.kind, (count(distinct i.sourced_id) filter (where ${isRemoval}))::integer as remove,
              (count(distinct i.sourced_id) filter (where ${restates}))::integer as change,
              (count(distinct i.sourced_id) filter (where ${changesIdentifier}))::integer as identifiers
         from run_item i where i.organization_id = $1 and i.run_id = $2 and i.operation <> 'add' group by i.kind
     )
     select coalesce(i.kind, l.kind) as kind, coalesce(l.count, 0)::integer as live, coalesce(i.items, 0) as items, coalesce(i.adds, 0) as adds,
            coalesce(o.remove, 0) as remove, coalesce(o.change, 0) as change, coalesce(o.identifiers, 0) as identifiers
       from (select i.kind, count(*)::integer as items, (count(*) filter (where i.operation = 'add'))::integer as adds
               from run_item i where i.organization_id = $1 and i.run_id = $2 group by i.kind) i
       left join others o using (kind)
       full join live l on l.kind = i.kind`,
    [organizationId, id, sourceSystemId],
  );
  return rows;
}

/** How much a source system declares, by kind. */
export function liveSql(organization: string, source: string): string {
  const ofSource = `organization_id = ${organization} and source_system_id = ${source}`;
  return `
       select 'person' as kind, count(*) from declared_user where ${ofSource} and not deleted and not released
       union all
       select kind, count(*) from declared_org_unit where ${ofSource} and not deleted and not released and not implied group by kind
       union all
       select 'membership', count(*) from declared_enrollment where ${ofSource} and not deleted`;
}

/** Whoever sends again what was taken back may not know. */
function takenBackBefore({ isTakenBack }: Doubts, counted: readonly Counted[]): Finding[] {
  if (!isTakenBack) return [];
  return counted.map(({ kind, items, live }) => ({
    guard: 'taken_back',
    kind,
    count: items,
    of: live,
    limit: { count: 0 },
    condition: 'true',
  }));
}

/** What a snapshot does not name may be what stands in a line of it that nobody could read. What it deletes by name is meant. */
function lostRecords(
  { options }: LeasedRun,
  nameless: PlanProgress['nameless'],
  counted: readonly Counted[],
  isRemoval: string,
): Finding[] {
  if (options.snapshot === undefined) return [];
  return counted.flatMap(({ kind, live }): Finding[] => {
    const count = nameless[kind] ?? 0;
    if (count === 0) return [];
    return [
      {
        guard: 'lost_records',
        kind,
        count,
        of: live,
        limit: { count: 0 },
        condition: `${isRemoval} and i.file is null`,
      },
    ];
  });
}

function shortFiles({ short }: Doubts, guards: Guards, counted: readonly Counted[], isRemoval: string): Finding[] {
  const percent = guards.shortFilePercent ?? defaultShortFilePercent;
  return short
    .filter(({ kind }) => counted.some((one) => one.kind === kind && one.remove > 0))
    .map(({ kind, records, before }) => ({
      guard: 'short_file',
      kind,
      count: records,
      of: before,
      limit: { percent },
      condition: isRemoval,
    }));
}

function removals(guards: Guards, counted: readonly Counted[], isRemoval: string): Finding[] {
  return counted.flatMap(({ kind, remove, live }): Finding[] => {
    const limit = limitOf(guards, 'removals', kind);
    return isOver(limit, remove, live)
      ? [{ guard: 'removals', kind, count: remove, of: live, limit, condition: isRemoval }]
      : [];
  });
}

/** What would end with them is over the limit of its kind: the removals, and the changes, that it comes from are held. */
function ofEffects(guards: Guards, { byKind, ofChanges }: Effects, isRemoval: string): Finding[] {
  return Object.entries(byKind).flatMap(([word, { count, live, from }]): Finding[] => {
    const kind = word as WireKind;
    const limit = limitOf(guards, 'removals', kind);
    if (!isOver(limit, count, live)) return [];
    const items = ofChanges.filter((one) => one.kind === kind).flatMap((one) => one.items);
    return from.map((cause) => ({
      guard: 'effects',
      kind: cause,
      count,
      of: live,
      limit,
      condition: `((${isRemoval} and ${takesAlong} and i.kind <> 'membership') or i.number = any($5::bigint[]))`,
      values: [items],
    }));
  });
}

/** What takes along what is held is held as well: nothing of that is safe to lose. */
function ofHeld(
  below: Awaited<ReturnType<typeof readHeldBelow>>,
  counted: readonly Counted[],
  isRemoval: string,
): Finding[] {
  return below.flatMap(({ kind, count, from }) =>
    from.map((cause) => ({
      guard: 'effects',
      kind: cause,
      count,
      of: counted.find((one) => one.kind === kind)?.live ?? count,
      limit: { count: 0 },
      condition: `${isRemoval} and ${takesAlong}`,
    })),
  );
}

async function inScopes(
  client: pg.ClientBase,
  run: LeasedRun,
  guards: Guards,
  counted: readonly Counted[],
  isRemoval: string,
): Promise<Finding[]> {
  const removing = counted.filter(({ remove }) => remove > 0).map(({ kind }) => kind);
  const scoped = await scopedRemovals(client, run, removing, isRemoval);
  return scoped.flatMap(({ kind, scope, removed, live, condition, values }: ScopedRemoval): Finding[] => {
    const limit = limitOf(guards, 'removalsInScope', kind);
    if (!isOver(limit, removed, live)) return [];
    return [
      {
        guard: 'removalsInScope',
        kind,
        count: removed,
        of: live,
        limit,
        scope,
        condition: `${isRemoval} and ${condition}`,
        values,
      },
    ];
  });
}

function others(guards: Guards, counted: readonly Counted[]): Finding[] {
  return counted.flatMap(({ kind, live, identifiers, change }): Finding[] => {
    const ofIdentifiers = limitOf(guards, 'identifiers', kind);
    const ofChanges = limitOf(guards, 'changes', kind);
    return [
      ...(isOver(ofIdentifiers, identifiers, live)
        ? [
            {
              guard: 'identifiers' as const,
              kind,
              count: identifiers,
              of: live,
              limit: ofIdentifiers,
              condition: changesIdentifier,
            },
          ]
        : []),
      ...(isOver(ofChanges, change, live)
        ? [
            {
              guard: 'changes' as const,
              kind,
              count: change,
              of: live,
              limit: ofChanges,
              condition: restates,
            },
          ]
        : []),
    ];
  });
}

/**
 * Holds what no earlier finding holds; without any of it there is no hold. What else the run says of the same keys is held with it: decided
 * and applied together, it keeps its order.
 */
async function hold(
  client: pg.ClientBase,
  { organizationId, id }: LeasedRun,
  { guard, kind, count, of, limit, scope, newSourcedIds, condition, values = [] }: Finding,
  number: number,
  days: number,
  hasRepeats: boolean,
): Promise<boolean> {
  const held = [organizationId, id, kind, number];
  const { rowCount } = await client.query(
    `update run_item i set hold = $4 where i.organization_id = $1 and i.run_id = $2 and i.kind = $3 and i.hold is null and ${condition}`,
    [...held, ...values],
  );
  if (rowCount === null || rowCount === 0) return false;
  const others = hasRepeats ? ((await client.query(sameKeysSql, held)).rowCount ?? 0) : 0;
  const finding = {
    count,
    of,
    limit,
    ...(scope === undefined ? {} : { scope }),
    ...(newSourcedIds === undefined ? {} : { newSourcedIds }),
  };
  await client.query(
    `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'held', now() + make_interval(days => $8))`,
    [organizationId, id, number, guard, kind, JSON.stringify(finding), rowCount + others, days],
  );
  return true;
}

const sameKeysSql = `
  update run_item i set hold = $4
    from (select distinct sourced_id from run_item where organization_id = $1 and run_id = $2 and kind = $3 and hold = $4) held
   where i.organization_id = $1 and i.run_id = $2 and i.kind = $3 and i.hold is null and i.sourced_id = held.sourced_id`;
