import { type Applied, applyRange, passOver, type Portion } from '../state/runs/apply/apply-range.ts';
import { holdDone, nextApproved } from '../state/runs/apply/approved-holds.ts';
import { beginApplying } from '../state/runs/apply/begin-applying.ts';
import { endRun } from '../state/runs/apply/end-run.ts';
import { LeaseLost, type LeasedRun } from '../state/runs/lease.ts';
import { failureOf } from '../state/sql-state.ts';
import { createGate, type Gate } from './gate.ts';
import type { RunParts } from './parts.ts';
import { stopIf } from './stop-if.ts';

/** Single messages wait for the lane no longer than about this. */
const rangeMs = 400;
const firstItems = 500;
const mostItems = 10_000;
const mostRetries = 5;
/** Where something was presumed of records that was not so, nothing is presumed in so many ranges behind them. */
const rangesAfterMeeting = 10;

/**
 * Applies the plan of a run, a range of items after the other, and ends the run.
 *
 * @throws InBlackout before the first range, or between two of them
 */
export async function applyRun(parts: RunParts, run: LeasedRun, signal: AbortSignal): Promise<void> {
  const gate = createGate(parts, run);
  await gate.requireOpen();
  const after = await beginApplying(parts.pool, run, parts.sealer);
  await applyPortion(parts, run, gate, { hold: null, after }, signal);
  // Approval may come at any time: a run ends when nothing approved is left.
  do {
    for (
      let next = await nextApproved(parts.pool, run);
      next !== undefined;
      next = await nextApproved(parts.pool, run)
    ) {
      await applyPortion(parts, run, gate, next, signal);
      await holdDone(parts.pool, run, next.hold);
    }
  } while (!(await endRun(parts.pool, run)));
}

/** Ranges are as large as fit the time; where one cannot be applied, halves of it are tried until the item at fault is alone. */
async function applyPortion(
  parts: RunParts,
  run: LeasedRun,
  gate: Gate,
  from: Portion,
  signal: AbortSignal,
): Promise<void> {
  const { pool, statistics, helpers, log } = parts;
  let portion = from;
  let items = firstItems;
  let retries = 0;
  let refreshed = Promise.resolve();
  let next: Applied['next'];
  let rangesPresumingNothing = 0;
  for (;;) {
    stopIf(signal);
    if (await gate.requireOpen(portion)) next = undefined;
    const begun = performance.now();
    let applied: Applied | undefined;
    try {
      applied = await applyRange(pool, run, portion, items, statistics, parts.now, helpers, {
        stretch: await next,
        ...(rangesPresumingNothing > 0 ? { presumesNothing: true } : {}),
      });
      items = nextSize(items, performance.now() - begun);
      retries = 0;
    } catch (error) {
      next = undefined;
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
      applied = await passOver(pool, run, portion, error);
    }
    if (applied === undefined) return refreshed;
    portion = { ...portion, after: applied.last };
    ({ next } = applied);
    if (applied.haveMet === true)
      log.debug(
        { runId: run.id, last: applied.last },
        'what was presumed of records was not so: their range was applied again without',
      );
    rangesPresumingNothing = applied.haveMet ? rangesAfterMeeting : rangesPresumingNothing - 1;
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
