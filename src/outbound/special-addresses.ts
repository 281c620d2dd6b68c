import { BlockList, isIP } from 'node:net';

/**
 * What is not the public Internet, by the registries of IANA for special-purpose addresses (RFC 6890, RFC 8190); and what
 * clouds serve secrets on. The first that fits says why.
 */
const special: readonly (readonly [what: string, ...blocks: string[]])[] = [
  ['unspecified', '0.0.0.0/8', '::/128'],
  ['loopback', '127.0.0.0/8', '::1/128'],
  ['link-local, where clouds serve their metadata', '169.254.0.0/16', 'fe80::/10'],
  // Azure's is a public address by its looks; the others are link-local, shared or unique local.
  ['a metadata service', '168.63.129.16/32'],
  ['private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  ['shared by the customers of a provider (RFC 6598)', '100.64.0.0/10'],
  ['multicast', '224.0.0.0/4', 'ff00::/8'],
  // What they hold is an IPv4 address that somebody else translates to: NAT64, 6to4, Teredo, IPv4-compatible, SIIT.
  ['a translated IPv4 address', '::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'],
  ['for documentation only', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ['reserved', '192.0.0.0/24', '192.88.99.0/24', '198.18.0.0/15', '240.0.0.0/4', '2001::/23'],
];

const lists = special.map(([what, ...blocks]) => ({ what, list: blockListOf(blocks) }));
/** RFC 4291, 2.4: what is handed out to anybody so far. */
const globalUnicast = blockListOf(['2000::/3']);

/** Why a plain IP address is not one of the public Internet, in words that follow "is"; undefined when it is one. */
export function specialUse(address: string): string | undefined {
  const found = lists.find(({ list }) => holds(list, address));
  if (found !== undefined) return found.what;
  return isIP(address) === 6 && !holds(globalUnicast, address) ? 'reserved' : undefined;
}

export function isLoopback(address: string): boolean {
  return specialUse(address) === 'loopback';
}

/** @param blocks addresses and CIDR blocks */
export function blockListOf(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', bits] = block.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

export function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * An IP address in its one plain form: without a zone, shortened, and IPv4 where it is one mapped into IPv6, since it is that
 * one which is called. Undefined for what is no IP address.
 */
export function plainIp(text: string): string | undefined {
  const address = text.split('%')[0] ?? '';
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : undefined;
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(plain) ?? [];
  if (high === undefined || low === undefined) return plain;
  const bits = (parseInt(high, 16) << 16) | parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
