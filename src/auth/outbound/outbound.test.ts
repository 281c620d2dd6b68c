import { describe, expect, test } from '@jest/globals';
import { createHash, X509Certificate } from 'node:crypto';
import { parseXml } from '../../formats/xml/index.ts';
import type { ChainLink } from '../../pipeline/authenticate.ts';
import type { OutboundRequest } from '../../pipeline/outbound.ts';
import type { Message } from '../../pipeline/ports.ts';
import { makeCertificate } from '../../testing/certificates.ts';
import { describeOutboundAuthenticator, sampleMessage, sampleOutbound } from '../../testing/kits/index.ts';
import { type CredentialVerifier } from '../credential-verifier.ts';
import { createHttpBasic } from '../http-basic.ts';
import { readCertificateToPin } from '../certificate.ts';
import { createPasswordDigest, createPasswordText } from '../ws-security-username-token.ts';
import { createWssX509 } from '../wss-x509/link.ts';
import { httpBasic } from './http-basic.ts';
import { none } from './none.ts';
import { tlsClientCertificate } from './tls-client-certificate.ts';
import { wssPasswordDigest, wssPasswordText } from './wss-password.ts';
import { wssSigned } from './wss-signed.ts';

/** The other side is a gateway of ours: what its links accept is a proof. */
const secret = 'pa<ss>&wörd:1';
const userName = 'gateway';
const dates = { notBefore: new Date('2026-01-01'), notAfter: new Date('2027-01-01') };
const signer = makeCertificate({ subject: 'gateway', ...dates });
const curved = makeCertificate({ subject: 'gateway on a curve', key: 'p256', ...dates });
const now = () => Date.parse('2026-03-01T10:00:05Z');
const verdict = (verified: boolean) =>
  verified ? ({ verified, credentialId: 'c1' } as const) : ({ verified, reason: 'no match' } as const);
const verifier: CredentialVerifier = {
  verifyPassword: (name, password) => Promise.resolve(verdict(name === userName && password === secret)),
  verifyCredential: () => Promise.resolve(verdict(true)),
  verifySecret: (name, matches) => Promise.resolve(verdict(name === userName && matches(Buffer.from(secret)))),
};

function x509(certificate: string): ChainLink {
  const { secret: pinned, keys } = readCertificateToPin(certificate, 'certificate', 0);
  const credentials = [{ id: 'c1', secret: pinned, validUntil: null, lastUsedAt: null }];
  const login = { userName, organizationId: 1, sourceSystemId: 11, credentials, policies: [] };
  return createWssX509({
    verifier,
    logins: { find: () => Promise.resolve(login) },
    loginKeys: {
      find: (key) => Promise.resolve(keys.some((each) => each.key === key) ? [userName] : []),
      forget: () => undefined,
    },
    now,
  });
}

function received({ headers, body = '' }: OutboundRequest): Message {
  const envelope = body === '' ? undefined : parseXml(Buffer.from(body));
  const soapHeaders = envelope?.children.find(({ name }) => name === 'Header')?.children ?? [];
  return sampleMessage({
    door: 'soap',
    headers,
    body: Buffer.from(body),
    soapHeaders,
    ...(envelope === undefined ? {} : { soapEnvelope: envelope }),
  });
}

async function isAccepted(link: ChainLink | ReturnType<typeof createHttpBasic>, request: OutboundRequest) {
  const verdict = await link.authenticate(received(request));
  return verdict.verdict === 'accept' && verdict.userName === userName;
}

const text = createPasswordText({ verifier, now });
const password = { userName, password: secret };
const keyPair = { privateKey: signer.key, certificate: signer.cert };

describeOutboundAuthenticator(none, { secrets: {}, isProof: () => true });

describeOutboundAuthenticator(httpBasic, {
  secrets: password,
  isProof: (request) => isAccepted(createHttpBasic({ verifier }), request),
  misconfigured: [{ name: 'a user name with a colon', secrets: { userName: 'a:b', password: secret } }],
});

describeOutboundAuthenticator(wssPasswordText, {
  secrets: password,
  isProof: (request) => isAccepted(text, request),
});

describeOutboundAuthenticator(wssPasswordDigest, {
  secrets: password,
  isProof: (request) => isAccepted(createPasswordDigest({ verifier, now }), request),
});

describeOutboundAuthenticator(wssSigned, {
  secrets: keyPair,
  isProof: (request) => isAccepted(x509(signer.cert), request),
  misconfigured: [
    { name: 'a key that is none', secrets: { ...keyPair, privateKey: 'no key' } },
    { name: 'a certificate that is none', secrets: { ...keyPair, certificate: 'no certificate' } },
    { name: 'a pair that does not match', secrets: { privateKey: signer.key, certificate: curved.cert } },
  ],
});

describeOutboundAuthenticator(tlsClientCertificate, { secrets: keyPair, isProof: () => true });

describe('a signed message', () => {
  test('by a key on a curve is accepted', async () => {
    const request = sampleOutbound({ privateKey: curved.key, certificate: curved.cert }, '1.1');
    await wssSigned.authenticate(request, new Date(now()));
    expect(await isAccepted(x509(curved.cert), request)).toBe(true);
  });

  test('covers the UsernameToken, where user name and password are given', async () => {
    const request = sampleOutbound({ ...keyPair, ...password }, '1.2');
    await wssSigned.authenticate(request, new Date(now()));
    expect(await isAccepted(x509(signer.cert), request)).toBe(true);
    expect(await isAccepted(text, request)).toBe(true);
    expect(request.body?.match(/<ds:Reference /g)).toHaveLength(3);
    const other = { ...request, body: request.body?.replace('>gateway<', '>stranger<') ?? '' };
    expect(await isAccepted(x509(signer.cert), other)).toBe(false);
  });

  test('is refused once a character of its Body is another', async () => {
    const request = sampleOutbound(keyPair, '1.1');
    await wssSigned.authenticate(request, new Date(now()));
    request.body = request.body?.replace('<empty', 'x<empty') ?? '';
    expect(await isAccepted(x509(signer.cert), request)).toBe(false);
  });
});

test('a digest has another nonce each time, and the digest of the profile', async () => {
  const nonces = new Set<string>();
  for (let index = 0; index < 3; index += 1) {
    const request = sampleOutbound(password, '1.1');
    await wssPasswordDigest.authenticate(request, new Date(now()));
    const [, digest, nonce = '', created = ''] =
      /Digest">([^<]+)<.*Base64Binary">([^<]+)<.*<wsu:Created>([^<]+)</.exec(request.body ?? '') ?? [];
    const sha1 = createHash('sha1').update(Buffer.from(nonce, 'base64')).update(created).update(secret);
    expect(digest).toBe(sha1.digest('base64'));
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

test('what TLS shows is the pair of the endpoint', () => {
  expect(tlsClientCertificate.tlsClient?.(keyPair)).toEqual({ key: signer.key, certificate: signer.cert });
  expect(new X509Certificate(signer.cert).subject).toContain('gateway');
});
