import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type pg from 'pg';
import type { Config } from '../config.ts';
import type { Logs } from '../log.ts';
import { organizationIds } from '../state/maintenance/retention.ts';
import { createFileSettingsStore } from '../state/uploads/file-settings-store.ts';
import { ownFolder, watchedSources } from '../state/uploads/folder-watch.ts';
import { createWatchedFolder, type WatchedFolder } from '../ways/folder/watched-folder.ts';
import type { LiveIntake } from '../ways/intake.ts';
import type { Releases } from './releases.ts';
import { startTicker } from './ticker.ts';

const LOOK_MS = 5_000;
/** Who looks last is believed to look for so long. */
const OWNED_MS = 60_000;

/** Watches a folder for each source system, where the operator names one for them all. */
export function watchFolders(
  { watchFolder }: Pick<Config, 'watchFolder'>,
  pool: pg.Pool,
  intake: LiveIntake,
  logs: Logs,
  releases: Releases,
  everyMs = LOOK_MS,
): void {
  if (watchFolder === undefined) return;
  const log = logs('folders');
  const parts = { intake, settings: createFileSettingsStore({ pool }), log };
  const owner = randomUUID();
  const folders = new Map<string, WatchedFolder>();
  const ticker = startTicker({
    name: 'watched folders',
    everyMs,
    log,
    work: async (stopping) => {
      for (const organizationId of await organizationIds(pool)) {
        for (const source of await watchedSources(pool, organizationId)) {
          if (stopping.aborted || !(await ownFolder(pool, source, owner, OWNED_MS))) continue;
          // Codes are letters, digits and . _ -, and begin with a letter or a digit.
          const place = join(watchFolder, source.organization, source.sourceSystem);
          const folder = folders.get(place) ?? createWatchedFolder(parts, source, place);
          folders.set(place, folder);
          await folder.look(stopping).catch((error: unknown) => {
            log.warn({ folder: place, err: error }, 'a watched folder could not be read');
          });
        }
      }
      return false;
    },
  });
  releases.add('watched folders', () => ticker.stop());
}
