import { mustExist, type RecordCommand } from '../../../domain/command.ts';
import type { Problem } from '../../../domain/problem.ts';
import type { WireKind } from '../../../domain/entities.ts';
import type { CountedKind, ItemOperation, KindCounters } from '../../../domain/run.ts';
import { Said } from './said.ts';
import { SeenKeys } from './seen-keys.ts';

/** A record of a file, handled; or a delete of what a snapshot does not name, which stands in no file. */
export interface PlanRecord {
  readonly command: RecordCommand;
  /** The number of the file among those of the package, and its name. */
  readonly file?: { readonly number: number; readonly name: string };
  readonly line?: number;
  /** A snapshot does not name it. */
  readonly absent?: true;
}

/** What a process keeps in mind while it reads a run: what is committed, of batch after batch. */
export interface ReadingMemory {
  /** What was found once is not looked up again: a file names its sections a thousand times each. */
  readonly references: SeenKeys;
  readonly keys: SeenKeys;
  /** What it says of them; that is kept with the keys. */
  readonly said: Said;
  /** Of records that could not be taken. */
  readonly lostKeys: SeenKeys;
  /** Gives it all back: nothing is asked of it any more. */
  clear(): void;
}

/** A record that could not be taken: it says nothing, but what it names is not absent. */
export interface LostRecord {
  /** What it is counted as; absent: it is no record, but a file. */
  readonly kind?: CountedKind;
  readonly sourcedId?: string;
  /** Where its key is not known: the kinds that it can be of. */
  readonly mayName?: readonly WireKind[];
  /** It would only say more of what is stated elsewhere. */
  readonly isAside?: true;
}

/** A record that was read, and that nobody takes. */
export function lostOf({ command }: PlanRecord): LostRecord {
  const { kind, sourcedId } = command;
  return { kind, sourcedId, ...asideOf(command) };
}

export function asideOf(command: RecordCommand): Pick<LostRecord, 'isAside'> {
  return mustExist(command) ? { isAside: true } : {};
}

export function createReadingMemory(): ReadingMemory {
  const [references, keys, lostKeys] = [new SeenKeys(), new SeenKeys(), new SeenKeys()];
  const said = new Said(keys);
  return {
    references,
    keys,
    said,
    lostKeys,
    clear() {
      for (const each of [references, keys, said, lostKeys]) each.clear();
    },
  };
}

/** Something that is wrong, and where. */
export interface RunProblem {
  readonly severity: 'error' | 'warning';
  readonly problem: Problem;
  readonly guideText?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
  readonly kind?: WireKind;
  readonly sourcedId?: string;
}

/** What a batch comes to: items to be written, problems to be told, and what is counted. */
export interface Findings {
  readonly items: FoundItem[];
  readonly problems: RunProblem[];
  /** Records of which nothing becomes, now or when it is applied. */
  readonly refused: Set<PlanRecord>;
  readonly count: (kind: CountedKind, what: keyof KindCounters) => void;
}

export interface FoundItem {
  readonly record: PlanRecord;
  /** The command that is to be applied: that of the record, but for a delete by pair. */
  readonly command: RecordCommand;
  readonly operation: ItemOperation;
  /** There is a declared row, deleted perhaps, to be kept as the image before. */
  readonly hadRow: boolean;
  /** There is an item of its key before it. */
  readonly isAgain?: true;
}

/** A problem of a record, at its place. */
export function problemOf(
  { command: { kind, sourcedId }, file, line }: PlanRecord,
  severity: RunProblem['severity'],
  problem: Problem,
): RunProblem {
  return {
    severity,
    problem,
    kind,
    sourcedId,
    ...(file === undefined ? {} : { file: file.name }),
    ...(line === undefined ? {} : { line }),
    ...(problem.field === undefined ? {} : { field: problem.field }),
  };
}
