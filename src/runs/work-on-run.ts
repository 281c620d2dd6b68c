import { GatewayError } from '../domain/problem.ts';
import {
  awaitBlackout,
  awaitEnabled,
  LeaseLost,
  type LeasedRun,
  releaseRun,
  renewLease,
  stopRun,
} from '../state/runs/lease.ts';
import { failureOf } from '../state/sql-state.ts';
import { applyRun } from './apply-run.ts';
import { InBlackout, NotEnabled } from './gate.ts';
import { keepLease } from './keep-lease.ts';
import type { RunParts } from './parts.ts';
import { planRollback } from './plan-rollback.ts';
import { readRun } from './read-run.ts';

/** A run at which process after process dies is ended: it may be what brings them down. */
const mostAttempts = 5;

/**
 * Works on a run that was claimed, through its phases, until it is finished, has failed, is to stop, or was taken over. What the
 * database cannot do just now is left to the lease: whoever comes after it ends goes on.
 */
export async function workOnRun(parts: RunParts, run: LeasedRun, stopping: AbortSignal): Promise<void> {
  const { log, pool } = parts;
  const facts = { organizationId: run.organizationId, runId: run.id };
  const lease = keepLease(
    () => renewLease(pool, run),
    (error) => log.warn({ ...facts, err: error }, 'the lease of a run could not be renewed'),
  );
  const signal = AbortSignal.any([stopping, lease.lost]);
  try {
    if (run.cancelRequested) await stopRun(pool, run, 'cancelled');
    else await goOn(parts, run, signal);
  } catch (error) {
    await letGo(parts, run, error);
  } finally {
    lease.end();
  }
}

async function goOn(parts: RunParts, run: LeasedRun, signal: AbortSignal): Promise<void> {
  const facts = { organizationId: run.organizationId, runId: run.id, state: run.state };
  parts.log.info(facts, 'working on a run');
  if (run.state === 'queued' || run.state === 'reading') {
    if (run.attempts >= mostAttempts) throw interrupted(mostAttempts);
    const plan = run.takesBack === null ? readRun : planRollback;
    if ((await plan(parts, run, signal)) !== 'apply') return;
  }
  await applyRun(parts, run, signal);
  parts.log.info(facts, 'a run is finished');
}

function interrupted(attempts: number): GatewayError {
  return new GatewayError(
    'run_interrupted',
    `The run was begun ${attempts} times and never came to a plan: the process was killed, or the database was away, each time. Nothing was applied.`,
  );
}

async function letGo({ pool, log, now }: RunParts, run: LeasedRun, error: unknown): Promise<void> {
  const facts = { organizationId: run.organizationId, runId: run.id };
  try {
    if (error instanceof LeaseLost) {
      log.info(facts, 'let go of a run');
      await releaseRun(pool, run);
    } else if (error instanceof InBlackout) {
      log.info({ ...facts, ...error.blackout }, 'a run waits for the end of a blackout');
      await awaitBlackout(pool, run, error.blackout, now());
    } else if (error instanceof NotEnabled) {
      log.info({ ...facts, sourceSystem: error.state }, 'a run waits until its source system is enabled');
      await awaitEnabled(pool, run, error.state, now());
    } else if (error instanceof GatewayError && error.code !== 'busy') {
      const { code, message, at, field } = error;
      log.info({ ...facts, code }, 'a run has failed');
      await stopRun(pool, run, 'failed', {
        code,
        message,
        ...(at === undefined ? {} : { at }),
        ...(field === undefined ? {} : { field }),
      });
    } else {
      const level = failureOf(error) === 'defect' ? 'error' : 'warn';
      log[level]({ ...facts, err: error }, 'a run was interrupted; it is taken up again when its lease ends');
    }
  } catch (failure) {
    log.warn({ ...facts, err: failure }, 'a run could not be let go of; its lease ends by itself');
  }
}
