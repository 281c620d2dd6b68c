import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { commit } from '../../commit.ts';
import { type Lane, type LaneSource, plannerSettings } from '../../lane.ts';
import { type Differences, findDifferences, writeDifferences } from '../../projection/enrollments-many.ts';
import { settlePairsApart } from '../../projection/enrollments.ts';
import { sqlStateOf } from '../../sql-state.ts';
import type { LeasedRun } from '../lease.ts';
import { type DeclaredShare, declareShare, outcomesOfShare, type Stretch } from './memberships.ts';
import type { RunOutcome } from './outcomes.ts';

/**
 * What the statements of a share join is of the share; rows that they look up are lateral ones, for which there is no other way.
 * Shares have no row in common: one that waits for another all the same is told so, since nobody else would see it.
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
  await lane.client.query(shareSettings);
  const token = randomBytes(8).readBigInt64BE().toString();
  await lane.client.query('select pg_advisory_xact_lock($1)', [token]);
  const beside = await Promise.all(
    helpers.slice(0, stretch.shares.length - 1).map((client) => besideLane(lane, client)),
  );
  // Ours is the last: what it has written is committed with the lane.
  const connections = [...beside, lane];
  const shares = stretch.shares.map((share, at) => ({ ...share, lane: connections[at] ?? lane }));

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
  for (const each of beside) await commitBeside(each, token);

  const outcomes: RunOutcome[] = [];
  for (const [at, { numbers }] of shares.entries()) {
    const { strangerIds = [], strangerOrgUnitIds = [], told = [] } = declared[at] ?? {};
    await settlePairsApart(lane, found[at]?.wide ?? none.wide, run.id);
    await settlePairsApart(lane, { userIds: strangerIds, orgUnitIds: strangerOrgUnitIds }, run.id);
    outcomes.push(...(await outcomesOfShare(lane, source, run, numbers, told)));
  }
  if (beside.length > 0)
    await lane.client.query('delete from lane_ahead where organization_id = $1', [lane.organizationId]);
  return outcomes;
}

/** Links have changed since the stretch was looked for: it is to be looked for again. */
export class Misplaced extends Error {
  override readonly name = 'Misplaced';
}

const none: Differences = { rows: null, count: 0, wide: { userIds: [], orgUnitIds: [] } };

/** A transaction that works under the lane of another one. */
async function besideLane(lane: Lane, client: pg.ClientBase): Promise<Lane> {
  await client.query(
    `begin isolation level read committed; set local passerelle.organization_id = '${String(lane.organizationId)}'; ${plannerSettings};
     ${shareSettings}; set local synchronous_commit = off`,
  );
  return { ...lane, client, counter: { seq: 0 }, deferred: [], failure: {} };
}

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

/** The connection that holds the lane broke: what was written under it is rolled back, and may be tried again. */
class LaneLost extends Error {
  override readonly name = 'LaneLost';
  readonly code = '57P01';
}

/**
 * If the lane is never left, the next one goes on from this number. The commit becomes durable with that of the lane, or before.
 *
 * @param token locked by who holds the lane: whoever can lock it is alone, and must not commit. The commit is sent with that look.
 */
async function commitBeside({ client, organizationId, counter }: Lane, token: string): Promise<void> {
  const noted = client.query(
    `insert into lane_ahead (organization_id, change_seq)
     values ($1, case when pg_try_advisory_xact_lock($3) then null else $2::bigint end)
     on conflict (organization_id) do update set change_seq = excluded.change_seq`,
    [organizationId, counter.seq, token],
  );
  const committed = commit(client);
  committed.catch(() => undefined);
  await noted.catch((error: unknown) => {
    if (sqlStateOf(error) === notNullViolation) throw new LaneLost('the connection that holds the lane broke');
    throw error;
  });
  await committed;
}

const notNullViolation = '23502';
