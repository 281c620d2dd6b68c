import type { Submission, SubmissionResult } from '../domain/message.ts';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import { requestHash } from './journal.ts';
import type { Lane } from './lane.ts';

/** How long an answer is remembered under its Idempotency-Key. */
const keptHours = 24;

/** A message that bears an Idempotency-Key. */
export type Keyed = Submission & { readonly envelope: { readonly idempotencyKey: string } };

export function isKeyed(submission: Submission): submission is Keyed {
  return submission.envelope.idempotencyKey !== undefined;
}

/**
 * The answers that the same source systems got for the same keys and the same requests; an error where the key was used
 * for another request.
 */
export async function rememberedAnswers(
  lane: Lane,
  submissions: readonly Keyed[],
): Promise<Map<Submission, SubmissionResult | GatewayError>> {
  const answers = new Map<Submission, SubmissionResult | GatewayError>();
  if (submissions.length === 0) return answers;
  const { rows } = await lane.client.query<{
    place: string;
    request_hash: Buffer;
    message_id: string;
    outcomes: Outcome[];
  }>({
    name: 'idempotency_read',
    text: `select k.place, i.request_hash, i.message_id, m.outcomes
             from unnest($2::integer[], $3::text[]) with ordinality as k(source_system_id, key, place)
             join idempotency i on i.organization_id = $1 and i.source_system_id = k.source_system_id and i.key = k.key and i.expires_at > now()
             join message m on m.organization_id = $1 and m.id = i.message_id`,
    values: [
      lane.organizationId,
      submissions.map(({ principal }) => principal.sourceSystemId),
      submissions.map(({ envelope }) => envelope.idempotencyKey),
    ],
  });
  for (const { place, request_hash: hash, message_id: messageId, outcomes } of rows) {
    const submission = submissions[Number(place) - 1];
    if (submission === undefined) continue;
    answers.set(
      submission,
      hash.equals(requestFingerprint(submission)) ? { messageId, outcomes } : idempotencyMismatch(),
    );
  }
  return answers;
}

export async function rememberAnswers(lane: Lane, submissions: readonly Keyed[]): Promise<void> {
  if (submissions.length === 0) return;
  await lane.client.query({
    name: 'idempotency_write',
    text: `insert into idempotency (organization_id, source_system_id, key, request_hash, message_id, expires_at)
           select $1, k.source_system_id, k.key, decode(k.hash, 'hex'), k.message_id, now() + make_interval(hours => $6)
             from unnest($2::integer[], $3::text[], $4::text[], $5::uuid[]) as k(source_system_id, key, hash, message_id)
           on conflict (organization_id, source_system_id, key) do update
              set request_hash = excluded.request_hash, message_id = excluded.message_id, expires_at = excluded.expires_at`,
    values: [
      lane.organizationId,
      submissions.map(({ principal }) => principal.sourceSystemId),
      submissions.map(({ envelope }) => envelope.idempotencyKey),
      submissions.map((submission) => requestFingerprint(submission).toString('hex')),
      submissions.map(({ envelope }) => envelope.id),
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
