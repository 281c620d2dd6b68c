import type pg from 'pg';
import type { Lane, LaneSource } from '../../lane.ts';
import { type Differences, findDifferences, writeDifferences } from '../../projection/enrollments-many.ts';
import { settlePairsApart } from '../../projection/enrollments.ts';
import type { LeasedRun } from '../lease.ts';
import { openBeside } from './beside.ts';
import { type DeclaredShare, declareShare, outcomesOfShare, type Share, type Stretch } from './memberships.ts';
import type { RunOutcome } from './outcomes.ts';
import { Misplaced, type Presumed } from './presumed.ts';

/**
 * What the statements of a share join is of the share; rows that they look up are lateral ones, for which there is no other way.
 * Shares have no row in common.
 */
const shareSettings = 'set local enable_nestloop = off; set local lock_timeout = 5000';

const byKeys = 'set local enable_nestloop = on';

/**
 * Applies memberships on several connections at once (docs/adr/0063). Only ours holds the lane; the others work under it, and
 * commit before it does, in the order of the numbers of their changes.
 *
 * @param helpers connections that nobody else uses meanwhile, one fewer than there are shares
 * @param note notes in our transaction that this was applied, if it may be: nothing is committed before
 * @throws Misplaced; Meeting, where new rows are presumed
 */
export async function applyShares(
  lane: Lane,
  source: LaneSource,
  run: LeasedRun,
  stretch: Stretch & Presumed,
  helpers: readonly pg.ClientBase[],
  note: () => Promise<void>,
): Promise<RunOutcome[]> {
  const beside = await openBeside(lane, helpers.slice(0, stretch.shares.length - 1), shareSettings);
  const shares = stretch.shares.map((share, at) => {
    const own = beside.lanes[at];
    if (own === undefined) throw new Error('a run has more shares than connections');
    return { ...share, lane: own };
  });

  // Each begins where the one before it ends: numbers are without gaps, and in the order of the commits (rule 2).
  let begins = Promise.resolve(lane.counter.seq);
  const settled = await allOf(
    shares.map((share) => {
      const finding = findShare(share, source, run, stretch);
      const begin = begins;
      const writing = writeShare(share, finding, begin, run);
      begins = Promise.all([begin, finding]).then(([seq, { found }]) =>
        found.wide.userIds.length === 0 ? seq + found.count : writing.then(() => share.lane.counter.seq),
      );
      begins.catch(() => undefined);
      return writing;
    }),
  );
  await lane.statistics?.grew(lane.client, 'enrollment', stretch.count);
  await note();
  await beside.commit();
  // What is left is looked up by its keys.
  await lane.client.query(byKeys);

  const outcomes: RunOutcome[] = [];
  for (const { numbers, declared } of settled)
    outcomes.push(...(await outcomesOfShare(lane, source, run, numbers, declared.told)));
  await beside.forget();
  return outcomes;
}

interface ShareInLane extends Share {
  readonly lane: Lane;
}

interface FoundShare {
  readonly numbers: string;
  readonly declared: DeclaredShare;
  readonly found: Differences;
}

async function findShare(
  share: ShareInLane,
  source: LaneSource,
  run: LeasedRun,
  stretch: Stretch & Presumed,
): Promise<FoundShare> {
  const { lane, numbers } = share;
  const declared = await declareShare(lane, source, run, stretch, share);
  if (declared.isMisplaced) throw new Misplaced();
  return { numbers, declared, found: await differencesOf(lane, declared) };
}

/** @param begin the number of the last change before its own: known when the shares before it have found theirs, and have settled those that have to be settled apart */
async function writeShare(
  { lane }: ShareInLane,
  finding: Promise<FoundShare>,
  begin: Promise<number>,
  run: LeasedRun,
): Promise<FoundShare> {
  const share = await finding;
  lane.counter.seq = await begin;
  await writeDifferences(lane, share.found, run.id);
  if (share.found.wide.userIds.length === 0) return share;
  // In its own transaction: a share that is committed alone, as its worker is killed, has nothing left to settle.
  await lane.client.query(byKeys);
  await settlePairsApart(lane, share.found.wide, run.id);
  return share;
}

/** Where one fails, the others come to their end first: none goes on with a connection that was given back. */
async function allOf<Result>(shares: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(shares);
  return Promise.all(shares);
}

async function differencesOf(lane: Lane, { userIds, orgUnitIds }: DeclaredShare): Promise<Differences> {
  return userIds === null || orgUnitIds === null
    ? { rows: null, count: 0, wide: { userIds: [], orgUnitIds: [] } }
    : findDifferences(lane, { userIds, orgUnitIds });
}
