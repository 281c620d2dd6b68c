import { z } from 'zod';
import { type Notice, noticeEvents, noticeStates } from '../../../domain/notices.ts';
import { route, type Route } from '../route.ts';
import { code, instant, isoOrNull, pageOf, pageQuery } from '../schemas.ts';
import { problem } from './problem.ts';

const tag = 'Notifications';
const state = z.enum(noticeStates).meta({
  description: '`waiting`: it is being delivered, or will be tried again. `given_up`: it was tried for a day.',
});

const view = z
  .object({
    id: z.string().meta({ description: 'Also the `webhook-id`, and the Message-ID of e-mails.' }),
    event: z.enum(noticeEvents),
    at: instant.meta({ description: 'When it happened.' }),
    sourceSystem: z.string(),
    runId: z.string().nullable(),
    subscription: z.string(),
    state,
    attempts: z.int(),
    nextAt: instant.nullable().meta({ description: 'When it is tried next.' }),
    giveUpAt: instant,
    problem: problem.nullable().meta({ description: 'Why the last attempt failed.' }),
    endedAt: instant.nullable(),
  })
  .meta({ id: 'Notice', description: 'One event for one subscription. Kept for 30 days.' });

export const noticeRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/notices',
    tag,
    summary: 'List what was told, and what could not be',
    description: 'The latest first.',
    scope: 'admin:read',
    query: pageQuery.extend({ state: state.optional(), subscription: code.optional() }),
    response: pageOf(view),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { notices }) => {
      const page = { limit, ...(after === undefined ? {} : { after }) };
      const { items, ...rest } = await notices.notices.list(organizationId, filter, page);
      return { body: { ...rest, items: items.map(viewOf) } };
    },
  }),
  route({
    method: 'post',
    path: '/notices/{id}/retry',
    tag,
    summary: 'Deliver a notice that was given up',
    description: 'It is due at once, and tried for another day.',
    scope: 'admin:write',
    params: z.strictObject({ id: z.string().min(1).max(64) }),
    status: 204,
    handle: async ({ organizationId, params }, { notices }) => {
      await notices.notices.retry(organizationId, params.id);
      return {};
    },
  }),
];

function viewOf({ at, nextAt, giveUpAt, endedAt, ...notice }: Notice) {
  return {
    ...notice,
    at: at.toISOString(),
    nextAt: isoOrNull(nextAt),
    giveUpAt: giveUpAt.toISOString(),
    endedAt: isoOrNull(endedAt),
  };
}
