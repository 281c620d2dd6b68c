import {
  createServer,
  type RequestListener,
  type Server as HttpServer,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import { once } from 'node:events';
import { isIPv6, type AddressInfo } from 'node:net';
import { hurry } from '../http/patience.ts';
import type { Log } from '../log.ts';
import { type CertificateFiles, readCertificate, watchCertificate } from './certificate.ts';
import { findPortHolder } from './port-holder.ts';
import { StartError } from './start-error.ts';

export type HttpSettings = {
  readonly host: string;
  readonly port: number;
  /** Speak TLS with these files. */
  readonly tls?: CertificateFiles;
  /** Ask for a client certificate. Whose it is, and whether it counts, the authenticator chain decides. */
  readonly clientCertificates?: boolean;
  readonly requestTimeoutS: number;
  readonly keepAliveS: number;
  readonly maxConnections: number;
};

export type Server = {
  /** Where it listens, for people on this machine: `http://localhost:8080`. */
  readonly url: string;
  readonly port: number;
  /** Reads the certificate files again. */
  reloadCertificate(): Promise<void>;
  /** Takes no further connection, waits at most `graceMs` for requests in progress, then drops what is left. */
  close(graceMs: number): Promise<void>;
};

/** Headers come first and fast; a sender that dribbles them holds a connection for nothing. */
const HEADERS_TIMEOUT_MS = 15_000;
/** A file may take so long, however steadily it comes. */
const LONGEST_FILE_MS = 6 * 3_600_000;
/** A connection on which nothing moves at all: longer than any long poll. */
const IDLE_SOCKET_MS = 120_000;

/**
 * Listens for HTTP/1.1, with TLS when there are certificate files.
 *
 * @throws StartError when the port is taken or the certificate cannot be used.
 */
export async function startServer(handler: RequestListener, settings: HttpSettings, log: Log): Promise<Server> {
  const { server, watch } = await createHttpServer(handler, settings, log);
  const answers = trackAnswers(server);
  await listen(server, settings).catch((error: unknown) => {
    watch?.stop();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${settings.tls === undefined ? 'http' : 'https'}://${nameOf(settings.host)}:${port}`,
    port,
    reloadCertificate: () => watch?.reload() ?? Promise.resolve(),
    close: async (graceMs) => {
      watch?.stop();
      await closeGracefully(server, answers, graceMs, log);
    },
  };
}

async function createHttpServer(handler: RequestListener, settings: HttpSettings, log: Log) {
  const requestTimeout = settings.requestTimeoutS * 1_000;
  // Node has one time-out for all requests: the one of files. All others are hurried.
  const hurried: RequestListener = (request, response) => {
    hurry(request, response, requestTimeout);
    handler(request, response);
  };
  const options: ServerOptions = {
    requestTimeout: LONGEST_FILE_MS,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    keepAliveTimeout: settings.keepAliveS * 1_000,
    connectionsCheckingInterval: 5_000,
  };
  if (settings.tls === undefined) return { server: limited(createServer(options, hurried), settings) };
  const { cert, key } = await readCertificate(settings.tls);
  const asking = settings.clientCertificates === true ? { requestCert: true, rejectUnauthorized: false } : {};
  const server = createTlsServer({ ...options, ...asking, cert, key }, hurried);
  const watch = watchCertificate(settings.tls, log, (renewed) => server.setSecureContext(renewed));
  return { server: limited(server, settings), watch };
}

function limited<S extends HttpServer | HttpsServer>(server: S, { maxConnections }: HttpSettings): S {
  server.maxConnections = maxConnections;
  server.setTimeout(IDLE_SOCKET_MS);
  return server;
}

async function listen(server: HttpServer | HttpsServer, { host, port }: HttpSettings): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw await listenError(error as NodeJS.ErrnoException, host, port);
  }
}

async function listenError(error: NodeJS.ErrnoException, host: string, port: number): Promise<StartError> {
  const where = `port ${port} of ${host}`;
  if (error.code === 'EADDRINUSE') {
    const holder = await findPortHolder(port).catch(() => undefined);
    const who =
      holder === undefined ? `"lsof -i :${port}" may show by whom` : `by process ${holder.pid} (${holder.command})`;
    return new StartError(
      `${capital(where)} is taken, ${who}. Stop it, or choose another port: PORT=${port + 1} npm start`,
      { cause: error },
    );
  }
  if (error.code === 'EACCES') {
    return new StartError(`This user may not listen on ${where}. Choose a port above 1023 (PORT).`, { cause: error });
  }
  return new StartError(`The gateway cannot listen on ${where} (HOST, PORT): ${error.message}.`, { cause: error });
}

/** The answers that are not finished yet. */
function trackAnswers(server: HttpServer | HttpsServer): Set<ServerResponse> {
  const answers = new Set<ServerResponse>();
  server.prependListener('request', (_request, response: ServerResponse) => {
    answers.add(response);
    response.once('close', () => answers.delete(response));
  });
  return answers;
}

/** Connections that are kept alive close as soon as their request is answered; the answers say so. */
async function closeGracefully(
  server: HttpServer | HttpsServer,
  answers: ReadonlySet<ServerResponse>,
  graceMs: number,
  log: Log,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const announce = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  answers.forEach(announce);
  server.prependListener('request', (_request, response: ServerResponse) => announce(response));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => {
    log.warn({ graceMs }, 'requests did not finish in time; their connections are dropped');
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

function nameOf(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
