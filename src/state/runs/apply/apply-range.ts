import type pg from 'pg';
import type { RecordCommand } from '../../../domain/command.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { applySteps, type Step } from '../../apply.ts';
import { refusalOf } from '../../flush.ts';
import { inOrganization } from '../../in-transaction.ts';
import { awaitDeferred, enterLane, type Lane, leaveLane, plannerSettings, withEveryRight } from '../../lane.ts';
import type { Statistics } from '../../statistics.ts';
import { withClient } from '../../with-client.ts';
import { LeaseLost, type LeasedRun, renewedSql } from '../lease.ts';
import { compareAnew, type Item, readItems } from './read-items.ts';
import { applyShares } from './apply-shares.ts';
import { type Leave, leavesOf, noteLeaves } from './leaves.ts';
import { nextMemberships, type Stretch } from './memberships.ts';
import { type ApplyItems, applyNewcomers } from './newcomers.ts';
import { outcomesOf, overtakenOutcome, type RunOutcome, writeOutcomes } from './outcomes.ts';
import { Meeting, Misplaced } from './presumed.ts';

/** Which items are meant: those that no guard keeps back, or those of one hold that was approved. */
export interface Portion {
  readonly hold: number | null;
  /** The number of the last item that was applied. */
  readonly after: number;
}

/** Connections that work beside the one that holds the lane. */
export interface Helpers {
  readonly pool: pg.Pool;
  /** For one run. */
  readonly each: number;
}

export interface Foresight {
  /** The memberships that are next, if they are known. */
  readonly stretch?: Stretch | undefined;
  /** Persons are applied on one connection, and memberships looked for: of those before something was presumed that was not so. */
  readonly presumesNothing?: true;
}

export interface Applied {
  /** The number of the last item that was looked at. */
  readonly last: number;
  /** The memberships behind it, if they are what comes next: they are looked for meanwhile. */
  readonly next?: Promise<Stretch | undefined>;
  /** What was presumed of them was not so. */
  readonly haveMet?: boolean;
}

/**
 * Applies the next items under the lane: declares and projects them, and notes how far the run is. An item that is applied again,
 * because a worker was killed meanwhile, changes nothing.
 *
 * @returns undefined when there is none left
 * @throws LeaseLost; anything that the database throws
 */
export async function applyRange(
  pool: pg.Pool,
  run: LeasedRun,
  portion: Portion,
  most: number,
  statistics: Statistics,
  now: () => Date,
  helpers?: Helpers,
  { stretch, presumesNothing }: Foresight = {},
): Promise<Applied | undefined> {
  const always = presumesNothing === true ? { presumesNothing } : {};
  const ways: readonly Way[] = [
    ...(stretch === undefined ? [] : [{ ...always, stretch }]),
    always,
    { ...always, isAlone: true },
  ];
  let haveMet = false;
  for (const way of ways) {
    try {
      const applied = await applyOnce(pool, run, portion, most, statistics, now, helpers, way);
      return applied && (haveMet ? { ...applied, haveMet } : applied);
    } catch (error) {
      if (!(error instanceof Misplaced || error instanceof Meeting)) throw error;
      haveMet ||= error instanceof Meeting;
    }
  }
  throw new Error('a range was parted that is applied on one connection');
}

/** How a range is applied: where it could not be, it is in the next way. */
interface Way extends Foresight {
  /** On one connection, an item after the other. */
  readonly isAlone?: true;
}

function applyOnce(
  pool: pg.Pool,
  run: LeasedRun,
  portion: Portion,
  most: number,
  statistics: Statistics,
  now: () => Date,
  helpers: Helpers | undefined,
  way: Way,
): Promise<Applied | undefined> {
  // Who holds the lane waits for nobody's connection.
  return withHelpers(helpers, way.isAlone ? 0 : (helpers?.each ?? 0), (beside) =>
    withClient(pool, async (client) => {
      const cause = { reason: 'message', messageId: run.id } as const;
      const entered: Lane = { ...(await enterLane(client, run.organizationId, cause)), statistics, runId: run.id };
      const lane = run.takesBack === null ? entered : await takingBack(entered, run);
      const applied = await applyNext(pool, lane, run, portion, most, now, beside, way);
      try {
        await leaveLane(lane);
      } catch (error) {
        await awaitDeferred(lane).catch(() => undefined);
        throw error;
      }
      return applied;
    }),
  );
}

/** Who takes a run back undoes what it has made, whatever the source system may do. */
async function takingBack(lane: Lane, { sourceSystemId, takesBack }: LeasedRun): Promise<Lane> {
  const { rows } = await lane.client.query<{ since: string }>({
    name: 'run_taken_back_since',
    text: 'select applying_at::text as since from run where organization_id = $1 and id = $2',
    values: [lane.organizationId, takesBack],
  });
  const [taken] = rows;
  const rightful = withEveryRight(lane, sourceSystemId);
  return taken === undefined || takesBack === null
    ? rightful
    : { ...rightful, takesBack: { ...taken, runId: takesBack } };
}

function withHelpers<T>(
  helpers: Helpers | undefined,
  count: number,
  work: (clients: readonly pg.ClientBase[]) => Promise<T>,
): Promise<T> {
  if (helpers === undefined || count === 0) return work([]);
  return withClient(helpers.pool, (client) => withHelpers(helpers, count - 1, (others) => work([client, ...others])));
}

