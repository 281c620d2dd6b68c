import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import type { SftpEntry, SftpStore, SourceKey } from '../../domain/sftp.ts';
import { inSpool } from './in-spool.ts';
import { selectWished, toWished, type WishedRow } from './wish-store.ts';

type Row = WishedRow & { entry_name: string; closed: boolean; changed_at: Date; receipt_hidden: boolean };

export function createSftpStore({ pool }: { readonly pool: pg.Pool }): SftpStore {
  const run = async (organizationId: number, statement: string, values: readonly unknown[]): Promise<number> => {
    const { rowCount } = await inSpool(pool, organizationId, (client) =>
      client.query(statement, [organizationId, ...values]),
    );
    return rowCount ?? 0;
  };
  const select = async ({ organizationId, sourceSystemId }: SourceKey, name?: string): Promise<SftpEntry[]> => {
    const { rows } = await inSpool(pool, organizationId, (client) =>
      client.query<Row>(
        `select w.*, f.name as entry_name, f.closed, f.changed_at, f.receipt_hidden
           from sftp_file f
           join (${selectWished}) w on w.organization_id = f.organization_id and w.id = f.upload_id
          where f.organization_id = $1 and f.source_system_id = $2 and ($3::text is null or f.name = $3)
          order by f.name`,
        [organizationId, sourceSystemId, name ?? null],
      ),
    );
    return rows.map(toEntry);
  };
  return {
    list: (source) => select(source),
    find: async (source, name) => (await select(source, name))[0],
    async put({ organizationId, sourceSystemId }, name, uploadId) {
      await run(
        organizationId,
        `insert into sftp_file (organization_id, source_system_id, name, upload_id) values ($1, $2, $3, $4)
         on conflict (organization_id, source_system_id, name)
         do update set upload_id = excluded.upload_id, closed = false, changed_at = now(), receipt_hidden = false`,
        [sourceSystemId, name, uploadId],
      );
    },
    async close({ organizationId, sourceSystemId }, name, closed) {
      await run(
        organizationId,
        `update sftp_file set closed = $4, changed_at = now()
          where organization_id = $1 and source_system_id = $2 and name = $3`,
        [sourceSystemId, name, closed],
      );
    },
    async rename({ organizationId, sourceSystemId }, from, to) {
      await inSpool(pool, organizationId, async (client) => {
        const of = [organizationId, sourceSystemId];
        const where = 'where organization_id = $1 and source_system_id = $2 and name = $3';
        await client.query(`delete from sftp_file ${where}`, [...of, to]);
        await client.query(`update sftp_file set name = $4, changed_at = now() ${where}`, [...of, from, to]);
        await client.query(
          `update upload u set name = $4 from sftp_file f
            where f.organization_id = $1 and f.source_system_id = $2 and f.name = $3
              and u.organization_id = f.organization_id and u.id = f.upload_id and u.sha256 is null`,
          [...of, to, to],
        );
      });
    },
    async remove({ organizationId, sourceSystemId }, name) {
      await run(
        organizationId,
        'delete from sftp_file where organization_id = $1 and source_system_id = $2 and name = $3',
        [sourceSystemId, name],
      );
    },
    async hideReceipt({ organizationId, sourceSystemId }, name) {
      await run(
        organizationId,
        `update sftp_file set receipt_hidden = true
          where organization_id = $1 and source_system_id = $2 and name = $3`,
        [sourceSystemId, name],
      );
    },
    async rested(organizationId) {
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<{ source_system_id: number; name: string }>(
          `select f.source_system_id, f.name
             from sftp_file f
             join upload u on u.organization_id = f.organization_id and u.id = f.upload_id and u.sha256 is null
             join file_settings s on s.organization_id = f.organization_id and s.source_system_id = f.source_system_id
            where f.organization_id = $1 and f.closed and s.pick_up = 'rest'
              and f.changed_at < now() - make_interval(secs => s.rest_s)
            order by f.changed_at`,
          [organizationId],
        ),
      );
      return rows.map(({ source_system_id: sourceSystemId, name }) => ({ organizationId, sourceSystemId, name }));
    },
    forget: (organizationId, before) =>
      run(
        organizationId,
        `delete from sftp_file f using upload u
          where f.organization_id = $1 and f.changed_at < $2
            and u.organization_id = f.organization_id and u.id = f.upload_id and u.sha256 is not null`,
        [before],
      ),
  };
}

function toEntry({ entry_name: name, closed, changed_at: changedAt, receipt_hidden: hidden, ...row }: Row): SftpEntry {
  return { name, closed, changedAt, hasReceipt: !hidden, upload: toWished(row) };
}

/**
 * The host keys of this gateway by their algorithms, made where there is none: the same for all processes, whoever came first.
 *
 * @param isLost whether what does not open is given up, and made anew
 * @throws what the sealer throws for a key that it cannot open
 */
export async function keepHostKeys(
  pool: pg.Pool,
  sealer: Sealer,
  makers: Readonly<Record<string, () => string>>,
  isLost: (error: unknown) => boolean = () => false,
): Promise<string[]> {
  const keys: string[] = [];
  const opens = (sealed: Buffer, context: string): boolean => {
    try {
      sealer.open(sealed, context);
      return true;
    } catch (error) {
      if (isLost(error)) return false;
      throw error;
    }
  };
  for (const [algorithm, make] of Object.entries(makers)) {
    const context = `sftp host key ${algorithm}`;
    const found = () =>
      pool.query<{ sealed: Buffer }>('select sealed from sftp_host_key where algorithm = $1', [algorithm]);
    let [row] = (await found()).rows;
    if (row !== undefined && !opens(row.sealed, context)) {
      await pool.query('delete from sftp_host_key where algorithm = $1 and sealed = $2', [algorithm, row.sealed]);
      row = undefined;
    }
    if (row === undefined) {
      await pool.query(
        'insert into sftp_host_key (algorithm, sealed) values ($1, $2) on conflict (algorithm) do nothing',
        [algorithm, sealer.seal(Buffer.from(make()), context)],
      );
      [row] = (await found()).rows;
    }
    if (row === undefined) throw new Error('a host key was not kept');
    keys.push(sealer.open(row.sealed, context).toString('utf8'));
  }
  return keys;
}
