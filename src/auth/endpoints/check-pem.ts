import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { EndpointCertificate, EndpointWish } from '../../domain/administration/index.ts';
import type { EndpointSecrets } from '../../domain/endpoint.ts';
import { GatewayError } from '../../domain/problem.ts';

/**
 * What is shown of the certificate among the secrets; null when there is none. Throws GatewayError `invalid_request`: PEM
 * that cannot be read, a key of another certificate, a certificate given now that has expired.
 */
export function checkKeyPair(
  { privateKey, certificate }: EndpointSecrets,
  given: EndpointWish['secrets'],
  now: Date,
): EndpointCertificate | null {
  const key = privateKey === undefined ? undefined : readPrivateKey(privateKey);
  const leaf = certificate === undefined ? undefined : readCertificates(certificate, 'secrets.certificate')[0];
  if (leaf === undefined) return null;
  if (key !== undefined && !leaf.checkPrivateKey(key)) {
    throw unfit(
      'secrets.privateKey',
      'The private key is not the one of the certificate. Give both, from one request.',
    );
  }
  // One that ran out while it was set stays until it is replaced: the doctor tells of it, and calls fail with the reason.
  if (typeof given.certificate === 'string' && leaf.validToDate < now) {
    throw unfit('secrets.certificate', `The certificate expired on ${leaf.validToDate.toISOString().slice(0, 10)}.`);
  }
  return {
    subject: leaf.subject.replaceAll('\n', ', ').slice(0, 1_000),
    fingerprint: createHash('sha256').update(leaf.raw).digest('hex'),
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
  };
}

/** Throws GatewayError `invalid_request` for what is no list of certificates in PEM form. */
export function checkAuthorities(pem: string | undefined): void {
  if (pem !== undefined) readCertificates(pem, 'tls.authorities');
}

/** The first is the certificate itself, others its issuers. */
function readCertificates(pem: string, field: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const begun = pem.match(/-----BEGIN [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length === 0 || blocks.length !== begun.length) {
    throw unfit(field, 'Give certificates in PEM form (-----BEGIN CERTIFICATE-----) and nothing else.');
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw unfit(field, `Certificate ${index + 1} cannot be read: its bytes are damaged.`);
    }
  });
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unfit(
      'secrets.privateKey',
      'The private key cannot be read. Give it in PEM form (-----BEGIN PRIVATE KEY-----), without a passphrase.',
    );
  }
}

function unfit(field: string, message: string): GatewayError {
  return new GatewayError('invalid_request', message, { field });
}
