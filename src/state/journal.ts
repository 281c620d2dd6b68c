import { createHash } from 'node:crypto';
import type { Command } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Problem } from '../domain/problem.ts';
import type { Lane } from './lane.ts';
import type { Writing } from './writing.ts';

export type MessageResult = 'success' | 'warning' | 'failure' | 'refused';

export interface JournalEntry {
  readonly writing: Pick<Writing, 'submission' | 'sealedBody' | 'answered'>;
  readonly result: MessageResult;
  readonly outcomes: readonly Outcome[];
  readonly refusal?: Problem;
  /** The message whose answer it was given again. */
  readonly replayOf?: string;
}

/** A journaled body is bound to its row: it cannot be opened as another message's. */
export function bodyContext(organizationId: number, messageId: string): string {
  return `message ${String(organizationId)} ${messageId}`;
}

/** So is what an endpoint answered to it. */
export function answerContext(organizationId: number, messageId: string): string {
  return `answer ${String(organizationId)} ${messageId}`;
}

export function requestHash(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

/** The worst that happened to any of its commands. */
export function resultOf(outcomes: readonly Outcome[]): MessageResult {
  if (outcomes.some(({ status }) => status === 'rejected' || status === 'failed')) return 'failure';
  return outcomes.some(({ status, problems }) => status === 'waiting' || status === 'held' || problems.length > 0)
    ? 'warning'
    : 'success';
}

/** Writes messages into the journal, in the transaction that applied them. */
export async function journal(lane: Lane, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return;
  // One after the other in one value: bytes go out as they are, an array of them would be spelled out in hexadecimal.
  const bodies: Buffer[] = [];
  let end = 0;
  const rows = entries.map((entry) => {
    const { sealedBody } = entry.writing;
    bodies.push(sealedBody);
    end += sealedBody.length;
    return { ...toRow(entry), body_at: end - sealedBody.length + 1, body_bytes: sealedBody.length };
  });
  await lane.client.query({
    name: 'journal_write',
    text: journalSql,
    values: [lane.organizationId, JSON.stringify(rows), Buffer.concat(bodies, end)],
  });
}

const journalSql = `
  insert into message (organization_id, id, source_system_id, user_name, received_at, door, dialect, operation, content_type,
                       remote_address, size_bytes, body, result, sourced_ids, outcomes, refusal, duration_ms, replay_of)
  select $1, r.id, r.source_system_id, r.user_name, r.received_at, r.door, r.dialect, r.operation, r.content_type,
         r.remote_address, r.size_bytes, substring($3::bytea from r.body_at for r.body_bytes), r.result, r.sourced_ids, r.outcomes, r.refusal, r.duration_ms, r.replay_of
    from jsonb_to_recordset($2) as r(id uuid, source_system_id integer, user_name text, received_at timestamptz, door text,
           dialect text, operation text, content_type text, remote_address text, size_bytes integer, body_at integer, body_bytes integer,
           result text, sourced_ids text[], outcomes jsonb, refusal jsonb, duration_ms real, replay_of uuid)`;

function toRow({
  writing: {
    submission: { envelope, principal, commands, exchange },
    answered,
  },
  result,
  outcomes,
  refusal,
  replayOf,
}: JournalEntry): Record<string, unknown> {
  return {
    id: envelope.id,
    source_system_id: principal.sourceSystemId,
    user_name: principal.userName,
    received_at: envelope.receivedAt.toISOString(),
    door: envelope.door,
    dialect: envelope.dialect,
    operation: envelope.operation,
    content_type: envelope.contentType,
    remote_address: envelope.remoteAddress,
    size_bytes: envelope.body.length,
    result,
    sourced_ids: exchange === undefined ? sourcedIdsOf(outcomes, commands) : [exchange.transactionId],
    // What a read answered is not kept twice: it is in the declared state. Unless the same answer must be given again.
    outcomes:
      envelope.idempotencyKey === undefined || answered !== undefined
        ? outcomes.map(({ record: _record, found: _found, ...outcome }) => outcome)
        : outcomes,
    refusal: refusal ?? null,
    duration_ms: Date.now() - envelope.receivedAt.getTime(),
    replay_of: replayOf ?? envelope.replayOf ?? null,
  };
}

/** What the message was about; a list is about nothing in particular. */
function sourcedIdsOf(outcomes: readonly Outcome[], commands: readonly Command[]): string[] {
  const renamed = commands.flatMap((command) => (command.verb === 'rename' ? [command.newSourcedId] : []));
  const ids = new Set([...outcomes.map(({ sourcedId }) => sourcedId), ...renamed]);
  ids.delete('');
  return [...ids];
}
