import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Log, Logs } from '../log.ts';
import { expireHolds } from '../state/runs/guard/hold-store.ts';
import { endLeaves } from '../runs/end-leaves.ts';
import { releaseHolds } from '../runs/release-holds.ts';
import type { LiveStore } from '../state/create-store.ts';
import { maintainPartitions, purgeExpired } from '../state/maintenance/maintain.ts';
import { hasOpenReprojection } from '../state/maintenance/reprojections.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import type { SourceSystemLookup } from '../state/source-system-lookup.ts';
import type { Releases } from './releases.ts';
import type { Bell } from './bell.ts';
import { retentionOf } from './schema.ts';
import { startTicker } from './ticker.ts';

const HOURLY_MS = 3_600_000;
const EVERY_MINUTE_MS = 60_000;
/** A re-projection that another process queued begins within this. */
const QUEUE_POLL_MS = 2_000;

/** What goes on beside the messages: months ahead and retention, what expires or is due, queued re-projections. */
export function startBackground(
  config: Config,
  pool: pg.Pool,
  { store, runsWait }: { readonly store: LiveStore; readonly runsWait: Pick<Bell, 'ring'> },
  sources: Pick<SourceSystemLookup, 'get'>,
  logs: Logs,
  releases: Releases,
): void {
  const log = logs('background');
  const ofRuns = {
    pool,
    sourceSystem: (organizationId: number, id: number) => sources.get(organizationId, id),
    now: () => new Date(),
  };
  const tickers = [
    startTicker({
      name: 'partitions and retention',
      everyMs: HOURLY_MS,
      log,
      work: async () => {
        const report = await maintainPartitions(pool, retentionOf(config), new Date());
        const { partitionsMade, partitionsDropped, runsRemoved, uploadsRemoved } = report;
        if (partitionsMade.length + partitionsDropped.length + runsRemoved + uploadsRemoved > 0)
          log.info(report, 'months of messages and changes were made ready or removed, old runs and uploads removed');
        return false;
      },
    }),
    startTicker({
      name: 'what has expired',
      everyMs: EVERY_MINUTE_MS,
      log,
      work: async () => {
        log.debug(await purgeExpired(pool, new Date()), 'removed what has expired');
        log.debug({ holds: await expireHolds(pool) }, 'ended holds that nobody decided on');
        return false;
      },
    }),
    startTicker({
      name: 'what was put off',
      everyMs: EVERY_MINUTE_MS,
      log,
      work: async (stopping) => {
        const holds = await releaseHolds(ofRuns);
        if (holds > 0) runsWait.ring();
        const enrollments = await endLeaves(ofRuns, stopping);
        if (holds + enrollments > 0) log.info({ holds, enrollments }, 'applied what was put off until now');
        return false;
      },
    }),
    startTicker({
      name: 'queued re-projections',
      everyMs: QUEUE_POLL_MS,
      log,
      work: workOffQueues(pool, store, log),
    }),
  ];
  for (const ticker of tickers) releases.add('background work', () => ticker.stop());
}

/** Longest pause after failures of one organization. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * One step for each organization in turn, so that none waits for another's queue to be empty, nor for one whose queue cannot be
 * worked off: that one is tried again ever less often.
 */
function workOffQueues(pool: pg.Pool, store: LiveStore, log: Log): (stopping: AbortSignal) => Promise<boolean> {
  const failed = new Map<number, { readonly failures: number; readonly until: number }>();

  async function workOff(organizationId: number): Promise<boolean> {
    const { failures, until } = failed.get(organizationId) ?? { failures: 0, until: 0 };
    if (Date.now() < until) return false;
    try {
      const more = (await hasOpenReprojection(pool, organizationId)) && (await store.workOff(organizationId));
      failed.delete(organizationId);
      return more;
    } catch (error) {
      const pauseMs = Math.min(QUEUE_POLL_MS * 2 ** failures, LONGEST_PAUSE_MS);
      failed.set(organizationId, { failures: failures + 1, until: Date.now() + pauseMs });
      log.error(
        { organizationId, failures: failures + 1, err: error },
        'a queue could not be worked off and will be tried again',
      );
      return false;
    }
  }

  return async (stopping) => {
    let more = false;
    for (const id of await organizationIds(pool)) {
      if (stopping.aborted) return false;
      more = (await workOff(id)) || more;
    }
    return more;
  };
}
