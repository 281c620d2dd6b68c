import { commandKey, isPairDelete, type RecordCommand } from '../../../domain/command.ts';
import type { Problem } from '../../../domain/problem.ts';
import type { ItemOperation } from '../../../domain/run.ts';
import { statesEnd } from '../../declare/ends.ts';
import type { Lane, LaneSource } from '../../lane.ts';
import { compareRecords } from './compare.ts';
import { type Findings, type FoundItem, type PlanRecord, problemOf } from './planning.ts';
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
  /** Word for word what is compared, and directly behind it: it is not compared again. */
  readonly echoes: readonly PlanRecord[];
  /** Become items as they are. */
  readonly forced: readonly PlanRecord[];
  /** All that is compared stands in the first round as well. */
  readonly isLater: boolean;
}

/** A file that says ever other things of one record is not to be looked at as often. */
const most = 8;

/**
 * What comes again is looked at when what became of the one before is known, unless it says the same: a file may say the same thing a million
 * times. What says something else for the ninth time in one batch becomes an item at once.
 */
export function roundsOf(records: readonly PlanRecord[]): readonly Round[] {
  const rounds: { compared: PlanRecord[]; echoes: PlanRecord[]; forced: PlanRecord[]; isLater: boolean }[] = [];
  const last = new Map<string, { round: number; record: PlanRecord }>();
  for (const record of records) {
    const key = commandKey(record.command);
    const before = last.get(key);
    // A delete by pair has items of other keys than its own.
    const isEcho = before !== undefined && !isPairDelete(record.command) && wordsOf(before.record) === wordsOf(record);
    const number = before === undefined ? 0 : before.round + (isEcho ? 0 : 1);
    const at = Math.min(number, most - 1);
    const round = (rounds[at] ??= { compared: [], echoes: [], forced: [], isLater: at > 0 });
    (number > at ? round.forced : isEcho ? round.echoes : round.compared).push(record);
    last.set(key, { round: number, record });
  }
  return rounds;
}

/** What it says, without where it stands. */
function wordsOf({ command: { at: _at, notes: _notes, ...rest } }: PlanRecord): string {
  return JSON.stringify(rest);
}

/** Compares a round with what is declared; what has an item already, of an earlier round as well, becomes another one. */
export async function compareRound(
  lane: Lane,
  source: LaneSource,
  runId: string,
  { compared, echoes, forced, isLater }: Round,
  before: readonly Item[],
  findings: Findings,
  known: Keys,
): Promise<Findings> {
  const repeated = isLater ? compared : compared.filter(({ command }) => known.has(command));
  for (const record of [...repeated, ...echoes, ...forced])
    if (record.command.verb !== 'update') findings.problems.push(problemOf(record, 'warning', statedTwice(record)));
  const again = withItems(repeated, before, known);
  const fresh = again.size === 0 ? compared : compared.filter((record) => !again.has(record));
  const found: Findings = { ...findings, items: [] };
  await compareRecords(lane, source, runId, fresh, found);
  for (const record of [...again, ...echoed(echoes, compared, again, found), ...forced]) {
    const { command } = record;
    found.items.push({ record, command, operation: operationOf(command), hadRow: true, isAgain: true });
  }
  const places = new Map([...compared, ...echoes, ...forced].map((record, index) => [record, index]));
  found.items.sort((one, other) => (places.get(one.record) ?? 0) - (places.get(other.record) ?? 0));
  return isPair(found.items) ? { ...found, items: besidePairs(found.items, before, known) } : found;
}

const isPair = (items: readonly FoundItem[]): boolean => items.some(({ record: { command } }) => isPairDelete(command));

/** A delete by pair has items of keys that may have others. */
function besidePairs(items: readonly FoundItem[], before: readonly Item[], known: Keys): FoundItem[] {
  const planned = new Set(before.map(({ item: { command } }) => commandKey(command)));
  return items.map((item) => {
    const key = commandKey(item.command);
    const isAgain = planned.has(key) || known.isPlanned(item.command);
    planned.add(key);
    return isAgain ? { ...item, isAgain } : item;
  });
}

/** Those that become items, as what they say word for word has become one; of the others becomes what became of that. */
function echoed(
  echoes: readonly PlanRecord[],
  compared: readonly PlanRecord[],
  again: ReadonlySet<PlanRecord>,
  { items, refused, count }: Findings,
): readonly PlanRecord[] {
  if (echoes.length === 0) return [];
  const said = new Map(compared.map((record) => [commandKey(record.command), record]));
  const planned = new Set([...again, ...items.map(({ record }) => record)]);
  return echoes.filter((echo) => {
    const record = said.get(commandKey(echo.command));
    if (record === undefined || planned.has(record)) return true;
    if (refused.has(record)) refused.add(echo);
    count(echo.command.kind, refused.has(record) ? 'refused' : 'unchanged');
    return false;
  });
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
