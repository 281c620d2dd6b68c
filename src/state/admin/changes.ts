import { sql } from 'kysely';
import type { ChangeCause, ChangeFilter, ChangePage, ChangeView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { toImages } from './change-images.ts';
import { areOf, type Objects, objectsOf } from './changes-of.ts';
import type { Scope } from './in-organization.ts';
import { readLinks } from './links.ts';
import { readSources, type Sources } from './sources.ts';

/** Where a reader of the feed stands: `epoch.seq`. The epoch changes when a database is restored to an earlier state. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: string;
}

/** Throws GatewayError `invalid_request`. */
export function parseCursor(text: string): Cursor {
  const [, epoch, seq] = /^([\da-z]{1,32})\.(\d{1,18})$/.exec(text) ?? [];
  if (epoch !== undefined && seq !== undefined) return { epoch, seq };
  throw new GatewayError(
    'invalid_request',
    'Give as `after` what `next` of the last answer said, or /api/v1/snapshot.',
    {
      field: 'after',
    },
  );
}

export interface FeedPosition {
  epoch: string;
  change_seq: string;
  removed_seq: string;
}

export async function readFeedPosition({ db, organizationId }: Scope): Promise<FeedPosition> {
  return db
    .selectFrom('lane')
    .select(['epoch', 'change_seq', 'removed_seq'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow();
}

/**
 * Changes after a cursor, in the order of their commits. seq is given under the lane and just before the commit (rule 2),
 * so whoever sees a change sees all before it: nothing comes late.
 *
 * Throws GatewayError `cursor_expired` when changes after the cursor are not kept any more, or are of another history.
 */
export async function readChanges(
  scope: Scope,
  filter: ChangeFilter,
  after: string | undefined,
  limit: number,
): Promise<ChangePage> {
  const lane = await readFeedPosition(scope);
  const cursor = after === undefined ? { epoch: lane.epoch, seq: '0' } : parseCursor(after);
  refuseExpired(cursor, lane);
  const sources = await readSources(scope);
  const rows = await readRows(scope, sources, filter, { after: cursor.seq, upTo: lane.change_seq }, limit);
  const links = await readLinks(
    scope,
    sources,
    rows.map((row) => row.lms_id),
  );
  const items = rows.map((row): ChangeView => ({
    cursor: `${lane.epoch}.${row.seq}`,
    at: row.at.toISOString(),
    entity: row.entity,
    lmsId: row.lms_id,
    operation: row.operation,
    ...toImages(row),
    cause: toCause(row.cause, sources),
    links: links(row.lms_id),
  }));
  const full = rows.length === limit ? items.at(-1)?.cursor : undefined;
  return { items, next: full ?? `${lane.epoch}.${lane.change_seq}` };
}

function refuseExpired(cursor: Cursor, lane: FeedPosition): void {
  const [seq, removed, newest] = [BigInt(cursor.seq), BigInt(lane.removed_seq), BigInt(lane.change_seq)];
  if (cursor.epoch === lane.epoch && seq >= removed && seq <= newest) return;
  throw new GatewayError(
    'cursor_expired',
    'The changes after this cursor are not kept any more, or belong to another history. Begin again with GET /api/v1/snapshot: note its cursor, read the collections that it names, then go on from the cursor.',
    { field: 'after' },
  );
}

interface Stretch {
  readonly after: string;
  /** What is beyond was committed under a lane that was not left yet. */
  readonly upTo: string;
}

async function readRows(
  scope: Scope,
  sources: Sources,
  filter: ChangeFilter,
  { after: seq, upTo }: Stretch,
  limit: number,
) {
  const { db, organizationId } = scope;
  const sourceIds = sources.idsFor(filter.sourceSystem);
  const also = [
    ...(filter.entity === undefined ? [] : [sql<boolean>`c.entity = ${filter.entity}`]),
    ...(filter.sourcedId !== undefined || filter.sourceSystem === undefined
      ? []
      : [ofSource(organizationId, sourceIds)]),
  ];
  const objects = await named(scope, sourceIds, filter);
  const conditions = objects === undefined ? also : [areOf(scope, objects, { after: seq, also, limit }), ...also];
  return db
    .selectFrom('change as c')
    .select(['c.seq', 'c.at', 'c.entity', 'c.lms_id', 'c.operation', 'c.before', 'c.after', 'c.cause'])
    .where('c.organization_id', '=', organizationId)
    .where('c.seq', '>', seq)
    .where('c.seq', '<=', upTo)
    .where((where) => where.and(conditions))
    .orderBy('c.seq')
    .limit(limit)
    .execute();
}

/** The LMS objects that a filter names, by their id or a sourcedId; undefined: it names none. */
function named(
  scope: Scope,
  sourceIds: readonly number[],
  { lmsId, sourcedId }: ChangeFilter,
): Promise<Objects | undefined> {
  if (sourcedId !== undefined) return objectsOf(scope, sourceIds, sourcedId, lmsId);
  return Promise.resolve(lmsId === undefined ? undefined : { ids: [lmsId] });
}

/**
 * The changed object, or the user of the changed enrollment or relation, stands for an object of these source systems. The user of
 * an enrollment stands in the change that created it.
 */
function ofSource(organizationId: number, sourceIds: readonly number[]) {
  const userId = sql`coalesce(
    (c.after ->> 'userId')::bigint, (c.before ->> 'userId')::bigint,
    (select (b.after ->> 'userId')::bigint from change b
      where b.organization_id = ${organizationId} and b.lms_id = c.lms_id and b.after ? 'userId' order by b.seq desc limit 1),
    (select e.user_id from lms_enrollment e where e.organization_id = ${organizationId} and e.id = c.lms_id limit 1))`;
  return sql<boolean>`exists (
    select from link l
     where l.organization_id = ${organizationId} and l.source_system_id = any (${sourceIds}::integer[])
       and l.lms_id = case when c.entity in ('enrollment', 'relation') then ${userId} else c.lms_id end)`;
}

function toCause(
  {
    sourceSystemId,
    ...cause
  }: { reason: string; messageId?: string; messageIds?: string[]; sourceSystemId?: number; actor?: string },
  sources: Sources,
): ChangeCause {
  return sourceSystemId === undefined ? cause : { ...cause, sourceSystem: sources.codeOf(sourceSystemId) };
}
