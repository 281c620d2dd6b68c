import type pg from 'pg';
import type { SourceKey } from '../../domain/sftp.ts';
import { inSpool } from './in-spool.ts';

/** A source system whose folder may be watched. */
export interface WatchedSource extends SourceKey {
  readonly organization: string;
  readonly sourceSystem: string;
}

/** The source systems of an organization from whom files are taken. */
export async function watchedSources(pool: pg.Pool, organizationId: number): Promise<WatchedSource[]> {
  const { rows } = await inSpool(pool, organizationId, (client) =>
    client.query<WatchedSource>(
      `select o.id as "organizationId", o.code as organization, s.id as "sourceSystemId", s.code as "sourceSystem"
         from source_system s join organization o on o.id = s.organization_id
        where s.organization_id = $1 and s.state <> 'disabled' and not s.reserved order by s.code`,
      [organizationId],
    ),
  );
  return rows;
}

/** Makes `owner` the one who watches the folder, for a while; false when somebody else does. */
export async function ownFolder(
  pool: pg.Pool,
  { organizationId, sourceSystemId }: SourceKey,
  owner: string,
  forMs: number,
): Promise<boolean> {
  const { rowCount } = await inSpool(pool, organizationId, (client) =>
    client.query(
      `insert into folder_watch as w (organization_id, source_system_id, owner, owned_until)
       values ($1, $2, $3, now() + make_interval(secs => $4))
       on conflict (organization_id, source_system_id)
       do update set owner = excluded.owner, owned_until = excluded.owned_until
        where w.owner = excluded.owner or w.owned_until < now()`,
      [organizationId, sourceSystemId, owner, forMs / 1_000],
    ),
  );
  return rowCount === 1;
}
