import { Agent, request } from 'undici';
import { addHeaderBlock } from '../../formats/soap/index.ts';
import { decodeXmlBytes } from '../../formats/xml/decode-bytes.ts';
import { securityHeader, type SendCredentials } from './security-header.ts';

export type Outgoing = {
  readonly url: string;
  /** POST unless it says otherwise. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly contentType: string;
  readonly soapAction?: string;
  readonly body: Buffer;
  readonly credentials?: SendCredentials;
  /** Makes the digest repeatable, to show what becomes of a replay. */
  readonly digestOf?: { readonly at: Date; readonly nonce: Buffer };
};

export type Incoming = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** By which a gateway of ours finds the message in its journal or in its log. */
  readonly messageId?: string;
};

export type Sender = {
  /** Sends one message and reads the whole answer; throws when there is none. */
  send(message: Outgoing): Promise<Incoming>;
  close(): Promise<void>;
};

const ANSWER_WITHIN_MS = 60_000;

/** A SIS as the gateway sees it: kept-alive connections, credentials on every message. */
export function createSender({ connections, ca }: { connections: number; ca?: Buffer }): Sender {
  const trust = ca === undefined ? {} : { connect: { ca } };
  const dispatcher = new Agent({
    connections,
    bodyTimeout: ANSWER_WITHIN_MS,
    headersTimeout: ANSWER_WITHIN_MS,
    ...trust,
  });
  return {
    async send(message) {
      const { statusCode, headers, body } = await request(message.url, {
        method: message.method ?? 'POST',
        dispatcher,
        headers: headersOf(message),
        body: bodyOf(message),
      });
      const contentType = String(headers['content-type'] ?? '');
      const id = headers['passerelle-message-id'];
      return {
        status: statusCode,
        contentType,
        body: Buffer.from(await body.arrayBuffer()),
        ...(typeof id === 'string' ? { messageId: id } : {}),
      };
    },
    close: () => dispatcher.close(),
  };
}

function headersOf({ contentType, soapAction, credentials }: Outgoing): Record<string, string> {
  const basic = credentials?.scheme === 'basic' ? credentials : undefined;
  const pair = basic && Buffer.from(`${basic.userName}:${basic.password}`).toString('base64');
  return {
    'content-type': contentType,
    ...(soapAction === undefined ? {} : { soapaction: `"${soapAction}"` }),
    ...(pair === undefined ? {} : { authorization: `Basic ${pair}` }),
  };
}

/** With HTTP Basic the bytes go out as they are; a WS-Security header goes into the envelope, which then is UTF-8. */
function bodyOf({ body, credentials, digestOf }: Outgoing): Buffer {
  if (credentials === undefined || credentials.scheme === 'basic') return body;
  const envelope = decodeXmlBytes(body).replace(/^(<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']/, '$1');
  const header = securityHeader(credentials, digestOf?.at ?? new Date(), digestOf?.nonce);
  return Buffer.from(addHeaderBlock(envelope, header));
}
