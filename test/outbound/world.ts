import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { shippedOutbound } from '../../src/auth/outbound/index.ts';
import { calledServices } from '../../src/dialects/lis2/index.ts';
import { type Endpoint, LONGEST_WAIT_MS } from '../../src/domain/endpoint.ts';
import { pathOfPublished } from '../../src/formats/wsdl/index.ts';
import {
  type Clock,
  createEgress,
  createOutboundCaller,
  type EgressOptions,
  type OutboundContracts,
} from '../../src/outbound/index.ts';
import type { OutboundAuthenticator, OutboundCaller } from '../../src/pipeline/outbound.ts';

/** The other side of calls: whatever a test makes of it, on a free port. */
export interface Other {
  readonly port: number;
  /** `http://127.0.0.1:41234` */
  readonly origin: string;
  /** How many are open. */
  connections(): number;
  close(): Promise<void>;
}

/** Resources that end with a test, the last one first. */
export function openedOthers() {
  const closing: (() => Promise<void>)[] = [];
  const opened = async (
    server: Server,
    scheme: 'http' | 'https',
    sockets: Set<Socket>,
    host = '127.0.0.1',
  ): Promise<Other> => {
    await new Promise<void>((done) => server.listen(0, host, done));
    const { port } = server.address() as AddressInfo;
    const close = () =>
      new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      });
    closing.push(close);
    return { port, origin: `${scheme}://${host}:${port}`, connections: () => sockets.size, close };
  };
  const tracked = (server: Server): Set<Socket> => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    });
    return sockets;
  };
  return {
    http(listener: RequestListener, host?: string): Promise<Other> {
      const server = createHttpServer(listener);
      return opened(server, 'http', tracked(server), host);
    },
    https(options: ServerOptions, listener: RequestListener): Promise<Other> {
      const server = createHttpsServer(options, listener);
      server.on('tlsClientError', () => undefined);
      return opened(server, 'https', tracked(server));
    },
    tcp(listener: (socket: Socket) => void): Promise<Other> {
      const server = createTcpServer(listener);
      return opened(server, 'http', tracked(server));
    },
    async closeAll(): Promise<void> {
      for (const close of closing.splice(0).reverse()) await close();
    },
  };
}

/** Time that goes on only when it is turned. */
export function handClock(startMs = Date.parse('2026-03-01T10:00:00Z')) {
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const waiting: { least: number; done: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(nowMs),
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      for (const each of waiting.splice(0)) {
        if (ms >= each.least) each.done();
        else waiting.push(each);
      }
      return () => timers.delete(timer);
    },
  };
  return {
    clock,
    nowMs: () => nowMs,
    /** Milliseconds until each timer that runs. */
    pending: () => [...timers].map(({ atMs }) => atMs - nowMs).sort((a, b) => a - b),
    turn(ms: number): void {
      nowMs += ms;
      for (const timer of [...timers].sort((a, b) => a.atMs - b.atMs)) {
        if (timer.atMs > nowMs || !timers.delete(timer)) continue;
        timer.run();
      }
    },
  };
}

/** A clock on which waiting between attempts takes no time, and is noted. */
export function impatientClock() {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => new Date(),
    after(ms, run) {
      if (ms > LONGEST_WAIT_MS) return () => undefined;
      waits.push(ms);
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
  };
  return { clock, waits };
}

/** A time-out that an impatient clock does not run to. */
export const neverMs = 987_654;

export interface Logged {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface CallerOptions {
  readonly egress?: Partial<EgressOptions>;
  readonly clock?: Clock;
  readonly authenticators?: readonly OutboundAuthenticator[];
  readonly logged?: Logged[];
  readonly contracts?: OutboundContracts;
}

/** A caller as the gateway has it, which may call this machine. */
export function callerWith({
  egress,
  clock,
  authenticators = [],
  logged = [],
  contracts,
}: CallerOptions = {}): OutboundCaller {
  const all = [...shippedOutbound.outboundAuthenticators, ...authenticators];
  const note = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const contract = (code: 'bdems' | 'oms') => ({
    wsdl: pathOfPublished('lis2-called', `${code}.wsdl`),
    service: calledServices[code],
  });
  return createOutboundCaller({
    authenticators: new Map(all.map((each) => [each.name, each])),
    egress: createEgress({ allow: ['127.0.0.0/8'], allowClearText: false, ...egress }),
    contracts: { bdems: contract('bdems'), oms: contract('oms'), ...contracts },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    random: () => 0,
    ...(clock === undefined ? {} : { clock }),
  });
}

export function endpointAt(address: string, changes: Partial<Endpoint> = {}): Endpoint {
  return {
    id: '01900000-0000-7000-8000-00000000e001',
    type: 'bulk',
    address,
    authentication: 'none',
    soapVersion: '1.1',
    connectTimeoutMs: neverMs,
    timeoutMs: neverMs,
    attempts: 1,
    tls: {},
    ...changes,
  };
}

export const requestBulk = {
  contract: 'bdems',
  operation: 'requestBulkDataExchange',
  messageIdentifier: 'm-1',
  body: { transactionId: 'T-1', filter: { filterRule: [{ filterType: 'savePoint', filterValue: '2026-01-01' }] } },
} as const;

/** A LIS answer of a service that does what it is asked. */
export function lisAnswer(major = 'success', severity = 'status', minor = 'fullsuccess', description = ''): string {
  const ns = calledServices.bdems.namespace;
  return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><imsx_syncResponseHeaderInfo xmlns="${ns}"><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>r-1</imsx_messageIdentifier><imsx_statusInfo><imsx_codeMajor>${major}</imsx_codeMajor><imsx_severity>${severity}</imsx_severity><imsx_messageRefIdentifier>m-1</imsx_messageRefIdentifier><imsx_description>${description}</imsx_description><imsx_codeMinor><imsx_codeMinorField><imsx_codeMinorFieldName>TargetEndSystem</imsx_codeMinorFieldName><imsx_codeMinorFieldValue>${minor}</imsx_codeMinorFieldValue></imsx_codeMinorField></imsx_codeMinor></imsx_statusInfo></imsx_syncResponseHeaderInfo></s:Header><s:Body><requestBulkDataExchangeResponse xmlns="${ns}"/></s:Body></s:Envelope>`;
}

export function answer(
  response: ServerResponse,
  body: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/xml; charset=utf-8', ...headers }).end(body);
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
