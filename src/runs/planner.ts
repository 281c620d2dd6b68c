import type { RecordCommand } from '../domain/command.ts';
import { wireKinds } from '../domain/entities.ts';
import type { Problem } from '../domain/problem.ts';
import type { FileBatch, FileDialect, FilePackage, FileProblem, FileRecord } from '../pipeline/file-ports.ts';
import type { SourceSystem } from '../pipeline/ports.ts';
import type { LeasedRun } from '../state/runs/lease.ts';
import { findNamed } from '../state/runs/plan/find-named.ts';
import {
  noBatch,
  nothingPlanned,
  planBehind,
  type PlanBatch,
  type PlanProgress,
} from '../state/runs/plan/plan-batch.ts';
import {
  createReadingMemory,
  lostOf,
  type LostRecord,
  type PlanRecord,
  type ReadingMemory,
  type RunProblem,
} from '../state/runs/plan/planning.ts';
import type { SeenKeys } from '../state/runs/plan/seen-keys.ts';
import { handleRecords } from './handle-records.ts';
import type { RunParts } from './parts.ts';

/** Records of one statement: the price of a transaction is shared, and what is in memory stays small. */
const batchRecords = 2_000;

/** Collects what is read into batches, and has them compared while the next one is being read. */
export interface Planner {
  add(batch: FileBatch): Promise<void>;
  /** Deletes of what a snapshot does not name. */
  addAbsent(commands: readonly RecordCommand[]): Promise<void>;
  addProblem(problem: RunProblem): void;
  /** Resolves when all that was added is durable. */
  flush(): Promise<void>;
  progress(): PlanProgress;
  /** Gives back what it remembers. */
  close(): void;
  /** What is durable of it: what the files name, be it in a record that could not be taken. */
  readonly named: Pick<SeenKeys, 'has'>;
  /** What the records say that were taken, and what they refer to. */
  readonly memory: Pick<ReadingMemory, 'said' | 'references'>;
  /** What the columns of files are called, by their names. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

export function createPlanner(
  parts: RunParts,
  run: LeasedRun,
  source: SourceSystem,
  dialect: FileDialect,
  files: FilePackage,
): Planner {
  const memory = createReadingMemory();
  const numbers = new Map(files.files.map(({ name }, index) => [name, { name, number: index + 1 }]));
  const reading = createReadingProgress(files);
  const columns = new Map<string, readonly string[]>();
  let progress = nothingPlanned;
  let records: FileRecord[] = [];
  let problems: RunProblem[] = [];
  let lost: LostRecord[] = [];
  let underWay = noBatch;
  let begun = Promise.resolve();

  const placed = ({ place, command }: FileRecord): PlanRecord => {
    const file = numbers.get(place.file);
    return {
      command,
      ...(file === undefined ? {} : { file }),
      ...(place.line === undefined ? {} : { line: place.line }),
    };
  };

  /** Sends off what was collected: it is handled while the batches before it are being compared and written, as far as two of them go. */
  async function send(more: readonly PlanRecord[] = []): Promise<void> {
    const batch = { records: [...records.map(placed), ...more], problems, lost, named: records.filter(isNamed) };
    const state = reading.state();
    [records, problems, lost] = [[], [], []];
    // Whom a name means may stand in the batch before.
    if (batch.named.length > 0) await planned();
    const toPlan = await handled(batch, state);
    await begun;
    begun = begin(toPlan);
    // Whoever comes next looks.
    begun.catch(() => undefined);
  }

  /** It is compared while the batch before it is written. */
  async function begin(batch: PlanBatch): Promise<void> {
    if ((await underWay.writing) === undefined) await underWay.done;
    underWay = planBehind(parts.pool, run, batch, underWay, memory);
  }

  async function planned(): Promise<PlanProgress> {
    await begun;
    return underWay.done;
  }

