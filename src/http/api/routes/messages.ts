import { z } from 'zod';
import { messageResults, type JournaledMessage } from '../../../domain/administration/index.ts';
import { entityKinds } from '../../../domain/entities.ts';
import { uuidv7 } from '../../../domain/ids.ts';
import { outcomeStatuses } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import type { Message } from '../../../pipeline/ports.ts';
import { viewBody } from '../../redaction/view-body.ts';
import { route, type Route } from '../route.ts';
import { instant, pageOf, pageQuery, sourceFilter, wireKind } from '../schemas.ts';
import type { ApiServices } from '../services.ts';

const problem = z
  .object({ code: z.string(), message: z.string(), at: z.string().optional(), field: z.string().optional() })
  .meta({
    id: 'Problem',
    description: 'One thing that is wrong with one record. Codes are stable; see docs/problems.md.',
  });

const outcome = z
  .object({
    entity: z.enum(entityKinds),
    kind: wireKind,
    verb: z.enum(['replace', 'update', 'delete', 'rename', 'read', 'list']),
    sourcedId: z.string(),
    status: z.enum(outcomeStatuses),
    problems: z.array(problem),
    lmsId: z.string().optional(),
  })
  .meta({ id: 'JournaledOutcome', description: 'What became of one command of a message.' });

const message = z
  .object({
    id: z.string(),
    receivedAt: instant,
    door: z.enum(['soap', 'rest', 'cli']),
    dialect: z.string(),
    operation: z.string(),
    contentType: z.string(),
    remoteAddress: z.string(),
    sizeBytes: z.int(),
    sourceSystem: z.string(),
    userName: z.string(),
    result: z.enum(messageResults),
    sourcedIds: z.array(z.string()),
    outcomes: z.array(outcome),
    refusal: problem.nullable().meta({ description: 'Why the message as a whole was refused.' }),
    durationMs: z.number(),
    replayOf: z.string().nullable().meta({
      description:
        'The message that this one replays, or whose answer it got because it came again under the same Idempotency-Key.',
    }),
  })
  .meta({ id: 'Message', description: 'A message as it was journaled.' });

const shownMessage = message
  .extend({
    body: z.string().optional().meta({ description: 'The body, without passwords and birth dates.' }),
    tree: z.unknown().optional().meta({ description: 'The same as a tree of plain values.' }),
    bodyWithheld: z.string().optional().meta({ description: 'Why there is neither.' }),
  })
  .meta({ id: 'ShownMessage' });

const replayed = z
  .object({ messageId: z.string(), replayOf: z.string(), outcomes: z.array(outcome) })
  .meta({ id: 'ReplayedMessage' });

const time = z.iso.datetime({ offset: true, error: 'must be an instant of ISO 8601, such as 2026-09-01T00:00:00Z' });
const messageParam = z.strictObject({ id: z.string().min(1).max(64) });
const tag = 'Messages';

export const messageRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/messages',
    tag,
    summary: 'Search messages',
    description: 'Newest first.',
    scope: 'messages:read',
    query: sourceFilter.extend(pageQuery.shape).extend({
      result: z.enum(messageResults).optional(),
      operation: z.string().max(255).optional().meta({ example: 'replaceMembership' }),
      from: time.optional().meta({ description: 'Received at this instant or later.' }),
      to: time.optional().meta({ description: 'Received before this instant.' }),
    }),
    response: pageOf(message),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => {
      const page = after === undefined ? { limit } : { limit, after };
      return { body: await administration.journal.list(organizationId, filter, page) };
    },
  }),
  route({
    method: 'get',
    path: '/messages/{id}',
    tag,
    summary: 'Read a message',
    description: 'With its body, from which passwords and birth dates are taken out.',
    scope: 'messages:read',
    params: messageParam,
    query: z.strictObject({
      view: z.enum(['text', 'tree']).default('text').meta({ description: '`tree`: the body as a JSON tree.' }),
    }),
    response: shownMessage,
    handle: async ({ organizationId, params, query }, { administration }) => {
      const {
        body,
        sourceSystemId: _sourceSystemId,
        ...facts
      } = await administration.journal.get(organizationId, params.id);
      if (!(await administration.variables.effective(organizationId))['tool.message-bodies']) {
        return {
          body: { ...facts, bodyWithheld: 'The organization has switched the variable tool.message-bodies off.' },
        };
      }
      return { body: { ...facts, ...(await viewBody({ contentType: facts.contentType, body }, query.view)) } };
    },
  }),
  route({
    method: 'post',
    path: '/messages/{id}/replay',
    tag,
    summary: 'Replay a message',
    description:
      'Sends a stored message again as if its source system had, and answers its new outcomes. What has not changed since is `unchanged`.',
    scope: 'messages:write',
    params: messageParam,
    response: replayed,
    handle: async ({ organizationId, params, bearer }, services) => {
      if (!(await services.administration.variables.effective(organizationId))['tool.replay']) {
        throw new GatewayError('forbidden', 'The organization has switched the variable tool.replay off.');
      }
      const stored = await services.administration.journal.get(organizationId, params.id);
      const result = await replay(services, organizationId, stored, bearer.label);
      return { body: { messageId: result.messageId, replayOf: stored.id, outcomes: [...result.outcomes] } };
    },
  }),
];

function replay({ gateway, replayOf }: ApiServices, organizationId: number, stored: JournaledMessage, by: string) {
  const again = replayOf(stored);
  if (again === undefined) {
    throw new GatewayError(
      'conflict',
      'The message was refused before it was known what it wishes, so it cannot be replayed.',
    );
  }
  const message: Message = {
    id: uuidv7(),
    receivedAt: new Date(),
    door: stored.door,
    dialect: stored.dialect,
    operation: stored.operation,
    method: again.method,
    path: again.path,
    headers: { 'content-type': stored.contentType },
    body: stored.body,
    remote: { address: stored.remoteAddress, loopback: false, secure: true },
    replayOf: stored.id,
  };
  const { userName, sourceSystemId } = stored;
  const principal = { userName, organizationId, sourceSystemId, mechanism: `replay by ${by}` };
  return gateway.process(message, principal, again.translate);
}
