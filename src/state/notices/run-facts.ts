import type pg from 'pg';
import type { WireKind } from '../../domain/entities.ts';
import {
  counterOf,
  type HoldFacts,
  type NoticeCounter,
  type NoticeCounts,
  type RunFacts,
} from '../../domain/notices.ts';
import type { Problem } from '../../domain/problem.ts';
import type { CountedKind, KindCounters, RunCounters, RunMode } from '../../domain/run.ts';

interface RunRow {
  id: string;
  state: string;
  mode: RunMode;
  dialect: string | null;
  takes_back: string | null;
  file: string | null;
  started_at: Date | null;
  finished_at: Date | null;
  applying_at: Date | null;
  counters: RunCounters;
  problems: { error?: number; warning?: number };
  outcomes: Partial<Record<'waiting' | 'overtaken', number>>;
  applied_to: string;
  failure: Problem | null;
}

type ByKind = Partial<Record<CountedKind, number>>;

/** What there is to tell of a run; undefined where it is gone. */
export async function readRunFacts(
  client: pg.ClientBase,
  organizationId: number,
  runId: string,
): Promise<RunFacts | undefined> {
  const { rows } = await client.query<RunRow>(
    `select r.id, r.state, r.mode, r.dialect, r.takes_back, u.name as file,
            case when r.dialect = 'messages' then r.requested_at else r.started_at end as started_at, r.finished_at, r.applying_at, r.counters,
            r.problems, r.outcomes, r.applied_to, r.failure
       from run r left join upload u on u.organization_id = r.organization_id and u.id = r.upload_id
      where r.organization_id = $1 and r.id = $2`,
    [organizationId, runId],
  );
  const [run] = rows;
  if (run === undefined) return undefined;
  const failed = await failedByKind(client, organizationId, runId);
  const applied = await appliedByKind(client, organizationId, run);
  return {
    id: run.id,
    state: run.state,
    mode: modeOf(run),
    file: run.file,
    takesBack: run.takes_back,
    startedAt: run.started_at?.toISOString() ?? null,
    finishedAt: run.finished_at?.toISOString() ?? null,
    processed: summed(run.counters, (kind, { unchanged }) => {
      const done = Math.max(0, (applied[kind] ?? 0) - (failed[kind] ?? 0));
      // What was to stay as it is needs nothing more; of a run that came to no plan nothing is known.
      return isJudged(run) ? unchanged + done : done;
    }),
    notProcessed: summed(run.counters, (kind, { refused }) => refused + (failed[kind] ?? 0)),
    problems: { error: run.problems.error ?? 0, warning: run.problems.warning ?? 0 },
    waiting: run.outcomes.waiting ?? 0,
    overtaken: run.outcomes.overtaken ?? 0,
    failure: run.failure,
  };
}

/** A source system in `validate` has its files checked, whatever was asked for. What messages wished waits in a run that is finished. */
function modeOf({ mode, dialect, state, applying_at }: RunRow): RunMode {
  const isOnlyChecked = mode === 'apply' && dialect !== 'messages' && state === 'finished' && applying_at === null;
  return isOnlyChecked ? 'validate' : mode;
}

/** It was finished, or is being applied. */
function isJudged({ state, applying_at }: RunRow): boolean {
  return state === 'finished' || applying_at !== null;
}

/** What nobody has decided on. */
export async function readHeld(client: pg.ClientBase, organizationId: number, runId: string): Promise<HoldFacts[]> {
  const { rows } = await client.query<HoldFacts & { expiresAt: Date }>(
    `select number, guard, kind, items::integer, expires_at as "expiresAt" from run_hold
      where organization_id = $1 and run_id = $2 and state = 'held' order by number`,
    [organizationId, runId],
  );
  return rows.map(({ expiresAt, ...hold }) => ({ ...hold, expiresAt: expiresAt.toISOString() }));
}

/** What was taken into the plan, and then refused by the database or the rules of projection. */
function failedByKind(client: pg.ClientBase, organizationId: number, runId: string): Promise<ByKind> {
  return countByKind(
    client,
    `select i.kind, count(*)::integer from run_outcome o
       join run_item i on i.organization_id = $1 and i.run_id = $2 and i.number = o.number
      where o.organization_id = $1 and o.run_id = $2 and o.status in ('rejected', 'failed') group by i.kind`,
    [organizationId, runId],
  );
}

/** Items that were applied. Of a run that came to its end the plan says so; of one that was stopped they are counted. */
async function appliedByKind(client: pg.ClientBase, organizationId: number, run: RunRow): Promise<ByKind> {
  if (run.state === 'failed' || run.state === 'cancelled') {
    if (run.applied_to === '0') return {};
    return countByKind(
      client,
      `select kind, count(*)::integer from run_item
        where organization_id = $1 and run_id = $2 and hold is null and number <= $3 group by kind`,
      [organizationId, run.id, run.applied_to],
    );
  }
  const kept = await countByKind(
    client,
    `select kind, sum(items)::integer as count from run_hold
      where organization_id = $1 and run_id = $2 and state <> 'approved' group by kind`,
    [organizationId, run.id],
  );
  return Object.fromEntries(
    kindsOf(run.counters).map(([kind, { add, change, remove }]) => [kind, add + change + remove - (kept[kind] ?? 0)]),
  );
}

async function countByKind(client: pg.ClientBase, sql: string, values: readonly unknown[]): Promise<ByKind> {
  const { rows } = await client.query<{ kind: WireKind; count: number }>(sql, [...values]);
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}

function kindsOf(counters: RunCounters): [CountedKind, KindCounters][] {
  return Object.entries(counters) as [CountedKind, KindCounters][];
}

function summed(counters: RunCounters, countOf: (kind: CountedKind, counters: KindCounters) => number): NoticeCounts {
  const sums: Partial<Record<NoticeCounter, number>> = {};
  for (const [kind, of] of kindsOf(counters)) {
    const counter = counterOf[kind];
    const sum = (sums[counter] ?? 0) + countOf(kind, of);
    if (sum > 0) sums[counter] = sum;
  }
  return sums;
}
