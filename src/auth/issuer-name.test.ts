import { expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { makeCertificate } from '../testing/certificates.ts';
import { issuerDigest, issuerNameDigest } from './issuer-name.ts';

test.each([
  ['RFC 2253', 'CN=Sis\\, Inc. Łódź,O=Uni \\+ Co,ST=Ontario,1.2.840.113549.1.9.1=#16056140622e63'],
  ['RFC 1779', 'CN="Sis, Inc. Łódź", O="Uni + Co", S=Ontario, E=a@b.c'],
  [
    'octets escaped, semicolons, the other order',
    'emailAddress=a@b.c; ST=ontario;O=Uni \\2b  Co;CN=Sis\\2c Inc. \\c5\\81\\c3\\b3d\\c5\\ba',
  ],
])('an issuer is told by its values, as %s writes it', (_, name) => {
  expect(issuerNameDigest(name)).toBe(issuerNameDigest('CN=Sis\\, Inc. Łódź, O=Uni \\+ Co, ST=Ontario, E=a@b.c'));
  expect(issuerNameDigest(name)).not.toBe(issuerNameDigest('CN=Sis, O=Uni, ST=Ontario, E=a@b.c'));
});

test('an issuer is the same in a certificate and in a message', () => {
  const of = (subject: string) => issuerDigest(new X509Certificate(makeCertificate({ subject, key: 'p256' }).cert));
  expect(of('Sis, Inc. "Łódź"\\ + Co')).toBe(issuerNameDigest('cn=Sis\\, Inc. \\"Łódź\\"\\\\ \\+ Co'));
  expect(of('sis')).not.toBe(issuerNameDigest('CN=sis,O=uni'));
});

test('a name of many quotes, escapes and separators is read at once', () => {
  const begun = Date.now();
  for (const part of ['"', '\\', ',', '"a\\', ' =', '\\2c']) issuerNameDigest(part.repeat(1_000));
  expect(Date.now() - begun).toBeLessThan(200);
});
