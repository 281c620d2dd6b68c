import { applyRange, passOver, type Portion } from '../state/runs/apply/apply-range.ts';
import { holdDone, nextApproved } from '../state/runs/apply/approved-holds.ts';
import { beginApplying } from '../state/runs/apply/begin-applying.ts';
import { endRun } from '../state/runs/apply/end-run.ts';
import { LeaseLost, type LeasedRun } from '../state/runs/lease.ts';
import { failureOf } from '../state/sql-state.ts';
import type { RunParts } from './parts.ts';
import { stopIf } from './stop-if.ts';

/** Single messages wait for the lane no longer than about this. */
const rangeMs = 250;
const firstItems = 500;
const mostItems = 10_000;
const mostRetries = 5;

/** Applies the plan of a run, a range of items after the other, and ends the run. */
export async function applyRun(parts: RunParts, run: LeasedRun, signal: AbortSignal): Promise<void> {
  const after = await beginApplying(parts.pool, run, parts.sealer);
  await applyPortion(parts, run, { hold: null, after }, signal);
  // Approval may come at any time: a run ends when nothing approved is left.
  do {
    for (
      let next = await nextApproved(parts.pool, run);
      next !== undefined;
      next = await nextApproved(parts.pool, run)
    ) {
      await applyPortion(parts, run, next, signal);
      await holdDone(parts.pool, run, next.hold);
    }
  } while (!(await endRun(parts.pool, run)));
}

/** Ranges are as large as fit the time; where one cannot be applied, halves of it are tried until the item at fault is alone. */
async function applyPortion(parts: RunParts, run: LeasedRun, from: Portion, signal: AbortSignal): Promise<void> {
  const { pool, statistics, helpers, log } = parts;
  let portion = from;
  let items = firstItems;
  let retries = 0;
  let refreshed = Promise.resolve();
  for (;;) {
    stopIf(signal);
    const begun = performance.now();
    let last: number | undefined;
    try {
      last = await applyRange(pool, run, portion, items, statistics, helpers);
      items = nextSize(items, performance.now() - begun);
      retries = 0;
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      const isTransient = failureOf(error) === 'transient';
      if (isTransient && (retries += 1) > mostRetries) throw error;
      if (isTransient) {
        await pause(retries);
        continue;
      }
      if (items > 1) {
        items = Math.ceil(items / 2);
        continue;
      }
      log.warn({ runId: run.id, after: portion.after, err: error }, 'an item of a run could not be applied');
      last = await passOver(pool, run, portion, error);
    }
    if (last === undefined) return refreshed;
    portion = { ...portion, after: last };
    // The next range goes on meanwhile: what the planner knows of the one before is good enough for it.
    await refreshed;
    refreshed = statistics.committed(pool).catch((error: unknown) => {
      log.warn({ err: error }, 'the planner statistics could not be refreshed');
    });
  }
}

function nextSize(items: number, tookMs: number): number {
  const fitting = Math.round((items * rangeMs * 0.8) / Math.max(tookMs, 1));
  return Math.max(1, Math.min(fitting, items * 2, mostItems));
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt * Math.random()));
}
