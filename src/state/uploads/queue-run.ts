import type pg from 'pg';
import { uuidv7 } from '../../domain/ids.ts';
import type { RunMode, RunOptions } from '../../domain/upload.ts';
import { inSpool } from './in-spool.ts';

/** Queues a run of an upload and answers its id. What was declared after the upload was whole is newer than it. */
export async function queueRun(
  pool: pg.Pool,
  request: {
    readonly organizationId: number;
    readonly sourceSystemId: number;
    readonly uploadId: string;
    readonly mode: RunMode;
    readonly options: RunOptions;
    readonly requestedBy: string;
  },
): Promise<string> {
  const { organizationId, sourceSystemId, uploadId, mode, options, requestedBy } = request;
  const id = uuidv7();
  await inSpool(pool, organizationId, (client) =>
    client.query(
      `insert into run (organization_id, id, source_system_id, upload_id, mode, options, state, requested_by, as_of)
       select $1, $2, $3, u.id, $5, $6, 'queued', $7, u.completed_at
         from upload u where u.organization_id = $1 and u.id = $4`,
      [organizationId, id, sourceSystemId, uploadId, mode, JSON.stringify(options), requestedBy],
    ),
  );
  return id;
}
