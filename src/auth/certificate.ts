import { createHash, verify, X509Certificate } from 'node:crypto';
import type { CertificateFacts, CertificatePin, Credential, LoginKey, StoredSecret } from '../domain/access.ts';
import { GatewayError } from '../domain/problem.ts';
import { fold } from '../domain/source-system.ts';
import { issuerDigest } from './issuer-name.ts';

export type PinnedCertificate = Extract<StoredSecret, { kind: 'certificate' }>;

const LONGEST_PEM = 20_000;

/**
 * Reads the certificate that an administrator pins: one PEM block. Throws GatewayError `invalid_request`: no certificate,
 * several, a private key beside it, a key too weak to trust, one that has expired, or a proof that is none.
 */
export function readCertificateToPin(
  pem: string,
  pin: CertificatePin,
  now: number,
  proof?: KeyProof,
): { secret: PinnedCertificate; facts: CertificateFacts; keys: LoginKey[] } {
  const certificate = pem.length > LONGEST_PEM ? undefined : onlyCertificate(pem);
  if (certificate === undefined) {
    throw unfit('Give one X.509 certificate in PEM form (-----BEGIN CERTIFICATE-----), without its private key.');
  }
  const weakness = weaknessOf(certificate);
  if (weakness !== undefined) throw unfit(weakness);
  if (certificate.validToDate.getTime() <= now) throw unfit('The certificate has expired.');
  if (proof !== undefined) refuseUnprovenKey(certificate, proof);
  return {
    secret: { kind: 'certificate', certificate: certificate.raw, pin },
    facts: {
      subject: certificate.subject.replaceAll('\n', ', ').slice(0, 1_000),
      fingerprint: sha256(certificate.raw),
      notBefore: certificate.validFromDate,
      notAfter: certificate.validToDate,
      pin,
    },
    keys: [
      { key: publicKeyKey(certificate), exclusive: true, ...(proof === undefined ? {} : { proven: true }) },
      ...certificateHints(certificate).map((key) => ({ key, exclusive: false })),
    ],
  };
}

/** That whoever holds the private key wants it pinned for this user name: the signature of `proofText`, in base64. */
export type KeyProof = { readonly userName: string; readonly signature: string };

/** What is signed as a proof, with SHA-256. User names are unique over all organizations. */
export function proofText(userName: string): string {
  return `passerelle: what this key signs comes from the user name ${fold(userName)}`;
}

function refuseUnprovenKey({ publicKey }: X509Certificate, { userName, signature }: KeyProof): void {
  if (verify('sha256', Buffer.from(proofText(userName)), publicKey, Buffer.from(signature, 'base64'))) return;
  throw new GatewayError(
    'invalid_request',
    `The proof is not the signature of the text "${proofText(userName)}", without a line end, by the private key of the certificate (SHA-256, in base64).`,
    { field: 'proof' },
  );
}

/** The key by which the login of a certificate is found. A public key belongs to one login, whatever certificate bears it. */
export function publicKeyKey(certificate: X509Certificate): string {
  return `public_key:${sha256(certificate.publicKey.export({ type: 'spki', format: 'der' }))}`;
}

/**
 * WS-Security names certificates by these as well. They are hints: whoever makes a certificate chooses them, so certificates
 * of several logins may share one, and the signature tells who it was.
 */
export const hintKeys = {
  issuerSerial: (issuer: string, serialHex: string) => `issuer_serial:${issuer}:${withoutZeros(serialHex)}`,
  /** Certificates that were pinned by 0.1.0 before the issuer counted are found by this one. */
  serialAlone: (serialHex: string) => `serial:${withoutZeros(serialHex)}`,
  subjectKeyIdentifier: (bytes: Buffer) => `ski:${bytes.toString('hex')}`,
  sha1Thumbprint: (bytes: Buffer) => `sha1:${bytes.toString('hex')}`,
};

function withoutZeros(hex: string): string {
  return hex.toLowerCase().replace(/^0+/, '');
}

