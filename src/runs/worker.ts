import { randomUUID } from 'node:crypto';
import { organizationIds } from '../state/maintenance/retention.ts';
import { claimRun, type LeasedRun } from '../state/runs/lease.ts';
import type { RunParts } from './parts.ts';
import { workOnRun } from './work-on-run.ts';

export interface RunWorkerOptions {
  /** How many runs at once; of one organization one less, so that there is a place left for the others. */
  readonly slots: number;
  /** How long until it looks for runs that other processes were asked for. */
  readonly pollMs: number;
  /** Works on this run alone. */
  readonly only?: string;
}

export interface RunWorker {
  /** Looks for runs at once. */
  wake(): void;
  /** Lets go of the runs in progress; others go on with them. */
  stop(): Promise<void>;
}

/** Takes runs that nobody works on, and works on a few at a time. Any number of processes may have one. */
export function startRunWorker(parts: RunParts, { slots, pollMs, only }: RunWorkerOptions): RunWorker {
  const stopping = new AbortController();
  const active = new Map<LeasedRun, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  const activeOf = (organizationId: number): number =>
    [...active.keys()].filter((run) => run.organizationId === organizationId).length;

  function look(): void {
    clearTimeout(timer);
    again = looking !== undefined;
    if (again || stopping.signal.aborted) return;
    looking = take()
      .catch((error: unknown) => {
        parts.log.warn({ err: error }, 'could not look for runs; trying again');
      })
      .finally(() => {
        looking = undefined;
        if (again) look();
        else if (!stopping.signal.aborted) timer = setTimeout(look, pollMs);
      });
  }

  /** The organization with the fewest runs under way comes first. */
  async function take(): Promise<void> {
    const ids = await organizationIds(parts.pool);
    const inTurn = ids.sort((one, other) => activeOf(one) - activeOf(other));
    for (const id of inTurn) {
      while (active.size < slots && activeOf(id) < Math.max(1, slots - 1) && !stopping.signal.aborted) {
        // An owner is a claim, not a worker: who takes its own run again, as the lease had ended, is another one than before.
        const run = await claimRun(parts.pool, id, randomUUID(), only, parts.now());
        if (run === undefined) break;
        active.set(
          run,
          workOnRun(parts, run, stopping.signal).finally(() => {
            active.delete(run);
            look();
          }),
        );
        // One each, before anybody gets a second one.
        if (ids.length > 1) break;
      }
    }
  }

  look();
  return {
    wake: look,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await looking;
      await Promise.all(active.values());
    },
  };
}
