import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/problem.ts';
import { notUnderstood, type SoapEnvelope } from '../formats/soap/index.ts';
import { wsseNamespace } from '../pipeline/authenticate-must-understand.ts';
import type { ElementView } from '../pipeline/ports.ts';

const accepted: ReadonlySet<string> = new Set(['text/xml', 'application/soap+xml', 'application/xml']);

/** True for a POST whose content type is one of XML. */
export function saysXml({ method, headers }: IncomingMessage): boolean {
  return method === 'POST' && accepted.has(mediaType(headers['content-type']));
}

function mediaType(contentType = ''): string {
  return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Refuses what is no plain XML by its headers. A missing content type is taken for XML. */
export function refuseMediaType({ headers }: IncomingMessage): void {
  const type = mediaType(headers['content-type']);
  if (type.startsWith('multipart/'))
    throw unsupported('Messages with attachments (MTOM, SwA) are not read here: send the envelope alone as text/xml.');
  if (type !== '' && !accepted.has(type)) {
    throw unsupported(
      `The content type ${JSON.stringify(type.slice(0, 100))} is not accepted: send text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2).`,
    );
  }
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity')
    throw unsupported(
      `The content encoding ${JSON.stringify(coding.slice(0, 100))} is not accepted: send the message uncompressed.`,
    );
}

function unsupported(message: string): GatewayError {
  return new GatewayError('unsupported_media_type', message);
}

/** A mandatory header block that nobody here processes. */
export class HeaderNotUnderstood extends GatewayError {
  readonly blocks: readonly ElementView[];

  constructor(all: readonly ElementView[]) {
    // The first few are enough to see what is wrong, and bound the answer.
    const blocks = all.filter(({ namespace }) => namespace.length <= 500).slice(0, 5);
    const names = blocks.map(({ name, namespace }) => `{${namespace}}${name}`).join(', ');
    super('must_understand', `These header blocks say mustUnderstand and are not understood: ${names}.`);
    this.blocks = blocks;
  }
}

/** SOAP 1.1 section 4.2.3, SOAP 1.2 part 1 section 2.4. What is inside a Security header is for the authenticators to judge. */
export function refuseUnknownHeaders(envelope: SoapEnvelope, understands: (block: ElementView) => boolean): void {
  const blocks = notUnderstood(
    envelope,
    (block) => (block.name === 'Security' && block.namespace === wsseNamespace) || understands(block),
  );
  if (blocks.length > 0) throw new HeaderNotUnderstood(blocks);
}
