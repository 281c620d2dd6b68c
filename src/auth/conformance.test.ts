import { expect, test } from '@jest/globals';
import { createHash, createHmac, randomBytes, X509Certificate } from 'node:crypto';
import { type Credential, type LinkName, linkNames, type Login } from '../domain/access.ts';
import { parseXml } from '../formats/xml/index.ts';
import { wsseNamespace } from '../pipeline/authenticate-must-understand.ts';
import type { Message, MessageAuthenticator } from '../pipeline/ports.ts';
import { makeCertificate, type TestCertificate } from '../testing/certificates.ts';
import { type AuthenticatorExamples, describeAuthenticator, sampleMessage } from '../testing/kits/index.ts';
import { signEnvelope } from '../testing/sign-envelope.ts';
import { createAllowAddresses } from './allow-addresses.ts';
import { createApiKey, createApiKeyLink } from './api-key.ts';
import { readCertificateToPin } from './certificate.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { createHttpBasic } from './http-basic.ts';
import type { LoginKeys } from './login-keys.ts';
import { createOauth1 } from './oauth1/link.ts';
import { createAccessTokens } from './oauth2/access-tokens.ts';
import { createOauth2Bearer } from './oauth2/bearer.ts';
import { createRequirements } from './requirements.ts';
import { createSealer } from './seal.ts';
import { createClientCertificate } from './tls-client-certificate.ts';
import { createPasswordDigest, createPasswordText } from './ws-security-username-token.ts';
import { createWssX509 } from './wss-x509/link.ts';

const secret = 'correct-horse';
const verdict = (verified: boolean) =>
  verified ? ({ verified, credentialId: 'c1' } as const) : ({ verified, reason: 'no match' } as const);
const verifier: CredentialVerifier = {
  verifyPassword: (userName, password) =>
    Promise.resolve(verdict(['banner', 'other'].includes(userName) && password === secret)),
  verifyCredential: () => Promise.resolve(verdict(false)),
  verifySecret: (userName, matches) => Promise.resolve(verdict(userName === 'banner' && matches(Buffer.from(secret)))),
};

const basic = (password: string, userName = 'banner') =>
  sampleMessage({
    headers: { authorization: `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}` },
  });
const bearer = (value: string) => sampleMessage({ headers: { authorization: `Bearer ${value}` } });
const from = (address: string) => sampleMessage({ remote: { address, loopback: false, secure: true } });

const ours = makeCertificate({ subject: 'banner' });
const expired = makeCertificate({ subject: 'banner', from: ours, notAfter: new Date(Date.now() - 60_000) });
const read = readCertificateToPin(ours.cert, 'public_key', 0);
const finding = (owners: ReadonlyMap<string, string>): LoginKeys => ({
  find: (key) => Promise.resolve([owners.get(key) ?? []].flat()),
  forget: () => undefined,
});
const verifierOf = (stored: Credential): CredentialVerifier => ({
  ...verifier,
  verifyCredential: (userName, matches, reason) =>
    Promise.resolve(
      userName === 'banner' && matches(stored)
        ? { verified: true, credentialId: stored.id }
        : { verified: false, reason },
    ),
});
const certificate: Credential = { id: 'c1', secret: read.secret, validUntil: null, lastUsedAt: null };
const pinned = {
  verifier: verifierOf(certificate),
  loginKeys: finding(new Map(read.keys.map(({ key }) => [key, 'banner']))),
  logins: {
    find: (userName: string) =>
      Promise.resolve({ userName, organizationId: 1, sourceSystemId: 1, credentials: [certificate], policies: [] }),
  },
};
const overTls = ({ cert }: TestCertificate) =>
  sampleMessage({
    remote: { address: '192.0.2.7', loopback: false, secure: true, certificate: new X509Certificate(cert).raw },
  });

function signed(signer: TestCertificate, alter = (xml: string) => xml, created = new Date()): Message {
  const body = Buffer.from(alter(signEnvelope({ signer, created })));
  const soapEnvelope = parseXml(body);
  const soapHeaders = soapEnvelope.children.find(({ name }) => name === 'Header')?.children ?? [];
  return sampleMessage({ door: 'soap', headers: { 'content-type': 'text/xml' }, body, soapEnvelope, soapHeaders });
}

