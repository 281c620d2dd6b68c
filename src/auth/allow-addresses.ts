import { BlockList, isIP } from 'node:net';
import type { AccessPolicy, Login } from '../domain/access.ts';
import { parseAddressBlock } from '../domain/address-block.ts';
import { plainAddress } from '../domain/plain-address.ts';
import type { MessageAuthenticator } from '../pipeline/ports.ts';

/**
 * A `require` link: messages must come from one of the addresses or CIDR blocks. An empty list lets nobody in. Throws when
 * an entry is neither.
 */
export function createAllowAddresses(entries: readonly string[]): MessageAuthenticator {
  const allowed = new BlockList();
  for (const entry of entries) {
    const block = parseAddressBlock(entry);
    if (block === undefined) throw new Error(`${entry} is not an address or CIDR block`);
    allowed.addSubnet(block.network, block.prefix, block.family);
  }
  return {
    name: 'address-list',
    role: 'require',
    exposesSecret: false,
    recognises: () => true,
    claimedUserName: () => undefined,
    authenticate({ remote }) {
      const address = plainAddress(remote.address);
      const version = isIP(address);
      const inside = version !== 0 && allowed.check(address, version === 6 ? 'ipv6' : 'ipv4');
      return Promise.resolve(
        inside ? { verdict: 'accept', userName: '' } : { verdict: 'reject', reason: `${address} is not on the list` },
      );
    },
  };
}

const linksOf = new WeakMap<AccessPolicy, MessageAuthenticator>();

/** The address lists of a login's organization and source system. */
export function addressLists({ policies }: Login): readonly MessageAuthenticator[] {
  return policies.flatMap((policy) => {
    if (policy.allowedAddresses === null) return [];
    const link = linksOf.get(policy) ?? createAllowAddresses(policy.allowedAddresses);
    linksOf.set(policy, link);
    return [link];
  });
}
