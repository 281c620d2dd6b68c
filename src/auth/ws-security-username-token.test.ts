import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { parseXml } from '../formats/xml/index.ts';
import { wsseNamespace } from '../pipeline/authenticate-must-understand.ts';
import type { Message } from '../pipeline/ports.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { createPasswordDigest, createPasswordText, passwordDigest } from './ws-security-username-token.ts';

const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const nowMs = Date.parse('2026-08-20T10:00:00Z');

const secrets: Record<string, string> = { banner: 'correct horse', Alice: 'abcd!1234' };

/** Stands for the credential store: knows two secrets in the clear. */
const verifier: CredentialVerifier = {
  verifyPassword: (userName, password) => Promise.resolve(verdict(secrets[userName] === password)),
  verifySecret: (userName, matches) => Promise.resolve(verdict(matches(Buffer.from(secrets[userName] ?? 'decoy')))),
  verifyCredential: () => Promise.reject(new Error('not asked')),
};

const verdict = (verified: boolean) =>
  verified ? ({ verified, credentialId: 'c1' } as const) : ({ verified, reason: 'no match' } as const);

const now = () => nowMs;
const text = createPasswordText({ verifier, now });
const digest = createPasswordDigest({ verifier, now });

function message(...headers: string[]): Message {
  const xml = `<Header xmlns:wsse="${wsseNamespace}" xmlns:wsu="${wsu}" xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">${headers.join('')}</Header>`;
  return {
    id: 'm1',
    receivedAt: new Date(nowMs),
    door: 'soap',
    method: 'POST',
    path: '/',
    headers: {},
    body: Buffer.alloc(0),
    remote: { address: '192.0.2.7', loopback: false, secure: true },
    soapHeaders: parseXml(Buffer.from(xml)).children,
  };
}

const security = (...parts: string[]) => `<wsse:Security s:mustUnderstand="1">${parts.join('')}</wsse:Security>`;
const token = (...parts: string[]) => security(`<wsse:UsernameToken>${parts.join('\n')}</wsse:UsernameToken>`);
const user = (name = 'banner') => `<wsse:Username>${name}</wsse:Username>`;
const password = (value: string, type?: string) =>
  `<wsse:Password${type === undefined ? '' : ` Type="${profile}#${type}"`}>${value}</wsse:Password>`;
const nonce = (value = 'AAECAwQFBgcICQoLDA0ODw==') => `<wsse:Nonce>${value}</wsse:Nonce>`;
const created = (value = '2026-08-20T09:58:00Z') => `<wsu:Created>${value}</wsu:Created>`;

/** The digest of the profile, computed here in other words than in the code. */
function digestOf(secret: string, at = '2026-08-20T09:58:00Z', once = 'AAECAwQFBgcICQoLDA0ODw=='): string {
  return createHash('sha1')
    .update(Buffer.concat([Buffer.from(once, 'base64'), Buffer.from(at + secret)]))
    .digest('base64');
}

const goodDigest = password(digestOf('correct horse'), 'PasswordDigest');

describe('the published vector of the Metro documentation', () => {
  test('gives the digest that is printed there', () => {
    const nonceBytes = Buffer.from('YF6j8V/CAqi+1nRsGLRbuZhi', 'base64');
    expect(passwordDigest(nonceBytes, '2008-04-28T10:02:11Z', Buffer.from('abcd!1234')).toString('base64')).toBe(
      '6S3P2EWNP3lQf+9VC3emNoT57oQ=',
    );
  });

  test('is accepted as a message of its day', async () => {
    const link = createPasswordDigest({ verifier, now: () => Date.parse('2008-04-28T10:03:00Z') });
    const parts = [
      user('Alice'),
      password('6S3P2EWNP3lQf+9VC3emNoT57oQ=', 'PasswordDigest'),
      nonce('YF6j8V/CAqi+1nRsGLRbuZhi'),
      created('2008-04-28T10:02:11Z'),
    ];
    expect(await link.authenticate(message(token(...parts)))).toMatchObject({ verdict: 'accept', userName: 'Alice' });
  });
});

