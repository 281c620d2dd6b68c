import type pg from 'pg';
import { commandKey } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import type { GatewayError, Problem, ProblemCode } from '../../../domain/problem.ts';
import type { KindCounters } from '../../../domain/run.ts';
import { commit } from '../../commit.ts';
import { refusalOf } from '../../flush.ts';
import { type Lane, type LaneSource, plannerSettings, readLane } from '../../lane.ts';
import { failureOf } from '../../sql-state.ts';
import { withClient } from '../../with-client.ts';
import { LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';
import { compareRecords } from './compare.ts';
import { type KnownReferences, noteMissing } from './missing.ts';
import { type Findings, type PlanRecord, problemOf, type RunProblem } from './planning.ts';
import { partSeen } from './seen.ts';
import { writeItems } from './write-items.ts';

/** How far reading has come. A batch answers the next one: one that failed has left no trace. */
export interface PlanProgress {
  readonly items: number;
  readonly problems: { readonly error: number; readonly warning: number };
  readonly counters: Readonly<Partial<Record<WireKind, KindCounters>>>;
  /** Different keys so far. */
  readonly keys: number;
}

export const nothingPlanned: PlanProgress = { items: 0, problems: { error: 0, warning: 0 }, counters: {}, keys: 0 };

export interface PlanBatch {
  readonly records: readonly PlanRecord[];
  readonly problems: readonly RunProblem[];
  /** The kinds of the records that were left out because of them. */
  readonly lost: readonly WireKind[];
  /** What the guide of the dialect says of a problem that is found here. */
  readonly guideTextOf?: (code: ProblemCode, kind: WireKind) => string | undefined;
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
  known: KnownReferences,
): Promise<PlanProgress> {
  try {
    return await planAtOnce(pool, run, batch, before, known);
  } catch (error) {
    const { records, ...rest } = batch;
    if (failureOf(error) !== 'record' || records.length === 0) throw error;
    if (records.length === 1) {
      const [record] = records as readonly [PlanRecord];
      const problems = [...rest.problems, problemOf(record, 'error', plainly(refusalOf(error)))];
      const lost = [...rest.lost, record.command.kind];
      return planAtOnce(pool, run, { ...rest, records: [], problems, lost }, before, known);
    }
    const middle = Math.ceil(records.length / 2);
    const between = await planBatch(pool, run, { ...rest, records: records.slice(0, middle) }, before, known);
    const second = { ...rest, records: records.slice(middle), problems: [], lost: [] };
    return planBatch(pool, run, second, between, known);
  }
}

function plainly({ code, message }: GatewayError): Problem {
  return { code, message };
}

function planAtOnce(
  pool: pg.Pool,
  run: LeasedRun,
  { records, problems, lost, progress, guideTextOf }: PlanBatch,
  before: PlanProgress,
  known: KnownReferences,
): Promise<PlanProgress> {
  return withClient(pool, async (client) => {
    const { lane, source } = await openReading(client, run);
    const tally = createTally(before.counters);
    const findings: Findings = { items: [], problems: [...problems], count: tally.count };
    for (const kind of lost) {
      tally.count(kind, 'records');
      tally.count(kind, 'refused');
    }
    // What a snapshot does not name is no record of it.
    for (const { command, absent } of records) if (absent !== true) tally.count(command.kind, 'records');
    for (const record of records)
      for (const note of record.command.notes ?? []) findings.problems.push(problemOf(record, 'warning', note));

    let { items, keys } = before;
    for (const { compared, forced } of roundsOf(records)) {
      const { fresh, again, repeated } = await partSeen(lane, run.id, compared);
      keys += compared.length - repeated.length;
      for (const record of [...repeated, ...forced])
        if (record.command.verb !== 'update') findings.problems.push(problemOf(record, 'warning', statedTwice(record)));
      const found: Findings = { ...findings, items: [] };
      await compareRecords(lane, source, run.id, fresh, found);
      for (const record of [...again, ...forced]) {
        const { command } = record;
        const operation = command.verb === 'delete' ? 'remove' : 'change';
        found.items.push({ record, command, operation, hadRow: true });
      }
      const places = new Map([...compared, ...forced].map((record, index) => [record, index]));
      found.items.sort((one, other) => (places.get(one.record) ?? 0) - (places.get(other.record) ?? 0));
      items = await writeItems(lane, run, source.options.grace, found, items);
    }
    await noteMissing(lane, run, records, known);
    const after: PlanProgress = {
      items,
      counters: tally.counters,
      problems: await writeProblems(client, run, withGuide(findings.problems, guideTextOf), before.problems),
      keys,
    };
    await noteProgress(client, run, after, progress);
    await commit(client);
    return after;
  });
}

interface Round {
  /** No key comes twice among them. */
  readonly compared: readonly PlanRecord[];
  /** Become items as they are. */
  readonly forced: readonly PlanRecord[];
}

/**
 * What comes again is looked at when what became of the first is known. What comes a third time in one batch becomes an item at
 * once: a file that says the same thing a million times is not to be looked at a million times.
 */
function roundsOf(records: readonly PlanRecord[]): readonly Round[] {
  const rounds: PlanRecord[][] = [[], [], []];
  const times = new Map<string, number>();
  for (const record of records) {
    const key = commandKey(record.command);
    const round = Math.min(times.get(key) ?? 0, 2);
    times.set(key, round + 1);
    rounds[round]?.push(record);
  }
  const [first = [], second = [], forced = []] = rounds;
  const [onceMore, others] = [
    { compared: second, forced },
    { compared: first, forced: [] },
  ];
  return second.length === 0 ? [others] : [others, onceMore];
}

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

function statedTwice({ command: { kind, sourcedId } }: PlanRecord): Problem {
  const message = `The ${kind} "${sourcedId}" stands in the files more than once. All of it is applied, in the order in which it stands; the last one holds.`;
  return { code: 'stated_twice', message };
}

interface Tally {
  readonly counters: PlanProgress['counters'];
  readonly count: (kind: WireKind, what: keyof KindCounters) => void;
}

function createTally(before: PlanProgress['counters']): Tally {
  const counters: Partial<Record<WireKind, KindCounters>> = structuredClone(before);
  return {
    counters,
    count(kind, what) {
      const of = counters[kind] ?? { records: 0, unchanged: 0, add: 0, change: 0, remove: 0, refused: 0 };
      counters[kind] = { ...of, [what]: of[what] + 1 };
    },
  };
}

function withGuide(problems: readonly RunProblem[], guideTextOf: PlanBatch['guideTextOf']): readonly RunProblem[] {
  if (guideTextOf === undefined) return problems;
  return problems.map((one) => {
    const guideText = one.guideText ?? (one.kind && guideTextOf(one.problem.code, one.kind));
    return guideText === undefined ? one : { ...one, guideText };
  });
}

/** Numbers them on; answers how many there are now. */
export async function writeProblems(
  client: pg.ClientBase,
  run: LeasedRun,
  problems: readonly RunProblem[],
  before: PlanProgress['problems'],
): Promise<PlanProgress['problems']> {
  if (problems.length === 0) return before;
  const last = before.error + before.warning;
  const rows = problems.map(({ severity, problem, guideText, file, line, column, field, kind, sourcedId }, index) => ({
    number: last + index + 1,
    severity,
    code: problem.code,
    message: problem.message,
    guide_text: guideText,
    file,
    line,
    column,
    field,
    kind,
    sourced_id: sourcedId,
  }));
  await client.query({
    name: 'run_problem_write',
    text: `insert into run_problem (organization_id, run_id, number, severity, code, message, guide_text, file, line, "column", field, kind, sourced_id)
           select $1, $2, r.* from jsonb_to_recordset($3)
               as r(number bigint, severity text, code text, message text, guide_text text, file text, line integer, "column" integer, field text, kind text, sourced_id text)`,
    values: [run.organizationId, run.id, JSON.stringify(rows)],
  });
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { error: before.error + errors, warning: before.warning + problems.length - errors };
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
