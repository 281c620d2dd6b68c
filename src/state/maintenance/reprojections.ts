import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';

/** True while re-projections are queued. Asked before the organization's lane is taken for nothing. */
export function hasOpenReprojection(pool: pg.Pool, organizationId: number): Promise<boolean> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      'select from reprojection where organization_id = $1 and finished_at is null limit 1',
      [organizationId],
    );
    return rowCount === 1;
  });
}

/** Forgets re-projections that were finished before then; returns how many. */
export async function purgeReprojections(pool: pg.Pool, organizationId: number, before: Date): Promise<number> {
  const { rowCount } = await inOrganization(pool, organizationId, (client) =>
    client.query('delete from reprojection where organization_id = $1 and finished_at < $2', [organizationId, before]),
  );
  return rowCount ?? 0;
}