  async function handled(batch: Collected, state: PlanBatch['progress']): Promise<PlanBatch> {
    const found = await findNamed(parts.pool, run, batch.records, batch.named);
    const taken = await handleRecords(parts.handle, dialect.name, source, found.records);
    return {
      records: taken.records,
      problems: [...batch.problems, ...found.problems, ...taken.problems],
      lost: [...batch.lost, ...found.lost, ...taken.lost],
      progress: state,
      ...(dialect.guideTextOf === undefined ? {} : { guideTextOf: dialect.guideTextOf.bind(dialect) }),
    };
  }

  const planner: Planner = {
    async add(batch) {
      reading.at(batch);
      if (batch.columns !== undefined) columns.set(batch.file, batch.columns);
      for (const problem of batch.problems) {
        problems.push(toRunProblem(problem));
        if (!harmless.has(problem.problem.code) && isLostRow(problem, problems.at(-2)))
          lost.push(lostWith(problem, batch));
      }
      for (const record of batch.leftOut ?? []) lost.push(leftOut(record));
      for (const record of batch.records) {
        // Persons are found by name among those that stand before, which must have been remembered.
        const [first] = records;
        if (first !== undefined && isNamed(record) !== isNamed(first)) await send();
        records.push(record);
        if (records.length >= batchRecords) await send();
      }
      if (Math.max(problems.length, lost.length) >= batchRecords) await send();
    },
    async addAbsent(commands) {
      await send(commands.map((command) => ({ command, absent: true })));
    },
    addProblem: (problem) => void problems.push(problem),
    async flush() {
      await send();
      progress = await planned();
    },
    progress: () => progress,
    close: () => memory.clear(),
    named: { has: (key) => memory.keys.has(key) || memory.lostKeys.has(key) },
    memory,
    columns,
  };
  return planner;
}

interface Collected {
  readonly records: readonly PlanRecord[];
  readonly named: readonly FileRecord[];
  readonly problems: readonly RunProblem[];
  readonly lost: readonly LostRecord[];
}

function isNamed({ by }: FileRecord): boolean {
  return by !== undefined;
}

/** Of a record of which the key is not known, the kind may be: tables are of persons, or of enrollments. */
function lostWith({ about, isRecord }: FileProblem, { kinds = wireKinds, isAside }: FileBatch): LostRecord {
  const [first, ...others] = kinds;
  const kind = first !== undefined && others.length === 0 ? first : 'unknown';
  return {
    ...(about ?? { mayName: kinds, ...(isRecord === true ? { kind } : {}) }),
    ...(isAside === true ? { isAside } : {}),
  };
}

/** Of one that is named by its user name the sourcedId is not known. */
function leftOut({ command, by }: FileRecord): LostRecord {
  const { sourcedId, ...lost } = lostOf({ command });
  return by !== undefined || sourcedId === undefined ? lost : { ...lost, sourcedId };
}

/** A row may have several problems; it is lost once. Of XML, all may stand in one line. */
function isLostRow({ place, about }: FileProblem, before: RunProblem | undefined): boolean {
  const isSamePlace = place.line !== undefined && before?.file === place.file && before.line === place.line;
  return !(isSamePlace && before.kind === about?.kind && before.sourcedId === about?.sourcedId);
}

/** What is left out is an error; of an empty line nothing is lost. */
function toRunProblem({ place, problem, about, guideText }: FileProblem): RunProblem {
  return {
    severity: harmless.has(problem.code) ? 'warning' : 'error',
    problem,
    ...place,
    ...about,
    ...(guideText === undefined ? {} : { guideText }),
  };
}

const harmless: ReadonlySet<Problem['code']> = new Set(['empty_row']);

/** Bytes of the files before count whole. */
function createReadingProgress({ files }: FilePackage): {
  at(batch: FileBatch): void;
  state(): Record<string, unknown>;
} {
  const bytesTotal = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const read = new Map<string, number>();
  let file = '';
  let records = 0;
  return {
    at(batch) {
      file = batch.file;
      records += batch.records.length + (batch.leftOut?.length ?? 0);
      read.set(batch.file, batch.bytesRead);
    },
    state() {
      const bytesRead = [...read.values()].reduce((sum, bytes) => sum + bytes, 0);
      return { file, bytesRead: Math.min(bytesRead, bytesTotal), bytesTotal, records };
    },
  };
}
