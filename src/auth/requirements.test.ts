import { describe, expect, test } from '@jest/globals';
import type { Login } from '../domain/access.ts';
import type { Message, MessageAuthenticator, Verdict } from '../pipeline/ports.ts';
import { createRequirements } from './requirements.ts';

const login: Login = { userName: 'Banner', organizationId: 1, sourceSystemId: 2, credentials: [], policies: [] };
const message = { remote: { address: '192.0.2.7' } } as Message;
const link = (verdict: Verdict, seen = true): MessageAuthenticator => ({
  name: 'key',
  role: 'identify',
  exposesSecret: false,
  recognises: () => seen,
  claimedUserName: () => undefined,
  authenticate: () => Promise.resolve(verdict),
});
const policy = (requires: string[]) => ({ mechanisms: null, allowedAddresses: null, requires });

describe('what must agree with the link that identifies', () => {
  test.each([
    ['the same login', link({ verdict: 'accept', userName: 'banner' }), 'accept'],
    ['another login', link({ verdict: 'accept', userName: 'other' }), 'reject'],
    ['a wrong credential', link({ verdict: 'reject', reason: 'wrong' }), 'reject'],
    ['nothing on the message', link({ verdict: 'pass' }, false), 'pass'],
  ])('%s', async (_, key, expected) => {
    const requirementsOf = createRequirements(new Map([['key', key]]), []);
    const [requirement] = requirementsOf({ ...login, policies: [policy(['key'])] });
    expect(await requirement?.authenticate(message)).toMatchObject({ verdict: expected });
  });

  test('an authenticator that is not configured agrees with nobody', async () => {
    const [requirement] = createRequirements(new Map(), [])({ ...login, policies: [policy(['gone'])] });
    expect(await requirement?.authenticate(message)).toMatchObject({ verdict: 'reject' });
  });

  test('is what the operator requires of everybody, and each policy; each once, address lists first', () => {
    const requirementsOf = createRequirements(new Map(), ['key']);
    const policies = [policy(['key']), { ...policy(['other']), allowedAddresses: ['192.0.2.0/24'] }];
    expect(requirementsOf(login).map(({ name }) => name)).toEqual(['key']);
    expect(requirementsOf({ ...login, policies }).map(({ name }) => name)).toEqual(['address-list', 'key', 'other']);
  });
});
