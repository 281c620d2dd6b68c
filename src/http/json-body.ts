import type { Request } from 'express';
import { GatewayError } from '../domain/problem.ts';
import { readBody } from './read-body.ts';

const jsonType = /^application\/(?:[\w.+-]+\+)?json$/;

/**
 * The bytes of a JSON request, bounded. Throws GatewayError: `unsupported_media_type` (the type, the charset, or an
 * encoding of the content), `payload_too_large`.
 */
export function readJsonBody(request: Request, limitBytes: number): Promise<Buffer> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim());
  if (!jsonType.test(type.toLowerCase())) {
    throw new GatewayError('unsupported_media_type', 'Send the content type application/json.');
  }
  // RFC 8259, 8.1: JSON is exchanged in UTF-8.
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  if (charset !== undefined && !/^charset="?utf-?8"?$/i.test(charset)) {
    throw new GatewayError('unsupported_media_type', 'JSON is sent in UTF-8.');
  }
  refuseContentEncoding(request);
  return readBody(request, limitBytes);
}

/** A few compressed bytes can become very many: messages are sent as they are. */
export function refuseContentEncoding({ headers }: Request): void {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return;
  throw new GatewayError(
    'unsupported_media_type',
    `Send the message as it is, without the content encoding ${encoding.slice(0, 40)}.`,
  );
}

/** True when the request announces a body. */
export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
