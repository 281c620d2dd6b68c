import type { Sealer } from '../../domain/access.ts';
import type { OutboundCompletion, OutboundEntry, OutboundJournal } from '../../domain/administration/index.ts';
import { answerContext, bodyContext } from '../journal.ts';
import { type Database, writeOrganization } from './in-organization.ts';

/**
 * The outbound side of the journal. A message is committed as `sending` before its first byte leaves, so that a crash leaves
 * a trace of it.
 */
export function createOutboundJournal(db: Database, sealer: Sealer): OutboundJournal {
  return {
    begin: (entry) =>
      writeOrganization(db, entry.organizationId, async (scope) => {
        await scope.db.insertInto('message').values(toRow(entry, sealer)).execute();
      }),
    complete: ({ organizationId, id }, completion) =>
      writeOrganization(db, organizationId, async (scope) => {
        await scope.db
          .updateTable('message')
          .set(toResult(organizationId, id, completion, sealer))
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .execute();
      }),
  };
}

function toRow(entry: OutboundEntry, sealer: Sealer) {
  const { id, organizationId, intent } = entry;
  return {
    organization_id: organizationId,
    id,
    source_system_id: entry.sourceSystemId,
    user_name: entry.actor,
    received_at: entry.startedAt,
    direction: 'outbound' as const,
    endpoint_type: entry.endpointType,
    dialect: entry.contract,
    operation: entry.operation,
    content_type: 'application/json',
    remote_address: entry.address,
    size_bytes: intent.length,
    body: sealer.seal(intent, bodyContext(organizationId, id)),
    result: 'sending' as const,
    sourced_ids: [],
    outcomes: '[]',
    attempts: '[]',
    duration_ms: 0,
  };
}

function toResult(organizationId: number, id: string, completion: OutboundCompletion, sealer: Sealer) {
  const { sent, contentType, received, attempts, problem, durationMs } = completion;
  return {
    result: problem === undefined ? ('success' as const) : ('failure' as const),
    refusal: problem === undefined ? null : JSON.stringify(problem),
    attempts: JSON.stringify(attempts),
    duration_ms: durationMs,
    ...(received === undefined ? {} : { answer: sealer.seal(received, answerContext(organizationId, id)) }),
    ...(sent.length === 0
      ? {}
      : {
          body: sealer.seal(sent, bodyContext(organizationId, id)),
          size_bytes: sent.length,
          content_type: contentType,
        }),
  };
}
