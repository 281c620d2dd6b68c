import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import type { LeasedRun } from '../lease.ts';

/** Is there an item left that would be applied now? */
export function hasMore(pool: pg.Pool, { organizationId, id }: LeasedRun): Promise<boolean> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ more: boolean }>(
      `select exists (select from run_item i where i.organization_id = $1 and i.run_id = $2 and i.number > r.applied_to and i.hold is null)
              or exists (select from run_hold h where h.organization_id = $1 and h.run_id = $2 and h.state = 'approved' and not h.done) as more
         from run r where r.organization_id = $1 and r.id = $2`,
      [organizationId, id],
    );
    return rows[0]?.more === true;
  });
}
