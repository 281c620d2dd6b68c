import type pg from 'pg';
import type { CountedKind, KindCounters } from '../../../domain/run.ts';
import { awaitDeferred, defer, type Lane } from '../../lane.ts';
import { LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';
import type { ComparedBatch } from './compare-batch.ts';
import { noteMissing, type Reference } from './missing.ts';
import type { PlanBatch, PlanProgress } from './plan-batch.ts';
import type { LostRecord, ReadingMemory } from './planning.ts';
import { rememberReferable } from './seen.ts';
import { countProblems, withGuide, writeProblems } from './write-problems.ts';

interface WrittenBatch {
  readonly after: PlanProgress;
  /** References that lead somewhere. */
  readonly found: readonly Reference[];
}

/**
 * Writes what a batch comes to but for its items, which are on their way; it is not committed yet.
 *
 * @param before how far reading has come without it
 */
export async function writeBatch(
  lane: Lane,
  run: LeasedRun,
  { records, lost, progress, guideTextOf }: PlanBatch,
  { items, problems, refused, counters, rounds }: ComparedBatch,
  before: PlanProgress,
  memory: ReadingMemory,
): Promise<WrittenBatch> {
  // What is refused is not there for those that name it.
  const taken = rounds.map(({ compared }) => compared.filter((record) => !refused.has(record)));
  const remembered = taken.map((compared) => sent(lane, rememberReferable(lane, run.id, compared)));
  const sectionsBring = lane.sources.get(run.sourceSystemId)?.options.sectionBringsOffering != null;
  const noted = sent(lane, noteMissing(lane, run, records, memory.references, sectionsBring));
  const told = withGuide(problems, guideTextOf);
  void sent(lane, writeProblems(lane.client, run, told, before.problems));
  const after: PlanProgress = {
    items: before.items + items.length,
    counters: sumOf(before.counters, counters),
    problems: countProblems(told, before.problems),
    keys: (await Promise.all(remembered)).reduce((sum, fresh) => sum + fresh, before.keys),
    nameless: countNameless(lost, before.nameless),
    hasRepeats: before.hasRepeats || items.some(({ item }) => item.isAgain === true),
  };
  void sent(lane, noteProgress(lane.client, run, after, progress));
  await awaitDeferred(lane);
  return { after, found: await noted };
}

function sumOf(one: PlanProgress['counters'], other: PlanProgress['counters']): PlanProgress['counters'] {
  const sum = { ...one };
  for (const [kind, counters] of Object.entries(other) as [CountedKind, KindCounters][])
    sum[kind] = addUp(sum[kind], counters);
  return sum;
}

function addUp(one: KindCounters | undefined, other: KindCounters): KindCounters {
  const sum: Record<string, number> = { ...one };
  for (const [what, count] of Object.entries(other) as [string, number][]) sum[what] = (sum[what] ?? 0) + count;
  return sum as unknown as KindCounters;
}

function countNameless(lost: readonly LostRecord[], before: PlanProgress['nameless']): PlanProgress['nameless'] {
  const nameless = { ...before };
  for (const { mayName = [] } of lost) for (const kind of mayName) nameless[kind] = (nameless[kind] ?? 0) + 1;
  return nameless;
}

/** A statement for which nothing waits but the commit: those behind it are sent at once. */
function sent<Result>(lane: Lane, statement: Promise<Result>): Promise<Result> {
  defer(lane, statement);
  return statement;
}

async function noteProgress(
  client: pg.ClientBase,
  run: LeasedRun,
  after: PlanProgress,
  progress: PlanBatch['progress'],
): Promise<void> {
  const { rowCount } = await client.query({
    name: 'run_progress',
    text: `update run set progress = $4, counters = $5, problems = $6, items = $7, ${renewedSql}
            where organization_id = $1 and id = $2 and owner = $3 and state = 'reading' and not paused and not cancel_requested`,
    values: [
      run.organizationId,
      run.id,
      run.owner,
      JSON.stringify(progress),
      JSON.stringify(after.counters),
      JSON.stringify(after.problems),
      after.items,
    ],
  });
  if (rowCount !== 1) throw new LeaseLost();
}
