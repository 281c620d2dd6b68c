import { mustExist } from '../../../domain/command.ts';
import type { Problem } from '../../../domain/problem.ts';
import type { CountedKind, KindCounters, RunCounters } from '../../../domain/run.ts';
import type { Lane, LaneSource } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { type Findings, type LostRecord, type PlanRecord, problemOf, type RunProblem } from './planning.ts';
import { compareRound, type Keys, type Round, roundsOf } from './rounds.ts';
import { type Item, itemsOf } from './write-items.ts';

/** What a batch comes to: nothing of it is written. */
export interface ComparedBatch {
  readonly items: readonly Item[];
  readonly problems: readonly RunProblem[];
  readonly refused: ReadonlySet<PlanRecord>;
  readonly counters: RunCounters;
  readonly rounds: readonly Round[];
}

interface Batch {
  readonly records: readonly PlanRecord[];
  readonly problems: readonly RunProblem[];
  readonly lost: readonly LostRecord[];
}

/** @param known keys that the run has come across before */
export async function compareBatch(
  lane: Lane,
  source: LaneSource,
  run: LeasedRun,
  { records, problems, lost }: Batch,
  known: Keys,
): Promise<ComparedBatch> {
  const { counters, count } = createTally();
  const findings: Findings = { items: [], problems: [...problems], refused: new Set(), count };
  countRecords(records, lost, findings);
  const rounds = roundsOf(records);
  const items: Item[] = [];
  for (const round of rounds) {
    const found = await compareRound(lane, source, run.id, round, items, findings, known);
    items.push(...(await itemsOf(lane, run, source.options.grace, found)));
  }
  for (const record of records)
    if (mustExist(record.command))
      count(record.command.kind, findings.refused.has(record) ? 'refusedAsides' : 'asides');
  return { items, problems: findings.problems, refused: findings.refused, counters, rounds };
}

function countRecords(
  records: readonly PlanRecord[],
  lost: readonly LostRecord[],
  { count, problems }: Findings,
): void {
  for (const { kind, isAside } of lost) {
    if (kind === undefined) continue;
    count(kind, 'records');
    count(kind, 'refused');
    if (isAside === true) count(kind, 'refusedAsides');
  }
  for (const record of records) {
    // What a snapshot does not name is no record of it.
    if (record.absent !== true) count(record.command.kind, 'records');
    for (const note of record.command.notes ?? noNotes) problems.push(problemOf(record, 'warning', note));
  }
}

const noNotes: readonly Problem[] = [];

function createTally(): Pick<ComparedBatch, 'counters'> & Pick<Findings, 'count'> {
  const counters: Partial<Record<CountedKind, { -readonly [What in keyof KindCounters]: number }>> = {};
  return {
    counters,
    count(kind, what) {
      const of = (counters[kind] ??= { records: 0, unchanged: 0, add: 0, change: 0, remove: 0, refused: 0 });
      of[what] = (of[what] ?? 0) + 1;
    },
  };
}
