import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { Upload, UploadWay } from '../../domain/upload.ts';
import type { UploadStore } from '../../domain/upload-stores.ts';
import { inSpool } from './in-spool.ts';
import { overtaken, partBytes, partsReader, readPart, type Spool, truncateParts, writePart } from './parts.ts';

export interface UploadStoreOptions {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  /** The most that one upload may have. */
  readonly limitBytes: number;
}

export function createUploadStore({ pool, sealer, limitBytes }: UploadStoreOptions): UploadStore {
  const spoolOf = (organizationId: number, uploadId: string): Spool => ({ pool, sealer, organizationId, uploadId });

  const store: UploadStore = {
    async begin(organizationId, upload) {
      if ((upload.announcedBytes ?? 0) > limitBytes) throw tooLarge(limitBytes);
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<UploadRow>(
          `insert into upload (organization_id, id, source_system_id, name, way, received_from, announced_bytes)
           values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
          [
            organizationId,
            uuidv7(),
            upload.sourceSystemId,
            upload.name,
            upload.way,
            upload.receivedFrom,
            upload.announcedBytes ?? null,
          ],
        ),
      );
      const [row] = rows;
      if (row === undefined) throw new Error('an upload was not begun');
      return toUpload(row);
    },
    async find(organizationId, id) {
      const [row] = await select(pool, organizationId, 'id = $2', [id]);
      return row;
    },
    async append(organizationId, id, offset, bytes) {
      const upload = await store.find(organizationId, id);
      if (upload?.receivedBytes !== offset || upload.sha256 !== undefined) throw overtaken();
      return append(spoolOf(organizationId, id), upload, bytes, limitBytes);
    },
    async complete(organizationId, id, sha256) {
      const upload = await store.find(organizationId, id);
      if (upload === undefined || upload.sha256 !== undefined) throw overtaken();
      if (upload.announcedBytes !== undefined && upload.announcedBytes !== upload.receivedBytes) throw tooShort(upload);
      const hash = await hashOf(spoolOf(organizationId, id), upload.receivedBytes);
      if (sha256 !== undefined && sha256.toLowerCase() !== hash.toString('hex')) throw mismatch(hash, sha256);
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<UploadRow>(
          `update upload set sha256 = $4, completed_at = now()
            where organization_id = $1 and id = $2 and sha256 is null and received_bytes = $3 returning ${columns}`,
          [organizationId, id, upload.receivedBytes, hash],
        ),
      );
      if (rows[0] === undefined) throw overtaken();
      return toUpload(rows[0]);
    },
    truncate: (organizationId, id, size) => truncateParts(spoolOf(organizationId, id), size),
    sameBytes: (organizationId, { id, sourceSystemId, sha256 }) =>
      select(pool, organizationId, `source_system_id = $2 and sha256 = decode($3, 'hex') and id < $4`, [
        sourceSystemId,
        sha256,
        id,
      ]),
    reader: (organizationId, id) => partsReader(spoolOf(organizationId, id)),
    async remove(organizationId, id) {
      await inSpool(pool, organizationId, (client) =>
        client.query('delete from upload where organization_id = $1 and id = $2', [organizationId, id]),
      );
    },
  };
  return store;
}

async function append(
  spool: Spool,
  { receivedBytes, announcedBytes }: Upload,
  bytes: AsyncIterable<Buffer>,
  limitBytes: number,
): Promise<number> {
  const most = announcedBytes ?? limitBytes;
  let end = receivedBytes;
  let position = Math.floor(end / partBytes);
  // The last part, if it is short, is filled up.
  const last = end % partBytes === 0 ? undefined : await readPart(spool, position);
  // Put together once a part: thousands of ever longer copies would fill the memory.
  let held: Buffer[] = last === undefined ? [] : [last];
  let heldBytes = last?.length ?? 0;
  const write = async (part: Buffer): Promise<void> => {
    end = await writePart(spool, position, part, end);
  };
  const isNew = (): boolean => position * partBytes + heldBytes > end;
  try {
    for await (const chunk of bytes) {
      if (position * partBytes + heldBytes + chunk.length > most) throw tooLarge(most);
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes < partBytes) continue;
      let all = Buffer.concat(held, heldBytes);
      for (; all.length >= partBytes; position += 1) {
        await write(all.subarray(0, partBytes));
        all = all.subarray(partBytes);
        held = [all];
        heldBytes = all.length;
      }
    }
  } catch (error) {
    // What came is kept, so that the sender goes on from there; that it broke is what the caller hears.
    const broken = !(error instanceof GatewayError) && heldBytes < partBytes;
    if (broken && isNew()) await write(Buffer.concat(held));
    throw error;
  }
  if (isNew()) await write(Buffer.concat(held));
  return end;
}

async function hashOf(spool: Spool, sizeBytes: number): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const bytes of partsReader(spool)(0, sizeBytes)) hash.update(bytes);
  return hash.digest();
}

interface UploadRow {
  id: string;
  source_system_id: number;
  name: string;
  way: UploadWay;
  received_from: string;
  announced_bytes: string | null;
  received_bytes: string;
  sha256: string | null;
  created_at: Date;
  completed_at: Date | null;
}

const columns = `id, source_system_id, name, way, received_from, announced_bytes, received_bytes,
  encode(sha256, 'hex') as sha256, created_at, completed_at`;

async function select(
  pool: pg.Pool,
  organizationId: number,
  condition: string,
  values: readonly unknown[],
): Promise<Upload[]> {
  const { rows } = await inSpool(pool, organizationId, (client) =>
    client.query<UploadRow>(
      `select ${columns} from upload where organization_id = $1 and ${condition} order by id desc`,
      [organizationId, ...values],
    ),
  );
  return rows.map(toUpload);
}

function toUpload(row: UploadRow): Upload {
  return {
    id: row.id,
    sourceSystemId: row.source_system_id,
    name: row.name,
    way: row.way,
    receivedFrom: row.received_from,
    receivedBytes: Number(row.received_bytes),
    createdAt: row.created_at,
    ...(row.announced_bytes === null ? {} : { announcedBytes: Number(row.announced_bytes) }),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.completed_at === null ? {} : { completedAt: row.completed_at }),
  };
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError('payload_too_large', `An upload may have ${String(limit)} bytes; this one has more.`);
}

function tooShort({ receivedBytes, announcedBytes }: Upload): GatewayError {
  return new GatewayError(
    'conflict',
    `${String(receivedBytes)} of ${String(announcedBytes)} announced bytes have come. Send the rest, then end the upload.`,
  );
}

function mismatch(hash: Buffer, announced: string): GatewayError {
  return new GatewayError(
    'checksum_mismatch',
    `The bytes that came have the SHA-256 ${hash.toString('hex')}, not ${announced}. Something changed them on their way: send them again.`,
  );
}
