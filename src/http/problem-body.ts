import type { ErrorRequestHandler, Response } from 'express';
import { uuidv7 } from '../domain/ids.ts';
import { GatewayError, type ProblemCode } from '../domain/problem.ts';
import type { HttpLog } from './http-log.ts';
import { statusOfError } from './http-status.ts';
import { dropRest, SenderGone } from './read-body.ts';

/** The one body of every error. `messageId` finds it in the log. */
export interface ProblemBody {
  code: string;
  message: string;
  field?: string;
  at?: string;
  messageId: string;
}

export function problemBody(error: GatewayError, messageId: string): ProblemBody {
  const { code, message, field, at } = error;
  return { code, message, ...(field === undefined ? {} : { field }), ...(at === undefined ? {} : { at }), messageId };
}

/** How a request is known in its answer and in the log. */
export function messageIdOf({ locals }: Response): string {
  const known = (locals as { messageId?: string }).messageId;
  if (known !== undefined) return known;
  const fresh = uuidv7();
  (locals as { messageId?: string }).messageId = fresh;
  return fresh;
}

export interface ErrorAnswers {
  /** What a 401 asks for: `Bearer realm="passerelle"`. */
  readonly challenge: string | ((code: ProblemCode, authorization: string | undefined) => string);
  readonly log: Pick<HttpLog, 'info' | 'error'>;
  /** More to say with an error, beside its body. */
  readonly extra?: (error: GatewayError, response: Response) => object | undefined;
}

/** Answers what was thrown: a GatewayError in its own words, anything else as a mistake of ours that only the log tells. */
export function answerErrors({ challenge, log, extra }: ErrorAnswers): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (cause: unknown, request, response, _next) => {
    if (cause instanceof SenderGone) return;
    const messageId = messageIdOf(response);
    if (response.headersSent) {
      log.error({ messageId, method: request.method, path: request.path, err: cause }, 'an answer broke off');
      response.destroy();
      return;
    }
    const error = toGatewayError(cause);
    const about = { messageId, code: error.code, method: request.method, path: request.path };
    if (error.code === 'internal_error') log.error({ ...about, detail: error.detail, err: cause }, 'request failed');
    else log.info({ ...about, reason: error.message, detail: error.detail }, 'request refused');
    if (!request.readableEnded) dropRest(request);
    const status = statusOfError(error);
    if (status === 401) {
      const asked = typeof challenge === 'string' ? challenge : challenge(error.code, request.headers.authorization);
      response.setHeader('WWW-Authenticate', asked);
    }
    if (error.retryAfterS !== undefined) response.setHeader('Retry-After', String(error.retryAfterS));
    else if (status === 503) response.setHeader('Retry-After', '2');
    response.setHeader('Passerelle-Message-Id', messageId);
    response.status(status).json({ ...problemBody(error, messageId), ...extra?.(error, response) });
  };
}

export function toGatewayError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  // Express and its router say so of a path that is not percent-encoded UTF-8.
  if (cause instanceof URIError || (cause instanceof Error && 'status' in cause && cause.status === 400)) {
    return new GatewayError('invalid_request', 'The address is not valid percent-encoded UTF-8.', { cause });
  }
  return new GatewayError(
    'internal_error',
    'The gateway made a mistake; its operator finds the details under the message id.',
    { cause },
  );
}
