import type { Request } from 'express';
import { GatewayError } from '../domain/problem.ts';
import { refuseContentEncoding } from './json-body.ts';
import type { RecordDialect } from './record-dialect.ts';

/** What a request asks for beside its body. */
export interface Asked {
  readonly reply: (typeof replies)[number];
  /** The XML that the sender prefers. */
  readonly xmlType: 'application/xml' | 'text/xml';
  /** The code of the source system that the address names. */
  readonly source: string | undefined;
}

const replies = ['xml', 'json', 'empty'] as const;

/**
 * Reads `?reply=` and `?source=`, for senders that can set nothing but an address, and the headers that say the same: Accept,
 * and `Prefer: return=minimal` (RFC 7240) for an empty answer. Refuses what announces no XML.
 *
 * Throws GatewayError: `invalid_request` (a parameter that means nothing here), `unsupported_media_type`.
 */
export function askedOf(request: Request, { takesUndeclaredXml }: Pick<RecordDialect, 'takesUndeclaredXml'>): Asked {
  const { searchParams } = new URL(request.originalUrl, 'http://gateway');
  for (const name of searchParams.keys()) refuseUnknown(name);
  const source = searchParams.get('source') ?? undefined;
  refuseMediaType(request, takesUndeclaredXml || source !== undefined);
  refuseContentEncoding(request);
  const accepted = request.accepts(['application/xml', 'text/xml', 'application/json']);
  return {
    reply: replyOf(request, searchParams.get('reply'), accepted === 'application/json' ? 'json' : 'xml'),
    xmlType: accepted === 'text/xml' ? accepted : 'application/xml',
    source,
  };
}

function refuseUnknown(name: string): void {
  if (name === 'reply' || name === 'source') return;
  const message =
    name === 'operation'
      ? 'The address cannot say what to do with a record: records are replaced, unless they say otherwise themselves. To delete, send the delete of the SOAP services, or DELETE below /sis/v1.'
      : `The parameter ${JSON.stringify(name.slice(0, 50))} means nothing here; there are reply and source.`;
  throw new GatewayError('invalid_request', message, { field: name.slice(0, 50) });
}

function replyOf({ headers }: Request, named: string | null, accepted: 'json' | 'xml'): Asked['reply'] {
  if (named !== null) {
    const reply = replies.find((each) => each === named);
    if (reply !== undefined) return reply;
    throw new GatewayError('invalid_request', `reply is one of ${replies.join(', ')}.`, { field: 'reply' });
  }
  return /\breturn\s*=\s*"?minimal\b/i.test(String(headers.prefer ?? '')) ? 'empty' : accepted;
}

const xmlType = /^(?:text|application)\/(?:[\w.+-]+\+)?xml$/;
/** What clients announce that were told nothing of the content. */
const undeclaredTypes: ReadonlySet<string> = new Set([
  'text/plain',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
]);

function refuseMediaType({ headers }: Request, takesUndeclared: boolean): void {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || xmlType.test(type)) return;
  if (takesUndeclared && undeclaredTypes.has(type)) {
    // These are what a foreign page can make a browser send with credentials that it remembers (Fetch, 2.2.2).
    if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) return;
    throw unsupported('A browser sends XML as application/xml here.');
  }
  throw unsupported(
    `The content type ${JSON.stringify(type.slice(0, 100))} is not accepted: send application/xml or text/xml.`,
  );
}

function unsupported(message: string): GatewayError {
  return new GatewayError('unsupported_media_type', message);
}
