import type pg from 'pg';
import { mustExist } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import type { GatewayError, Problem } from '../../../domain/problem.ts';
import type { KindCounters } from '../../../domain/run.ts';
import { commit } from '../../commit.ts';
import { refusalOf } from '../../flush.ts';
import { awaitDeferred, defer, type Lane, type LaneSource, plannerSettings, readLane } from '../../lane.ts';
import { failureOf } from '../../sql-state.ts';
import { withClient } from '../../with-client.ts';
import { LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';
import { noteMissing, type Reference } from './missing.ts';
import {
  type Findings,
  type FoundItem,
  type LostRecord,
  type PlanRecord,
  problemOf,
  type ReadingMemory,
  type RunProblem,
} from './planning.ts';
import { compareRound, roundsOf } from './rounds.ts';
import { rememberReferable } from './seen.ts';
import { itemsOf, writeItems } from './write-items.ts';
import { countProblems, type GuideTextOf, withGuide, writeProblems } from './write-problems.ts';

/** How far reading has come. A batch answers the next one: one that failed has left no trace. */
export interface PlanProgress {
  readonly items: number;
  readonly problems: { readonly error: number; readonly warning: number };
  readonly counters: Readonly<Partial<Record<WireKind, KindCounters>>>;
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
  /** For whoever watches: {"file", "bytesRead", "bytesTotal", "records"}. */
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
    return await planAtOnce(pool, run, batch, before, memory);
  } catch (error) {
    const { records, ...rest } = batch;
    if (failureOf(error) !== 'record' || records.length === 0) throw error;
    if (records.length === 1) {
      const [record] = records as readonly [PlanRecord];
      const problems = [...rest.problems, problemOf(record, 'error', plainly(refusalOf(error)))];
      const lost = [...rest.lost, record.command];
      return planAtOnce(pool, run, { ...rest, records: [], problems, lost }, before, memory);
    }
    const middle = Math.ceil(records.length / 2);
    const between = await planBatch(pool, run, { ...rest, records: records.slice(0, middle) }, before, memory);
    const second = { ...rest, records: records.slice(middle), problems: [], lost: [] };
    return planBatch(pool, run, second, between, memory);
  }
}

function plainly({ code, message }: GatewayError): Problem {
  return { code, message };
}

function planAtOnce(
  pool: pg.Pool,
  run: LeasedRun,
  batch: PlanBatch,
  before: PlanProgress,
  memory: ReadingMemory,
): Promise<PlanProgress> {
  return withClient(pool, async (client) => {
    const { lane, source } = await openReading(client, run);
    const planned = await planIn(lane, source, run, batch, before, memory).catch((error: unknown) => {
      // Of what was sent without waiting, the first that failed is why all behind it did.
      throw lane.failure.cause ?? error;
    });
    await commit(client);
    remember(batch.records, planned, memory);
    for (const reference of planned.found) memory.references.add(reference);
    for (const { kind, sourcedId } of batch.lost)
      if (kind !== undefined && sourcedId !== undefined) memory.lostKeys.add({ kind, sourcedId });
    return planned.after;
  });
}

function remember(records: readonly PlanRecord[], { written, refused }: Planned, { keys, said }: ReadingMemory): void {
  for (const record of records) {
    const { command, absent = false } = record;
    if (refused.has(record)) keys.add(command);
    else if (absent) said.addAbsent(command);
    else said.add(command);
  }
  for (const { command, record } of written) {
    if (record.absent === true) continue;
    if (command.verb === 'delete') keys.addDeleted(command);
    else keys.addPlanned(command);
  }
}

interface Planned {
  readonly after: PlanProgress;
  readonly written: readonly FoundItem[];
  readonly refused: ReadonlySet<PlanRecord>;
  /** References that lead somewhere. */
  readonly found: readonly Reference[];
}

