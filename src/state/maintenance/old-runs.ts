import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';
import { organizationIds } from './retention.ts';

/** So many at once: with a run goes its plan, which may have a million items. */
const atOnce = 20;

/** Removes the bulk data exchanges that ended before an instant. */
export async function removeOldExchanges(pool: pg.Pool, before: Date): Promise<void> {
  for (const id of await organizationIds(pool)) {
    await inOrganization(pool, id, (client) =>
      client.query('delete from bulk_exchange where organization_id = $1 and ended_at < $2', [id, before]),
    );
  }
}

/** Removes the runs that ended before an instant, with their plans and problems, which hold personal data as messages do. */
export async function removeOldRuns(pool: pg.Pool, before: Date): Promise<number> {
  let removed = 0;
  for (const id of await organizationIds(pool)) {
    for (let last = atOnce; last === atOnce; removed += last) last = await removeSome(pool, id, before);
  }
  return removed;
}

async function removeSome(pool: pg.Pool, organizationId: number, before: Date): Promise<number> {
  const { rowCount } = await inOrganization(pool, organizationId, (client) =>
    client.query(
      `delete from run where organization_id = $1 and id in (
         select id from run where organization_id = $1 and finished_at < $2 and state in ('finished', 'cancelled', 'failed')
          order by id limit $3)`,
      [organizationId, before, atOnce],
    ),
  );
  return rowCount ?? 0;
}
