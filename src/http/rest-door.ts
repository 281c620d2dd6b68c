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
import { refuseOddKey, submitRecords, summaryOf } from './submit-records.ts';

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
    const isSingle = path !== options.dialect.many;
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
    const next = only === undefined ? undefined : options.dialect.nextOf(message.path, only);
    if (isSingle && next !== undefined) response.links({ next });
    if (!isSingle) response.status(200).json({ messageId, outcomes });
    else if (only === undefined) throw new Error('the gateway gave no outcome');
    else answerOne(request, response, { messageId, outcome: only, location: locationOf(options, request, only) });
    const ms = Date.now() - message.receivedAt.getTime();
    options.log.info({ messageId, operation, ms, ...summaryOf(outcomes) }, 'message answered');
  };
}

function submit({ gateway, dialect }: RestDoorOptions, message: Message) {
  return submitRecords<RestOutcome, RestTranslation<RestOutcome>>(gateway, message, {
    translate: () => dialect.translate(message),
    weave: (outcomes, { unreadable }) => dialect.weave(outcomes, unreadable),
  });
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
    operation: dialect.operationOf({ ...call, headers }),
    headers,
    body: takesBody ? await readJsonBody(request, bodyLimitBytes) : Buffer.alloc(0),
    remote: remoteOf(request),
  };
}

/** Where what a POST has made is found. */
function locationOf({ dialect }: RestDoorOptions, { method }: Request, outcome: RestOutcome): string | undefined {
  return method === 'POST' ? dialect.locationOf(outcome) : undefined;
}

/** A refused record is answered as an error, with its outcome beside. */
function answerOne(
  request: Request,
  response: Response,
  { messageId, outcome, location }: { messageId: string; outcome: RestOutcome; location: string | undefined },
): void {
  const { status, problems } = outcome;
  const [problem] = problems;
  if ((status === 'rejected' || status === 'failed') && problem !== undefined) {
    // A precondition that is false is told as such (RFC 9110, 13.1.2).
    const isPrecondition = problem.code === 'id_in_use' && request.headers['if-none-match'] !== undefined;
    response.status(isPrecondition ? 412 : statusOf[problem.code]).json({ ...problem, messageId, outcome });
    return;
  }
  if (location !== undefined) response.setHeader('Location', location);
  response.status(status === 'created' ? 201 : 200).json({ messageId, ...outcome });
}
