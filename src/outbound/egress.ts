import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { CallFailed } from './call-failed.ts';
import { blockListOf, holds, isLoopback, plainIp, specialUse } from './special-addresses.ts';

/** All addresses of a name. Rejects with the errors of node:dns. */
export type Lookup = (host: string) => Promise<readonly string[]>;

export interface EgressOptions {
  /** Addresses and CIDR blocks that may be called although they are special (`PASSERELLE_OUTBOUND_ALLOW`). */
  readonly allow: readonly string[];
  /** Secrets may go over plain http beyond this machine (`PASSERELLE_ALLOW_CLEAR_TEXT`). */
  readonly allowClearText: boolean;
  /** Under which names senders reach the gateway itself. */
  readonly ownHosts?: readonly string[];
  readonly lookup?: Lookup;
  /** The addresses of this machine. */
  readonly ownAddresses?: () => readonly string[];
}

/** Where the gateway may call. */
export interface Egress {
  readonly allowClearText: boolean;
  /** The addresses of a host, looked up now. Throws CallFailed. */
  lookUp(host: string): Promise<readonly string[]>;
  /** Throws CallFailed unless each of the addresses may be called. */
  refuseForbidden(host: string, addresses: readonly string[]): void;
}

/**
 * Keeps calls away from what only this network can reach. What is judged is the address that is then connected to, never a
 * name: a name may stand for another address a moment later.
 */
export function createEgress(options: EgressOptions): Egress {
  const { allow, allowClearText, ownHosts = [], lookup = lookUpAll, ownAddresses = addressesOfThisMachine } = options;
  const allowed = blockListOf(allow);
  const ownNames = ownHosts.map((host) => host.toLowerCase().replace(/^\[|\]$|\.$/g, ''));
  const reasonAgainst = (address: string): string | undefined => {
    if (holds(allowed, address)) return undefined;
    const special = specialUse(address);
    if (special !== undefined) return `is ${special}`;
    return ownAddresses().some((own) => plainIp(own) === address) ? 'is one of this gateway itself' : undefined;
  };
  return {
    allowClearText,
    async lookUp(host) {
      const literal = plainIp(host);
      return literal === undefined ? resolved(host, lookup) : [literal];
    },
    refuseForbidden(host, addresses) {
      if (ownNames.includes(host) && !addresses.every((address) => holds(allowed, address)))
        throw forbidden(`${host} is this gateway itself`);
      for (const address of addresses) {
        const reason = reasonAgainst(address);
        if (reason === undefined) continue;
        // Not which: it would tell whoever may write an address how names are resolved within the gateway's network.
        throw forbidden(`${isIP(host) === 0 ? `${host} stands for an address that` : address} ${reason}`);
      }
    },
  };
}

function forbidden(what: string): CallFailed {
  return new CallFailed(
    'allowed',
    'endpoint_address_not_allowed',
    `${what}: the gateway calls no such address unless the operator permits it. If this is where the SIS lives, list its address in PASSERELLE_OUTBOUND_ALLOW.`,
  );
}

async function resolved(host: string, lookup: Lookup): Promise<readonly string[]> {
  let found: readonly string[];
  try {
    found = await lookup(host);
  } catch (error) {
    throw unknownName(host, error);
  }
  const addresses = [...new Set(found.flatMap((address) => plainIp(address) ?? []))];
  if (addresses.length === 0) throw unknownName(host, undefined);
  return addresses;
}

/** EAI_AGAIN: no name server answered; the others say that the name does not exist, or has no address. */
function unknownName(host: string, cause: unknown): CallFailed {
  const passing = (cause as NodeJS.ErrnoException | undefined)?.code === 'EAI_AGAIN';
  const why = passing
    ? `The name ${host} could not be looked up: no name server answered.`
    : `The name ${host} is unknown here. Check its spelling, and that the name servers of the gateway know it.`;
  return new CallFailed('name', 'endpoint_unreachable', why, { passing, cause });
}

async function lookUpAll(host: string): Promise<readonly string[]> {
  return (await systemLookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address);
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

/** Calls of this very machine: nobody listens between. */
export function isOwnMachine(addresses: readonly string[]): boolean {
  return addresses.every(isLoopback);
}
