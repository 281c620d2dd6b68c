import { sql } from 'kysely';
import type { Sealer } from '../../domain/access.ts';
import type {
  JournalAdministration,
  MessageDirection,
  MessageFilter,
  MessageView,
} from '../../domain/administration/index.ts';
import { uuidv7Floor } from '../../domain/ids.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { GatewayError, type Problem } from '../../domain/problem.ts';
import { answerContext, bodyContext } from '../journal.ts';
import { decodeAfter, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { readSources, type Sources } from './sources.ts';

/** The journal: every authenticated message, newest first. An id of version 7 begins with its time. */
export function createJournalAdministration(db: Database, sealer: Sealer): JournalAdministration {
  return {
    list: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        let query = filtered(scope, sources, filter);
        const [before] = decodeAfter(after, 1) ?? [];
        if (before !== undefined) query = query.where('id', '<', requireUuid(before, 'after'));
        const rows = await query
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(
          rows,
          limit,
          (row) => [row.id],
          (row) => toView(row, sources),
        );
      }),
    get: (organizationId, id) =>
      readOrganization(db, organizationId, async (scope) => {
        const row = isUuid(id)
          ? await select(scope).select(['body', 'answer']).where('id', '=', id).executeTakeFirst()
          : undefined;
        if (row === undefined) throw new GatewayError('not_found', `There is no message ${id}.`);
        return {
          ...toView(row, await readSources(scope)),
          sourceSystemId: row.source_system_id,
          body: sealer.open(row.body, bodyContext(organizationId, row.id)),
          ...(row.answer === null ? {} : { answer: sealer.open(row.answer, answerContext(organizationId, row.id)) }),
        };
      }),
  };
}

type MessageRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function select({ db, organizationId }: Scope) {
  return db
    .selectFrom('message')
    .select(['id', 'direction', 'source_system_id', 'user_name', 'received_at', 'door', 'endpoint_type', 'dialect'])
    .select([
      'operation',
      'content_type',
      'remote_address',
      'size_bytes',
      'result',
      'sourced_ids',
      'outcomes',
      'refusal',
      'attempts',
      'duration_ms',
      'replay_of',
    ])
    .where('organization_id', '=', organizationId);
}

function filtered(scope: Scope, sources: Sources, filter: MessageFilter) {
  const { direction, endpointType, sourceSystem, sourcedId, result, operation, from, to } = filter;
  let query = select(scope);
  if (direction !== undefined) query = query.where(directionIs(direction));
  if (endpointType !== undefined) {
    query = query.where(directionIs('outbound')).where('endpoint_type', '=', endpointType);
  }
  if (sourceSystem !== undefined) query = query.where('source_system_id', 'in', sources.idsFor(sourceSystem));
  if (sourcedId !== undefined) query = query.where(namesSourcedId(sourcedId));
  if (result !== undefined) query = query.where('result', '=', result);
  if (operation !== undefined) query = query.where('operation', '=', operation);
  if (from !== undefined) query = query.where('id', '>=', uuidv7Floor(sinceEpoch(from)));
  if (to !== undefined) query = query.where('id', '<', uuidv7Floor(sinceEpoch(to)));
  return query;
}

function toView(row: MessageRow, sources: Sources): MessageView {
  return {
    id: row.id,
    direction: row.direction,
    receivedAt: row.received_at.toISOString(),
    door: row.door,
    endpointType: row.endpoint_type,
    dialect: row.dialect,
    operation: row.operation,
    contentType: row.content_type,
    remoteAddress: row.remote_address,
    sizeBytes: row.size_bytes,
    sourceSystem: sources.codeOf(row.source_system_id),
    userName: row.user_name,
    result: row.result,
    sourcedIds: row.sourced_ids,
    outcomes: row.outcomes as Outcome[],
    refusal: row.refusal as Problem | null,
    attempts: row.attempts,
    durationMs: row.duration_ms,
    replayOf: row.replay_of,
  };
}

/** In either case: RFC 9562, section 4, "case insensitive on input". */
function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}

function requireUuid(text: string, field: string): string {
  if (isUuid(text)) return text;
  throw new GatewayError('invalid_request', 'The cursor is malformed.', { field });
}

/** By the index of the first id, or among the few messages of several records. */
function namesSourcedId(sourcedId: string) {
  return sql<boolean>`(sourced_ids[1] = ${sourcedId} or (cardinality(sourced_ids) > 1 and sourced_ids @> array[${sourcedId}]))`;
}

/** As a literal: the outbound messages are few, and have an index of their own that a parameter would not match. */
function directionIs(direction: MessageDirection) {
  return sql<boolean>`direction = ${sql.lit(direction)}`;
}

/** Milliseconds; ids of version 7 know nothing before 1970. */
function sinceEpoch(instant: string): number {
  return Math.max(0, Date.parse(instant));
}
