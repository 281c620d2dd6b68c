import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/problem.ts';

/**
 * The headers of a request, each as one text: what came several times is joined as HTTP allows (RFC 9110, 5.3).
 *
 * @throws GatewayError `credentials_conflict` for several Authorization headers: Node keeps the first, and a proxy in front
 *   may have believed another.
 */
export function plainHeaders({
  headers,
  rawHeaders,
}: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): Record<string, string | undefined> {
  if (headers.authorization !== undefined && isRepeated('authorization', rawHeaders))
    throw new GatewayError(
      'credentials_conflict',
      'The request has several Authorization headers. Send the credentials of one user name only, once.',
    );
  const plain: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

/** @param rawHeaders names and values in turn, as they came */
function isRepeated(name: string, rawHeaders: readonly string[]): boolean {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index];
    if (raw?.length === name.length && raw.toLowerCase() === name) times += 1;
  }
  return times > 1;
}
