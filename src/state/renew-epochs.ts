import type pg from 'pg';
import { inOrganization } from './in-transaction.ts';
import { organizationIds } from './maintenance/retention.ts';

/**
 * After a restore, change numbers are given again that readers may have seen: a new epoch ends every cursor, so that
 * readers start from a snapshot (rule 2). Save points from after what the restored database has last seen are of a history
 * that is undone. Returns how many organizations there are.
 */
export async function renewEpochs(pool: pg.Pool): Promise<number> {
  const ids = await organizationIds(pool);
  for (const id of ids) await inOrganization(pool, id, (client) => client.query(renewSql, [id]));
  return ids.length;
}

/** The last 12 digits of a change's id are its number; the first 12 are milliseconds. */
const renewSql = `
  update lane l
     set epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 12),
         undone = l.undone + tstzmultirange(tstzrange(least(coalesce(seen.at, o.created_at), clock_timestamp()), clock_timestamp(), '(]'))
    from (select greatest(
            (select max(declared_at) from declared_user where organization_id = $1),
            (select max(declared_at) from declared_org_unit where organization_id = $1),
            (select max(declared_at) from declared_enrollment where organization_id = $1),
            (select to_timestamp(('x' || replace(left(c.id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)
               from change c where c.organization_id = $1 order by c.seq desc limit 1)) as at) seen,
         organization o
   where l.organization_id = $1 and o.id = $1`;
