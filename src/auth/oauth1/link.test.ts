import { describe, expect, test } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import type { Message } from '../../pipeline/ports.ts';
import type { CredentialVerifier } from '../credential-verifier.ts';
import { createOauth1 } from './link.ts';

const nowMs = Date.parse('2026-08-20T10:00:00Z');
const secret = 's&cret+é';
const never = () => Promise.reject(new Error('not asked'));
const verifier: CredentialVerifier = {
  verifyPassword: never,
  verifyCredential: never,
  verifySecret: (userName, matches) => {
    const fits = matches(Buffer.from(userName === 'turnitin' ? secret : 'decoy'));
    return Promise.resolve(fits ? { verified: true, credentialId: 'c' } : { verified: false, reason: 'wrong digest' });
  },
};
const link = createOauth1({ verifier, now: () => nowMs, publicUrl: 'https://SIS.example.edu:443/gateway' });

/** Written apart from the code under test, after the text of RFC 5849, 3.4 and 3.6. */
const enc = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');

type Trial = {
  parameters?: Record<string, string>;
  query?: [string, string][];
  target?: string;
  body?: string;
  sentBody?: string;
  method?: string;
  url?: string;
  key?: string;
  alter?: (authorization: string) => string;
};

function message(trial: Trial = {}): Message {
  const { body = '{"a":"é"}', method = 'HMAC-SHA1', url = 'https://sis.example.edu/gateway/sis/v1/messages' } = trial;
  const hash = method === 'HMAC-SHA1' ? 'sha1' : 'sha256';
  const parameters: Record<string, string> = {
    oauth_consumer_key: 'turnitin',
    oauth_signature_method: method,
    oauth_timestamp: String(nowMs / 1000),
    oauth_nonce: 'n1',
    oauth_version: '1.0',
    oauth_body_hash: createHash(hash).update(body).digest('base64'),
    ...trial.parameters,
  };
  const pairs = [...Object.entries(parameters), ...(trial.query ?? [])].map(
    ([name, value]) => [enc(name), enc(value)] as [string, string],
  );
  pairs.sort(
    (x, y) =>
      Buffer.compare(Buffer.from(x[0]), Buffer.from(y[0])) || Buffer.compare(Buffer.from(x[1]), Buffer.from(y[1])),
  );
  const base = `POST&${enc(url)}&${enc(pairs.map((pair) => pair.join('=')).join('&'))}`;
  const signature = createHmac(hash, `${enc(trial.key ?? secret)}&`)
    .update(base)
    .digest('base64');
  const header = Object.entries({ ...parameters, oauth_signature: signature }).map(
    ([name, value]) => `${enc(name)}="${enc(value)}"`,
  );
  const authorization = `OAuth realm="", ${header.join(', ')}`;
  return {
    id: 'm1',
    receivedAt: new Date(nowMs),
    door: 'rest',
    method: 'POST',
    path: trial.target ?? '/sis/v1/messages',
    headers: { authorization: trial.alter?.(authorization) ?? authorization, host: 'internal:8080' },
    body: Buffer.from(trial.sentBody ?? body),
    remote: { address: '192.0.2.7', loopback: false, secure: true },
  };
}

const reasonOf = async (trial: Trial, by = link): Promise<string> => {
  const verdict = await by.authenticate(message(trial));
  return verdict.verdict === 'reject' ? verdict.reason : verdict.verdict;
};

describe('a request that is signed by OAuth 1.0a', () => {
  test.each(['HMAC-SHA1', 'HMAC-SHA256'])('by %s is accepted, and its nonce claimed', async (method) => {
    const sent = message({ method });
    expect(link.recognises(sent)).toBe(true);
    expect(link.claimedUserName(sent)).toBe('turnitin');
    expect(await link.authenticate(sent)).toEqual({
      verdict: 'accept',
      userName: 'turnitin',
      nonce: { userName: 'turnitin', nonce: `oauth1 ${nowMs / 1000} n1`, expiresAt: new Date(nowMs + 420_000) },
    });
  });

  test('signs its query as well, sorted, whatever stands in it', async () => {
    const query: [string, string][] = [
      ['b', '1 2'],
      ['a', 'é!'],
      ['a', '='],
      ['a', ''],
      ['a1', 'x'],
    ];
    const target = '/sis/v1/messages?b=1+2&a=%C3%A9!&a=%3D&a&a1=x';
    expect(await reasonOf({ query, target })).toBe('accept');
    expect(await reasonOf({ query, target: target.replace('a1=x', 'a1=y') })).toBe('wrong digest');
  });

  test('signs the address that senders use, not the one behind the proxy', async () => {
    const direct = createOauth1({ verifier, now: () => nowMs });
    expect(await reasonOf({ url: 'https://internal:8080/sis/v1/messages' })).toBe('wrong digest');
    expect(await reasonOf({ url: 'https://internal:8080/sis/v1/messages' }, direct)).toBe('accept');
  });

  test('of no body needs no hash', async () => {
    const empty = { body: '', parameters: { oauth_body_hash: '2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } };
    expect(await reasonOf(empty)).toBe('accept');
  });

  test('hashes "Hello World!" as the example of the extension does', async () => {
    const parameters = { oauth_body_hash: 'Lve95gjOVATpfV8EL5X4nxwjKHE=' };
    expect(await reasonOf({ body: 'Hello World!', parameters })).toBe('accept');
  });
});

describe('what is refused', () => {
  test.each([
    ['another body', { sentBody: '{"a":"other"}' }, 'not that of the body'],
    [
      'a body without a hash',
      { alter: (text: string) => text.replace(/oauth_body_hash="[^"]*", /, '') },
      'no oauth_body_hash',
    ],
    ['another secret', { key: 'other' }, 'wrong digest'],
    ['another user', { parameters: { oauth_consumer_key: 'nobody' } }, 'wrong digest'],
    ['another path', { target: '/sis/v1/other' }, 'wrong digest'],
    ['another nonce than was signed', { alter: (text: string) => text.replace('"n1"', '"n2"') }, 'wrong digest'],
    ['a stale timestamp', { parameters: { oauth_timestamp: String(nowMs / 1000 - 400) } }, 'old'],
    ['a timestamp to come', { parameters: { oauth_timestamp: String(nowMs / 1000 + 120) } }, 'future'],
    ['no timestamp', { parameters: { oauth_timestamp: '' } }, 'oauth_timestamp'],
    ['an endless nonce', { parameters: { oauth_nonce: 'n'.repeat(300) } }, 'oauth_nonce'],
    ['PLAINTEXT', { parameters: { oauth_signature_method: 'PLAINTEXT' } }, 'not HMAC'],
    ['version 2', { parameters: { oauth_version: '2.0' } }, 'not 1.0'],
    ['a parameter given twice', { alter: (text: string) => `${text}, oauth_nonce="n2"` }, 'given twice'],
    [
      'no signature',
      { alter: (text: string) => text.replace(/oauth_signature="[^"]*"/, 'oauth_signature=""') },
      'wrong digest',
    ],
    ['what is no list', { alter: () => 'OAuth nonsense' }, 'malformed'],
    ['broken encoding', { alter: (text: string) => text.replace('turnitin', '%E0%A4%A') }, 'percent-encoded'],
  ] as [string, Trial, string][])('%s', async (_, trial, reason) => {
    expect(await reasonOf(trial)).toContain(reason);
  });
});
