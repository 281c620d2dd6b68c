import type pg from 'pg';
import type { Problem } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import type { LeasedRun } from '../runs/lease.ts';

/** Of a run `r`: its own part is done, or it has none. What is applied is what somebody approved. */
const appliesHoldsSql = `
  (r.dialect = 'messages' or r.state = 'applying' and not exists (
     select from run_item i where i.organization_id = $1 and i.run_id = $2 and i.hold is null and i.number > r.applied_to))`;

/**
 * Cancels the applying of what was approved: what is applied stays, the rest is held again. The run itself goes on to be the place where the
 * holds are decided on. A worker that has it lets go of it, and does this then.
 *
 * @returns false where nothing approved is being applied, or a file itself is
 */
export async function cancelApproved(pool: pg.Pool, organizationId: number, id: string): Promise<boolean> {
  return underLane(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ owned: boolean }>(
      `update run r set cancel_requested = true, paused = false
        where organization_id = $1 and id = $2 and state = 'applying' and ${appliesHoldsSql}
       returning owner is not null and owned_until >= now() as owned`,
      [organizationId, id],
    );
    if (rows[0]?.owned === false) await holdAgain(client, organizationId, id);
    return rows.length === 1;
  });
}

/**
 * The same by the worker that has it, also where it cannot go on.
 *
 * @returns false where it applies a file itself
 */
export async function stopApproved(
  pool: pg.Pool,
  { organizationId, id, owner }: LeasedRun,
  failure: Problem | undefined,
): Promise<boolean> {
  return underLane(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      `update run r set failure = $4 where organization_id = $1 and id = $2 and owner = $3 and ${appliesHoldsSql}`,
      [organizationId, id, owner, failure === undefined ? null : JSON.stringify(failure)],
    );
    if (rowCount === 1) await holdAgain(client, organizationId, id);
    return rowCount === 1;
  });
}

/** The lane, the run, its holds: all lock in this order. */
function underLane<T>(pool: pg.Pool, organizationId: number, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  return inOrganization(pool, organizationId, async (client) => {
    await client.query('select from lane where organization_id = $1 for update', [organizationId]);
    return work(client);
  });
}

/** Holds of which nothing was applied are open again, as long as they were, and by no window; of others the rest is a hold of its own. */
async function holdAgain(client: pg.ClientBase, organizationId: number, id: string): Promise<void> {
  const { rows: approved } = await client.query<{ number: number; begun: boolean; left: number }>(
    `select h.number, h.applied_to > 0 as begun,
            (select count(*)::integer from run_item i
              where i.organization_id = $1 and i.run_id = $2 and i.hold = h.number and i.number > h.applied_to) as left
       from run_hold h where h.organization_id = $1 and h.run_id = $2 and h.state = 'approved' and not h.done
      order by h.number for update`,
    [organizationId, id],
  );
  for (const { number, begun, left } of approved) {
    if (left > 0 && begun) await splitOff(client, organizationId, id, number, left);
    else if (left > 0)
      await client.query(
        `update run_hold set state = 'held', decided_by = null, decided_at = null, release_at = null, expires_at = ${daysAnew}
          where organization_id = $1 and run_id = $2 and number = $3`,
        [organizationId, id, number],
      );
  }
  await client.query(
    `update run_hold set done = true where organization_id = $1 and run_id = $2 and state = 'approved' and not done`,
    [organizationId, id],
  );
  await client.query(
    `update run set state = 'finished', finished_at = clock_timestamp(), cancel_requested = false, owner = null, owned_until = null,
            overridden = false, waits = null, waits_until = null,
            outcomes = (select coalesce(jsonb_object_agg(status, count), '{}')
                          from (select status, count(*) from run_outcome where organization_id = $1 and run_id = $2 group by status) o)
      where organization_id = $1 and id = $2`,
    [organizationId, id],
  );
}

const daysAnew = 'now() + (expires_at - made_at)';

async function splitOff(
  client: pg.ClientBase,
  organizationId: number,
  id: string,
  number: number,
  left: number,
): Promise<void> {
  const { rows } = await client.query<{ number: number }>(
    `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at)
     select organization_id, run_id, (select max(o.number) + 1 from run_hold o where o.organization_id = $1 and o.run_id = $2),
            guard, kind, finding || jsonb_build_object('partOf', number), $4, 'held', ${daysAnew}
       from run_hold where organization_id = $1 and run_id = $2 and number = $3
     returning number`,
    [organizationId, id, number, left],
  );
  await client.query(
    `with rest as (
       update run_item i set hold = $4 from run_hold h
        where h.organization_id = $1 and h.run_id = $2 and h.number = $3
          and i.organization_id = $1 and i.run_id = $2 and i.hold = $3 and i.number > h.applied_to)
     update run_hold set items = items - $5 where organization_id = $1 and run_id = $2 and number = $3`,
    [organizationId, id, number, rows[0]?.number, left],
  );
}
