import { GatewayError } from '../domain/problem.ts';
import type { Submission, SubmissionResult } from '../domain/message.ts';
import type { Outcome } from '../domain/outcome.ts';
import { requestHash } from './journal.ts';
import type { Lane } from './lane.ts';

/** How long an answer is remembered under its Idempotency-Key. */
const keptHours = 24;

/**
 * The answer that the same source system got for the same key and the same bytes. Throws `idempotency_mismatch` when the
 * key was used for other bytes.
 */
export async function rememberedAnswer(lane: Lane, submission: Submission): Promise<SubmissionResult | undefined> {
  const { envelope, principal } = submission;
  if (envelope.idempotencyKey === undefined) return undefined;
  const { rows } = await lane.client.query<{ request_hash: Buffer; message_id: string; outcomes: Outcome[] }>({
    name: 'idempotency_read',
    text: `select i.request_hash, i.message_id, m.outcomes
             from idempotency i join message m on m.organization_id = i.organization_id and m.id = i.message_id
            where i.organization_id = $1 and i.source_system_id = $2 and i.key = $3 and i.expires_at > now()`,
    values: [lane.organizationId, principal.sourceSystemId, envelope.idempotencyKey],
  });
  const known = rows[0];
  if (known === undefined) return undefined;
  if (!known.request_hash.equals(requestFingerprint(submission))) {
    throw idempotencyMismatch();
  }
  return { messageId: known.message_id, outcomes: known.outcomes };
}

export async function rememberAnswer(lane: Lane, submission: Submission): Promise<void> {
  const { envelope, principal } = submission;
  if (envelope.idempotencyKey === undefined) return;
  await lane.client.query({
    name: 'idempotency_write',
    text: `insert into idempotency (organization_id, source_system_id, key, request_hash, message_id, expires_at)
           values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6))
           on conflict (organization_id, source_system_id, key) do update
              set request_hash = excluded.request_hash, message_id = excluded.message_id, expires_at = excluded.expires_at`,
    values: [
      lane.organizationId,
      principal.sourceSystemId,
      envelope.idempotencyKey,
      requestFingerprint(submission),
      envelope.id,
      keptHours,
    ],
  });
}

/** The operation belongs to the request: the same body sent elsewhere is another request. */
export function requestFingerprint({ envelope, commands }: Submission): Buffer {
  const about = commands.map(({ verb, kind, sourcedId }) => `${verb} ${kind} ${sourcedId}`).join('\n');
  return requestHash(Buffer.concat([Buffer.from(`${envelope.operation}\n${about}\n`), envelope.body]));
}

export function idempotencyMismatch(): GatewayError {
  return new GatewayError('idempotency_mismatch', 'This Idempotency-Key was used for another request; use a new key.');
}
