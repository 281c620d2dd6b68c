import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { plainAddress } from '../domain/plain-address.ts';
import type { Remote } from '../pipeline/ports.ts';
import { readForwardedCertificate } from './forwarded-certificate.ts';

/** Tells where a request came from. */
export type RemoteOf = (request: Pick<IncomingMessage, 'socket' | 'headers'>) => Remote;

/**
 * Believes X-Forwarded-For and X-Forwarded-Proto as far as declared proxies say them, and never what a client says of
 * itself: the list is read from its end (the nearest hop) up to the first address that is not a declared proxy.
 *
 * The same holds for the certificate of the sender: of the connection itself, or as a declared proxy passes it on. What a
 * proxy shows of its own is not the sender's.
 *
 * @param trustedProxies addresses or CIDR blocks
 * @param certificateHeader the header in which they pass on the sender's certificate, in lower case
 */
export function createRemoteOf(trustedProxies: readonly string[], certificateHeader?: string): RemoteOf {
  const trusted = blockList(trustedProxies);
  // A connection brings many requests, and comes from one place unless it is a proxy's.
  const known = new WeakMap<object, Remote>();
  return ({ socket, headers }) => {
    const remembered = known.get(socket);
    if (remembered !== undefined) return asForwarded(remembered, headers);
    const peer = hopAddress(socket.remoteAddress ?? '') ?? 'unknown';
    const encrypted = (socket as Partial<TLSSocket>).encrypted === true;
    if (!contains(trusted, peer)) {
      const direct = { ...remote(peer, encrypted), ...certificateOf(socket) };
      known.set(socket, direct);
      return asForwarded(direct, headers);
    }
    const secure = listOf(headers['x-forwarded-proto']).at(-1)?.toLowerCase();
    const sender = firstStranger(listOf(headers['x-forwarded-for']), peer, trusted);
    const told = {
      ...remote(sender, secure === undefined ? encrypted : secure === 'https'),
      ...forwardedCertificate(certificateHeader && headers[certificateHeader]),
    };
    // A proxy that does not say readably for whom it speaks speaks for a stranger, even on this machine.
    return wasForwarded({ headers }) && contains(trusted, sender) ? { ...told, loopback: false } : told;
  };
}

/**
 * Behind a proxy that nobody declared, a stranger would seem to come from this machine, and to hold the proxy's certificate.
 * The address stays the proxy's.
 */
function asForwarded(direct: Remote, headers: IncomingMessage['headers']): Remote {
  if (!wasForwarded({ headers })) return direct;
  const { certificate: _ofTheProxy, ...rest } = direct;
  return { ...rest, loopback: false, undeclaredProxy: true };
}

/** True when a request passed through anything that forwards, declared or not: "from this machine" then means nothing. */
export function wasForwarded({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return forwardingHeaders.some((name) => headers[name] !== undefined);
}

const forwardingHeaders = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded', 'via'];
const loopback = blockList(['127.0.0.0/8', '::1']);

function remote(address: string, secure: boolean): Remote {
  return { address, loopback: contains(loopback, address), secure };
}

/** Read once a connection. Whether it is one that we know is for the authenticators to judge. */
function certificateOf(socket: object): { certificate?: Buffer } {
  const tls = socket as Partial<Pick<TLSSocket, 'encrypted' | 'getPeerX509Certificate'>>;
  const presented = tls.encrypted === true ? tls.getPeerX509Certificate?.() : undefined;
  return presented === undefined ? {} : { certificate: presented.raw };
}

function forwardedCertificate(header: string | string[] | undefined): { certificate?: Buffer } {
  const certificate = header === undefined ? undefined : readForwardedCertificate(header);
  return certificate === undefined ? {} : { certificate };
}

function firstStranger(hops: readonly string[], peer: string, trusted: BlockList): string {
  let nearest = peer;
  for (const hop of hops.toReversed()) {
    const address = hopAddress(hop);
    // A proxy that writes what is no address cannot be followed any further.
    if (address === undefined) return nearest;
    nearest = address;
    if (!contains(trusted, address)) return address;
  }
  return nearest;
}

function listOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').flatMap((entry) => entry.trim() || []);
}

/** The address of a hop, without brackets and port; undefined for what is no address. */
function hopAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = plainAddress(bare);
  return isIP(address) > 0 ? address : undefined;
}

function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  return isIP(address) > 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
