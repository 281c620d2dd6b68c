import type pg from 'pg';
import { commandKey } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import type { GatewayError, Problem } from '../../../domain/problem.ts';
import type { RunCounters } from '../../../domain/run.ts';
import { commit } from '../../commit.ts';
import { refusalOf } from '../../flush.ts';
import { defer, type Lane, type LaneSource, plannerSettings, readLane, withEveryRight } from '../../lane.ts';
import { failureOf } from '../../sql-state.ts';
import { withClient } from '../../with-client.ts';
import { LeaseLost, type LeasedRun } from '../lease.ts';
import { compareBatch, type ComparedBatch } from './compare-batch.ts';
import {
  type LostRecord,
  lostOf,
  type PlanRecord,
  problemOf,
  type ReadingMemory,
  type RunProblem,
} from './planning.ts';
import type { Keys } from './rounds.ts';
import { writeBatch } from './write-batch.ts';
import { writeItems } from './write-items.ts';
import type { GuideTextOf } from './write-problems.ts';

/** How far reading has come. A batch answers the next one: one that failed has left no trace. */
export interface PlanProgress {
  readonly items: number;
  readonly problems: { readonly error: number; readonly warning: number };
  readonly counters: RunCounters;
  /** Different keys so far, of what others may refer to. */
  readonly keys: number;
  /** Lost records of which only the kinds that they can be of are known. */
  readonly nameless: Readonly<Partial<Record<WireKind, number>>>;
  /** A key has more than one item. */
  readonly hasRepeats: boolean;
}

export const nothingPlanned: PlanProgress = {
  items: 0,
  problems: { error: 0, warning: 0 },
  counters: {},
  keys: 0,
  nameless: {},
  hasRepeats: false,
};

export interface PlanBatch {
  readonly records: readonly PlanRecord[];
  readonly problems: readonly RunProblem[];
  /** The records that were left out because of them. */
  readonly lost: readonly LostRecord[];
  /** What the guide of the dialect says of a problem that is found here. */
  readonly guideTextOf?: GuideTextOf;
  /** For whoever watches: {"file", "bytesRead", "bytesTotal", "records"}; of a rollback {"itemsRead", "itemsTotal", "records"}. */
  readonly progress: Readonly<Record<string, unknown>>;
}

/**
 * Compares a batch of records with what is declared, and writes what differs and what is wrong, in one transaction without the
 * lane. A record that the database refuses becomes a problem of its own; the others go on.
 *
 * @throws LeaseLost
 */
export async function planBatch(
  pool: pg.Pool,
  run: LeasedRun,
  batch: PlanBatch,
  before: PlanProgress,
  memory: ReadingMemory,
): Promise<PlanProgress> {
  try {
    return await planAtOnce(pool, run, batch, memory, behind(before, memory));
  } catch (error) {
    return planInParts(pool, run, batch, before, memory, error);
  }
}

/** Plans what could not be planned as a whole. */
async function planInParts(
  pool: pg.Pool,
  run: LeasedRun,
  batch: PlanBatch,
  before: PlanProgress,
  memory: ReadingMemory,
  error: unknown,
): Promise<PlanProgress> {
  const { records, ...rest } = batch;
  if (failureOf(error) !== 'record' || records.length === 0) throw error;
  if (records.length === 1) {
    const [record] = records as readonly [PlanRecord];
    const problems = [...rest.problems, problemOf(record, 'error', plainly(refusalOf(error)))];
    const lost = [...rest.lost, lostOf(record)];
    const without = { ...rest, records: [], problems, lost };
    return planAtOnce(pool, run, without, memory, behind(before, memory));
  }
  const middle = Math.ceil(records.length / 2);
  const between = await planBatch(pool, run, { ...rest, records: records.slice(0, middle) }, before, memory);
  const second = { ...rest, records: records.slice(middle), problems: [], lost: [] };
  return planBatch(pool, run, second, between, memory);
}

function plainly({ code, message }: GatewayError): Problem {
  return { code, message };
}

/** A batch that is being planned. */
export interface PlannedBatch {
  /** Resolves when it is compared and its turn to be written has come: the next one may be compared. Undefined: when it is done. */
  readonly writing: Promise<Ahead | undefined>;
  /** How far reading has come with it, when that is committed. */
  readonly done: Promise<PlanProgress>;
}

/** A batch that is compared, and not committed yet. */
interface Ahead {
  readonly foreseen: Foreseen;
  /** False: it came to something else than was foreseen. */
  readonly landed: Promise<boolean>;
}

/** What a batch is compared with, and numbered on from, beside what is declared. */
interface Foreseen {
  readonly keys: Keys;
  readonly items: number;
}

/** Where a batch stands. */
interface Turn {
  readonly foreseen: Foreseen;
  /** Resolves when what is before it is committed, to how far reading has come with that. */
  readonly comes: (compared: ComparedBatch) => Promise<PlanProgress>;
}

export const noBatch: PlannedBatch = { writing: Promise.resolve(undefined), done: Promise.resolve(nothingPlanned) };

/**
 * Plans a batch behind another one: it is compared while that one is written, and written when that is committed. Where the
 * database refuses something of that one, this one is compared again.
 */
