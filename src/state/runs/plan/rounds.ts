import { commandKey, type RecordCommand } from '../../../domain/command.ts';
import type { Problem } from '../../../domain/problem.ts';
import type { ItemOperation } from '../../../domain/run.ts';
import { statesEnd } from '../../declare/ends.ts';
import type { Lane, LaneSource } from '../../lane.ts';
import { compareRecords } from './compare.ts';
import { type Findings, type PlanRecord, problemOf } from './planning.ts';
import type { Item } from './write-items.ts';

/** Keys that the run has come across. */
export interface Keys {
  has(command: RecordCommand): boolean;
  /** What becomes of it follows from an item of the run. */
  isPlanned(command: RecordCommand): boolean;
}

export interface Round {
  /** No key comes twice among them. */
  readonly compared: readonly PlanRecord[];
  /** Become items as they are. */
  readonly forced: readonly PlanRecord[];
  /** All of it stands in the first round as well. */
  readonly isSecond: boolean;
}

/**
 * What comes again is looked at when what became of the first is known. What comes a third time in one batch becomes an item at
 * once: a file that says the same thing a million times is not to be looked at a million times.
 */
export function roundsOf(records: readonly PlanRecord[]): readonly Round[] {
  const rounds: PlanRecord[][] = [[], [], []];
  const times = new Map<string, number>();
  for (const record of records) {
    const key = commandKey(record.command);
    const round = Math.min(times.get(key) ?? 0, 2);
    times.set(key, round + 1);
    rounds[round]?.push(record);
  }
  const [first = [], second = [], forced = []] = rounds;
  const others: Round = { compared: first, forced: [], isSecond: false };
  return second.length === 0 ? [others] : [others, { compared: second, forced, isSecond: true }];
}

/** Compares a round with what is declared; what has an item already, of an earlier round as well, becomes another one. */
export async function compareRound(
  lane: Lane,
  source: LaneSource,
  runId: string,
  { compared, forced, isSecond }: Round,
  before: readonly Item[],
  findings: Findings,
  known: Keys,
): Promise<Findings> {
  const repeated = isSecond ? compared : compared.filter(({ command }) => known.has(command));
  for (const record of [...repeated, ...forced])
    if (record.command.verb !== 'update') findings.problems.push(problemOf(record, 'warning', statedTwice(record)));
  const again = withItems(repeated, before, known);
  const fresh = again.size === 0 ? compared : compared.filter((record) => !again.has(record));
  const found: Findings = { ...findings, items: [] };
  await compareRecords(lane, source, runId, fresh, found);
  for (const record of [...again, ...forced]) {
    const { command } = record;
    found.items.push({ record, command, operation: operationOf(command), hadRow: true, isAgain: true });
  }
  const places = new Map([...compared, ...forced].map((record, index) => [record, index]));
  found.items.sort((one, other) => (places.get(one.record) ?? 0) - (places.get(other.record) ?? 0));
  return found;
}

/** Of the records that come again: those that have an item already, be it of the same batch. */
function withItems(repeated: readonly PlanRecord[], before: readonly Item[], known: Keys): ReadonlySet<PlanRecord> {
  if (repeated.length === 0) return new Set();
  const now = new Set(before.map(({ item: { command } }) => commandKey(command)));
  return new Set(repeated.filter(({ command }) => known.isPlanned(command) || now.has(commandKey(command))));
}

/** What it is compared with is what the items before it will have made of the row. */
function operationOf(command: RecordCommand): ItemOperation {
  return command.verb === 'delete' || statesEnd(command) ? 'remove' : 'change';
}

function statedTwice({ command: { kind, sourcedId } }: PlanRecord): Problem {
  const message = `The ${kind} "${sourcedId}" stands in the files more than once. All of it is applied, in the order in which it stands; the last one holds.`;
  return { code: 'stated_twice', message };
}
