import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { Logs } from '../log.ts';
import type { RequestRun } from '../pipeline/intake.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import { createUploadStore } from '../state/uploads/upload-store.ts';
import { createWishStore } from '../state/uploads/wish-store.ts';
import { createIntake, type LiveIntake } from '../ways/intake.ts';
import type { Releases } from './releases.ts';
import { startTicker } from './ticker.ts';

const EVERY_MINUTE_MS = 60_000;

/** The way in of files, and what looks after what came in. */
export function createFiles(
  config: Pick<Config, 'uploadLimitBytes' | 'uploadQuotaBytes' | 'uploadExpiryH' | 'uploadKeepDays' | 'uploadsAtOnce'>,
  pool: pg.Pool,
  sealer: Sealer,
  requestRun: RequestRun,
  logs: Logs,
): LiveIntake {
  return createIntake({
    uploads: createUploadStore({ pool, sealer, limitBytes: config.uploadLimitBytes }),
    wishes: createWishStore({ pool }),
    requestRun,
    quotaBytes: config.uploadQuotaBytes,
    expiryMs: config.uploadExpiryH * 3_600_000,
    keepMs: config.uploadKeepDays * 86_400_000,
    atOnce: config.uploadsAtOnce,
    log: logs('files'),
  });
}

/** Requests the runs of what was left behind by a process that died, and removes what did not end in time. */
export function lookAfterFiles(intake: LiveIntake, pool: pg.Pool, logs: Logs, releases: Releases): void {
  const log = logs('files');
  const ticker = startTicker({
    name: 'uploads that wait, or have expired',
    everyMs: EVERY_MINUTE_MS,
    log,
    work: async () => {
      for (const id of await organizationIds(pool)) {
        const requested = await intake.catchUp(id);
        const removed = await intake.removeExpired(id);
        const forgotten = await intake.forgetBytes(id);
        if (requested + removed + forgotten > 0)
          log.info({ requested, removed, forgotten }, 'uploads were looked after');
      }
      return false;
    },
  });
  releases.add('files', () => ticker.stop());
}
