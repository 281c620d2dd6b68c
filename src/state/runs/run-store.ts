import type pg from 'pg';
import { uuidv7 } from '../../domain/ids.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { AskedRunOptions, RunMode, RunOptions } from '../../domain/run.ts';
import { inOrganization } from '../in-transaction.ts';
import { isDeclaredBySql } from './newer-sql.ts';
import { unknownIds } from './unknown-ids.ts';

export interface RunRequest {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly uploadId: string;
  readonly mode: RunMode;
  readonly options: AskedRunOptions;
  /** The login, the label of a token, or `command line`. */
  readonly requestedBy: string;
}

export interface RollbackRequest {
  readonly organizationId: number;
  /** The run that is to be taken back. */
  readonly runId: string;
  readonly mode: 'plan' | 'apply';
  readonly options: Pick<RunOptions, 'only' | 'force'>;
  readonly requestedBy: string;
}

/** Takes orders for runs. */
export interface RunStore {
  /**
   * Makes a run of an upload that is complete, and wakes the worker.
   *
   * @returns the id of the run
   * @throws GatewayError `not_found` (no such upload of this source system), `conflict` (bytes of it are still coming, or are not kept any more)
   */
  request(request: RunRequest): Promise<string>;
  /**
   * Makes a run that takes another one back.
   *
   * @throws GatewayError `not_found` (also of a sourcedId that it says nothing of), `conflict` (it has applied nothing, or has not ended)
   */
  requestRollback(request: RollbackRequest): Promise<string>;
}

/** @param wake called after a run was requested: the worker of this process need not wait for its next look */
export function createRunStore(pool: pg.Pool, wake: () => void = () => undefined): RunStore {
  return {
    async request(request) {
      const id = uuidv7();
      await inOrganization(pool, request.organizationId, async (client) => {
        const startedAt = await uploadStartedAt(client, request);
        const { organizationId, sourceSystemId, uploadId, mode, options, requestedBy } = request;
        await client.query(
          `insert into run (organization_id, id, source_system_id, upload_id, mode, options, state, requested_by, as_of)
           values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8)`,
          [
            organizationId,
            id,
            sourceSystemId,
            uploadId,
            mode,
            JSON.stringify(options),
            requestedBy,
            options.asOf ?? startedAt,
          ],
        );
      });
      wake();
      return id;
    },
    async requestRollback({ organizationId, runId, mode, options, requestedBy }) {
      const id = uuidv7();
      await inOrganization(pool, organizationId, async (client) => {
        const sourceSystemId = await requireApplied(client, organizationId, runId);
        if (options.only !== undefined) await requireItems(client, organizationId, runId, options.only);
        await client.query(
          `insert into run (organization_id, id, source_system_id, takes_back, mode, options, state, requested_by, as_of)
           values ($1, $2, $3, $4, $5, $6, 'queued', $7, now())`,
          [organizationId, id, sourceSystemId, runId, mode, JSON.stringify(options), requestedBy],
        );
      });
      wake();
      return id;
    },
  };
}

/** Answers the source system of the run. */
async function requireApplied(client: pg.ClientBase, organizationId: number, runId: string): Promise<number> {
  const { rows } = await client.query<{ source_system_id: number; ended: boolean; applied: boolean }>(
    `select source_system_id, state in ('finished', 'cancelled', 'failed') as ended,
            applied_to > 0 or exists (select from run_hold h where h.organization_id = $1 and h.run_id = $2 and h.applied_to > 0)
            -- A worker that was killed may have committed some of its first range (docs/adr/0063).
            or ${isDeclaredBySql('declared_enrollment', 'run')} or ${isDeclaredBySql('declared_user', 'run')} as applied
       from run where organization_id = $1 and id = $2`,
    [organizationId, runId],
  );
  const [run] = rows;
  if (run === undefined) throw new GatewayError('not_found', `There is no run ${runId}.`);
  if (!run.ended)
    throw new GatewayError('conflict', `The run ${runId} has not ended: cancel it first, or wait until it has.`);
  if (!run.applied)
    throw new GatewayError('conflict', `The run ${runId} has applied nothing that could be taken back.`);
  return run.source_system_id;
}

/** Who takes a selection back means all of it. */
async function requireItems(
  client: pg.ClientBase,
  organizationId: number,
  runId: string,
  only: readonly string[],
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `select distinct k.id from unnest($3::text[]) k(id)
      where not exists (select from run_item i where i.sourced_id = k.id and i.run_id = $2 and i.organization_id = $1)
      order by k.id`,
    [organizationId, runId, only],
  );
  if (rows.length === 0) return;
  const unknown = rows.map(({ id }) => id);
  throw unknownIds(`The run ${runId}`, unknown, 'nothing is taken back', 'only');
}

/** Bytes that are there stay until the run is: whoever forgets them waits for its transaction, and then sees it. */
async function uploadStartedAt(
  client: pg.ClientBase,
  { organizationId, sourceSystemId, uploadId }: RunRequest,
): Promise<Date> {
  const { rows } = await client.query<{ created_at: Date; complete: boolean; forgotten: boolean }>(
    `select created_at, sha256 is not null as complete, forgotten from upload
      where organization_id = $1 and id = $2 and source_system_id = $3 for share`,
    [organizationId, uploadId, sourceSystemId],
  );
  const [upload] = rows;
  if (upload === undefined)
    throw new GatewayError('not_found', `There is no upload ${uploadId} of this source system.`, { field: 'upload' });
  if (!upload.complete)
    throw new GatewayError('conflict', `Bytes of the upload ${uploadId} are still coming: end it first.`, {
      field: 'upload',
    });
  if (upload.forgotten)
    throw new GatewayError(
      'conflict',
      `The bytes of the upload ${uploadId} are not kept any more: send the file again.`,
      { field: 'upload' },
    );
  return upload.created_at;
}
