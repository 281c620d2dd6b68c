import { z } from 'zod';
import { type JournaledMessage, messageDirections, messageResults } from '../../../domain/administration/index.ts';
import { endpointTypes } from '../../../domain/endpoint.ts';
import { entityKinds } from '../../../domain/entities.ts';
import { uuidv7 } from '../../../domain/ids.ts';
import { outcomeStatuses } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import type { Message } from '../../../pipeline/ports.ts';
import { withoutProofs } from '../../redaction/redacted.ts';
import { viewBody } from '../../redaction/view-body.ts';
import { route, type Route } from '../route.ts';
import { instant, pageOf, pageQuery, sourceFilter, wireKind } from '../schemas.ts';
import type { ApiServices } from '../services.ts';
import { problem } from './problem.ts';

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

const attempt = z
  .object({
    startedAt: instant,
    durationMs: z.number(),
    status: z.int().optional().meta({ description: 'The HTTP status of the answer.' }),
    answerType: z
      .string()
      .optional()
      .meta({ description: 'The content type of the answer, where it was read; empty where it says none.' }),
    problem: problem.optional(),
  })
  .meta({ id: 'SendAttempt', description: 'One attempt to send an outbound message.' });

const result = z.enum(messageResults).meta({
  description: '`sending`: an outbound message that is under way, or was interrupted: whether it arrived is not known.',
});
const direction = z.enum(messageDirections).meta({ description: '`outbound`: the gateway sent it to an endpoint.' });
const endpointType = z.enum(endpointTypes);

const message = z
  .object({
    id: z.string(),
    direction,
    receivedAt: instant.meta({ description: 'When it came in, or set out.' }),
    door: z.enum(['soap', 'rest', 'cli', 'file']).nullable().meta({
      description: 'null: of an outbound message. `file`: a run, whose id is that of the message (`/runs/{id}`).',
    }),
    endpointType: endpointType.nullable().meta({ description: 'What an outbound message was sent for.' }),
    dialect: z.string().meta({ description: 'Of an outbound message: the contract.' }),
    operation: z.string(),
    contentType: z.string(),
    remoteAddress: z.string().meta({ description: 'Where it came from, or the address that it was sent to.' }),
    sizeBytes: z.int(),
    sourceSystem: z.string(),
    userName: z.string().meta({ description: 'Of an outbound message: who had it sent.' }),
    result,
    sourcedIds: z.array(z.string()),
    outcomes: z.array(outcome),
    refusal: problem.nullable().meta({
      description: 'Why the message as a whole was refused; of an outbound one: why it did not succeed.',
    }),
    attempts: z.array(attempt).nullable().meta({ description: 'Of an outbound message.' }),
    durationMs: z.number(),
    replayOf: z.string().nullable().meta({
      description:
        'The message that this one replays, or whose answer it got because it came again under the same Idempotency-Key.',
    }),
  })
  .meta({ id: 'Message', description: 'A message as it was journaled.' });

const shownBody = {
  body: z
    .string()
    .optional()
    .meta({ description: 'The body, without passwords, birth dates, and credentials and queries of addresses.' }),
  tree: z.unknown().optional().meta({ description: 'The same as a tree of plain values.' }),
  bodyWithheld: z.string().optional().meta({ description: 'Why there is neither.' }),
};

const shownMessage = message
  .extend({
    ...shownBody,
    answer: z.object(shownBody).optional().meta({ description: 'What an endpoint answered, in the same way.' }),
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
      direction: direction.optional(),
      endpointType: endpointType.optional().meta({ description: 'Outbound messages of this type of endpoint.' }),
      result: result.optional(),
      operation: z.string().max(255).optional().meta({ example: 'replaceMembership' }),
      from: time.optional().meta({ description: 'Received at this instant or later.' }),
      to: time.optional().meta({ description: 'Received before this instant.' }),
    }),
    response: pageOf(message),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => {
      const page = after === undefined ? { limit } : { limit, after };
      const { items, ...rest } = await administration.journal.list(organizationId, filter, page);
      return { body: { ...rest, items: items.map(shownFacts) } };
    },
  }),
  route({
    method: 'get',
    path: '/messages/{id}',
    tag,
    summary: 'Read a message',
    description:
      'With its body, from which passwords, birth dates, and credentials and queries of addresses are taken out.',
    scope: 'messages:read',
    params: messageParam,
    query: z.strictObject({
      view: z.enum(['text', 'tree']).default('text').meta({ description: '`tree`: the body as a JSON tree.' }),
    }),
    response: shownMessage,
    handle: async ({ organizationId, params, query }, { administration }) => {
      const {
        body,
        answer,
        sourceSystemId: _sourceSystemId,
        ...rest
      } = await administration.journal.get(organizationId, params.id);
      const facts = shownFacts(rest);
      if (!(await administration.variables.effective(organizationId))['tool.message-bodies']) {
        return {
          body: { ...facts, bodyWithheld: 'The organization has switched the variable tool.message-bodies off.' },
        };
      }
      const { contentType, attempts } = facts;
      const answerType = attempts?.findLast((each) => each.answerType !== undefined)?.answerType ?? '';
      return {
        body: {
          ...facts,
          ...(await viewBody({ contentType, body }, query.view)),
          ...(answer === undefined
            ? {}
            : { answer: await viewBody({ contentType: answerType, body: answer }, query.view) }),
        },
      };
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

/** An address that a SIS announced may hold a password, or a token. */
function shownFacts<Facts extends { readonly remoteAddress: string }>(facts: Facts): Facts {
  return { ...facts, remoteAddress: withoutProofs(facts.remoteAddress) };
}

function replay({ gateway, replayOf }: ApiServices, organizationId: number, stored: JournaledMessage, by: string) {
  if (stored.door === null) {
    throw new GatewayError('conflict', 'The gateway sent this message itself: only what came in can be replayed.');
  }
  if (stored.door === 'file') {
    throw new GatewayError('conflict', 'This message stands for a run: request a run of the same upload instead.');
  }
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
