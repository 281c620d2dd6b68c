import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { DueFetch, FetchAdministration } from '../domain/file-fetch.ts';
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
const AT_ONCE = 8;
const AT_ONCE_OF_ORGANIZATION = 2;
/** Who takes longer goes on without a place: an address that sends its bytes one by one holds others up for so long, and not for hours. */
const SLOW_AFTER_MS = 60_000;
/** With the slow ones. */
const MOST_OF_ORGANIZATION = 8;

interface UnderWay {
  readonly organizationId: number;
  readonly since: number;
}

/** What administrators set of it; who only sets needs nothing that fetches. */
export function createFetchAdministration(pool: pg.Pool, sealer: Sealer): FetchAdministration {
  return createFetchSettings(createFetchStore({ pool, sealer }));
}

/** Fetches what is due, a few addresses at once. */
export function startFetches(
  { uploadLimitBytes: limitBytes }: Pick<Config, 'uploadLimitBytes'>,
  pool: pg.Pool,
  sealer: Sealer,
  fetcher: FileFetcher,
  intake: LiveIntake,
  logs: Logs,
  releases: Releases,
  { everyMs = LOOK_MS, slowAfterMs = SLOW_AFTER_MS } = {},
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
  const active = new Map<Promise<void>, UnderWay>();
  const activeOf = (id: number): UnderWay[] =>
    [...active.values()].filter(({ organizationId }) => organizationId === id);
  const inPlaces = (some: Iterable<UnderWay>): number =>
    [...some].filter(({ since }) => performance.now() - since < slowAfterMs).length;
  const hasPlace = (id: number): boolean =>
    activeOf(id).length < MOST_OF_ORGANIZATION && inPlaces(activeOf(id)) < AT_ONCE_OF_ORGANIZATION;
  function begin(due: DueFetch, stopping: AbortSignal): void {
    const { organizationId, name } = due;
    const one = fetches
      .fetch(due, stopping)
      .catch((error: unknown) => {
        log.warn(
          { organizationId, fetch: name, err: error },
          'what came of a fetch could not be kept; it is fetched anew',
        );
      })
      .finally(() => {
        active.delete(one);
        ticker.wake();
      });
    active.set(one, { organizationId, since: performance.now() });
  }
  const ticker = startTicker({
    name: 'scheduled fetches',
    everyMs,
    log,
    work: async (stopping) => {
      let more = false;
      const ids = await organizationIds(pool);
      for (const id of ids.sort((first, second) => activeOf(first).length - activeOf(second).length)) {
        if (stopping.aborted || inPlaces(active.values()) >= AT_ONCE) break;
        if (!hasPlace(id)) continue;
        // Only what is taken has a place: who has nothing due takes none from those behind.
        const due = await fetches.takeDue(id).catch((error: unknown) => {
          log.warn({ organizationId: id, err: error }, 'scheduled fetches could not be looked for; trying again');
        });
        if (due === undefined) continue;
        begin(due, stopping);
        more = true;
      }
      return more;
    },
  });
  releases.add('scheduled fetches', async () => {
    await ticker.stop();
    await Promise.all(active.keys());
  });
  return fetches;
}
