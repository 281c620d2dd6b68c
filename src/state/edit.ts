import type pg from 'pg';
import type { Cause } from './changes.ts';
import { leaveLane, readLane, takeLane } from './lane.ts';
import { project } from './projection/project.ts';
import { queueReprojection } from './projection/queue.ts';
import type { Edited, Transaction } from './store.ts';
import { withClient } from './with-client.ts';

/** See `Store.edit`. */
export function editLane<T>(
  pool: pg.Pool,
  organizationId: number,
  cause: Cause,
  change: (tx: Transaction) => Promise<Edited<T>>,
): Promise<T> {
  return withClient(pool, async (client) => {
    await takeLane(client, organizationId);
    const { result, touched } = await change({ organizationId, client });
    // Read after the edit, which may be of ranks or options.
    const lane = await readLane(client, organizationId, cause);
    const size = touched.users.length + touched.orgUnits.length + touched.enrollments.length;
    if (size > lane.fanOutLimit) await queueReprojection(lane, touched);
    else if (size > 0) await project(lane, touched);
    await leaveLane(lane);
    return result;
  });
}
