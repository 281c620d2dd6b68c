import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { FetchAdministration } from '../domain/file-fetch.ts';
import type { Logs } from '../log.ts';
import type { FileFetcher } from '../pipeline/file-fetcher.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import { createFetchStore } from '../state/uploads/fetch-store.ts';
import { createFileSettingsStore } from '../state/uploads/file-settings-store.ts';
import { createFetchSettings } from '../ways/fetch/fetch-settings.ts';
import { createFetches, type Fetches } from '../ways/fetch/fetches.ts';
import type { LiveIntake } from '../ways/intake.ts';
import type { Releases } from './releases.ts';
import { startTicker } from './ticker.ts';

const LOOK_MS = 5_000;

/** What administrators set of it; who only sets needs nothing that fetches. */
export function createFetchAdministration(pool: pg.Pool, sealer: Sealer): FetchAdministration {
  return createFetchSettings(createFetchStore({ pool, sealer }));
}

/** Fetches what is due, one address of an organization after the other. */
export function startFetches(
  { uploadLimitBytes: limitBytes }: Pick<Config, 'uploadLimitBytes'>,
  pool: pg.Pool,
  sealer: Sealer,
  fetcher: FileFetcher,
  intake: LiveIntake,
  logs: Logs,
  releases: Releases,
  everyMs = LOOK_MS,
): Fetches {
  const log = logs('fetches');
  const fetches = createFetches({
    keeper: createFetchStore({ pool, sealer }),
    settings: createFileSettingsStore({ pool }),
    fetcher,
    intake,
    limitBytes,
    log,
  });
  const ticker = startTicker({
    name: 'scheduled fetches',
    everyMs,
    log,
    work: async (stopping) => {
      let more = false;
      for (const id of await organizationIds(pool)) {
        if (stopping.aborted) return false;
        more = (await fetches.fetchDue(id, stopping)) || more;
      }
      return more;
    },
  });
  releases.add('scheduled fetches', () => ticker.stop());
  return fetches;
}
