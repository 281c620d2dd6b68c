import { describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { makeCertificate } from '../testing/certificates.ts';
import { isPinnedBy, readCertificateToPin, validityFault } from './certificate.ts';

const day = 86_400_000;

describe('a certificate to pin', () => {
  const made = makeCertificate({ subject: 'banner.example.edu' });

  test('gives its facts and the keys by which its login is found', () => {
    const { facts, keys, secret } = readCertificateToPin(made.cert, 'certificate', Date.now());
    const read = new X509Certificate(made.cert);
    expect(facts).toMatchObject({
      subject: expect.stringContaining('banner.example.edu'),
      fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase(),
      pin: 'certificate',
    });
    expect(secret.certificate.equals(read.raw)).toBe(true);
    expect(keys.filter(({ exclusive }) => exclusive)).toHaveLength(1);
    expect(keys.map(({ key }) => key.split(':')[0])).toEqual(['public_key', 'issuer_serial', 'sha1', 'ski']);
  });

  test.each([
    ['nothing', ''],
    ['what is no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['a private key', made.key],
    ['a certificate with its private key', `${made.cert}\n${made.key}`],
    ['two certificates', `${made.cert}\n${made.cert}`],
    ['a weak key', makeCertificate({ subject: 'weak', key: 'rsa1024' }).cert],
    ['one that has expired', makeCertificate({ subject: 'old', notAfter: new Date(Date.now() - day) }).cert],
  ])('is refused: %s', (_, pem) => {
    expect(() => readCertificateToPin(pem, 'certificate', Date.now())).toThrow(
      expect.objectContaining({ code: 'invalid_request', field: 'certificate' }),
    );
  });

  test('is itself, and with its public key pinned any that bears that key', () => {
    const renewed = makeCertificate({ subject: 'banner.example.edu', from: made });
    const pinned = (pin: 'certificate' | 'public_key') => ({
      id: 'c1',
      secret: readCertificateToPin(made.cert, pin, Date.now()).secret,
      validUntil: null,
      lastUsedAt: null,
    });
    const x509 = (pem: string) => new X509Certificate(pem);
    expect(isPinnedBy(pinned('certificate'), x509(made.cert))).toBe(true);
    expect(isPinnedBy(pinned('certificate'), x509(renewed.cert))).toBe(false);
    expect(isPinnedBy(pinned('public_key'), x509(renewed.cert))).toBe(true);
    expect(isPinnedBy(pinned('public_key'), x509(makeCertificate({ subject: 'banner.example.edu' }).cert))).toBe(false);
  });

  test('is valid between its dates', () => {
    const certificate = new X509Certificate(made.cert);
    expect(validityFault(certificate, Date.now())).toBeUndefined();
    expect(validityFault(certificate, Date.now() - 400 * day)).toContain('not valid yet');
    expect(validityFault(certificate, Date.now() + 400 * day)).toContain('expired');
  });
});
