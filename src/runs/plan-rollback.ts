import { GatewayError } from '../domain/problem.ts';
import type { RunMode } from '../domain/run.ts';
import type { LeasedRun } from '../state/runs/lease.ts';
import { beginReading } from '../state/runs/plan/begin-reading.ts';
import { endReading } from '../state/runs/plan/end-reading.ts';
import { nothingPlanned, planBatch } from '../state/runs/plan/plan-batch.ts';
import { createReadingMemory } from '../state/runs/plan/planning.ts';
import { rollbackPages } from '../state/runs/plan/rollback-pages.ts';
import type { RunParts } from './parts.ts';
import { stopIf } from './stop-if.ts';

/** What a run is called that has no file: it takes another one back. */
const dialect = 'rollback';

/**
 * Plans how another run is taken back. What it restores was declared before, so no handler is asked again; guards are, as of any
 * plan.
 */
export async function planRollback(parts: RunParts, run: LeasedRun, signal: AbortSignal): Promise<RunMode> {
  const { pool } = parts;
  const source = await parts.sourceSystem(run.organizationId, run.sourceSystemId);
  if (source?.state !== 'enabled')
    throw new GatewayError('source_system_disabled', 'Only of a source system that is enabled is a run taken back.');
  await beginReading(pool, run, dialect, []);
  const memory = createReadingMemory();
  let progress = nothingPlanned;
  let records = 0;
  try {
    for await (const { records: page, ...read } of rollbackPages(pool, run)) {
      stopIf(signal);
      records += page.length;
      progress = await planBatch(
        pool,
        run,
        { records: page, problems: [], lost: [], progress: { records, ...read } },
        progress,
        memory,
      );
    }
    await endReading(pool, run, progress, source.options, memory);
  } finally {
    memory.clear();
  }
  return run.mode;
}
