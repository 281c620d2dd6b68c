import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import soap, { type Server } from 'soap';

/** One call that the SIS took. */
export interface BulkCall {
  readonly operation: string;
  readonly transactionId: string;
  readonly parameters: Record<string, unknown>;
}

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A SIS that exchanges data in bulk: node-soap answers from the WSDL that we publish for it, and its files stand beside. */
export interface BulkSis {
  readonly origin: string;
  /** Of its SOAP service. */
  readonly url: string;
  readonly calls: BulkCall[];
  /** What it serves, by path. */
  readonly files: Map<string, Buffer | Serve>;
  /** Requests for files, newest last. */
  readonly fetched: IncomingMessage[];
  /** Answers the next calls with these HTTP statuses before it answers again. */
  readonly statuses: number[];
  /** Operations that it refuses. */
  readonly refuses: Set<string>;
  close(): Promise<void>;
}

export const bulkAccount = { userName: 'passerelle', password: 'in-bulk' };
const wsdl = join(import.meta.dirname, '../../wsdl/lis2-called/bdems.wsdl');
const operations = ['request', 'report', 'cancel', 'ignore'].map((verb) => `${verb}BulkDataExchange`);

/** Demands HTTP Basic with `bulkAccount` of its SOAP service. */
export async function startBulkSis(): Promise<BulkSis> {
  const sis: Omit<BulkSis, 'origin' | 'url' | 'close'> = {
    calls: [],
    files: new Map(),
    fetched: [],
    statuses: [],
    refuses: new Set(),
  };
  const http = createServer((request, response) => {
    sis.fetched.push(request);
    const file = sis.files.get(new URL(request.url ?? '/', 'http://sis').pathname);
    if (file === undefined) response.writeHead(404).end();
    else if (typeof file === 'function') file(request, response);
    else response.writeHead(200, { 'content-length': file.length }).end(file);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const methods = Object.fromEntries(
    operations.map((operation) => [
      operation,
      (parameters: Record<string, unknown>) => {
        sis.calls.push({ operation, transactionId: String(parameters.transactionId), parameters });
        return {};
      },
    ]),
  );
  const xml = await readFile(wsdl, 'utf8');
  const services = {
    BulkDataExchangeManagementServiceSyncService: { BulkDataExchangeManagerSyncSoapPort: methods },
  };
  const server = await new Promise<Server>((ready) => {
    const made = soap.listen(http, {
      path: '/bulk',
      services,
      xml,
      callback: () => {
        ready(made);
      },
    });
  });
  server.addSoapHeader((method: string, _parameters: unknown, headers: RequestHeaders) =>
    statusHeader(headers, sis.refuses.has(method)),
  );
  const expected = `Basic ${Buffer.from(`${bulkAccount.userName}:${bulkAccount.password}`).toString('base64')}`;
  server.authorizeConnection = (request, response) => {
    // node-soap asks for every address of the server.
    if (!('url' in request) || request.url?.startsWith('/bulk') !== true) return true;
    const wrong = request.headers.authorization === expected ? undefined : 401;
    const status = wrong ?? sis.statuses.shift();
    if (status !== undefined) response?.writeHead(status);
    return status === undefined;
  };
  return Object.assign(sis, {
    origin,
    url: `${origin}/bulk`,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  });
}

interface RequestHeaders {
  imsx_syncRequestHeaderInfo?: { imsx_messageIdentifier?: string };
}

function statusHeader({ imsx_syncRequestHeaderInfo: info }: RequestHeaders, refuses: boolean) {
  return {
    imsx_syncResponseHeaderInfo: {
      imsx_version: 'V1.0',
      imsx_messageIdentifier: 'sis-1',
      imsx_statusInfo: {
        imsx_codeMajor: refuses ? 'failure' : 'success',
        imsx_severity: refuses ? 'error' : 'status',
        imsx_messageRefIdentifier: info?.imsx_messageIdentifier ?? '',
        ...(refuses ? { imsx_description: 'not today' } : {}),
      },
    },
  };
}
