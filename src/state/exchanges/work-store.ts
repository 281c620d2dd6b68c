import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import type { ExchangeFilter, ExchangeState } from '../../domain/bulk-exchange.ts';
import type { ExchangeStep, ExchangeWork, LeasedExchange } from '../../domain/exchange-work.ts';
import type { ExchangeFacts } from '../../domain/notices.ts';
import type { Problem } from '../../domain/problem.ts';
import type { SourceSystemState } from '../../domain/source-system.ts';
import { inOrganization } from '../in-transaction.ts';
import { raiseEvent } from '../notices/raise-event.ts';
import { fileContext } from './sealed-files.ts';

/** As long as a worker is believed without a word. */
const lease = `interval '15 seconds'`;

/** So many of an organization are worked on at once: the others have a place left. */
const mostOfOne = 2;

/** Nobody has cancelled it, or announced it, since it was taken. */
const inState = 'state = $4';

export function createExchangeWork({
  pool,
  sealer,
}: {
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
}): ExchangeWork {
  const run = async (
    { organizationId, id, owner, state }: LeasedExchange,
    statement: string,
    condition: string,
    values: readonly unknown[] = [],
  ): Promise<boolean> => {
    const { rowCount } = await inOrganization(pool, organizationId, (client) =>
      client.query(`${statement} where organization_id = $1 and id = $2 and owner = $3 and ${condition}`, [
        organizationId,
        id,
        owner,
        state,
        ...values,
      ]),
    );
    return rowCount === 1;
  };
  const release = async (exchange: LeasedExchange): Promise<void> => {
    await run(exchange, 'update bulk_exchange set owner = null, owned_until = null', '$4::text is not null');
  };
  return {
    claim: (organizationId, owner) =>
      inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<ExchangeRow>(claimSql, [organizationId, owner, mostOfOne]);
        const [row] = rows;
        if (row === undefined) return undefined;
        const files = await client.query<FileRow>(
          'select * from bulk_exchange_file where organization_id = $1 and exchange_id = $2 order by number',
          [organizationId, row.id],
        );
        return toLeased(row, owner, files.rows, sealer);
      }),
    renew: (exchange) => run(exchange, `update bulk_exchange set owned_until = clock_timestamp() + ${lease}`, inState),
    async finish(exchange, step) {
      const { state, waitMs, attempts = 0, expiresAt = null, problem = null, told = null } = step;
      const { organizationId, id, owner } = exchange;
      const statement = `
        update bulk_exchange
           set owner = null, owned_until = null, state = $5, next_at = now() + make_interval(secs => $6), attempts = $7,
               expires_at = coalesce($8, expires_at), problem = coalesce($9, problem), told = coalesce($10, told),
               ended_at = case when $5 in ('finished', 'failed', 'cancelled') then now() end
         where organization_id = $1 and id = $2 and owner = $3 and ${inState}`;
      const done = await inOrganization(pool, organizationId, async (client) => {
        const { rowCount } = await client.query(statement, [
          organizationId,
          id,
          owner,
          exchange.state,
          state,
          waitMs / 1_000,
          attempts,
          expiresAt,
          problem === null ? null : JSON.stringify(problem),
          told === null ? null : JSON.stringify(told),
        ]);
        if (rowCount === 1) await raiseUntold(client, exchange, step);
        return rowCount === 1;
      });
      if (!done) await release(exchange);
    },
    release,
    async setFile({ organizationId, id }, number, { uploadId, received, runId = null }) {
      await inOrganization(pool, organizationId, (client) =>
        client.query(
          `update bulk_exchange_file
              set upload_id = $4, received_at = case when $5 then coalesce(received_at, now()) end, run_id = $6
            where organization_id = $1 and exchange_id = $2 and number = $3`,
          [organizationId, id, number, uploadId, received, runId],
        ),
      );
    },
    openRuns: ({ organizationId, id }) =>
      inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<{ id: string }>(
          `select r.id from bulk_exchange_file f
             join run r on r.organization_id = f.organization_id and r.upload_id = f.upload_id
            where f.organization_id = $1 and f.exchange_id = $2 and r.state in ('queued', 'reading', 'planned', 'applying')`,
          [organizationId, id],
        );
        return rows.map((row) => row.id);
      }),
  };
}