export function planBehind(
  pool: pg.Pool,
  run: LeasedRun,
  batch: PlanBatch,
  former: PlannedBatch,
  memory: ReadingMemory,
): PlannedBatch {
  const { promise: writing, resolve: announce } = Promise.withResolvers<Ahead | undefined>();
  const done = planInTurn(pool, run, batch, former, memory, announce).finally(() => {
    announce(undefined);
  });
  // Whoever is behind it looks.
  done.catch(() => undefined);
  return { writing, done };
}

async function planInTurn(
  pool: pg.Pool,
  run: LeasedRun,
  batch: PlanBatch,
  former: PlannedBatch,
  memory: ReadingMemory,
  announce: (ahead: Ahead) => void,
): Promise<PlanProgress> {
  const ahead = await former.writing;
  const { promise: landed, resolve: land } = Promise.withResolvers<boolean>();
  try {
    const foreseen =
      ahead === undefined
        ? { keys: memory.keys, items: (await former.done).items }
        : { ...ahead.foreseen, keys: eitherOf(ahead.foreseen.keys, memory.keys) };
    const comes = async (compared: ComparedBatch): Promise<PlanProgress> => {
      if (ahead !== undefined && !(await ahead.landed)) throw new ComparedInVain();
      const before = await former.done;
      announce({
        foreseen: { keys: keysOf(batch.records, compared), items: before.items + compared.items.length },
        landed,
      });
      return before;
    };
    const after = await planAtOnce(pool, run, batch, memory, { foreseen, comes });
    land(true);
    return after;
  } catch (error) {
    // Whoever is behind it gives its connection back, which this one may need.
    land(false);
    const before = await former.done;
    return error instanceof ComparedInVain
      ? planBatch(pool, run, batch, before, memory)
      : planInParts(pool, run, batch, before, memory, error);
  }
}

/** What it was compared with is not what came to be. */
class ComparedInVain extends Error {
  override readonly name = 'ComparedInVain';
}

/** Behind what is committed. */
function behind(before: PlanProgress, { keys }: ReadingMemory): Turn {
  return { foreseen: { keys, items: before.items }, comes: () => Promise.resolve(before) };
}

/**
 * Compares, and writes the items while what is before them is being committed: they meet with nothing of it. All else waits for its turn; that of two
 * transactions would wait for each other.
 */
function planAtOnce(
  pool: pg.Pool,
  run: LeasedRun,
  batch: PlanBatch,
  memory: ReadingMemory,
  { foreseen, comes }: Turn,
): Promise<PlanProgress> {
  return withClient(pool, async (client) => {
    const { lane, source } = await openReading(client, run);
    const compared = await compareBatch(lane, source, run, batch, foreseen.keys);
    defer(lane, writeItems(lane, run.id, compared.items, foreseen.items));
    const before = await comes(compared);
    const { after, found } = await writeBatch(lane, run, batch, compared, before, memory).catch((error: unknown) => {
      // Of what was sent without waiting, the first that failed is why all behind it did.
      throw lane.failure.cause ?? error;
    });
    await commit(client);
    remember(batch, compared, memory);
    for (const reference of found) memory.references.add(reference);
    return after;
  });
}

function remember({ records, lost }: PlanBatch, { items, refused }: ComparedBatch, memory: ReadingMemory): void {
  const { keys, said, lostKeys } = memory;
  for (const record of records) {
    const { command, absent = false } = record;
    if (refused.has(record)) keys.add(command);
    else if (absent) said.addAbsent(command);
    else said.add(command);
  }
  for (const { item } of items) {
    if (item.record.absent === true) continue;
    if (item.command.verb === 'delete') keys.addDeleted(item.command);
    else keys.addPlanned(item.command);
  }
  for (const { kind, sourcedId } of lost)
    if (kind !== undefined && kind !== 'unknown' && sourcedId !== undefined) lostKeys.add({ kind, sourcedId });
}

/** The keys of a batch, as they will be remembered. */
function keysOf(records: readonly PlanRecord[], { items }: ComparedBatch): Keys {
  const stated = ({ absent }: PlanRecord): boolean => absent !== true;
  const seen = new Set(records.filter(stated).map(({ command }) => commandKey(command)));
  const planned = new Set(
    items.filter(({ item }) => stated(item.record)).map(({ item: { command } }) => commandKey(command)),
  );
  const isPlanned: Keys['isPlanned'] = (command) => planned.has(commandKey(command));
  return { has: (command) => seen.has(commandKey(command)) || isPlanned(command), isPlanned };
}

function eitherOf(one: Keys, other: Keys): Keys {
  return {
    has: (command) => one.has(command) || other.has(command),
    isPlanned: (command) => one.isPlanned(command) || other.isPlanned(command),
  };
}

/** Reads what was committed last, statement by statement; what is lost in a crash is read again from the beginning. */
async function openReading(client: pg.ClientBase, run: LeasedRun): Promise<{ lane: Lane; source: LaneSource }> {
  const { organizationId, id, sourceSystemId } = run;
  await client.query(
    `begin isolation level read committed; set local passerelle.organization_id = '${String(organizationId)}'; ${plannerSettings}; set local synchronous_commit = off`,
  );
  const read = await readLane(client, organizationId, { reason: 'message', messageId: id });
  const lane = run.takesBack === null ? read : withEveryRight(read, sourceSystemId);
  const source = lane.sources.get(sourceSystemId);
  if (source === undefined) throw new LeaseLost('the source system was removed');
  return { lane, source };
}
