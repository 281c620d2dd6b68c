import { describe, expect, test } from '@jest/globals';
import type { AccessPolicy } from '../domain/access.ts';
import type { ListEntry } from '../domain/extension-points.ts';
import { addressList, inboundEntries, inboundTemplates, readInboundList } from './inbound-list.ts';

const chain = [
  { name: 'wss-password-digest', role: 'identify' },
  { name: 'http-basic', role: 'identify' },
  { name: 'api-key', role: 'require' },
] as const;
const open: AccessPolicy = { mechanisms: null, allowedAddresses: null };
const list = (...entries: [plugin: string, options?: object][]): ListEntry[] =>
  entries.map(([plugin, options], index) => ({
    plugin,
    sortOrder: index,
    ...(options && { options: { ...options } }),
  }));
const codesOf = (entries: ListEntry[]): string[] =>
  readInboundList(chain, entries, 'source_system').reasons.map(({ code }) => code);

describe('the chain that judges a sender', () => {
  test('is the operator’s, where nobody restricts it', () => {
    expect(inboundEntries(chain, [{ place: 'organization', policy: open }])).toEqual([
      { plugin: 'wss-password-digest', sortOrder: 10, options: { role: 'identify' } },
      { plugin: 'http-basic', sortOrder: 20, options: { role: 'identify' } },
      { plugin: 'api-key', sortOrder: 30, options: { role: 'require', by: 'operator' } },
    ]);
  });

  test('is what the organization and the source system both let in, and what any of them asks for', () => {
    const organization = { mechanisms: null, allowedAddresses: ['192.0.2.0/24'], requires: ['http-basic'] };
    const system = { mechanisms: ['wss-password-digest'], allowedAddresses: ['192.0.2.7'], requires: null };
    const entries = inboundEntries(chain, [
      { place: 'organization', policy: organization },
      { place: 'source_system', policy: system },
    ]);
    expect(entries.map(({ plugin, options }) => [plugin, options?.role, options?.by])).toEqual([
      ['wss-password-digest', 'identify', undefined],
      [addressList, 'require', 'organization'],
      [addressList, 'require', 'source_system'],
      ['api-key', 'require', 'operator'],
      ['http-basic', 'require', 'organization'],
    ]);
    // What is shown may be put as it is.
    const { reasons, policy } = readInboundList(chain, entries, 'source_system');
    expect({ reasons, policy }).toEqual({ reasons: [], policy: system });
  });
});

describe('a list that is put', () => {
  test('is a policy: what may identify, from where, and what must agree, in its order', () => {
    const { reasons, policy } = readInboundList(
      chain,
      list(
        ['wss-password-digest'],
        [addressList, { addresses: ['192.0.2.0/24'] }],
        ['api-key', { role: 'require' }],
        ['http-basic', { role: 'require' }],
      ),
      'organization',
    );
    expect(reasons).toEqual([]);
    expect(policy).toEqual({
      mechanisms: ['wss-password-digest'],
      allowedAddresses: ['192.0.2.0/24'],
      requires: ['api-key', 'http-basic'],
    });
  });

  test.each([
    ['unknown_plugin', list(['oauth2-bearer'])],
    ['duplicate_plugin', list(['http-basic'], ['http-basic'])],
    ['duplicate_sort_order', [...list(['wss-password-digest']), ...list(['http-basic'])]],
    ['required_missing', list(['http-basic', { role: 'require' }])],
    ['required_missing', []],
    ['invalid_options', list(['http-basic', { role: 'perhaps' }])],
    ['invalid_options', list(['http-basic', { hard: true }])],
    ['invalid_options', list(['http-basic', { addresses: ['192.0.2.7'] }])],
    ['invalid_options', list(['http-basic'], [addressList])],
    ['invalid_options', list(['http-basic'], ['api-key', { role: 'identify' }])],
    ['wrong_order', list([addressList, { addresses: ['192.0.2.7'] }], ['http-basic'])],
    ['wrong_order', list(['http-basic'], ['api-key', { role: 'require' }], [addressList, { addresses: ['::1'] }])],
  ] as [string, ListEntry[]][])('is refused: %s', (code, entries) => {
    expect(codesOf(entries)).toContain(code);
  });

  test('in another order than the operator’s is refused with where the order is made', () => {
    const { reasons } = readInboundList(chain, list(['http-basic'], ['wss-password-digest']), 'organization');
    expect(reasons).toEqual([
      expect.objectContaining({
        code: 'wrong_order',
        plugin: 'wss-password-digest',
        message: expect.stringContaining('PASSERELLE_AUTHENTICATORS'),
      }),
    ]);
  });

  test('of a narrower place cannot be put at a wider one', () => {
    const entries = list(['http-basic', { by: 'source_system' }]);
    expect(readInboundList(chain, entries, 'organization').reasons[0]).toMatchObject({ code: 'invalid_options' });
  });
});

test('the templates are the chain in force, the shipped one, and that of IPSIS', () => {
  const [operator, shipped, ipsis] = inboundTemplates(chain);
  expect(operator?.entries.map(({ plugin }) => plugin)).toEqual(chain.map(({ name }) => name));
  expect(shipped?.entries[0]?.plugin).toBe('wss-x509');
  expect(ipsis?.entries.map(({ plugin }) => plugin)).toEqual(['wss-password-text', 'http-basic']);
});
