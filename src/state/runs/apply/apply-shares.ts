import type pg from 'pg';
import type { Lane, LaneSource } from '../../lane.ts';
import { type Differences, findDifferences, writeDifferences } from '../../projection/enrollments-many.ts';
import { settlePairsApart } from '../../projection/enrollments.ts';
import type { LeasedRun } from '../lease.ts';
import { openBeside } from './beside.ts';
import { type DeclaredShare, declareShare, outcomesOfShare, type Stretch } from './memberships.ts';
import type { RunOutcome } from './outcomes.ts';

/**
 * What the statements of a share join is of the share; rows that they look up are lateral ones, for which there is no other way.
 * Shares have no row in common.
 */
const shareSettings = 'set local enable_nestloop = off; set local lock_timeout = 5000';

/**
 * Applies memberships on several connections at once (docs/adr/0063). Only ours holds the lane; the others work under it, and
 * commit before it does, in the order of the numbers of their changes.
 *
 * @param helpers connections that nobody else uses meanwhile, one fewer than there are shares
 * @param note notes in our transaction that this was applied, if it may be: nothing is committed before
 */
export async function applyShares(
  lane: Lane,
  source: LaneSource,
  run: LeasedRun,
  stretch: Stretch,
  helpers: readonly pg.ClientBase[],
  note: () => Promise<void>,
): Promise<RunOutcome[]> {
  const beside = await openBeside(lane, helpers.slice(0, stretch.shares.length - 1), shareSettings);
  const shares = stretch.shares.map((share, at) => ({ ...share, lane: beside.lanes[at] ?? lane }));

  const declared = await Promise.all(
    shares.map((share) => declareShare(share.lane, source, run, stretch.parts, share)),
  );
  if (declared.some(({ isMisplaced }) => isMisplaced)) throw new Misplaced();
  await lane.statistics?.grew(lane.client, 'enrollment', stretch.count);
  const found = await Promise.all(shares.map((share, at) => differencesOf(share.lane, declared[at])));
  numberOn(
    lane,
    shares.map((share) => share.lane),
    found,
  );
  await Promise.all(shares.map((share, at) => writeDifferences(share.lane, found[at] ?? none, run.id)));
  await note();
  await beside.commit();
  // What is left is looked up by its keys.
  await lane.client.query('set local enable_nestloop = on');

  const outcomes: RunOutcome[] = [];
  for (const [at, { numbers }] of shares.entries()) {
    const { strangerIds = [], strangerOrgUnitIds = [], told = [] } = declared[at] ?? {};
    await settlePairsApart(lane, found[at]?.wide ?? none.wide, run.id);
    await settlePairsApart(lane, { userIds: strangerIds, orgUnitIds: strangerOrgUnitIds }, run.id);
    outcomes.push(...(await outcomesOfShare(lane, source, run, numbers, told)));
  }
  await beside.forget();
  return outcomes;
}

/** A membership is another share's than was foreseen: links have changed since the stretch was looked for, or an item before it moves it. */
export class Misplaced extends Error {
  override readonly name = 'Misplaced';
}

const none: Differences = { rows: null, count: 0, wide: { userIds: [], orgUnitIds: [] } };

async function differencesOf(lane: Lane, declared: DeclaredShare | undefined): Promise<Differences> {
  const { userIds = null, orgUnitIds = null } = declared ?? {};
  return userIds === null || orgUnitIds === null ? none : findDifferences(lane, { userIds, orgUnitIds });
}

/** Each share begins where the one before it ends: numbers are without gaps, and in the order of the commits (rule 2). */
function numberOn(lane: Lane, shares: readonly Lane[], found: readonly Differences[]): void {
  let { seq } = lane.counter;
  for (const [at, share] of shares.entries()) {
    share.counter.seq = seq;
    seq += found[at]?.count ?? 0;
  }
}
