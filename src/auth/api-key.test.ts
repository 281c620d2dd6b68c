import { describe, expect, test } from '@jest/globals';
import type { Credential } from '../domain/access.ts';
import type { Message } from '../pipeline/ports.ts';
import { createApiKey, createApiKeyLink } from './api-key.ts';
import type { CredentialVerifier } from './credential-verifier.ts';

const { key, secret, keys } = createApiKey();
const stored: Credential = { id: 'c1', secret, validUntil: null, lastUsedAt: null };
const never = () => Promise.reject(new Error('not asked'));
const verifier: CredentialVerifier = {
  verifyPassword: never,
  verifySecret: never,
  verifyCredential: (_, matches, reason) =>
    Promise.resolve(matches(stored) ? { verified: true, credentialId: 'c1' } : { verified: false, reason }),
};
const link = createApiKeyLink({
  verifier,
  loginKeys: { find: (wanted) => Promise.resolve(wanted === keys[0]?.key ? ['banner'] : []), forget: () => undefined },
});

function message(headers: Record<string, string>): Message {
  return {
    id: 'm1',
    receivedAt: new Date(),
    door: 'rest',
    method: 'PUT',
    path: '/',
    headers,
    body: Buffer.alloc(0),
    remote: { address: '192.0.2.7', loopback: false, secure: true },
  };
}

describe('an API key', () => {
  test.each([
    ['X-API-Key', { 'x-api-key': key }],
    ['Authorization: ApiKey', { authorization: `ApiKey ${key}` }],
    ['both alike', { authorization: `apikey ${key}`, 'x-api-key': key }],
  ])('says whose it is and is accepted: %s', async (_, headers) => {
    expect(link.recognises(message(headers))).toBe(true);
    expect(link.claimedUserName(message(headers))).toBeUndefined();
    expect(await link.findUserName?.(message(headers))).toBe('banner');
    expect(await link.authenticate(message(headers))).toEqual({ verdict: 'accept', userName: 'banner' });
  });

  const otherSecret = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
  test.each([
    ['of an unknown id', createApiKey().key, undefined],
    ['of a known id with another secret', otherSecret, 'banner'],
    ['cut short', key.slice(0, -1), undefined],
  ])('is rejected: %s', async (_, presented, userName) => {
    const sent = message({ 'x-api-key': presented });
    expect(link.recognises(sent)).toBe(true);
    expect(await link.findUserName?.(sent)).toBe(userName);
    expect(await link.authenticate(sent)).toMatchObject({ verdict: 'reject' });
  });

  test('is rejected when two differ', async () => {
    const sent = message({ 'x-api-key': key, authorization: `ApiKey ${createApiKey().key}` });
    expect(await link.authenticate(sent)).toMatchObject({ verdict: 'reject' });
  });

  test.each([{}, { authorization: 'Basic x' }, { 'x-api-key': 'of-the-proxy' }])('is not seen in %j', (headers) => {
    expect(link.recognises(message(headers))).toBe(false);
  });

  test('is stored as a hash only', () => {
    expect(JSON.stringify([secret, keys])).not.toContain(key.slice(-43));
  });
});
