import { afterEach, describe, expect, test } from '@jest/globals';
import type { TLSSocket } from 'node:tls';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { makeCertificate } from '../../src/testing/certificates.ts';
import {
  answer,
  callerWith,
  endpointAt,
  impatientClock,
  lisAnswer,
  openedOthers,
  requestBulk,
} from '../outbound/world.ts';

const others = openedOthers();
afterEach(() => others.closeAll());

const DAY_MS = 86_400_000;
const authority = makeCertificate({ subject: 'University CA', authority: true, key: 'p256' });
const stranger = makeCertificate({ subject: 'Another CA', authority: true, key: 'p256' });
const served = (options: Partial<Parameters<typeof makeCertificate>[0]> = {}) =>
  makeCertificate({
    subject: 'sis',
    key: 'p256',
    issuer: authority,
    hosts: ['127.0.0.1', 'sis.example.edu'],
    ...options,
  });
const good = served();
const client = makeCertificate({ subject: 'gateway', key: 'p256', issuer: authority });
const lookup = () => Promise.resolve(['127.0.0.1']);

const kind = (certificate = good, options = {}) =>
  others.https({ ...certificate, ...options }, (_, response) => answer(response, lisAnswer()));

async function call(address: string, changes: Partial<Endpoint> = {}, secrets = {}) {
  const caller = callerWith({ clock: impatientClock().clock, egress: { lookup } });
  const tls = { authorities: authority.cert, ...changes.tls };
  return caller.call(endpointAt(address, { attempts: 3, ...changes, tls }), secrets, requestBulk);
}

describe('TLS with an endpoint', () => {
  test('stands where its certificate is from the authority of the endpoint, by address and by name', async () => {
    const other = await kind();
    expect((await call(other.origin)).problem).toBeUndefined();
    expect((await call(`https://sis.example.edu:${other.port}`)).problem).toBeUndefined();
  });

  test('stands for another name, where the endpoint says that it must bear that one', async () => {
    const other = await kind();
    const address = `https://alias.example.edu:${other.port}`;
    expect((await call(address, { tls: { serverName: 'sis.example.edu' } })).problem).toBeUndefined();
    const { problem } = await call(address);
    expect(problem).toEqual({ code: 'endpoint_tls', message: expect.stringContaining('for another name') });
  });

  test.each([
    ['of an authority that nobody trusts', () => served({ issuer: stranger }), 'not trusted here'],
    [
      'signed by itself',
      () => makeCertificate({ subject: 'sis', key: 'p256', hosts: ['127.0.0.1'] }),
      'signed by itself',
    ],
    ['that has expired', () => served({ notAfter: new Date(Date.now() - DAY_MS) }), 'expired'],
    ['that is not valid yet', () => served({ notBefore: new Date(Date.now() + DAY_MS) }), 'not valid yet'],
    ['for another host', () => served({ hosts: ['other.example.edu'] }), 'another name'],
  ])('does not stand with a certificate %s, and is tried once', async (_, certificate, text) => {
    const other = await kind(certificate());
    const { problem, attempts } = await call(other.origin);
    expect(problem).toEqual({ code: 'endpoint_tls', message: expect.stringContaining(text) });
    expect(attempts).toHaveLength(1);
  });

  test('is checked, whatever the environment says', async () => {
    const other = await kind(served({ issuer: stranger }));
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect((await call(other.origin)).problem?.code).toBe('endpoint_tls');
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  test('trusts the authorities of the endpoint in place of those of the system', async () => {
    const other = await kind();
    expect((await call(other.origin, { tls: { authorities: stranger.cert } })).problem?.code).toBe('endpoint_tls');
  });

  test('does not stand with a port that speaks none', async () => {
    const other = await others.http((_, response) => answer(response, lisAnswer()));
    const { problem } = await call(other.origin.replace('http:', 'https:'));
    expect(problem).toEqual({ code: 'endpoint_tls', message: expect.stringContaining('Check the port') });
  });

  test('does not stand with one that speaks an older version than the endpoint allows', async () => {
    const other = await kind(good, { maxVersion: 'TLSv1.2' });
    expect((await call(other.origin)).problem).toBeUndefined();
    const { problem } = await call(other.origin, { tls: { minVersion: 'TLSv1.3' } });
    expect(problem?.code).toBe('endpoint_tls');
  });

  test('is not begun with texts that are no certificates', async () => {
    const { problem } = await call('https://127.0.0.1:1/', { tls: { authorities: '-----BEGIN CERTIFICATE-----\nx' } });
    expect(problem).toEqual({ code: 'endpoint_misconfigured', message: expect.stringContaining('PEM') });
  });
});

describe('a TLS client certificate', () => {
  const asking = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  const pair = { privateKey: client.key, certificate: client.cert };

  test.each(['TLSv1.2', 'TLSv1.3'])('is shown in %s, and its lack is told', async (version) => {
    const seen: (string | string[] | undefined)[] = [];
    const limits = { ...asking, minVersion: version, maxVersion: version };
    const other = await others.https({ ...good, ...limits } as object, (request, response) => {
      seen.push((request.socket as unknown as Pick<TLSSocket, 'getPeerCertificate'>).getPeerCertificate().subject.CN);
      answer(response, lisAnswer());
    });
    const shown = await call(other.origin, { authentication: 'tls-client-certificate' }, pair);
    expect(shown.problem).toBeUndefined();
    expect(seen).toEqual(['gateway']);
    const without = await call(other.origin);
    // In TLS 1.3 the alert comes after the request was sent, and may be lost with the connection that is reset.
    expect(without.problem?.code).toMatch(/^endpoint_(?:authentication|tls|unreachable)$/);
    expect(without.problem?.message).toContain('client certificate');
  });

  test('is told by a test to be accepted, where its lack is refused', async () => {
    const other = await kind(good, asking);
    const endpoint = endpointAt(other.origin, {
      authentication: 'tls-client-certificate',
      tls: { authorities: `subject=University CA\n${authority.cert}\n# of 2026\n` },
    });
    const { steps, problem } = await callerWith().test(endpoint, pair, 'm-1');
    expect(problem).toBeUndefined();
    expect(steps[5]?.detail).toContain('Without credentials, the same is refused');
  });

  test('leaves no connection open, whatever came of it', async () => {
    const other = await kind(good, asking);
    await call(other.origin);
    await call(other.origin, { tls: { authorities: stranger.cert } });
    await call(other.origin, { authentication: 'tls-client-certificate' }, pair);
    while (other.connections() > 0) await new Promise((done) => setTimeout(done, 2));
    expect(other.connections()).toBe(0);
  });

  test('of an authority that the endpoint does not trust is refused', async () => {
    const other = await kind(good, asking);
    const foreign = makeCertificate({ subject: 'gateway', key: 'p256', issuer: stranger });
    const secrets = { privateKey: foreign.key, certificate: foreign.cert };
    const { problem } = await call(other.origin, { authentication: 'tls-client-certificate' }, secrets);
    expect(problem?.message).toContain('client certificate');
  });

  test('that does not belong to its key is ours to correct', async () => {
    const secrets = { ...pair, privateKey: makeCertificate({ subject: 'x', key: 'p256' }).key };
    const { problem } = await call('https://127.0.0.1:1/', { authentication: 'tls-client-certificate' }, secrets);
    expect(problem?.code).toBe('endpoint_misconfigured');
  });
});
