import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import soap, { type IServicePort, type IServices, type Server } from 'soap';

/** A SIS that answers SOAP by node-soap, from the WSDL that we publish for it. */
export interface SisServer {
  readonly url: string;
  /** What it took, newest last: the operation's parameters and the message identifier. */
  readonly taken: { sourcedId: string; messageIdentifier: string }[];
  /** Answers the next requests with these HTTP statuses before it answers again. */
  readonly statuses: number[];
  /** Requests that came, also those that it did not answer by SOAP. */
  requests: number;
  close(): Promise<void>;
}

export const sisAccount = { userName: 'passerelle', password: 'between-us' };
const wsdl = join(import.meta.dirname, '../../wsdl/lis2-called/oms.wsdl');

/** Demands a WS-Security UsernameToken with a digest of `sisAccount`. */
export async function startSis(): Promise<SisServer> {
  const sis: Omit<SisServer, 'url' | 'close'> = { taken: [], statuses: [], requests: 0 };
  const http = createServer((_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(404).end();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/outcomes`;
  // node-soap chooses a port by its path, the first of several: results have this one for themselves.
  const text = (await readFile(wsdl, 'utf8')).replace(/(port name="ResultManager[^]*?location=")[^"]*/, `$1${url}`);
  const server = await new Promise<Server>((ready) => {
    const made = soap.listen(http, {
      path: '/outcomes',
      services: everyPort(text, replaceResult(sis)),
      xml: text,
      callback: () => {
        ready(made);
      },
    });
  });
  server.authenticate = (security: Security | null) => isOurs(security);
  server.addSoapHeader((_method: string, _arguments: unknown, headers: RequestHeaders) => statusHeader(headers));
  // Before node-soap reads anything: a SIS that is down for a moment.
  server.authorizeConnection = (_request, response) => {
    sis.requests += 1;
    const status = sis.statuses.shift();
    if (status !== undefined) response?.writeHead(status);
    return status === undefined;
  };
  return Object.assign(sis, {
    url,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  });
}

/** Whatever services and ports a WSDL names, each with these methods. */
function everyPort(text: string, methods: IServicePort): IServices {
  const name = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);
  const ports = Object.fromEntries(name(/<wsdl:port name="([^"]+)"/g).map((port) => [port, methods]));
  return Object.fromEntries(name(/<wsdl:service name="([^"]+)"/g).map((service) => [service, ports]));
}

interface RequestHeaders {
  imsx_syncRequestHeaderInfo?: { imsx_messageIdentifier?: string };
}

function replaceResult(sis: Pick<SisServer, 'taken'>) {
  return {
    replaceResult({ sourcedId }: { sourcedId: string }, _callback: unknown, headers: RequestHeaders) {
      sis.taken.push({ sourcedId, messageIdentifier: messageIdentifier(headers) });
      return {};
    },
  };
}

function messageIdentifier({ imsx_syncRequestHeaderInfo: info }: RequestHeaders): string {
  return info?.imsx_messageIdentifier ?? '';
}

function statusHeader(headers: RequestHeaders) {
  return {
    imsx_syncResponseHeaderInfo: {
      imsx_version: 'V1.0',
      imsx_messageIdentifier: 'sis-1',
      imsx_statusInfo: {
        imsx_codeMajor: 'success',
        imsx_severity: 'status',
        imsx_messageRefIdentifier: messageIdentifier(headers),
      },
    },
  };
}

interface Security {
  UsernameToken?: { Username: unknown; Password: unknown; Nonce?: unknown; Created?: unknown };
}

/** UsernameToken Profile 1.1, 3.1: Base64(SHA-1(nonce + created + password)). */
function isOurs(security: Security | null): boolean {
  const token = security?.UsernameToken;
  if (token === undefined) return false;
  const digest = createHash('sha1')
    .update(Buffer.from(textOf(token.Nonce), 'base64'))
    .update(textOf(token.Created))
    .update(sisAccount.password)
    .digest('base64');
  return textOf(token.Username) === sisAccount.userName && textOf(token.Password) === digest;
}

/** node-soap gives text with attributes as an object. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  const inner = (value as { $value?: unknown } | undefined)?.$value;
  return typeof inner === 'string' ? inner : '';
}