describe('PasswordText', () => {
  test.each([
    ['with its Type', [user(), password('correct horse', 'PasswordText')]],
    ['without a Type, which means PasswordText', [user(), password('correct horse')]],
    ['in any order', [created(), password('correct horse', 'PasswordText'), nonce(), user()]],
    ['with blanks around the user name', [user('\n  banner  '), password('correct horse')]],
  ])('is accepted %s', async (_, parts) => {
    const link = text;
    const sent = message(token(...parts));
    expect(link.recognises(sent)).toBe(true);
    expect(await link.authenticate(sent)).toMatchObject({ verdict: 'accept', userName: 'banner' });
  });

  test('is taken without mustUnderstand, without Nonce and Created, and then claims no nonce', async () => {
    const parts = `<wsse:Security><wsse:UsernameToken>${user()}${password('correct horse')}</wsse:UsernameToken></wsse:Security>`;
    expect(await text.authenticate(message(parts))).toEqual({ verdict: 'accept', userName: 'banner' });
  });

  test('with Nonce and Created is checked for freshness and claims the nonce', async () => {
    const fresh = message(token(user(), password('correct horse'), nonce(), created()));
    expect(await text.authenticate(fresh)).toMatchObject({ nonce: { nonce: 'AAECAwQFBgcICQoLDA0ODw==' } });
    const stale = message(token(user(), password('correct horse'), nonce(), created('2026-08-20T09:00:00Z')));
    expect(await text.authenticate(stale)).toMatchObject({ verdict: 'reject', reason: 'Created is 3600 s old' });
  });

  test('that is wrong is rejected under the name that it claims', async () => {
    const sent = message(token(user(), password('incorrect')));
    expect(text.claimedUserName(sent)).toBe('banner');
    expect(await text.authenticate(sent)).toEqual({ verdict: 'reject', userName: 'banner', reason: 'no match' });
  });

  test('exposes the secret, a digest does not', () => {
    expect([text.exposesSecret, digest.exposesSecret]).toEqual([true, false]);
  });
});

describe('PasswordDigest', () => {
  test('is accepted with the decoded nonce and the exact text of Created', async () => {
    expect(await digest.authenticate(message(token(user(), goodDigest, nonce(), created())))).toEqual({
      verdict: 'accept',
      userName: 'banner',
      nonce: {
        userName: 'banner',
        nonce: 'AAECAwQFBgcICQoLDA0ODw==',
        // Created, five minutes of freshness, one minute of skew on either side.
        expiresAt: new Date('2026-08-20T10:05:00Z'),
      },
    });
  });

  test('of another password, another Created or another nonce is rejected', async () => {
    for (const parts of [
      [password(digestOf('wrong'), 'PasswordDigest'), nonce(), created()],
      [goodDigest, nonce(), created('2026-08-20T09:58:01Z')],
      [goodDigest, nonce('AAECAwQFBgcICQoLDA0ODx=='), created('2026-08-20T09:58:00.0Z')],
      [password('', 'PasswordDigest'), nonce(), created()],
    ]) {
      expect(await digest.authenticate(message(token(user(), ...parts)))).toMatchObject({ verdict: 'reject' });
    }
  });

  test('claims the same nonce however its base64 and the user name are written', async () => {
    const claims = [];
    for (const [name, once] of [
      ['banner', 'AAECAwQFBgcICQoLDA0ODw=='],
      [' banner', 'AAECAwQF BgcICQoL\nDA0ODw=='],
    ] as const) {
      claims.push(await digest.authenticate(message(token(user(name), goodDigest, nonce(once), created()))));
    }
    expect(claims[1]).toEqual(claims[0]);
    expect(claims[0]).toMatchObject({ verdict: 'accept' });
  });

  test.each([
    ['without a nonce', [goodDigest, created()], 'a digest needs Nonce and Created'],
    ['without Created', [goodDigest, nonce()], 'a digest needs Nonce and Created'],
    ['with an empty nonce', [goodDigest, nonce(''), created()], 'the Nonce is not base64'],
    ['with a nonce that is not base64', [goodDigest, nonce('!!!'), created()], 'the Nonce is not base64'],
    ['with two passwords', [goodDigest, goodDigest, nonce(), created()], 'the UsernameToken has two Password elements'],
    ['with two nonces', [goodDigest, nonce(), nonce(), created()], 'the UsernameToken has two Nonce elements'],
    ['with two Created', [goodDigest, nonce(), created(), created()], 'the UsernameToken has two Created elements'],
    ['created on no day', [goodDigest, nonce(), created('2026-02-30T00:00:00Z')], 'Created is not a date and time'],
  ])('is rejected %s', async (_, parts, reason) => {
    const sent = message(token(user(), ...parts));
    expect(digest.recognises(sent)).toBe(true);
    expect(await digest.authenticate(sent)).toMatchObject({ verdict: 'reject', reason });
  });
});