/** A request of OAuth 1.0a with a body hash, signed after RFC 5849, 3.4. */
function oauth1(key: string, by: string): Message {
  const body = Buffer.from('{}');
  const parameters = {
    oauth_body_hash: createHash('sha256').update(body).digest('base64'),
    oauth_consumer_key: key,
    oauth_nonce: 'n1',
    oauth_signature_method: 'HMAC-SHA256',
    oauth_timestamp: String(Math.floor(Date.now() / 1_000)),
  };
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const url = 'https://gateway.example.edu/sis/v1/messages';
  const base = ['POST', url, pairs.join('&')].map(encodeURIComponent).join('&');
  const signature = createHmac('sha256', `${by}&`).update(base).digest('base64');
  const header = Object.entries({ ...parameters, oauth_signature: signature }).map(
    ([name, value]) => `${name}="${encodeURIComponent(value)}"`,
  );
  return sampleMessage({
    method: 'POST',
    path: '/sis/v1/messages',
    headers: { authorization: `OAuth ${header.join(', ')}`, host: 'gateway.example.edu' },
    body,
  });
}

const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const utility = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

function token(type: 'PasswordText' | 'PasswordDigest', password: string, userName = 'banner'): Message {
  const created = new Date().toISOString();
  const nonce = Buffer.from('sixteen bytes ok').toString('base64');
  const digest = createHash('sha1').update(`sixteen bytes ok${created}${password}`).digest('base64');
  const value = type === 'PasswordText' ? password : digest;
  const once = type === 'PasswordText' ? '' : `<w:Nonce>${nonce}</w:Nonce><u:Created>${created}</u:Created>`;
  const xml = `<Header xmlns:w="${wsseNamespace}" xmlns:u="${utility}"><w:Security><w:UsernameToken><w:Username>${userName}</w:Username><w:Password Type="${profile}#${type}">${value}</w:Password>${once}</w:UsernameToken></w:Security></Header>`;
  return sampleMessage({ door: 'soap', soapHeaders: parseXml(Buffer.from(xml)).children });
}

