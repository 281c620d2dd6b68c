import { describe, expect, test } from '@jest/globals';
import type { Login } from '../domain/access.ts';
import type { Message } from '../pipeline/ports.ts';
import { parseAddressBlock } from '../domain/address-block.ts';
import { addressLists, createAllowAddresses } from './allow-addresses.ts';

function from(address: string): Message {
  return {
    id: 'm1',
    receivedAt: new Date(),
    door: 'soap',
    method: 'POST',
    path: '/',
    headers: {},
    body: Buffer.alloc(0),
    remote: { address, loopback: false, secure: true },
  };
}

describe('an address list', () => {
  const link = createAllowAddresses(['192.0.2.0/24', '198.51.100.7', '2001:db8:5::/48']);

  test.each(['192.0.2.255', '198.51.100.7', '2001:db8:5:ffff::1', '::ffff:192.0.2.1', '2001:db8:5::1%eth0'])(
    'lets %s in',
    async (address) => expect(await link.authenticate(from(address))).toMatchObject({ verdict: 'accept' }),
  );

  test.each(['192.0.3.1', '198.51.100.8', '2001:db8:6::1', '::ffff:10.0.0.1', '', 'unix'])(
    'refuses %s',
    async (address) => expect(await link.authenticate(from(address))).toMatchObject({ verdict: 'reject' }),
  );

  test('that is empty lets nobody in', async () => {
    expect(await createAllowAddresses([]).authenticate(from('127.0.0.1'))).toMatchObject({ verdict: 'reject' });
  });

  test('never claims a principal', () => {
    expect([link.role, link.claimedUserName(from('192.0.2.1'))]).toEqual(['require', undefined]);
  });

  test.each([
    '192.0.2.0/33',
    '2001:db8::/129',
    '192.0.2',
    'example.edu',
    '192.0.2.0/',
    '192.0.2.0/8/8',
    '192.0.2.0/-1',
    '192.0.2.0/08',
    ' 192.0.2.0',
    'fe80::1%eth0',
  ])('does not take %s for a block', (text) => {
    expect(parseAddressBlock(text)).toBeUndefined();
    expect(() => createAllowAddresses([text])).toThrow(text);
  });
});

test('a login is bound by the lists of its organization and of its source system, each', async () => {
  const login: Login = {
    userName: 'banner',
    organizationId: 1,
    sourceSystemId: 11,
    credentials: [],
    policies: [
      { mechanisms: null, allowedAddresses: ['192.0.2.0/24'] },
      { mechanisms: null, allowedAddresses: ['192.0.2.7'] },
      { mechanisms: ['http-basic'], allowedAddresses: null },
    ],
  };
  const verdicts = async (address: string) =>
    Promise.all(addressLists(login).map(async (link) => (await link.authenticate(from(address))).verdict));
  expect(await verdicts('192.0.2.7')).toEqual(['accept', 'accept']);
  expect(await verdicts('192.0.2.8')).toEqual(['accept', 'reject']);
});
