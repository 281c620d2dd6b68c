import type pg from 'pg';
import { inOrganization } from '../in-transaction.ts';
import { organizationIds } from './retention.ts';

const atOnce = 1_000;

/**
 * Removes the uploads that ended before an instant and of which nothing is left but what they were: their bytes went, and so did
 * their runs. What a folder of SFTP still shows, and what a later upload repeats, stays as long as that does.
 */
export async function removeOldUploads(pool: pg.Pool, before: Date): Promise<number> {
  let removed = 0;
  for (const id of await organizationIds(pool)) {
    for (let some = 1; some > 0; removed += some) some = await removeSome(pool, id, before);
  }
  return removed;
}

async function removeSome(pool: pg.Pool, organizationId: number, before: Date): Promise<number> {
  const { rowCount } = await inOrganization(pool, organizationId, (client) =>
    client.query(
      `delete from upload where organization_id = $1 and id in (
         select u.id from upload u
          where u.organization_id = $1 and u.forgotten and u.completed_at < $2
            and not exists (select from run r where r.organization_id = $1 and r.upload_id = u.id)
            and not exists (select from sftp_file f where f.organization_id = $1 and f.upload_id = u.id)
            and not exists (select from upload_wish w where w.organization_id = $1 and w.repeats = u.id)
          order by u.completed_at limit $3 for update skip locked)`,
      [organizationId, before, atOnce],
    ),
  );
  return rowCount ?? 0;
}
