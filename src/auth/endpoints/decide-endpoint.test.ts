import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import type { EndpointWish } from '../../domain/administration/index.ts';
import { makeCertificate } from '../../testing/certificates.ts';
import { shippedOutbound } from '../outbound/index.ts';
import { decideEndpoint, type Standing } from './decide-endpoint.ts';

const wish: EndpointWish = {
  address: 'https://sis.example.edu/outcomes',
  authentication: 'none',
  soapVersion: '1.1',
  connectTimeoutMs: 1_000,
  timeoutMs: 1_000,
  attempts: 1,
  tls: {},
  secrets: {},
};
const standing: Standing = {
  type: 'outcome',
  before: undefined,
  authenticators: [
    { name: 'none', needs: [], soapOnly: false },
    { name: 'basic', needs: ['userName', 'password'], soapOnly: false },
    { name: 'signed', needs: ['privateKey', 'certificate'], soapOnly: true },
  ],
  now: new Date(),
};
const basic: EndpointWish = { ...wish, authentication: 'basic', secrets: { userName: 'u', password: 'p' } };
const pair = makeCertificate({ subject: 'gateway', key: 'p256' });

describe('the address', () => {
  test.each([
    ['HTTPS://SIS.example.edu:443/a b', 'https://sis.example.edu/a%20b'],
    ['http://[::1]:8080', 'http://[::1]:8080/'],
  ])('%s becomes %s', (address, normal) => {
    expect(decideEndpoint({ ...wish, address }, standing).settings.address).toBe(normal);
  });

  test.each([
    '',
    'sis',
    '//sis',
    'file:///etc/passwd',
    'https://u@sis',
    'https://:p@sis',
    'https://sis/#a',
    'https://',
  ])('%j is refused', (address) => {
    expect(() => decideEndpoint({ ...wish, address }, standing)).toThrow(
      expect.objectContaining({ code: 'invalid_request', field: 'address' }),
    );
  });
});

describe('secrets', () => {
  test('that are absent stay, those that are null are forgotten', () => {
    const before = decideEndpoint(basic, standing);
    const again = { ...standing, before };
    expect(decideEndpoint({ ...basic, secrets: { password: 'q' } }, again).secrets).toEqual({
      userName: 'u',
      password: 'q',
    });
    expect(decideEndpoint({ ...wish, secrets: { userName: null } }, again).secrets).toEqual({ password: 'p' });
  });

  test.each(['http://sis.example.edu/', 'https://sis.example.edu:8443/', 'https://other.example.edu/'])(
    'do not go along to %s',
    (address) => {
      const again = { ...standing, before: decideEndpoint(basic, standing) };
      expect(() => decideEndpoint({ ...basic, address, secrets: {} }, again)).toThrow(/another host/);
      expect(decideEndpoint({ ...wish, address }, again).secrets).toEqual({});
      expect(decideEndpoint({ ...basic, address }, again).secrets).toEqual(basic.secrets);
    },
  );

  test('that the authentication needs are named', () => {
    const none = { ...basic, secrets: {} };
    expect(() => decideEndpoint(none, standing)).toThrow('basic needs userName and password in `secrets`.');
  });
});

describe('secrets that do not open any more', () => {
  const before = { ...decideEndpoint({ ...wish, attempts: 3 }, standing), secrets: {} };
  const lost: Standing = { ...standing, before, closed: ['userName', 'password'] };

  test('are given again, or forgotten', () => {
    expect(decideEndpoint(basic, lost).secrets).toEqual(basic.secrets);
    expect(decideEndpoint({ ...wish, secrets: { userName: null, password: null } }, lost).secrets).toEqual({});
  });

  test.each([
    [{}, 'userName, password'],
    [{ userName: 'u' }, 'password'],
    [{ userName: null }, 'password'],
  ])('are not lost unsaid: with %j the rest is named', (secrets, named) => {
    expect(() => decideEndpoint({ ...wish, secrets }, lost)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        field: 'secrets',
        message: expect.stringContaining(`do not open any more: ${named}. Give each again`),
      }),
    );
  });

  test('stay behind where the address moves to another host', () => {
    const elsewhere = { ...wish, address: 'https://other.example.edu/' };
    expect(decideEndpoint(elsewhere, lost).secrets).toEqual({});
  });
});

