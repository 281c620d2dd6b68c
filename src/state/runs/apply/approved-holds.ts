import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import type { LeasedRun } from '../lease.ts';

/** The items of a hold ($6) of a run ($3), unless a message said something else of all of them meanwhile. */
export const ofApprovedSql = `
  hold = $6 and exists (select from run_hold h where h.organization_id = $1 and h.run_id = $3 and h.number = $6 and h.state = 'approved')`;

/** The next hold of the run that was approved and is not applied to its end. */
export function nextApproved(
  pool: pg.Pool,
  { organizationId, id }: LeasedRun,
): Promise<{ readonly hold: number; readonly after: number } | undefined> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ hold: number; after: string }>(
      `select number as hold, applied_to as after from run_hold
        where organization_id = $1 and run_id = $2 and state = 'approved' and not done order by number limit 1`,
      [organizationId, id],
    );
    return rows[0] && { hold: rows[0].hold, after: Number(rows[0].after) };
  });
}

export async function holdDone(pool: pg.Pool, { organizationId, id }: LeasedRun, hold: number): Promise<void> {
  await inOrganization(pool, organizationId, (client) =>
    client.query('update run_hold set done = true where organization_id = $1 and run_id = $2 and number = $3', [
      organizationId,
      id,
      hold,
    ]),
  );
}
