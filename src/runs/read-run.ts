import { GatewayError } from '../domain/problem.ts';
import { openPackage } from '../formats/zip/index.ts';
import type { FileBatch, FileDialect, FilePackage } from '../pipeline/file-ports.ts';
import type { SourceSystem } from '../pipeline/ports.ts';
import type { RunMode } from '../domain/run.ts';
import type { LeasedRun } from '../state/runs/lease.ts';
import { beginReading } from '../state/runs/plan/begin-reading.ts';
import { endReading } from '../state/runs/plan/end-reading.ts';
import { planAbsence } from './plan-absence.ts';
import type { RunParts } from './parts.ts';
import { createPlanner } from './planner.ts';
import { stopIf } from './stop-if.ts';

/**
 * Reads the files of a run and plans what they say, from the beginning.
 *
 * @returns how far the run is to go: a source system in `validate` takes no plan
 * @throws GatewayError where the run as a whole cannot be; LeaseLost
 */
export async function readRun(parts: RunParts, leased: LeasedRun, signal: AbortSignal): Promise<RunMode> {
  const source = await requireSource(parts, leased);
  const run: LeasedRun = source.state === 'validate' ? { ...leased, mode: 'validate' } : leased;
  const files = await packageOf(parts, run);
  const dialect = await recognise(parts.dialects, files);
  await beginReading(
    parts.pool,
    run,
    dialect.name,
    files.files.map(({ name }) => name),
  );
  const planner = createPlanner(parts, run, source, dialect, files);
  try {
    for await (const batch of checked(dialect.read(files, source), signal)) await planner.add(batch);
    await planner.flush();
    await planAbsence(parts.pool, run, planner, signal);
    await endReading(parts.pool, run, planner.progress(), source.options, planner.memory, {
      guideTextOf: dialect.guideTextOf?.bind(dialect),
      fieldNameOf: dialect.fieldNameOf?.bind(dialect),
      columnsOf: (file) => planner.columns.get(file),
    });
  } finally {
    planner.close();
  }
  return run.mode;
}

async function* checked(batches: AsyncIterable<FileBatch>, signal: AbortSignal): AsyncGenerator<FileBatch> {
  for await (const batch of batches) {
    stopIf(signal);
    yield batch;
  }
}

async function requireSource({ sourceSystem }: RunParts, run: LeasedRun): Promise<SourceSystem> {
  const source = await sourceSystem(run.organizationId, run.sourceSystemId);
  if (source?.state === 'enabled' || source?.state === 'validate') return source;
  throw new GatewayError(
    'source_system_disabled',
    'The source system is disabled; nothing was read. Enable it, then request the run again.',
  );
}

async function packageOf({ uploads }: RunParts, { organizationId, uploadId }: LeasedRun): Promise<FilePackage> {
  const upload = uploadId === null ? undefined : await uploads.find(organizationId, uploadId);
  if (upload === undefined) throw new GatewayError('not_found', 'The upload of the run is not kept any more.');
  return openPackage(upload.name, {
    sizeBytes: upload.receivedBytes,
    read: uploads.reader(organizationId, upload.id),
  });
}

async function recognise(dialects: readonly FileDialect[], files: FilePackage): Promise<FileDialect> {
  for (const dialect of dialects) if (await dialect.recognises(files)) return dialect;
  const names = files.files.slice(0, 5).map(({ name }) => name);
  const reasons: string[] = [];
  for (const dialect of dialects) {
    const reason = await dialect.reasonsAgainst?.(files);
    if (reason !== undefined) reasons.push(`${dialect.name}: ${reason}`);
  }
  throw new GatewayError(
    'unknown_format',
    `None of ${dialects.map(({ name }) => name).join(', ')} recognises the files of ${files.name} (${names.join(', ')}${files.files.length > 5 ? ', ...' : ''}): neither their names nor their first lines are known. Nothing was taken.${reasons.map((reason) => ` ${reason}`).join('')}`,
  );
}
