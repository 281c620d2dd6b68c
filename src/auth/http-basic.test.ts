import { describe, expect, test } from '@jest/globals';
import type { Message } from '../pipeline/ports.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { createHttpBasic } from './http-basic.ts';

const asked: string[][] = [];
const verifier: CredentialVerifier = {
  verifyPassword: (...question) => {
    asked.push(question);
    const isRight = question[1] === 'pässword:1';
    return Promise.resolve(isRight ? { verified: true, credentialId: 'c1' } : { verified: false, reason: 'no' });
  },
  verifyCredential: () => Promise.reject(new Error('not asked')),
  verifySecret: () => Promise.reject(new Error('not asked')),
};
const link = createHttpBasic({ verifier });

function message(authorization?: string): Message {
  return {
    id: 'm1',
    receivedAt: new Date(),
    door: 'rest',
    method: 'PUT',
    path: '/',
    headers: authorization === undefined ? {} : { authorization },
    body: Buffer.alloc(0),
    remote: { address: '192.0.2.7', loopback: false, secure: true },
  };
}

const basic = (bytes: string | Buffer) => `Basic ${Buffer.from(bytes).toString('base64')}`;

describe('HTTP Basic', () => {
  test('is accepted in UTF-8, with colons in the password', async () => {
    const sent = message(basic('José:pässword:1'));
    expect(link.recognises(sent)).toBe(true);
    expect(link.claimedUserName(sent)).toBe('José');
    expect(await link.authenticate(sent)).toEqual({ verdict: 'accept', userName: 'José' });
    expect(asked.at(-1)).toEqual(['José', 'pässword:1', '192.0.2.7']);
  });

  test('with a wrong password is rejected under the name that it claims', async () => {
    const verdict = await link.authenticate(message(basic('banner:x')));
    expect(verdict).toEqual({ verdict: 'reject', userName: 'banner', reason: 'no' });
  });

  test.each([
    ['nothing after the scheme', 'Basic'],
    ['no base64', 'Basic ***'],
    ['no colon', basic('banner')],
    ['no user name', basic(':secret')],
    ['a user name with a control character', basic('ban\0ner:x')],
    ['bytes that are not UTF-8', basic(Buffer.from('Jos\xe9:secret', 'latin1'))],
    ['a password without end', basic(`banner:${'x'.repeat(2000)}`)],
    ['two credentials', 'Basic YTpi, Basic YTpi'],
  ])('is rejected as malformed: %s', async (_, authorization) => {
    const sent = message(authorization);
    const before = asked.length;
    expect(link.recognises(sent)).toBe(true);
    expect(link.claimedUserName(sent)).toBeUndefined();
    expect(await link.authenticate(sent)).toMatchObject({ verdict: 'reject' });
    expect(asked).toHaveLength(before);
  });

  test('is not what other schemes are, or none', () => {
    for (const authorization of [undefined, 'Bearer psl_1', 'Basically YTpi', 'Digest username="a"']) {
      expect(link.recognises(message(authorization))).toBe(false);
    }
  });

  test('knows its scheme in any case', () => {
    expect(link.recognises(message('bAsIc YTpi'))).toBe(true);
  });
});