/**
 * Tells whoever wants to know that an exchange ends so, and its SIS could not be told. Where there is no address to tell it at, nobody
 * expects that.
 */
async function raiseUntold(
  client: pg.ClientBase,
  { organizationId, sourceSystemId, id, transactionId, state: before }: LeasedExchange,
  { state, told, problem: mistake }: ExchangeStep,
): Promise<void> {
  const ends = (before === 'reporting' || before === 'cancelling') && state !== before;
  const problem = told?.problem ?? mistake;
  if (!ends || problem === undefined || problem.code === 'no_endpoint') return;
  const exchange: ExchangeFacts = { id, transactionId, state, operation: told?.operation ?? null, problem };
  await raiseEvent(client, { organizationId, sourceSystemId, event: 'report_given_up', detail: { exchange } });
}

const ofFiles = `('announced', 'downloading', 'processing')`;

const claimSql = `
  update bulk_exchange set owner = $2, owned_until = clock_timestamp() + ${lease}
   where organization_id = $1 and id = (
     select e.id from bulk_exchange e
       join source_system s on s.organization_id = e.organization_id and s.id = e.source_system_id
      where e.organization_id = $1 and e.ended_at is null and e.next_at <= now()
        and (e.owner is null or e.owned_until < clock_timestamp())
        and (s.state <> 'disabled' or e.state in ('processing', 'reporting', 'cancelling'))
        and not (e.state in ${ofFiles} and exists (
              select from bulk_exchange x
               where x.organization_id = e.organization_id and x.source_system_id = e.source_system_id
                 and x.state in ${ofFiles} and (x.announced_at, x.id) < (e.announced_at, e.id)))
        and (select count(*) from bulk_exchange o
              where o.organization_id = $1 and o.ended_at is null and o.owned_until > clock_timestamp()) < $3
      order by e.next_at limit 1 for update of e skip locked)
  returning *, (select s.state from source_system s
                 where s.organization_id = bulk_exchange.organization_id and s.id = source_system_id) as source_state`;

interface ExchangeRow {
  organization_id: number;
  id: string;
  source_system_id: number;
  transaction_id: string;
  state: ExchangeState;
  source_state: SourceSystemState;
  filter: ExchangeFilter;
  notice: 'cancel' | 'ignore' | null;
  requested_by: string | null;
  cancelled_by: string | null;
  announced_by: string | null;
  expires_at: Date | null;
  problem: Problem | null;
  attempts: number;
}

interface FileRow {
  number: number;
  address: string;
  sealed: Buffer;
  size_bytes: string | null;
  check_sum: string | null;
  upload_id: string | null;
  received_at: Date | null;
  run_id: string | null;
}

function toLeased(row: ExchangeRow, owner: string, files: readonly FileRow[], sealer: Sealer): LeasedExchange {
  const context = fileContext(row.organization_id, row.source_system_id, row.transaction_id);
  return {
    organizationId: row.organization_id,
    id: row.id,
    sourceSystemId: row.source_system_id,
    transactionId: row.transaction_id,
    owner,
    state: row.state,
    sourceState: row.source_state,
    filter: row.filter,
    notice: row.notice,
    requestedBy: row.requested_by,
    cancelledBy: row.cancelled_by,
    announcedBy: row.announced_by,
    expiresAt: row.expires_at,
    problem: row.problem,
    attempts: row.attempts,
    files: files.map((file) => ({
      number: file.number,
      address: opened(sealer, file.sealed, context),
      shown: file.address,
      sizeBytes: file.size_bytes === null ? null : Number(file.size_bytes),
      checkSum: file.check_sum,
      uploadId: file.upload_id,
      received: file.received_at !== null,
      runId: file.run_id,
    })),
  };
}

function opened(sealer: Sealer, sealed: Buffer, context: string): string | undefined {
  try {
    return sealer.open(sealed, context).toString('utf8');
  } catch {
    return undefined;
  }
}
