import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';
import { organizationIds } from './retention.ts';

/** Removes the bulk data exchanges that ended before an instant. */
export async function removeOldExchanges(pool: pg.Pool, before: Date): Promise<void> {
  for (const id of await organizationIds(pool)) {
    await inOrganization(pool, id, (client) =>
      client.query('delete from bulk_exchange where organization_id = $1 and ended_at < $2', [id, before]),
    );
  }
}

/**
 * Removes the runs that ended before an instant, with their plans and problems, which hold personal data as messages do. What is
 * held is still to be decided on: such a run stays until it is, or until its holds expire; one that is being taken back stays until it was.
 */
export async function removeOldRuns(pool: pg.Pool, before: Date): Promise<number> {
  let removed = 0;
  for (const id of await organizationIds(pool)) {
    while (await removeFirst(pool, id, before)) removed += 1;
  }
  return removed;
}

/** One at once: with a run goes its plan, which may have a million items. */
async function removeFirst(pool: pg.Pool, organizationId: number, before: Date): Promise<boolean> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ id: string; source_system_id: number }>(
      `delete from run where organization_id = $1 and id = (
         select r.id from run r
          where r.organization_id = $1 and r.finished_at < $2 and r.state in ('finished', 'cancelled', 'failed')
            and not exists (select from run_hold h where h.organization_id = $1 and h.run_id = r.id and h.state = 'held')
            and not exists (select from run b
                             where b.organization_id = $1 and b.takes_back = r.id and b.state in ('queued', 'reading', 'planned', 'applying'))
          order by r.id limit 1 for update)
       returning id, source_system_id`,
      [organizationId, before],
    );
    const [run] = rows;
    if (run === undefined) return false;
    await client.query(
      'update source_system set holding_run = null where organization_id = $1 and id = $2 and holding_run = $3',
      [organizationId, run.source_system_id, run.id],
    );
    return true;
  });
}
