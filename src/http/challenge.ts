import type { ProblemCode } from '../domain/problem.ts';

const basic = 'Basic realm="Passerelle", charset="UTF-8"';
const invalidToken =
  'Bearer realm="Passerelle", error="invalid_token", error_description="The token is malformed, expired or revoked"';

/**
 * What a source system that could not be authenticated is asked for: RFC 6750, 3.1 for a token that is not taken, HTTP Basic
 * for what came by Basic or without anything.
 */
export function challengeFor(code: ProblemCode, authorization = ''): string {
  return code === 'credentials_invalid' && isBearer(authorization) ? invalidToken : basic;
}

export function isBearer(authorization: string): boolean {
  return /^\s*bearer(?:\s|$)/i.test(authorization);
}
