import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { GatewayError, type ProblemCode } from '../domain/problem.ts';
import type { Message } from '../pipeline/ports.ts';
import type { HttpLog } from './http-log.ts';
import { statusOf } from './http-status.ts';
import { refuseContentEncoding } from './json-body.ts';
import { methodNotAllowed } from './not-found.ts';
import { plainHeaders } from './plain-headers.ts';
import { messageIdOf, toGatewayError } from './problem-body.ts';
import { dropRest, readBody, SenderGone } from './read-body.ts';
import { tokenPath } from './oauth2-token-call.ts';
import type { RemoteOf } from './remote.ts';

export interface TokenEndpointOptions {
  readonly issuer: { issue(request: Message): Promise<{ token: string; expiresInS: number }> };
  readonly remoteOf: RemoteOf;
  readonly log: Pick<HttpLog, 'info' | 'error'>;
}

const BODY_LIMIT_BYTES = 16_384;

/** The token endpoint for source systems: OAuth 2 client credentials (RFC 6749, 4.4), answered as its section 5 says. */
export function createTokenEndpoint(options: TokenEndpointOptions): Router {
  const router = express.Router();
  router.use(tokenPath, (_request, response, next) => {
    // RFC 6749, 5.1: no answer of a token endpoint may be kept.
    response.setHeader('Cache-Control', 'no-store').setHeader('Pragma', 'no-cache');
    next();
  });
  router
    .route(tokenPath)
    .post(async (request, response) => {
      const message = await messageOf(options, request, response);
      const { token, expiresInS } = await options.issuer.issue(message);
      options.log.info({ messageId: message.id }, 'access token issued');
      response.setHeader('Passerelle-Message-Id', message.id);
      response.json({ access_token: token, token_type: 'Bearer', expires_in: expiresInS });
    })
    .all(methodNotAllowed(['POST']));
  router.use(tokenPath, answerTokenErrors(options));
  return router;
}

async function messageOf({ remoteOf }: TokenEndpointOptions, request: Request, response: Response): Promise<Message> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw refusal('invalid_request', 'Send the content type application/x-www-form-urlencoded.');
  refuseContentEncoding(request);
  const body = await readBody(request, BODY_LIMIT_BYTES);
  refuseUnfitForm(new URLSearchParams(body.toString()), request);
  return {
    id: messageIdOf(response),
    receivedAt: new Date(),
    door: 'rest',
    method: request.method,
    path: tokenPath,
    headers: plainHeaders(request),
    body,
    remote: remoteOf(request),
  };
}

function refuseUnfitForm(form: URLSearchParams, { headers }: Request): void {
  const names = [...form.keys()];
  // RFC 6749, 3.2: parameters must not be included more than once. 2.3: one way of authentication a request.
  if (new Set(names).size !== names.length) throw refusal('invalid_request', 'A parameter is given twice.');
  if (form.has('client_secret') && headers.authorization !== undefined)
    throw refusal('invalid_request', 'Authenticate by the Authorization header or in the form, not by both.');
  const grant = form.get('grant_type');
  if (grant === null) throw refusal('invalid_request', 'grant_type is missing.');
  if (grant !== 'client_credentials')
    throw refusal('unsupported_grant_type', 'The only grant_type here is client_credentials.');
  if ((form.get('scope') ?? '') !== '')
    throw refusal(
      'invalid_scope',
      'Tokens have no scopes here: they may do what their source system may. Leave scope out.',
    );
}

/** The `error` of RFC 6749, 5.2, beside the problem. */
class TokenRefusal extends GatewayError {
  readonly error: string;

  constructor(error: string, message: string) {
    super('invalid_request', message);
    this.error = error;
  }
}

function refusal(error: string, message: string): TokenRefusal {
  return new TokenRefusal(error, message);
}

const clientProblems: ReadonlySet<ProblemCode> = new Set([
  'credentials_missing',
  'credentials_invalid',
  'credentials_conflict',
  'locked_out',
]);

function errorOf(error: GatewayError): string {
  if (error instanceof TokenRefusal) return error.error;
  if (clientProblems.has(error.code)) return 'invalid_client';
  return statusOf[error.code] >= 500 ? 'temporarily_unavailable' : 'invalid_request';
}

function answerTokenErrors({ log }: TokenEndpointOptions): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (cause: unknown, request, response, _next) => {
    if (cause instanceof SenderGone) return;
    const messageId = messageIdOf(response);
    const error = toGatewayError(cause);
    const about = { messageId, code: error.code, path: tokenPath };
    if (error.code === 'internal_error') log.error({ ...about, err: cause }, 'request failed');
    else log.info({ ...about, reason: error.message, detail: error.detail }, 'request refused');
    if (!request.readableEnded) dropRest(request);
    const status = statusOf[error.code];
    // RFC 6749, 5.2: a client that used the Authorization header is answered with its scheme.
    if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="Passerelle", charset="UTF-8"');
    if (error.retryAfterS !== undefined) response.setHeader('Retry-After', String(Math.ceil(error.retryAfterS)));
    response.setHeader('Passerelle-Message-Id', messageId);
    response.status(status).json({ error: errorOf(error), error_description: describable(error.message) });
  };
}

/** RFC 6749, 5.2: %x20-21 / %x23-5B / %x5D-7E. */
function describable(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20-\x5b\x5d-\x7e]/g, '?');
}
