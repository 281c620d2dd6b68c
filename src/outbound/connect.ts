import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { EndpointTls } from '../domain/endpoint.ts';
import { CallFailed } from './call-failed.ts';
import { plainIp } from './special-addresses.ts';
import { tlsFailure } from './tls-failure.ts';

/** Where a call goes: a host, and the addresses that were judged for it. */
export interface Target {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

/** What one of several addresses gets at least: a connection across the world, one lost packet included. */
const SHORTEST_SHARE_MS = 1_500;

/**
 * Opens a TCP connection to one of the judged addresses, and to no other: the name is not looked up again. Where there are
 * several, they are tried in their order, and each has its share of the time that a connection may take.
 */
export async function openTcp(
  { host, port, addresses }: Target,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const judged = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup: LookupFunction = (_, options, done) => {
    const [first] = judged;
    if (options.all === true) done(null, judged);
    else done(null, first?.address ?? '', first?.family);
  };
  // Node gives up each address but the last after 250 ms unless told otherwise: too soon for a slow line.
  const autoSelectFamilyAttemptTimeout = Math.max(SHORTEST_SHARE_MS, Math.floor(timeoutMs / addresses.length));
  const families = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout };
  const socket = connectTcp({ host, port, lookup, noDelay: true, ...families });
  await settled(socket, 'connect', signal, (error) => unreachable(host, port, error));
  const reached = plainIp(socket.remoteAddress ?? '');
  if (reached === undefined || !addresses.includes(reached)) {
    socket.destroy();
    throw new Error(`connected to ${reached ?? 'nothing'}, which is not among the judged addresses of ${host}`);
  }
  return socket;
}

/** Whom TLS trusts, and what it shows. Throws CallFailed `endpoint_misconfigured` for PEM texts that cannot be used. */
export function secureContext(
  tls: EndpointTls,
  client: { readonly key: string; readonly certificate: string } | undefined,
): SecureContext {
  try {
    // OpenSSL passes over what it cannot read: without this, nothing at all would be trusted, and nobody told why.
    if (tls.authorities !== undefined) requireCertificates(tls.authorities);
    return createSecureContext({
      minVersion: tls.minVersion ?? 'TLSv1.2',
      ...(tls.authorities === undefined ? {} : { ca: tls.authorities }),
      ...(client === undefined ? {} : { key: client.key, cert: client.certificate }),
    });
  } catch (cause) {
    throw new CallFailed(
      'tls',
      'endpoint_misconfigured',
      'The key or a certificate of the endpoint cannot be used: each must be PEM, unencrypted, and key and certificate must belong together.',
      { cause },
    );
  }
}

function requireCertificates(pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
  if (blocks === null) throw new Error('there is no certificate');
  for (const block of blocks) new X509Certificate(block);
}

/** Speaks TLS on an open connection. The certificate is always checked, whatever the environment says. */
export async function openTls(
  socket: Socket,
  { host, port }: Target,
  secured: SecureContext,
  serverName: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const name = serverName ?? host;
  const secure = connectTls({
    socket,
    secureContext: secured,
    host: name,
    // RFC 6066, 3: "Literal IPv4 and IPv6 addresses are not permitted" as server names.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  });
  await settled(secure, 'secureConnect', signal, (error) => tlsFailure(error, `${host}:${port}`));
  return secure;
}

/** Waits for an event; what fails before is thrown as `describe` has it, and nothing is left open. */
async function settled(
  socket: Socket,
  event: string,
  signal: AbortSignal,
  describe: (error: Error) => Error,
): Promise<void> {
  // What still happens to a connection that was given up is of no interest.
  socket.on('error', () => undefined);
  try {
    await once(socket, event, { signal });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw describe(error as Error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection at once',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'nothing answers there',
};

function unreachable(host: string, port: number, error: Error): CallFailed {
  const cause = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const reason = reasons[code] ?? `the connection failed (${code === '' ? cause.message : code})`;
  return new CallFailed('connection', 'endpoint_unreachable', `${host}:${port} cannot be reached: ${reason}.`, {
    passing: true,
    cause: error,
  });
}
