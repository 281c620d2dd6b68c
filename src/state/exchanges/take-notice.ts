import { createHash } from 'node:crypto';
import { bulkStates, type ExchangeNotice, type ExchangeState, shownAddress } from '../../domain/bulk-exchange.ts';
import { uuidv7 } from '../../domain/ids.ts';
import type { Principal } from '../../domain/message.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { Lane } from '../lane.ts';
import type { Writing } from '../writing.ts';

type Announced = Extract<ExchangeNotice, { says: 'announced' }>;

/**
 * Keeps what a SIS says of an exchange, in the transaction of its message. Answers why it is refused, or undefined. The same
 * again changes nothing.
 */
export async function takeNotice(lane: Lane, writing: Writing): Promise<GatewayError | undefined> {
  const { exchange: notice, principal } = writing.submission;
  if (notice === undefined) return undefined;
  const known = await findExchange(lane, principal, notice.transactionId);
  if (notice.says === 'failed') return takeFailure(lane, principal, known, notice.report, notice.transactionId);
  return takeAnnouncement(lane, principal, known, notice, writing.sealedFiles ?? []);
}

interface Known {
  readonly id: string;
  readonly state: ExchangeState;
  readonly manifest: Buffer | null;
}

async function findExchange(
  { client, organizationId }: Lane,
  { sourceSystemId }: Principal,
  transactionId: string,
): Promise<Known | undefined> {
  const { rows } = await client.query<Known>(
    `select id, state, manifest from bulk_exchange
      where organization_id = $1 and source_system_id = $2 and transaction_id = $3 for update`,
    [organizationId, sourceSystemId, transactionId],
  );
  return rows[0];
}

async function takeAnnouncement(
  lane: Lane,
  principal: Principal,
  known: Known | undefined,
  notice: Announced,
  sealed: readonly Buffer[],
): Promise<GatewayError | undefined> {
  const { transactionId, files, expiresAt = null } = notice;
  const manifest = createHash('sha256')
    .update(JSON.stringify([files, expiresAt]))
    .digest();
  if (known?.manifest != null) return repeated(known, manifest, transactionId);
  if (known?.state === 'cancelling' || known?.state === 'cancelled') return ended(transactionId, 'was cancelled');
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return expired(expiresAt);
  const { client, organizationId } = lane;
  const { sourceSystemId, userName } = principal;
  const id = known?.id ?? uuidv7();
  // Whoever is still asking for it finds it announced, and lets go of it.
  await client.query(
    `insert into bulk_exchange (organization_id, id, source_system_id, transaction_id, state, announced_at, announced_by, manifest, expires_at)
     values ($1, $2, $3, $4, 'announced', now(), $5, $6, $7)
     on conflict (organization_id, id)
     do update set state = 'announced', announced_at = now(), announced_by = excluded.announced_by, manifest = excluded.manifest,
                   expires_at = excluded.expires_at, problem = null, ended_at = null, attempts = 0, next_at = now()`,
    [organizationId, id, sourceSystemId, transactionId, userName, manifest, expiresAt],
  );
  const rows = files.map(({ address, sizeBytes = null, checkSum = null }, index) => ({
    number: index + 1,
    address: shownAddress(address),
    sealed: sealed[index]?.toString('base64'),
    size_bytes: sizeBytes,
    check_sum: checkSum,
  }));
  await client.query(
    `insert into bulk_exchange_file (organization_id, exchange_id, number, address, sealed, size_bytes, check_sum)
     select $1, $2, f.number, f.address, decode(f.sealed, 'base64'), f.size_bytes, f.check_sum
       from jsonb_to_recordset($3) as f(number integer, address text, sealed text, size_bytes bigint, check_sum text)`,
    [organizationId, id, JSON.stringify(rows)],
  );
  return undefined;
}

/** What is under way or was done is announced again when the answer was lost. */
function repeated({ state, manifest }: Known, now: Buffer, transactionId: string): GatewayError | undefined {
  if (manifest?.equals(now) !== true) return ended(transactionId, 'was announced with other files');
  const over = state === 'failed' || state === 'cancelling' || state === 'cancelled';
  return over ? ended(transactionId, state === 'failed' ? 'has failed' : 'was cancelled') : undefined;
}

function ended(transactionId: string, what: string): GatewayError {
  return new GatewayError(
    'id_in_use',
    `The exchange ${transactionId} ${what}. Announce these files under another transactionId.`,
    { field: 'transactionId' },
  );
}

function expired(expiresAt: string): GatewayError {
  return new GatewayError(
    'invalid_data',
    `The files have expired already (expiryDate ${expiresAt}). Make them anew, then announce them.`,
    { field: 'expiryDate' },
  );
}

const open: readonly ExchangeState[] = ['requesting', ...bulkStates];

async function takeFailure(
  { client, organizationId }: Lane,
  { userName }: Principal,
  known: Known | undefined,
  report: readonly string[],
  transactionId: string,
): Promise<GatewayError | undefined> {
  if (known === undefined) {
    const message = `No exchange ${transactionId} is known of this source system: neither did it announce one, nor was it asked for it.`;
    return new GatewayError('unknown_object', message, { field: 'transactionId' });
  }
  if (open.includes(known.state)) {
    await client.query(
      `update bulk_exchange set state = 'cancelling', notice = null, cancelled_by = $3, sis_report = $4, attempts = 0, next_at = now()
        where organization_id = $1 and id = $2`,
      [organizationId, known.id, userName, JSON.stringify(report)],
    );
    return undefined;
  }
  if (known.state !== 'reporting' && known.state !== 'finished') return undefined;
  const message = `The exchange ${transactionId} has been processed: nothing of it can be cancelled any more.`;
  return new GatewayError('invalid_data', message, { field: 'transactionId' });
}