describe('secrets that their authenticator cannot use', () => {
  const shipped = { ...standing, authenticators: shippedOutbound.outboundAuthenticators };
  const refusal = (authentication: string, secrets: EndpointWish['secrets']) => {
    try {
      return decideEndpoint({ ...wish, authentication, secrets }, shipped);
    } catch (error) {
      return error;
    }
  };

  test('are refused with what to do: a key on Ed25519 signs no message', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const edwards = makeCertificate({ subject: 'gateway', from: { key, cert: '' }, issuer: pair });
    expect(refusal('wss-signed', { privateKey: key, certificate: edwards.cert })).toMatchObject({
      code: 'invalid_request',
      field: 'secrets.privateKey',
      message: expect.stringContaining('Give a certificate with an RSA or EC key'),
    });
    expect(refusal('tls-client-certificate', { privateKey: key, certificate: edwards.cert })).toHaveProperty('secrets');
    expect(refusal('wss-signed', { privateKey: pair.key, certificate: pair.cert })).toHaveProperty('secrets');
  });

  test('are refused with what to do: a key too weak for TLS, a colon in the name for HTTP Basic', () => {
    const weak = makeCertificate({ subject: 'gateway', key: 'rsa1024' });
    expect(refusal('tls-client-certificate', { privateKey: weak.key, certificate: weak.cert })).toMatchObject({
      code: 'invalid_request',
      field: 'secrets.certificate',
      message: expect.stringContaining('at least 2,048 bits'),
    });
    expect(refusal('http-basic', { userName: 'a:b', password: 'p' })).toMatchObject({
      code: 'invalid_request',
      field: 'secrets.userName',
    });
  });
});

describe('an authentication', () => {
  test('in TLS needs an https address', () => {
    const authenticators = [
      { name: 'tls', needs: [], soapOnly: false, tlsClient: () => ({ key: '', certificate: '' }) },
    ];
    const http = { ...wish, authentication: 'tls', address: 'http://sis.example.edu/' };
    expect(() => decideEndpoint(http, { ...standing, authenticators })).toThrow(/Use an https address/);
  });

  test('that is unknown, or that no download can carry, is refused with those that there are', () => {
    expect(() => decideEndpoint({ ...wish, authentication: 'x' }, standing)).toThrow(/one of: none, basic, signed\./);
    const download = { ...standing, type: 'bulk_file_download' as const };
    expect(() => decideEndpoint({ ...wish, authentication: 'signed' }, download)).toThrow(/one of: none, basic\./);
  });
});

describe('certificates', () => {
  const signed = (secrets: EndpointWish['secrets']): EndpointWish => ({ ...wish, authentication: 'signed', secrets });

  test('are told by subject, fingerprint and dates, the first of several', () => {
    const issuer = makeCertificate({ subject: 'issuer', key: 'p256' });
    const given = signed({ privateKey: pair.key, certificate: `${pair.cert}${issuer.cert}` });
    expect(decideEndpoint(given, standing).certificate).toMatchObject({
      subject: 'CN=gateway',
      notAfter: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('must belong to their key, also where only one of the two is replaced', () => {
    const other = makeCertificate({ subject: 'other', key: 'p256' });
    const before = decideEndpoint(signed({ privateKey: pair.key, certificate: pair.cert }), standing);
    expect(() => decideEndpoint(signed({ certificate: other.cert }), { ...standing, before })).toThrow(/not the one/);
  });

  test('that ran out meanwhile do not keep other settings from being changed', () => {
    const before = decideEndpoint(signed({ privateKey: pair.key, certificate: pair.cert }), standing);
    const later = { ...standing, before, now: new Date(Date.now() + 400 * 86_400_000) };
    expect(decideEndpoint({ ...signed({}), attempts: 2 }, later).settings.attempts).toBe(2);
    expect(() => decideEndpoint(signed({ certificate: pair.cert }), later)).toThrow(/expired on/);
  });

  test.each([
    ['', 'PEM'],
    [pair.key, 'PEM'],
    [`${pair.cert}${pair.key}`, 'PEM'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'damaged'],
  ])('and authorities are read when they are set (%#)', (authorities, said) => {
    expect(() => decideEndpoint({ ...wish, tls: { authorities } }, standing)).toThrow(said);
  });
});
