import type { RequestHandler } from 'express';
import { GatewayError } from '../domain/problem.ts';

/** The last handler of a part of the site. */
export const notFound: RequestHandler = () => {
  throw new GatewayError('not_found', 'There is nothing under this address; the calls stand in /openapi.json.');
};

/** Answers any other method: OPTIONS with what is allowed, the others with 405. */
export function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const upper = methods.map((method) => method.toUpperCase());
  const allow = [...upper, ...(upper.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (request, response) => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') response.status(204).end();
    else throw new GatewayError('method_not_allowed', `${request.method} is not allowed here; allowed: ${allow}.`);
  };
}
