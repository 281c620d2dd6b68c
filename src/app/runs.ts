import { availableParallelism } from 'node:os';
import type pg from 'pg';
import type { Sealer } from '../domain/access.ts';
import type { Logs } from '../log.ts';
import { createHandling } from '../pipeline/handling.ts';
import type { CompiledLists } from '../pipeline/plugins/index.ts';
import type { RunParts } from '../runs/parts.ts';
import { type RunWorker, type RunWorkerOptions, startRunWorker } from '../runs/worker.ts';
import { readGroupTypes } from '../state/group-types.ts';
import type { SourceSystemLookup } from '../state/source-system-lookup.ts';
import type { Helpers } from '../state/runs/apply/apply-range.ts';
import { createStatistics } from '../state/statistics.ts';
import { createUploadStore } from '../state/uploads/upload-store.ts';
import { fileDialects } from './file-dialects.ts';
import { shippedHandlers } from './shipped-plugins.ts';

/** Runs that other processes were asked for begin within this. */
const pollMs = 1_000;
const slots = 3;

/** Of the machine's cores, one is the run's own; the database's may be others, of which nothing is known here. */
export function createHelpers(openPool: (most: number) => pg.Pool): Helpers {
  const each = Math.min(Math.max(availableParallelism() - 1, 1), 3);
  return { pool: openPool(slots * each), each };
}

type Needs = {
  pool: pg.Pool;
  helpers?: Helpers;
  sealer: Sealer;
  sources: Pick<SourceSystemLookup, 'get'>;
  lists: CompiledLists;
  logs: Logs;
};

/** Works on runs in the background of this process. */
export function startRuns(needs: Needs, options: Partial<RunWorkerOptions> = {}): RunWorker {
  return startRunWorker(runParts(needs), { slots, pollMs, ...options });
}

/** Runs are made with the dialects and handlers of this gateway, and with the lists that administrators ordered. */
function runParts({ pool, helpers, sealer, sources, lists, logs }: Needs): RunParts {
  return {
    pool,
    helpers,
    sealer,
    // Runs read what was taken; what may be taken is decided where it comes in.
    uploads: createUploadStore({ pool, sealer, limitBytes: 0 }),
    dialects: fileDialects(lists),
    handle: createHandling({
      handlers: shippedHandlers,
      lists,
      groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
    }),
    sourceSystem: (organizationId, id) => sources.get(organizationId, id),
    statistics: createStatistics(),
    now: () => new Date(),
    log: logs('runs'),
  };
}
