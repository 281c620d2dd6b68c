import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../domain/problem.ts';
import {
  SoapRefusal,
  SoapVersionMismatch,
  writeFault,
  type SoapAnswer,
  type SoapVersion,
} from '../formats/soap/index.ts';
import { challengeFor } from './challenge.ts';
import { HeaderNotUnderstood } from './soap-request.ts';

export interface HttpAnswer extends SoapAnswer {
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the door knows of a message that it refuses. */
export interface Refused {
  readonly messageId: string;
  readonly version: SoapVersion;
  readonly headers: IncomingHttpHeaders;
  /** The message carries a WS-Security header. */
  readonly hasSecurityHeader: boolean;
}

/** A refusal as a SOAP fault, in the sender's version, with what HTTP wants beside it. */
export function refusalAnswer(error: GatewayError, refused: Refused): HttpAnswer {
  const fault = writeFault(error instanceof SoapRefusal ? error.version : refused.version, {
    code: error.code,
    message: error.message,
    messageId: refused.messageId,
    versionMismatch: error instanceof SoapVersionMismatch,
    ...(error instanceof HeaderNotUnderstood ? { notUnderstood: error.blocks } : {}),
  });
  if (wantsChallenge(error, refused)) {
    const challenge = challengeFor(error.code, refused.headers.authorization);
    return { ...fault, status: 401, headers: { 'WWW-Authenticate': challenge } };
  }
  const retryAfterS = error.retryAfterS ?? (fault.status === 503 ? 1 : undefined);
  if (retryAfterS !== undefined) return { ...fault, headers: { 'Retry-After': String(Math.ceil(retryAfterS)) } };
  return fault;
}

/** Anything that is no GatewayError is a mistake of ours: the sender gets the message id and nothing more. */
export function asGatewayError(error: unknown, messageId: string): GatewayError {
  if (error instanceof GatewayError) return error;
  const message = `The gateway made a mistake. Give the message id ${messageId} to its operator.`;
  return new GatewayError('internal_error', message, { cause: error });
}

/**
 * RFC 9110 section 11.6.1: a sender that used HTTP Basic, or nothing yet, is asked for Basic; one with a token is told of it. Credentials of WS-Security
 * are answered by their own fault and the status of the SOAP binding.
 */
function wantsChallenge({ code }: GatewayError, { headers, hasSecurityHeader }: Refused): boolean {
  if (hasSecurityHeader) return false;
  return (
    code === 'credentials_missing' ||
    (code === 'credentials_invalid' && /^\s*(?:basic|bearer)\s/i.test(headers.authorization ?? ''))
  );
}