async function applyNext(
  pool: pg.Pool,
  lane: Lane,
  run: LeasedRun,
  portion: Portion,
  most: number,
  now: () => Date,
  helpers: readonly pg.ClientBase[],
  { stretch: foreseen, presumesNothing, isAlone }: Way,
): Promise<Applied | undefined> {
  const source = lane.sources.get(run.sourceSystemId);
  if (source === undefined) throw new LeaseLost('the source system was removed');
  const parts = helpers.length + 1;
  // Where rights are withheld, each is judged.
  const mayBeShared = source.options.withheldRights.length === 0 && isAlone !== true;
  const note = (last: number) => (): Promise<void> => noteApplied(lane.client, run, portion, last);
  const stretch = mayBeShared ? (foreseen ?? (await nextMemberships(lane, run, portion, most, parts))) : undefined;
  if (stretch !== undefined) {
    const { last } = stretch;
    const presumesNew = foreseen !== undefined && presumesNothing !== true;
    const next = portion.hold === null ? lookAhead(pool, run, { hold: null, after: last }, most, parts) : undefined;
    await writeOutcomes(
      lane,
      run.id,
      await applyShares(lane, source, run, { ...stretch, presumesNew }, helpers, note(last)),
    );
    return next === undefined ? { last } : { last, next };
  }
  const items = await readItems(lane, run, portion, most);
  const last = items.at(-1)?.number;
  if (last === undefined) return undefined;
  const apply: ApplyItems = (each, share, tell) => applyItems(each, run, share, now, tell);
  const parted =
    mayBeShared && presumesNothing !== true
      ? await applyNewcomers(lane, source, items, helpers, apply, note(last))
      : undefined;
  await writeOutcomes(lane, run.id, parted ?? (await applyItems(lane, run, items, now)));
  if (parted === undefined) await noteApplied(lane.client, run, portion, last);
  return { last };
}

/** Looks for the next memberships without the lane. A window that begins may hold some of them: whoever applies them has to look again then. */
function lookAhead(
  pool: pg.Pool,
  run: LeasedRun,
  portion: Portion,
  most: number,
  parts: number,
): Promise<Stretch | undefined> {
  const { organizationId } = run;
  const next = inOrganization(pool, organizationId, async (client) => {
    await client.query(plannerSettings);
    return nextMemberships({ client, organizationId }, run, portion, most, parts);
  });
  // They are looked for again then.
  return next.catch(() => undefined);
}

async function applyItems(
  lane: Lane,
  run: LeasedRun,
  items: readonly Item[],
  now: () => Date,
  tell: (outcome: Outcome) => void = () => undefined,
): Promise<RunOutcome[]> {
  const found: RunOutcome[] = [];
  const leaving: Leave[] = [];
  const current = items.filter((item) => !item.overtaken);
  for (const item of items) if (item.overtaken) found.push(overtakenOutcome(item.number, item.kind, item.sourcedId));
  const stepOf = (item: Item, answer: (outcome: Outcome) => void): Step => ({
    command: commandOf(item),
    messageId: run.id,
    sourceSystemId: run.sourceSystemId,
    isTerse: true,
    answer,
  });
  await compareAnew(
    lane,
    run,
    current.filter(({ isOutdated }) => isOutdated),
  );
  await applySteps(
    lane,
    current.flatMap((item) => [
      stepOf(item, (outcome) => {
        tell(outcome);
        if (!item.isDeleted || outcome.status !== 'unchanged') found.push(...outcomesOf(item.number, outcome));
        const leaves = leavesOf(item);
        if (leaves !== undefined && outcome.status !== 'rejected') leaving.push({ ...item, leaves });
      }),
      // As if it had come before them: what became of those is told already.
      ...(item.later ?? []).map((command) => stepOf({ ...item, command }, () => undefined)),
    ]),
  );
  await noteLeaves(lane, run, leaving, now());
  return found;
}

function commandOf({ entity, kind, sourcedId, command }: Item): RecordCommand {
  return { entity, kind, sourcedId, ...command } as RecordCommand;
}

/**
 * An item that cannot be applied, even alone: it is passed over, and what was wrong with it is told. No one else is harmed.
 */
export async function passOver(
  pool: pg.Pool,
  run: LeasedRun,
  portion: Portion,
  error: unknown,
): Promise<Applied | undefined> {
  return inOrganization(pool, run.organizationId, async (client) => {
    const [item] = await readItems({ organizationId: run.organizationId, client }, run, portion, 1);
    if (item === undefined) return undefined;
    const { code, message } = refusalOf(error);
    const outcome: RunOutcome = { number: item.number, status: 'failed', problems: [{ code, message }] };
    await writeOutcomes({ organizationId: run.organizationId, client }, run.id, [outcome]);
    await noteApplied(client, run, portion, item.number);
    return { last: item.number };
  });
}

async function noteApplied(client: pg.ClientBase, run: LeasedRun, { hold }: Portion, last: number): Promise<void> {
  const { organizationId, id, owner } = run;
  const { rowCount } = await client.query({
    name: 'run_applied',
    text: `update run set applied_to = case when $4 then applied_to else $5::bigint end, ${renewedSql}
            where organization_id = $1 and id = $2 and owner = $3 and state = 'applying' and not paused and not cancel_requested`,
    values: [organizationId, id, owner, hold !== null, last],
  });
  if (rowCount !== 1) throw new LeaseLost();
  if (hold === null) return;
  await client.query('update run_hold set applied_to = $4 where organization_id = $1 and run_id = $2 and number = $3', [
    organizationId,
    id,
    hold,
    last,
  ]);
}
