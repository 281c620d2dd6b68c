import { sql } from 'kysely';
import type { ExchangeAdministration } from '../../domain/administration/index.ts';
import {
  type ExchangeFileView,
  type ExchangeFilter,
  type ExchangeState,
  type ExchangeTold,
  type ExchangeView,
} from '../../domain/bulk-exchange.ts';
import { uuidv7 } from '../../domain/ids.ts';
import { GatewayError, type Problem } from '../../domain/problem.ts';
import { decodeAfter, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope, writeOrganization } from './in-organization.ts';
import { findSourceSystem } from './source-systems.ts';
import { readSources, type Sources } from './sources.ts';

/** @param wake exchanges are looked at at once */
export function createExchanges(db: Database, wake: () => void): ExchangeAdministration {
  const get = (organizationId: number, id: string): Promise<ExchangeView> =>
    readOrganization(db, organizationId, async (scope) => {
      const [row] = await readExchanges(scope, sql`e.id = ${requireId(id)}`, 1);
      if (row === undefined) throw noExchange(id);
      return toView(row, await readSources(scope));
    });

  return {
    get,
    async request({ organizationId, actor }, sourceSystem, filter) {
      const id = uuidv7();
      await writeOrganization(db, organizationId, async (scope) => {
        const source = await findSourceSystem(scope, sourceSystem);
        if (source.state === 'disabled')
          throw new GatewayError('source_system_disabled', `The source system ${sourceSystem} is disabled.`);
        await requireEndpoint(scope, source);
        await insertRequest(scope, id, source.id, actor, filter);
      });
      wake();
      return get(organizationId, id);
    },
    list: (organizationId, { sourceSystem, state }, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        const [before] = decodeAfter(after, 1) ?? [];
        const conditions = [
          sql`e.source_system_id = any(${sources.idsFor(sourceSystem)}::integer[])`,
          ...(state === undefined ? [] : [sql`e.state = ${state}`]),
          ...(before === undefined ? [] : [sql`e.id < ${requireId(before)}`]),
        ];
        const rows = await readExchanges(scope, sql.join(conditions, sql` and `), limit + 1);
        return toPage(
          rows,
          limit,
          (row) => [row.id],
          (row) => toView(row, sources),
        );
      }),
    async cancel({ organizationId, actor }, id) {
      const cancelled = await writeOrganization(db, organizationId, ({ db: scoped }) =>
        sql`update bulk_exchange
               set state = 'cancelling', cancelled_by = ${actor}, attempts = 0, next_at = now(),
                   notice = case when state in ('requesting', 'requested') then 'cancel' else 'ignore' end
             where organization_id = ${organizationId} and id = ${requireId(id)}
               and state in ('requesting', 'requested', 'announced', 'downloading', 'processing')`.execute(scoped),
      );
      const found = await get(organizationId, id);
      if (cancelled.numAffectedRows !== 1n && found.state !== 'cancelling')
        throw new GatewayError('conflict', `The exchange ${id} is ${found.state}: there is nothing left to cancel.`);
      wake();
      return found;
    },
  };
}

/** Without an endpoint there is nobody to ask (IPSIS: "a batch cannot be started"). */
async function requireEndpoint({ db, organizationId }: Scope, { id, code }: { id: number; code: string }) {
  const { rows } = await sql`
    select from endpoint where organization_id = ${organizationId} and source_system_id = ${id} and type = 'bulk'`.execute(
    db,
  );
  if (rows.length === 0)
    throw new GatewayError('no_endpoint', `The source system ${code} has no endpoint of the type bulk.`, {
      field: 'sourceSystem',
    });
}

async function insertRequest(
  { db, organizationId }: Scope,
  id: string,
  sourceSystemId: number,
  actor: string,
  filter: ExchangeFilter,
): Promise<void> {
  // Two who ask in the same moment: the row of the source system lets one of them wait.
  await sql`select from source_system where organization_id = ${organizationId} and id = ${sourceSystemId} for no key update`.execute(
    db,
  );
  const { rows } = await sql<{ transaction_id: string }>`
    select transaction_id from bulk_exchange
     where organization_id = ${organizationId} and source_system_id = ${sourceSystemId} and ended_at is null
       and state <> 'reporting' limit 1`.execute(db);
  if (rows[0] !== undefined)
    throw new GatewayError(
      'conflict',
      `The exchange ${rows[0].transaction_id} of this source system is under way: wait until it has ended, or cancel it.`,
    );
  await sql`
    insert into bulk_exchange (organization_id, id, source_system_id, transaction_id, state, requested_by, filter)
    values (${organizationId}, ${id}, ${sourceSystemId}, ${id}, 'requesting', ${actor}, ${JSON.stringify(filter)})`.execute(
    db,
  );
}

interface ExchangeRow {
  id: string;
  source_system_id: number;
  transaction_id: string;
  state: ExchangeState;
  requested_by: string | null;
  filter: ExchangeView['filter'];
  created_at: Date;
  announced_at: Date | null;
  announced_by: string | null;
  expires_at: Date | null;
  ended_at: Date | null;
  cancelled_by: string | null;
  sis_report: string[] | null;
  problem: Problem | null;
  told: ExchangeTold | null;
  next_at: Date;
  files: (Omit<ExchangeFileView, 'receivedAt'> & { receivedAt: string | null })[];
}

async function readExchanges(
  { db, organizationId }: Scope,
  condition: ReturnType<typeof sql>,
  limit: number,
): Promise<ExchangeRow[]> {
  const { rows } = await sql<ExchangeRow>`
    select e.*, coalesce(files.all, '[]') as files
      from bulk_exchange e
     cross join lateral (
       select jsonb_agg(jsonb_build_object('number', f.number, 'address', f.address, 'sizeBytes', f.size_bytes, 'checkSum', f.check_sum,
                'receivedAt', f.received_at, 'uploadId', f.upload_id, 'runId', f.run_id) order by f.number) as all
         from bulk_exchange_file f where f.organization_id = e.organization_id and f.exchange_id = e.id) files
     where e.organization_id = ${organizationId} and ${condition}
     order by e.id desc limit ${limit}`.execute(db);
  return rows;
}

function toView(row: ExchangeRow, sources: Sources): ExchangeView {
  const { told, files } = row;
  return {
    id: row.id,
    sourceSystem: sources.codeOf(row.source_system_id),
    transactionId: row.transaction_id,
    state: row.state,
    begunBy: row.requested_by === null ? 'sis' : 'gateway',
    requestedBy: row.requested_by,
    filter: row.filter,
    createdAt: row.created_at.toISOString(),
    announcedAt: isoOrNull(row.announced_at),
    announcedBy: row.announced_by,
    expiresAt: isoOrNull(row.expires_at),
    endedAt: isoOrNull(row.ended_at),
    files: files.map((file) => ({
      ...file,
      receivedAt: isoOrNull(file.receivedAt === null ? null : new Date(file.receivedAt)),
    })),
    cancelledBy: row.cancelled_by,
    sisReport: row.sis_report ?? [],
    problem: row.problem,
    told: told && {
      at: told.at,
      operation: told.operation,
      messageId: told.messageId ?? null,
      problem: told.problem ?? null,
    },
    nextAt: row.ended_at === null ? row.next_at.toISOString() : null,
  };
}

function isoOrNull(instant: Date | null): string | null {
  return instant === null ? null : instant.toISOString();
}

function requireId(id: string): string {
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) return id;
  throw noExchange(id);
}

function noExchange(id: string): GatewayError {
  return new GatewayError('not_found', `There is no bulk data exchange ${id.slice(0, 40)}.`);
}
