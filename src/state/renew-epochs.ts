import type pg from 'pg';
import { inOrganization } from './in-transaction.ts';
import { organizationIds } from './maintenance/retention.ts';

/**
 * After a restore, change numbers are given again that readers may have seen: a new epoch ends every cursor, so that
 * readers start from a snapshot (rule 2). Returns how many organizations there are.
 */
export async function renewEpochs(pool: pg.Pool): Promise<number> {
  const ids = await organizationIds(pool);
  for (const id of ids) {
    await inOrganization(pool, id, (client) =>
      client.query(
        'update lane set epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 12) where organization_id = $1',
        [id],
      ),
    );
  }
  return ids.length;
}