describe('the freshness of Created', () => {
  const at = (value: string) =>
    message(token(user(), password(digestOf('correct horse', value), 'PasswordDigest'), nonce(), created(value)));

  test.each([
    '2026-08-20T09:54:01Z',
    '2026-08-20T10:00:59Z',
    '2026-08-20T12:00:00+02:00',
    '2026-08-20T09:59:59.1234567Z',
    '2026-08-20T10:00:00',
  ])('%s is fresh at 10:00:00Z', async (value) => {
    expect(await digest.authenticate(at(value))).toMatchObject({ verdict: 'accept' });
  });

  test.each([
    ['2026-08-20T09:53:59Z', 'Created is 361 s old'],
    ['2026-08-20T10:01:01Z', 'Created is 61 s in the future'],
    ['2026-08-20T10:00:00+02:00', 'Created is 7200 s old'],
  ])('%s is not', async (value, reason) => {
    expect(await digest.authenticate(at(value))).toMatchObject({ verdict: 'reject', reason });
  });

  test('is configurable', async () => {
    const strict = createPasswordDigest({ verifier, now, freshness: { freshnessMs: 60_000, skewMs: 0 } });
    expect(await strict.authenticate(at('2026-08-20T09:58:00Z'))).toMatchObject({ reason: 'Created is 120 s old' });
  });
});

describe('a wsu:Timestamp beside the token', () => {
  const withTimestamp = (inner: string) =>
    message(
      security(
        `<wsu:Timestamp>${inner}</wsu:Timestamp>`,
        `<wsse:UsernameToken>${user()}${password('correct horse')}</wsse:UsernameToken>`,
      ),
    );

  test.each([
    `${created('2026-08-20T09:59:00Z')}<wsu:Expires>2026-08-20T10:04:00Z</wsu:Expires>`,
    created('2026-08-20T09:59:00Z'),
    '',
    '<wsu:Expires>2026-08-20T09:59:30Z</wsu:Expires>',
  ])('is no obstacle: %s', async (inner) => {
    expect(await text.authenticate(withTimestamp(inner))).toMatchObject({ verdict: 'accept' });
  });

  test.each([
    ['<wsu:Expires>2026-08-20T09:58:00Z</wsu:Expires>', 'the Timestamp has expired'],
    [created('2026-08-20T10:02:00Z'), 'the Timestamp is in the future'],
    [created('yesterday'), 'Created of the Timestamp is not a date and time'],
    [created() + created(), 'the Timestamp, Created or Expires is repeated'],
  ])('refuses the message: %s', async (inner, reason) => {
    expect(await text.authenticate(withTimestamp(inner))).toMatchObject({ verdict: 'reject', reason });
  });
});

describe('what the two links recognise', () => {
  const links = [text, digest];

  test.each([
    ['a password', [token(user(), password('x', 'PasswordText'))], [true, false]],
    ['a digest', [token(user(), password('x', 'PasswordDigest'))], [false, true]],
    ['a user name alone, as if its password were text', [token(user())], [true, false]],
    ['no SOAP header', [], [false, false]],
    ['another Security header', [security('<wsse:BinarySecurityToken/>')], [false, false]],
    ['a form of password of tomorrow', [token(user(), password('x', 'PasswordSHA3'))], [false, false]],
    ['several tokens, whatever they hold', [token(user()), token(user('other'))], [true, true]],
  ])('%s', (_, headers, expected) => {
    expect(links.map((link) => link.recognises(message(...headers)))).toEqual(expected);
  });

  test('several UsernameTokens are rejected and claim no name', async () => {
    const twice = message(token(user(), password('correct horse')), token(user(), password('correct horse')));
    expect(text.claimedUserName(twice)).toBeUndefined();
    expect(await text.authenticate(twice)).toEqual({ verdict: 'reject', reason: 'there are several UsernameTokens' });
  });

  test('a Security header for another actor is not read', () => {
    const elsewhere = `<wsse:Security s:actor="urn:audit"><wsse:UsernameToken>${user()}</wsse:UsernameToken></wsse:Security>`;
    expect(links.map((link) => link.recognises(message(elsewhere)))).toEqual([false, false]);
  });

  test('a token without password or user name is rejected', async () => {
    expect(await text.authenticate(message(token(user())))).toMatchObject({ reason: 'there is no Password' });
    for (const name of ['', '   ', 'a\tb', 'x'.repeat(300)]) {
      expect(await text.authenticate(message(token(user(name), password('x'))))).toEqual({
        verdict: 'reject',
        reason: 'the Username is missing or malformed',
      });
    }
  });

  test('each understands its own tokens and timestamps, nothing else', () => {
    const parts = parseXml(
      Buffer.from(
        `<r xmlns:wsse="${wsseNamespace}"><wsse:UsernameToken>${password('x', 'PasswordDigest')}</wsse:UsernameToken><wsse:Timestamp/><wsse:Security/><wsse:Signature/></r>`,
      ),
    ).children;
    expect(parts.map((part) => [text.understands?.(part), digest.understands?.(part)])).toEqual([
      [false, true],
      [true, true],
      [true, true],
      [false, false],
    ]);
  });
});
