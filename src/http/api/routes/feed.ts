import { z } from 'zod';
import type { ChangeFilter, ChangePage } from '../../../domain/administration/index.ts';
import { route, type Route } from '../route.ts';
import { instant, link, pageOf, pageQuery, sourceFilter } from '../schemas.ts';
import type { ApiServices } from '../services.ts';

const entity = z.enum(['user', 'org_unit', 'enrollment', 'relation']);
const image = z.record(z.string(), z.unknown()).nullable();

const change = z
  .object({
    cursor: z.string().meta({ description: 'Stands right after this change.' }),
    at: instant,
    entity,
    lmsId: z.string(),
    operation: z.enum(['created', 'updated', 'deleted']),
    before: image.meta({
      description:
        'Of an update: the fields that differ, as they were; null: it was not there. Of `created`: null. Of `deleted`: all that was there.',
    }),
    after: image.meta({
      description:
        'Of an update: the same fields, as they are; null: it is there no longer. Of `created`: all that is there. Of `deleted`: null.',
    }),
    cause: z.object({
      reason: z.string().meta({ description: 'message, map, option, override or reproject' }),
      messageId: z.string().optional(),
      messageIds: z.array(z.string()).optional().meta({
        description: 'Instead of `messageId`: several messages, applied in one transaction, that may have caused it.',
      }),
      sourceSystem: z.string().optional(),
      actor: z.string().optional(),
    }),
    links: z.array(link),
  })
  .meta({ id: 'Change', description: 'One difference of what the LMS sees.' });

const changes = z
  .object({
    items: z.array(change),
    next: z.string().meta({ description: 'The cursor to go on from; always there, also when there is nothing new.' }),
  })
  .meta({ id: 'Changes' });

const snapshot = z
  .object({
    cursor: z.string().meta({ description: 'Go on with GET /api/v1/changes?after=<cursor>.' }),
    collections: z
      .array(z.string())
      .meta({ description: 'What to read whole, page by page, after the cursor was noted.' }),
  })
  .meta({ id: 'Snapshot' });

const reprojection = z
  .object({
    id: z.string(),
    reason: z.string(),
    total: z.int(),
    done: z.int(),
    createdAt: instant,
    finishedAt: instant.nullable(),
  })
  .meta({
    id: 'Reprojection',
    description: 'Rows that an edit touched, more than one transaction takes: worked off in batches.',
  });

const tag = 'Changes';
const collections = ['/api/v1/org-units', '/api/v1/users', '/api/v1/enrollments', '/api/v1/relations'];

export const feedRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/changes',
    tag,
    summary: 'Read changes',
    description:
      'In the order of their commits and without gaps: a reader that goes on from `next` misses nothing. With `wait`, the answer comes as soon as there is a change, at the latest after that many seconds. A cursor older than what is kept gets 410 `cursor_expired`, with the address of the snapshot.',
    scope: 'roster:read',
    query: sourceFilter.extend({
      limit: pageQuery.shape.limit,
      after: z
        .string()
        .max(64)
        .optional()
        .meta({ description: '`next` of the last answer; without it, from the beginning.' }),
      wait: z.coerce.number().int().min(0).max(30).default(0).meta({ description: 'Seconds to wait for a change.' }),
      entity: entity.optional(),
      lmsId: z
        .string()
        .regex(/^\d{1,18}$/, 'must be an LMS id')
        .optional(),
    }),
    response: changes,
    handle: async ({ organizationId, query: { wait, limit, after, ...filter } }, services) => ({
      body: await readWaiting(services, organizationId, filter, { limit, after, waitMs: wait * 1_000 }),
    }),
  }),
  route({
    method: 'get',
    path: '/snapshot',
    tag,
    summary: 'Begin to follow changes',
    description:
      'Note the cursor, read the collections whole, then go on from the cursor: what changes meanwhile comes again as a change, so nothing is missed.',
    scope: 'roster:read',
    response: snapshot,
    handle: async ({ organizationId }, { administration }) => ({
      body: { cursor: await administration.feed.currentCursor(organizationId), collections },
    }),
  }),
  route({
    method: 'get',
    path: '/reprojections',
    tag,
    summary: 'List re-projections',
    description: 'Newest first.',
    scope: 'roster:read',
    query: pageQuery,
    response: pageOf(reprojection),
    handle: async ({ organizationId, query }, { administration }) => ({
      body: await administration.feed.listReprojections(organizationId, query),
    }),
  }),
  route({
    method: 'get',
    path: '/reprojections/{id}',
    tag,
    summary: 'Read a re-projection',
    scope: 'roster:read',
    params: z.strictObject({ id: z.string().min(1).max(20) }),
    response: reprojection,
    handle: async ({ organizationId, params }, { administration }) => ({
      body: await administration.feed.getReprojection(organizationId, params.id),
    }),
  }),
];

/** Changes that do not match the filter move the cursor on, and the wait goes on with what is left of it. */
async function readWaiting(
  { administration: { feed } }: ApiServices,
  organizationId: number,
  filter: ChangeFilter,
  { limit, after, waitMs }: { limit: number; after: string | undefined; waitMs: number },
): Promise<ChangePage> {
  const deadline = performance.now() + waitMs;
  let page = await feed.listChanges(organizationId, filter, after === undefined ? { limit } : { limit, after });
  while (page.items.length === 0) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0 || !(await feed.waitForChange(organizationId, page.next, leftMs))) return page;
    page = await feed.listChanges(organizationId, filter, { limit, after: page.next });
  }
  return page;
}
