import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { Logs } from '../log.ts';
import { createExchangeWork } from '../state/exchanges/work-store.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import { createFileSettingsStore } from '../state/uploads/file-settings-store.ts';
import { createUploadStore } from '../state/uploads/upload-store.ts';
import { createExchanges } from '../ways/exchange/exchanges.ts';
import { type ExchangeParts, type ExchangeTimes, usualTimes } from '../ways/exchange/parts.ts';
import type { Releases } from './releases.ts';
import type { Bell } from './bell.ts';
import { startTicker } from './ticker.ts';

/** What a SIS announced to any process is begun within this. */
const LOOK_MS = 2_000;
/** A file of gigabytes must not hold up the others. */
const slots = 4;

type Needs = Pick<ExchangeParts, 'endpoints' | 'intake' | 'runs'> & {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  readonly waits: Bell;
  readonly logs: Logs;
  readonly releases: Releases;
};

/** Works on the bulk data exchanges of all organizations, several at once. */
export function startBulkExchanges(
  { uploadLimitBytes: limitBytes }: Pick<Config, 'uploadLimitBytes'>,
  { pool, sealer, endpoints, intake, runs, waits, logs, releases }: Needs,
  { everyMs = LOOK_MS, times = usualTimes }: { everyMs?: number; times?: ExchangeTimes } = {},
): void {
  const log = logs('exchanges');
  const uploads = createUploadStore({ pool, sealer, limitBytes });
  const exchanges = createExchanges({
    work: createExchangeWork({ pool, sealer }),
    settings: createFileSettingsStore({ pool }),
    endpoints,
    intake,
    readUpload: (organizationId, id, bytes) => uploads.reader(organizationId, id)(0, bytes),
    runs,
    limitBytes,
    times,
    log,
  });
  const active = new Set<Promise<void>>();
  const ticker = startTicker({
    name: 'bulk data exchanges',
    everyMs,
    log,
    async work(stopping) {
      for (const id of await organizationIds(pool)) {
        if (stopping.aborted || active.size >= slots) return false;
        const step = await exchanges.begin(id, stopping);
        if (step === undefined) continue;
        // The next step may be due at once.
        const done = step.done.finally(() => {
          active.delete(done);
          ticker.wake();
        });
        active.add(done);
      }
      return false;
    },
  });
  waits.listen(() => ticker.wake());
  releases.add('bulk data exchanges', async () => {
    await ticker.stop();
    await Promise.all(active);
  });
}
