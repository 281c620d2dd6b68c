import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inSpool } from './in-spool.ts';

/** All parts but the last of an upload have so many bytes. Part of what is stored: never to change. */
export const partBytes = 1_048_576;

/** Where parts are kept, and whose. */
export interface Spool {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  readonly organizationId: number;
  readonly uploadId: string;
}

/**
 * Writes a part and how far the upload is then, in one transaction. A part that is there, the last and short one, is
 * replaced by itself and more.
 *
 * @param start where the bytes of the upload that `bytes` adds begin
 * @throws GatewayError `conflict` if the upload is not as far as that, because somebody else writes to it or has ended it
 */
export async function writePart(spool: Spool, position: number, bytes: Buffer, start: number): Promise<number> {
  const { pool, sealer, organizationId, uploadId } = spool;
  const end = position * partBytes + bytes.length;
  await inSpool(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      `update upload set received_bytes = $4 where organization_id = $1 and id = $2 and received_bytes = $3 and sha256 is null`,
      [organizationId, uploadId, start, end],
    );
    if (rowCount !== 1) throw overtaken();
    await client.query(
      `insert into upload_part (organization_id, upload_id, position, sealed) values ($1, $2, $3, $4)
       on conflict (organization_id, upload_id, position) do update set sealed = excluded.sealed`,
      [organizationId, uploadId, position, sealer.seal(bytes, contextOf(spool, position))],
    );
  });
  return end;
}

/**
 * Takes the bytes behind `size` away, in one transaction: of the part in which they begin, what comes before stays.
 *
 * @throws GatewayError `conflict` if the upload has ended
 */
export async function truncateParts(spool: Spool, size: number): Promise<void> {
  const { pool, sealer, organizationId, uploadId } = spool;
  const position = Math.floor(size / partBytes);
  const kept = size % partBytes;
  await inSpool(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      'update upload set received_bytes = least(received_bytes, $3) where organization_id = $1 and id = $2 and sha256 is null',
      [organizationId, uploadId, size],
    );
    if (rowCount !== 1) throw overtaken();
    const { rows } = await client.query<{ position: number; sealed: Buffer }>(
      `delete from upload_part where organization_id = $1 and upload_id = $2 and position >= $3
       returning position, case when position = $3 then sealed end as sealed`,
      [organizationId, uploadId, position],
    );
    const cut = rows.find((part) => part.position === position);
    if (cut === undefined || kept === 0) return;
    const context = contextOf(spool, position);
    await client.query(
      'insert into upload_part (organization_id, upload_id, position, sealed) values ($1, $2, $3, $4)',
      [organizationId, uploadId, position, sealer.seal(sealer.open(cut.sealed, context).subarray(0, kept), context)],
    );
  });
}

export function overtaken(): GatewayError {
  return new GatewayError(
    'conflict',
    'The upload is not as far as these bytes begin: somebody else sends to it, or it has ended. Ask how far it is, and go on from there.',
  );
}

/** The part in plain; absent if there is none. */
export async function readPart(spool: Spool, position: number): Promise<Buffer | undefined> {
  const { pool, sealer, organizationId, uploadId } = spool;
  const { rows } = await inSpool(pool, organizationId, (client) =>
    client.query<{ sealed: Buffer }>(
      'select sealed from upload_part where organization_id = $1 and upload_id = $2 and position = $3',
      [organizationId, uploadId, position],
    ),
  );
  return rows[0] && sealer.open(rows[0].sealed, contextOf(spool, position));
}

const keptParts = 2;

/**
 * The bytes from `start` to before `end`, a part at a time. Parts that were read last are kept: the directory of a zip and the
 * beginnings of its files are read in many small pieces.
 */
export function partsReader(spool: Spool): (start: number, end: number) => AsyncGenerator<Buffer> {
  const kept = new Map<number, Buffer>();
  const read = async (position: number): Promise<Buffer | undefined> => {
    const part = kept.get(position) ?? (await readPart(spool, position));
    kept.delete(position);
    if (part !== undefined) kept.set(position, part);
    for (const oldest of kept.keys()) if (kept.size > keptParts) kept.delete(oldest);
    return part;
  };
  return async function* (start, end) {
    for (let at = start; at < end;) {
      const position = Math.floor(at / partBytes);
      const part = await read(position);
      const first = position * partBytes;
      const bytes = part?.subarray(at - first, end - first) ?? Buffer.alloc(0);
      if (bytes.length === 0) throw new Error(`upload ${spool.uploadId} has no bytes at ${String(at)}`);
      yield bytes;
      at += bytes.length;
    }
  };
}

/** Bound to its place: a part cannot be put where another one was. */
function contextOf({ organizationId, uploadId }: Spool, position: number): string {
  return `upload ${String(organizationId)} ${uploadId} ${String(position)}`;
}