const passwords = { rejected: 'wrong-horse', secrets: [secret, 'wrong-horse'] };
const examples: Record<LinkName, () => [MessageAuthenticator, AuthenticatorExamples]> = {
  'http-basic': () => [
    createHttpBasic({ verifier }),
    {
      accepted: [{ message: basic(secret), userName: 'banner' }],
      rejected: [{ name: 'a wrong password', message: basic(passwords.rejected) }],
      strangers: [basic(secret, 'nobody')],
      secrets: passwords.secrets,
    },
  ],
  'wss-password-text': () => [
    createPasswordText({ verifier }),
    {
      accepted: [{ message: token('PasswordText', secret), userName: 'banner' }],
      rejected: [{ name: 'a wrong password', message: token('PasswordText', passwords.rejected) }],
      strangers: [token('PasswordText', secret, 'nobody')],
      passed: [basic(secret)],
      secrets: passwords.secrets,
    },
  ],
  'wss-password-digest': () => [
    createPasswordDigest({ verifier }),
    {
      accepted: [{ message: token('PasswordDigest', secret), userName: 'banner' }],
      rejected: [{ name: 'a wrong password', message: token('PasswordDigest', passwords.rejected) }],
      strangers: [token('PasswordDigest', secret, 'nobody')],
      passed: [basic(secret)],
      secrets: passwords.secrets,
    },
  ],
  'wss-x509': () => [
    createWssX509(pinned),
    {
      accepted: [{ message: signed(ours), userName: 'banner' }],
      rejected: [
        { name: 'a body that was changed', message: signed(ours, (xml) => xml.replace('as signed', 'as changed')) },
        { name: 'a signature that is too old', message: signed(ours, undefined, new Date(Date.now() - 3_600_000)) },
      ],
      passed: [token('PasswordText', secret)],
    },
  ],
  'tls-client-certificate': () => [
    createClientCertificate(pinned),
    {
      accepted: [{ message: overTls(ours), userName: 'banner' }],
      rejected: [{ name: 'a certificate that has expired', message: overTls(expired) }],
      passed: [basic(secret)],
    },
  ],
  'api-key': () => {
    const made = createApiKey();
    const wrong = `${made.key.slice(0, -1)}${made.key.endsWith('A') ? 'B' : 'A'}`;
    const [found] = made.keys;
    const loginKeys = finding(new Map([[found?.key ?? '', 'banner']]));
    const stored: Credential = { id: 'c1', secret: made.secret, validUntil: null, lastUsedAt: null };
    return [
      createApiKeyLink({ verifier: verifierOf(stored), loginKeys }),
      {
        accepted: [{ message: sampleMessage({ headers: { 'x-api-key': made.key } }), userName: 'banner' }],
        rejected: [{ name: 'another key', message: sampleMessage({ headers: { 'x-api-key': wrong } }) }],
        strangers: [sampleMessage({ headers: { authorization: `ApiKey ${createApiKey().key}` } })],
        passed: [basic(secret)],
        secrets: [made.key, wrong],
      },
    ];
  },
  'oauth1-body-hash': () => [
    createOauth1({ verifier }),
    {
      accepted: [{ message: oauth1('banner', secret), userName: 'banner' }],
      rejected: [
        { name: 'a wrong secret', message: oauth1('banner', passwords.rejected) },
        { name: 'another body', message: { ...oauth1('banner', secret), body: Buffer.from('other') } },
      ],
      strangers: [oauth1('nobody', secret)],
      passed: [basic(secret)],
      secrets: passwords.secrets,
    },
  ],
  'oauth2-bearer': () => {
    const accessTokens = createAccessTokens({ sealer: createSealer(randomBytes(32)), lifetimeS: 60 });
    const old = createAccessTokens({ sealer: createSealer(randomBytes(32)), lifetimeS: 60 });
    const stored: Credential = { id: 'c1', secret: { kind: 'hashed', hash: '' }, validUntil: null, lastUsedAt: null };
    const right = accessTokens.issue('banner', 'c1').token;
    const ended = accessTokens.issue('banner', 'c2').token;
    return [
      createOauth2Bearer({ verifier: verifierOf(stored), accessTokens }),
      {
        accepted: [{ message: bearer(right), userName: 'banner' }],
        rejected: [{ name: 'the token of a credential that has ended', message: bearer(ended) }],
        strangers: [bearer(accessTokens.issue('nobody', 'c1').token), bearer(old.issue('banner', 'c1').token)],
        passed: [basic(secret)],
        secrets: [right, ended],
      },
    ];
  },
};

for (const name of linkNames) {
  const [link, given] = examples[name]();
  test(`the kit of ${name} runs on ${name}`, () => {
    expect(link.name).toBe(name);
  });
  describeAuthenticator(link, given);
}

describeAuthenticator(createAllowAddresses(['192.0.2.0/24', '2001:db8::/32']), {
  accepted: [{ message: sampleMessage() }, { message: from('2001:db8::7') }, { message: from('::ffff:192.0.2.9') }],
  rejected: [
    { name: 'another address', message: from('198.51.100.1') },
    { name: 'what is no address', message: from('unix socket') },
  ],
});

/** A link that identifies, asked to agree with another one. */
describeAuthenticator(requirement('http-basic'), {
  accepted: [{ message: basic(secret) }],
  rejected: [
    { name: 'a wrong password', message: basic(passwords.rejected) },
    { name: 'a right one of somebody else', message: basic(secret, 'other') },
  ],
  secrets: passwords.secrets,
});

function requirement(name: LinkName): MessageAuthenticator {
  const login: Login = { userName: 'banner', organizationId: 1, sourceSystemId: 1, credentials: [], policies: [] };
  const [link] = createRequirements(new Map([[name, createHttpBasic({ verifier })]]), [name])(login);
  if (link === undefined) throw new Error('nothing is required');
  return link;
}