async function planIn(
  lane: Lane,
  source: LaneSource,
  run: LeasedRun,
  { records, problems, lost, progress, guideTextOf }: PlanBatch,
  before: PlanProgress,
  memory: ReadingMemory,
): Promise<Planned> {
  const tally = createTally(before.counters);
  const findings: Findings = { items: [], problems: [...problems], refused: new Set(), count: tally.count };
  countRecords(records, lost, findings);
  const rounds = roundsOf(records);
  const remembered = rounds.map(({ compared }) => sent(lane, rememberReferable(lane, run.id, compared)));
  const noted = sent(lane, noteMissing(lane, run, records, memory.references));
  const written: FoundItem[] = [];
  for (const round of rounds) {
    const found = await compareRound(lane, source, run.id, round, written, findings, memory);
    const items = await itemsOf(lane, run, source.options.grace, found);
    void sent(lane, writeItems(lane, run.id, items, before.items + written.length));
    written.push(...items.map(({ item }) => item));
  }
  for (const record of records)
    if (mustExist(record.command) && !findings.refused.has(record)) tally.count(record.command.kind, 'asides');
  const told = withGuide(findings.problems, guideTextOf);
  void sent(lane, writeProblems(lane.client, run, told, before.problems));
  const after: PlanProgress = {
    items: before.items + written.length,
    counters: tally.counters,
    problems: countProblems(told, before.problems),
    keys: (await Promise.all(remembered)).reduce((sum, fresh) => sum + fresh, before.keys),
    nameless: countNameless(lost, before.nameless),
    hasRepeats: before.hasRepeats || written.some(({ isAgain }) => isAgain === true),
  };
  void sent(lane, noteProgress(lane.client, run, after, progress));
  await awaitDeferred(lane);
  return { after, written, refused: findings.refused, found: await noted };
}

function countNameless(lost: readonly LostRecord[], before: PlanProgress['nameless']): PlanProgress['nameless'] {
  const nameless = { ...before };
  for (const { mayName = [] } of lost) for (const kind of mayName) nameless[kind] = (nameless[kind] ?? 0) + 1;
  return nameless;
}

function countRecords(
  records: readonly PlanRecord[],
  lost: readonly LostRecord[],
  { count, problems }: Findings,
): void {
  for (const { kind } of lost) {
    if (kind === undefined) continue;
    count(kind, 'records');
    count(kind, 'refused');
  }
  for (const record of records) {
    // What a snapshot does not name is no record of it.
    if (record.absent !== true) count(record.command.kind, 'records');
    for (const note of record.command.notes ?? noNotes) problems.push(problemOf(record, 'warning', note));
  }
}

/** A statement for which nothing waits but the commit: those behind it are sent at once. */
function sent<Result>(lane: Lane, statement: Promise<Result>): Promise<Result> {
  defer(lane, statement);
  return statement;
}

const noNotes: readonly Problem[] = [];

/** Reads what was committed last, statement by statement; what is lost in a crash is read again from the beginning. */
async function openReading(client: pg.ClientBase, run: LeasedRun): Promise<{ lane: Lane; source: LaneSource }> {
  const { organizationId, id, sourceSystemId } = run;
  await client.query(
    `begin isolation level read committed; set local passerelle.organization_id = '${String(organizationId)}'; ${plannerSettings}; set local synchronous_commit = off`,
  );
  const lane = await readLane(client, organizationId, { reason: 'message', messageId: id });
  const source = lane.sources.get(sourceSystemId);
  if (source === undefined) throw new LeaseLost('the source system was removed');
  return { lane, source };
}

interface Tally {
  readonly counters: PlanProgress['counters'];
  readonly count: (kind: WireKind, what: keyof KindCounters) => void;
}

function createTally(before: PlanProgress['counters']): Tally {
  const counters: Partial<Record<WireKind, { -readonly [What in keyof KindCounters]: number }>> =
    structuredClone(before);
  return {
    counters,
    count(kind, what) {
      const of = (counters[kind] ??= { records: 0, unchanged: 0, add: 0, change: 0, remove: 0, refused: 0 });
      of[what] = (of[what] ?? 0) + 1;
    },
  };
}

async function noteProgress(
  client: pg.ClientBase,
  run: LeasedRun,
  after: PlanProgress,
  progress: PlanBatch['progress'],
): Promise<void> {
  const { rowCount } = await client.query({
    name: 'run_progress',
    text: `update run set progress = $4, counters = $5, problems = $6, items = $7, ${renewedSql}
            where organization_id = $1 and id = $2 and owner = $3 and state = 'reading' and not paused and not cancel_requested`,
    values: [
      run.organizationId,
      run.id,
      run.owner,
      JSON.stringify(progress),
      JSON.stringify(after.counters),
      JSON.stringify(after.problems),
      after.items,
    ],
  });
  if (rowCount !== 1) throw new LeaseLost();
}
