import { isIP } from 'node:net';

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined when it is neither. A zone (`fe80::1%eth0`) names no network. */
export function parseAddressBlock(
  text: string,
): { network: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [network = '', length, ...rest] = text.split('/');
  const version = isIP(network);
  if (version === 0 || network.includes('%') || rest.length > 0) return undefined;
  const longest = version === 6 ? 128 : 32;
  if (length !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? longest : Number(length);
  return prefix > longest ? undefined : { network, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}
