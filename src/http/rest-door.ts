import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { GatewayError } from '../domain/problem.ts';
import { challengeFor } from './challenge.ts';
import type { HttpLog } from './http-log.ts';
import type { Gateway, Message } from '../pipeline/ports.ts';
import { statusOf } from './http-status.ts';
import { hasBody, readJsonBody } from './json-body.ts';
import { methodNotAllowed, notFound } from './not-found.ts';
import { answerErrors, messageIdOf } from './problem-body.ts';
import { plainHeaders } from './plain-headers.ts';
import type { RemoteOf } from './remote.ts';
import type { RestDialect, RestOutcome, RestTranslation } from './rest-dialect.ts';

export interface RestDoorOptions {
  readonly gateway: Pick<Gateway, 'submit'>;
  readonly dialect: RestDialect;
  readonly remoteOf: RemoteOf;
  readonly bodyLimitBytes: number;
  readonly log: Pick<HttpLog, 'info' | 'error'>;
}

const root = '/sis/v1';

/**
 * The REST door for source systems: the same pipeline and the same authenticators as the SOAP door. A call about one
 * object answers with its outcome, a message of many with one outcome a command, in order.
 */
export function createRestDoor(options: RestDoorOptions): Router {
  const router = express.Router({ caseSensitive: true });
  const byPath = Map.groupBy(options.dialect.calls, ({ path }) => path);
  for (const [path, calls] of byPath) {
    const place = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const isSingle = path.includes('{');
    for (const { method, body } of calls) place[method](receive(options, { isSingle, takesBody: body !== undefined }));
    place.all(methodNotAllowed(calls.map(({ method }) => method)));
  }
  router.use(root, notFound);
  router.use(root, answerErrors({ challenge: challengeFor, log: options.log }));
  return router;
}

function receive(
  options: RestDoorOptions,
  { isSingle, takesBody }: { isSingle: boolean; takesBody: boolean },
): RequestHandler {
  return async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    const message = await messageOf(options, request, response, takesBody);
    const { messageId, outcomes, operation } = await submit(options, message);
    response.setHeader('Passerelle-Message-Id', messageId);
    const [only] = outcomes;
    if (!isSingle) response.status(200).json({ messageId, outcomes });
    else if (only === undefined) throw new Error('the gateway gave no outcome');
    else answerOne(response, messageId, only);
    const ms = Date.now() - message.receivedAt.getTime();
    options.log.info({ messageId, operation, ms, ...summaryOf(outcomes) }, 'message answered');
  };
}

async function submit({ gateway, dialect }: RestDoorOptions, message: Message) {
  let translation: RestTranslation<RestOutcome> | undefined;
  const translate = (): RestTranslation<RestOutcome> => {
    translation = dialect.translate(message);
    refuseUnreadable(translation);
    return translation;
  };
  try {
    const result = await gateway.submit(message, translate);
    const { operation = '', unreadable = new Map<number, RestOutcome>() } = translation ?? {};
    return { messageId: result.messageId, operation, outcomes: dialect.weave(result.outcomes, unreadable) };
  } catch (error) {
    if (!(error instanceof NothingReadable) || translation === undefined) throw error;
    const { operation, unreadable } = translation;
    return { messageId: message.id, operation, outcomes: dialect.weave([], unreadable) };
  }
}

/** Every command of the message is malformed: it is journaled as refused, and each command still gets its outcome. */
class NothingReadable extends GatewayError {}

function refuseUnreadable({ commands, unreadable }: RestTranslation<RestOutcome>): void {
  const [first] = unreadable.values();
  if (commands.length > 0 || first === undefined) return;
  const problem = first.problems[0];
  throw new NothingReadable(problem?.code ?? 'invalid_data', problem?.message ?? 'No command can be read.');
}

async function messageOf(
  { dialect, remoteOf, bodyLimitBytes }: RestDoorOptions,
  request: Request,
  response: Response,
  takesBody: boolean,
): Promise<Message> {
  const headers = plainHeaders(request);
  // To read twice is to ask twice.
  if (request.method === 'GET' || request.method === 'HEAD') delete headers['idempotency-key'];
  refuseOddKey(headers['idempotency-key']);
  if (!takesBody && hasBody(request))
    throw new GatewayError('invalid_request', `A ${request.method} has no body here.`);
  const call = { method: request.method === 'HEAD' ? 'GET' : request.method, path: request.originalUrl };
  return {
    ...call,
    id: messageIdOf(response),
    receivedAt: new Date(),
    door: 'rest',
    dialect: dialect.name,
    operation: dialect.operationOf(call),
    headers,
    body: takesBody ? await readJsonBody(request, bodyLimitBytes) : Buffer.alloc(0),
    remote: remoteOf(request),
  };
}

function refuseOddKey(key: string | undefined): void {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new GatewayError('invalid_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.', {
    field: 'Idempotency-Key',
  });
}

/** A refused record is answered as an error, with its outcome beside. */
function answerOne(response: Response, messageId: string, outcome: RestOutcome): void {
  const { status, problems } = outcome;
  const [problem] = problems;
  if ((status === 'rejected' || status === 'failed') && problem !== undefined) {
    response.status(statusOf[problem.code]).json({ ...problem, messageId, outcome });
    return;
  }
  response.status(status === 'created' ? 201 : 200).json({ messageId, ...outcome });
}

function summaryOf(outcomes: readonly RestOutcome[]): object {
  const counts: Record<string, number> = {};
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1;
  const problems = new Set(outcomes.flatMap((outcome) => outcome.problems.map(({ code }) => code)));
  return { outcomes: counts, problems: [...problems] };
}
