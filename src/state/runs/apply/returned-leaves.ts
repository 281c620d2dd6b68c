import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';

/** So many in one transaction, so that single messages get the lane in between. */
const chunkSize = 500;

/**
 * Enrollments that were to end later, and that were declared again, have returned. They are noted under the lane, as all that decides on them
 * does it: who locks many of them in another order would wait for each other. They are looked for without it, as mostly there is none.
 */
export async function noteReturned(
  pool: pg.Pool,
  { organizationId, sourceSystemId }: Pick<LeasedRun, 'organizationId' | 'sourceSystemId'>,
): Promise<void> {
  const returned = await inOrganization(pool, organizationId, async (client) => {
    await client.query(plannerSettings);
    const { rows } = await client.query<Found>(`select l.run_id, l.number from run_leave l where ${returnedSql}`, [
      organizationId,
      sourceSystemId,
    ]);
    return rows;
  });
  for (let from = 0; from < returned.length; from += chunkSize) {
    const chunk = returned.slice(from, from + chunkSize);
    await inOrganization(pool, organizationId, async (client) => {
      await client.query(plannerSettings);
      await client.query('select from lane where organization_id = $1 for update', [organizationId]);
      await client.query(
        `update run_leave l set state = 'returned', decided_at = now()
           from unnest($3::uuid[], $4::bigint[]) as k(run_id, number)
          where l.run_id = k.run_id and l.number = k.number and ${returnedSql}`,
        [organizationId, sourceSystemId, chunk.map((one) => one.run_id), chunk.map((one) => one.number)],
      );
    });
  }
}

interface Found {
  readonly run_id: string;
  readonly number: string;
}

const returnedSql = `
  l.organization_id = $1 and l.source_system_id = $2 and l.state = 'waiting'
    and exists (
      select from declared_enrollment d
       where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = l.sourced_id and d.leaving is null and not d.deleted)`;