const hints = new WeakMap<X509Certificate, readonly string[]>();

/** The hints by which a message may name the certificate without bringing it. */
export function certificateHints(certificate: X509Certificate): readonly string[] {
  const known = hints.get(certificate) ?? readHints(certificate);
  hints.set(certificate, known);
  return known;
}

function readHints(certificate: X509Certificate): string[] {
  const identifier = subjectKeyIdentifierOf(certificate.raw);
  return [
    hintKeys.issuerSerial(issuerDigest(certificate), certificate.serialNumber),
    hintKeys.sha1Thumbprint(createHash('sha1').update(certificate.raw).digest()),
    ...(identifier === undefined ? [] : [hintKeys.subjectKeyIdentifier(identifier)]),
  ];
}

/** True when the presented certificate is one that the credential pins. Its dates are judged apart. */
export function isPinnedBy({ secret }: Credential, presented: X509Certificate): boolean {
  if (secret.kind !== 'certificate') return false;
  if (secret.certificate.equals(presented.raw)) return true;
  return secret.pin === 'public_key' && publicKeyKey(readDer(secret.certificate)) === publicKeyKey(presented);
}

/** Why a certificate is not valid at `nowMs`, in words for the log; undefined when it is. */
export function validityFault(certificate: X509Certificate, nowMs: number): string | undefined {
  if (certificate.validFromDate.getTime() > nowMs) return 'the certificate is not valid yet';
  return certificate.validToDate.getTime() < nowMs ? 'the certificate has expired' : undefined;
}

const read = new WeakMap<Buffer, X509Certificate>();

/** A certificate that is stored, read once for as long as the login directory remembers it. */
export function readDer(der: Buffer): X509Certificate {
  const certificate = read.get(der) ?? new X509Certificate(der);
  read.set(der, certificate);
  return certificate;
}

/** A certificate that a stranger sent; undefined when the bytes are none. */
export function parseDer(der: Buffer): X509Certificate | undefined {
  try {
    return readDer(der);
  } catch {
    return undefined;
  }
}

function onlyCertificate(pem: string): X509Certificate | undefined {
  const blocks = pem.match(/-----BEGIN [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length !== 1 || blocks[0] !== '-----BEGIN CERTIFICATE-----') return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

const SHORTEST_RSA_BITS = 2048;
const LONGEST_RSA_BITS = 8192;
const LARGEST_RSA_EXPONENT = 2n ** 32n;
const curves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** NIST SP 800-131A: RSA below 2048 bits is no longer acceptable. Others wait while a key is used, so it must not be huge. */
function weaknessOf({ publicKey }: X509Certificate): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa') {
    const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details ?? {};
    if (bits < SHORTEST_RSA_BITS) return `Its RSA key has ${bits} bits; at least ${SHORTEST_RSA_BITS} are needed.`;
    if (bits > LONGEST_RSA_BITS) return `Its RSA key has ${bits} bits; ${LONGEST_RSA_BITS} are taken at most.`;
    return exponent > LARGEST_RSA_EXPONENT ? 'The public exponent of its RSA key has more than 32 bits.' : undefined;
  }
  if (type === 'ec' && curves.has(details?.namedCurve)) return undefined;
  return 'Its key is neither RSA nor on one of the curves P-256, P-384 and P-521.';
}

/** X.509 extension 2.5.29.14 (RFC 5280, 4.2.1.2): an OCTET STRING in an OCTET STRING. Node does not show it. */
function subjectKeyIdentifierOf(der: Buffer): Buffer | undefined {
  const at = der.indexOf(Buffer.from('0603551d0e04', 'hex'));
  const length = der[at + 8];
  if (at < 0 || der[at + 7] !== 0x04 || length === undefined || length > 127) return undefined;
  return der.subarray(at + 9, at + 9 + length);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unfit(message: string): GatewayError {
  return new GatewayError('invalid_request', message, { field: 'certificate' });
}
