import type pg from 'pg';
import type { Cause } from './changes.ts';
import { commit } from './commit.ts';
import { enterLane, leaveLane } from './lane.ts';
import type { Lane } from './lane.ts';
import { withClient } from './with-client.ts';

/*
 * How a transaction is opened on Postgres: plainly, for the rows of one organization, or with its lane. Messages have one of
 * their own (transact.ts), because they tell a commit that failed from one whose answer is lost; the administration writes
 * its statements with Kysely (admin/in-organization.ts).
 */

export function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  return withClient(pool, async (client) => {
    await client.query('begin');
    const result = await work(client);
    await commit(client);
    return result;
  });
}

/** Runs `work` in a transaction in which row-level security shows the rows of one organization. */
export function inOrganization<Result>(
  pool: pg.Pool,
  organizationId: number,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await client.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organizationId)]);
    return work(client);
  });
}

/** Runs `work` in a transaction that holds the lane of one organization (rule 1). */
export function inLane<Result>(
  pool: pg.Pool,
  organizationId: number,
  cause: Cause,
  work: (lane: Lane) => Promise<Result>,
  fanOutLimit?: number,
): Promise<Result> {
  return withClient(pool, async (client) => {
    const lane = await enterLane(client, organizationId, cause, fanOutLimit);
    const result = await work(lane);
    await leaveLane(lane);
    return result;
  });
}
