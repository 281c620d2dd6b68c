import { describe, expect, test } from '@jest/globals';
import { CallFailed } from './call-failed.ts';
import { createEgress, type EgressOptions } from './egress.ts';

const egressWith = (options: Partial<EgressOptions> = {}) =>
  createEgress({ allow: [], allowClearText: false, ownAddresses: () => ['93.184.215.99', 'fe80::1%eth0'], ...options });

/** As an attempt does it: the host that URL makes of what was written, looked up and judged. */
async function judge(authority: string, options: Partial<EgressOptions> = {}): Promise<string> {
  const egress = egressWith(options);
  const host = new URL(`http://${authority}/`).hostname.replace(/^\[|\]$/g, '');
  try {
    const addresses = await egress.lookUp(host);
    egress.refuseForbidden(host, addresses);
    return addresses.join(' ');
  } catch (error) {
    if (error instanceof CallFailed) return error.problem.code;
    throw error;
  }
}

describe('calls are kept away from', () => {
  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback, all of it', '127.255.255.254'],
    ['loopback in short', '127.1'],
    ['loopback in hexadecimal', '0x7f.1'],
    ['loopback in octal', '0177.0.0.1'],
    ['loopback as one number', '2130706433'],
    ['loopback of IPv6', '[::1]'],
    ['loopback mapped into IPv6', '[::ffff:127.0.0.1]'],
    ['loopback mapped into IPv6, in hexadecimal', '[0:0:0:0:0:ffff:7f00:1]'],
    ['loopback as IPv4-compatible', '[::127.0.0.1]'],
    ['loopback behind NAT64', '[64:ff9b::7f00:1]'],
    ['loopback behind 6to4', '[2002:7f00:1::]'],
    ['Teredo', '[2001:0:1::1]'],
    ['SIIT', '[::ffff:0:7f00:1]'],
    ['nothing', '0.0.0.0'],
    ['nothing of IPv6', '[::]'],
    ['private 10/8', '10.1.2.3'],
    ['private 172.16/12', '172.31.255.255'],
    ['private 192.168/16', '192.168.0.1'],
    ['unique local', '[fd00:ec2::254]'],
    ['CGNAT', '100.100.100.200'],
    ['link-local', '169.254.169.254'],
    ['link-local of IPv6', '[fe80::1]'],
    ['the metadata service of Azure', '168.63.129.16'],
    ['that of Oracle', '192.0.0.192'],
    ['multicast', '239.1.1.1'],
    ['multicast of IPv6', '[ff02::1]'],
    ['broadcast', '255.255.255.255'],
    ['what nobody has', '[4000::1]'],
    ['the machine of the gateway', '93.184.215.99'],
  ])('%s', async (_, authority) => {
    expect(await judge(authority)).toBe('endpoint_address_not_allowed');
  });

  test('a name of which one address is not allowed', async () => {
    const lookup = () => Promise.resolve(['93.184.215.14', '10.0.0.1']);
    expect(await judge('sis.example.edu', { lookup })).toBe('endpoint_address_not_allowed');
  });

  test.each([
    ['10.0.0.1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['93.184.215.99', 'one of this gateway itself'],
  ])('a name that stands for %s, without telling that address: it is %s', async (address, rule) => {
    const egress = egressWith({ lookup: () => Promise.resolve([address]) });
    const found = await egress.lookUp('sis.example.edu');
    const refusing = () => egress.refuseForbidden('sis.example.edu', found);
    expect(refusing).toThrow(`sis.example.edu stands for an address that is ${rule}: `);
    expect(refusing).not.toThrow(address);
  });

  test('the name under which senders reach the gateway, whatever its address', async () => {
    const lookup = () => Promise.resolve(['93.184.215.14']);
    expect(await judge('gw.example.edu', { lookup, ownHosts: ['gw.example.edu'] })).toBe(
      'endpoint_address_not_allowed',
    );
  });
});

describe('calls may go to', () => {
  test.each([
    ['93.184.215.14', '93.184.215.14'],
    ['[2606:4700::1111]', '2606:4700::1111'],
    ['[::ffff:93.184.215.14]', '93.184.215.14'],
  ])('%s', async (authority, address) => {
    expect(await judge(authority)).toBe(address);
  });

  test.each([
    ['10.20.0.7', '10.20.0.0/16'],
    ['[::ffff:10.20.0.7]', '10.20.0.0/16'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '::1/128'],
    ['[fd00::7]', 'fd00::/8'],
  ])('%s, where the operator permits %s', async (authority, block) => {
    expect(await judge(authority)).toBe('endpoint_address_not_allowed');
    expect(await judge(authority, { allow: [block] })).not.toBe('endpoint_address_not_allowed');
    expect(await judge('192.168.9.9', { allow: [block] })).toBe('endpoint_address_not_allowed');
  });

  test('all addresses of a name, each once', async () => {
    const lookup = () => Promise.resolve(['93.184.215.14', '::ffff:93.184.215.14', '2606:4700::1111']);
    expect(await judge('sis.example.edu', { lookup })).toBe('93.184.215.14 2606:4700::1111');
  });
});

describe('a name that cannot be looked up', () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

  test.each([
    ['ENOTFOUND', false],
    ['EAI_AGAIN', true],
  ])('by %s: may it be tried again? %s', async (code, passing) => {
    const failed = egressWith({ lookup: failing(code) }).lookUp('sis.example.edu');
    await expect(failed).rejects.toMatchObject({ step: 'name', passing, problem: { code: 'endpoint_unreachable' } });
  });
});
