import { z } from 'zod';
import { exchangeEntityTypes, exchangeStates } from '../../../domain/bulk-exchange.ts';
import { route, type Route } from '../route.ts';
import { instant, pageOf, pageQuery, sourceFilter, sourceSystemParam } from '../schemas.ts';
import { problem } from './problem.ts';

const tag = 'Bulk data exchanges';
const exchangeParam = z.strictObject({ id: z.string().min(1).max(64) });

const state = z.enum(exchangeStates).meta({
  description:
    'requesting -> requested -> announced -> downloading -> processing -> reporting -> finished or failed; cancelling -> cancelled. One that the SIS begins starts as announced.',
});

const entityTypes = z.array(z.enum(exchangeEntityTypes)).min(1).max(exchangeEntityTypes.length);

const file = z
  .object({
    number: z.int(),
    address: z.string().meta({ description: 'Without user, password and query, any of which may be a secret.' }),
    sizeBytes: z.int().nullable(),
    checkSum: z.string().nullable(),
    receivedAt: instant.nullable().meta({ description: 'It is whole, and has the announced size and checksum.' }),
    uploadId: z.string().nullable(),
    runId: z.string().nullable().meta({ description: 'What it became: GET /runs/{id}.' }),
  })
  .meta({ id: 'BulkExchangeFile' });

const told = z
  .object({
    at: instant,
    operation: z.string(),
    messageId: z.string().nullable(),
    problem: problem.nullable().meta({ description: 'Why the SIS could not be told.' }),
  })
  .meta({ id: 'BulkExchangeTold' });

const exchange = z
  .object({
    id: z.string(),
    sourceSystem: z.string(),
    transactionId: z.string(),
    state,
    begunBy: z.enum(['sis', 'gateway']),
    requestedBy: z.string().nullable(),
    filter: z.object({ entityTypes: entityTypes.optional(), savePoint: z.string().optional() }),
    createdAt: instant,
    announcedAt: instant.nullable(),
    announcedBy: z.string().nullable().meta({ description: 'The login of the SIS.' }),
    expiresAt: instant.nullable().meta({
      description: 'Of announced files: when they are gone. Before: when the announcement is no longer waited for.',
    }),
    endedAt: instant.nullable(),
    files: z.array(file),
    cancelledBy: z.string().nullable(),
    sisReport: z.array(z.string()).meta({ description: 'What the SIS said when it failed.' }),
    problem: problem.nullable().meta({ description: 'Why it failed.' }),
    told: told.nullable().meta({ description: 'What the SIS was told last.' }),
    nextAt: instant.nullable().meta({ description: 'When it is looked at next, while it waits.' }),
  })
  .meta({ id: 'BulkExchange', description: 'A bulk data exchange of LIS: files that a SIS announces.' });

export const exchangeRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/bulk-exchanges',
    tag,
    summary: 'Request a bulk data exchange',
    description:
      'Asks the SIS, at the endpoint `bulk`, to announce files. One at a time: while another is under way, `conflict`.',
    scope: 'messages:write',
    params: sourceSystemParam,
    body: z.strictObject({
      entityTypes: entityTypes.optional().meta({ description: 'Only these; absent: all.' }),
      savePoint: z.iso.datetime({ offset: true, local: true }).optional().meta({
        description: 'Only what changed since: YYYY-MM-DDTHH:MM:SS.NNN, UTC unless it names a zone. One for all types.',
        example: '2026-03-01T00:00:00.000',
      }),
    }),
    status: 202,
    response: exchange,
    handle: async ({ editor, params, body: { entityTypes: types, savePoint } }, { administration }) => ({
      body: await administration.exchanges.request(editor, params.sourceSystem, {
        ...(types === undefined ? {} : { entityTypes: types }),
        ...(savePoint === undefined ? {} : { savePoint: inUtc(savePoint) }),
      }),
    }),
  }),
  route({
    method: 'get',
    path: '/bulk-exchanges',
    tag,
    summary: 'List bulk data exchanges',
    description: 'The latest first.',
    scope: 'messages:read',
    query: sourceFilter.pick({ sourceSystem: true }).extend(pageQuery.shape).extend({ state: state.optional() }),
    response: pageOf(exchange),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.exchanges.list(organizationId, filter, {
        limit,
        ...(after === undefined ? {} : { after }),
      }),
    }),
  }),
  route({
    method: 'get',
    path: '/bulk-exchanges/{id}',
    tag,
    summary: 'Read a bulk data exchange',
    scope: 'messages:read',
    params: exchangeParam,
    response: exchange,
    handle: async ({ organizationId, params: { id } }, { administration }) => ({
      body: await administration.exchanges.get(organizationId, id),
    }),
  }),
  route({
    method: 'post',
    path: '/bulk-exchanges/{id}/cancel',
    tag,
    summary: 'Cancel a bulk data exchange',
    description:
      'Its runs are cancelled, and what they have applied stays. The SIS is told: cancelBulkDataExchange before it announced, ignoreBulkDataExchange afterwards.',
    scope: 'messages:write',
    params: exchangeParam,
    status: 202,
    response: exchange,
    handle: async ({ editor, params: { id } }, { administration }) => ({
      body: await administration.exchanges.cancel(editor, id),
    }),
  }),
];

/** A save point without a zone is UTC, as those of D2L are. */
export function inUtc(savePoint: string): string {
  return new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(savePoint) ? savePoint : `${savePoint}Z`).toISOString();
}
