import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { commit } from '../../commit.ts';
import { awaitDeferred, type Lane, plannerSettings } from '../../lane.ts';
import { sqlStateOf } from '../../sql-state.ts';

/** Transactions that work under the lane of another one (docs/adr/0063), on connections that nobody else uses meanwhile. */
export interface Beside {
  /** Those of the helpers, and the lane at last: what is written there is committed with it. */
  readonly lanes: readonly Lane[];
  /** Commits the helpers' transactions, in the order of the numbers of their changes. */
  commit(): Promise<void>;
  /** Once all that was done under the lane is done. */
  forget(): Promise<void>;
}

/** @param settings for the statements of all of them, with the time that one waits for another at most: nobody else would see that they wait for each other */
export async function openBeside(lane: Lane, helpers: readonly pg.ClientBase[], settings: string): Promise<Beside> {
  await lane.client.query(settings);
  const token = randomBytes(8).readBigInt64BE().toString();
  await lane.client.query('select pg_advisory_xact_lock($1)', [token]);
  const beside = await Promise.all(helpers.map((client) => besideLane(lane, client, settings)));
  return {
    lanes: [...beside, lane],
    async commit() {
      for (const each of beside) await commitBeside(each, token);
    },
    async forget() {
      if (beside.length === 0) return;
      await lane.client.query('delete from lane_ahead where organization_id = $1', [lane.organizationId]);
    },
  };
}

/** What grows there is counted by who has the lane. */
async function besideLane({ statistics: _, ...lane }: Lane, client: pg.ClientBase, settings: string): Promise<Lane> {
  await client.query(
    `begin isolation level read committed; set local passerelle.organization_id = '${String(lane.organizationId)}'; ${plannerSettings};
     ${settings}; set local synchronous_commit = off`,
  );
  return { ...lane, client, counter: { seq: 0 }, deferred: [], failure: {} };
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
async function commitBeside(lane: Lane, token: string): Promise<void> {
  await awaitDeferred(lane);
  const { client, organizationId, counter } = lane;
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
