import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Logs } from '../log.ts';
import { expireHolds } from '../state/runs/guard/hold-store.ts';
import type { LiveStore } from '../state/create-store.ts';
import { maintainPartitions, purgeExpired } from '../state/maintenance/maintain.ts';
import { hasOpenReprojection } from '../state/maintenance/reprojections.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import type { Releases } from './releases.ts';
import { retentionOf } from './schema.ts';
import { startTicker } from './ticker.ts';

const HOURLY_MS = 3_600_000;
const EVERY_MINUTE_MS = 60_000;
/** A re-projection that another process queued begins within this. */
const QUEUE_POLL_MS = 2_000;

/** What goes on beside the messages: months ahead and retention, what expires, queued re-projections. */
export function startBackground(config: Config, pool: pg.Pool, store: LiveStore, logs: Logs, releases: Releases): void {
  const log = logs('background');
  const tickers = [
    startTicker({
      name: 'partitions and retention',
      everyMs: HOURLY_MS,
      log,
      work: async () => {
        const report = await maintainPartitions(pool, retentionOf(config), new Date());
        const changed = report.partitionsMade.length + report.partitionsDropped.length + report.runsRemoved > 0;
        if (changed) log.info(report, 'months of messages and changes were made ready or removed, old runs removed');
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
      name: 'queued re-projections',
      everyMs: QUEUE_POLL_MS,
      log,
      work: (stopping) => workOffQueues(pool, store, stopping),
    }),
  ];
  for (const ticker of tickers) releases.add('background work', () => ticker.stop());
}

/** One step for each organization in turn, so that none waits for another's queue to be empty. */
async function workOffQueues(pool: pg.Pool, store: LiveStore, stopping: AbortSignal): Promise<boolean> {
  let more = false;
  for (const id of await organizationIds(pool)) {
    if (stopping.aborted) return false;
    if (await hasOpenReprojection(pool, id)) more = (await store.workOff(id)) || more;
  }
  return more;
}
