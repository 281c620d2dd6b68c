import { describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { makeCertificate } from '../testing/certificates.ts';
import { readForwardedCertificate } from './forwarded-certificate.ts';
import { createRemoteOf } from './remote.ts';

const { cert } = makeCertificate({ subject: 'sis.example.edu' });
const { raw } = new X509Certificate(cert);
const base64 = raw.toString('base64');

describe('a certificate that a proxy passes on', () => {
  it.each([
    ['percent-encoded PEM (nginx)', encodeURIComponent(cert)],
    ['PEM with blanks for line ends (Apache)', cert.trim().replaceAll('\n', ' ')],
    ['base64 of the DER bytes (HAProxy)', base64],
    ['base64, percent-encoded (Traefik)', encodeURIComponent(base64)],
    ['between colons (RFC 9440)', `:${base64}:`],
  ])('is read as %s', (_, header) => {
    expect(readForwardedCertificate(header)?.equals(raw)).toBe(true);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['none (nginx without a certificate)', '(null)'],
    ['two that were joined', `${base64}, ${base64}`],
    ['percent-encoded badly', '%E0%A4%A'],
    ['endless', 'A'.repeat(20_000)],
  ])('is not there when it is %s', (_, header) => {
    expect(readForwardedCertificate(header)).toBeUndefined();
  });
});

describe('the certificate of a sender', () => {
  type Request = Pick<IncomingMessage, 'socket' | 'headers'>;
  const request = (remoteAddress: string, headers: IncomingHttpHeaders, own?: Buffer): Request => {
    const getPeerX509Certificate = () => (own === undefined ? undefined : { raw: own });
    return { socket: { remoteAddress, encrypted: true, getPeerX509Certificate } as never, headers };
  };
  const remoteOf = createRemoteOf(['10.0.0.0/8'], 'x-client-cert');
  const header = { 'x-client-cert': encodeURIComponent(cert), 'x-forwarded-for': '203.0.113.5' };
  const proxys = Buffer.from('of the proxy');

  it('is that of its connection', () => {
    expect(remoteOf(request('203.0.113.5', {}, raw)).certificate?.equals(raw)).toBe(true);
    expect(remoteOf(request('203.0.113.5', {})).certificate).toBeUndefined();
  });

  it('is what a declared proxy passes on, never the own one of that proxy', () => {
    expect(remoteOf(request('10.1.2.3', header, proxys)).certificate?.equals(raw)).toBe(true);
    expect(remoteOf(request('10.1.2.3', { 'x-forwarded-for': '203.0.113.5' }, proxys)).certificate).toBeUndefined();
  });

  it('is never what a stranger, or a proxy that nobody declared, writes in a header', () => {
    expect(remoteOf(request('203.0.113.5', { 'x-client-cert': encodeURIComponent(cert) })).certificate).toBeUndefined();
    expect(remoteOf(request('203.0.113.5', header, proxys)).certificate).toBeUndefined();
    expect(createRemoteOf(['10.0.0.0/8'])(request('10.1.2.3', header)).certificate).toBeUndefined();
  });
});
