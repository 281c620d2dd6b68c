import { createHash, type KeyObject, timingSafeEqual, verify } from 'node:crypto';

export const exclusiveC14n = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const envelopedSignature = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

const dsig = 'http://www.w3.org/2000/09/xmldsig#';
const more = 'http://www.w3.org/2001/04/xmldsig-more#';
const xmlenc = 'http://www.w3.org/2001/04/xmlenc#';

type Kind = { hash: string; key: 'rsa' | 'ec' };

/** RFC 9231 (XML Security URIs), 2.3. HMAC is not among them: a public key must never be taken for a shared secret. */
const signatureKinds: Readonly<Record<string, Kind>> = {
  [`${more}rsa-sha256`]: { hash: 'sha256', key: 'rsa' },
  [`${more}rsa-sha384`]: { hash: 'sha384', key: 'rsa' },
  [`${more}rsa-sha512`]: { hash: 'sha512', key: 'rsa' },
  [`${more}ecdsa-sha256`]: { hash: 'sha256', key: 'ec' },
  [`${more}ecdsa-sha384`]: { hash: 'sha384', key: 'ec' },
  [`${more}ecdsa-sha512`]: { hash: 'sha512', key: 'ec' },
};
const digestHashes: Readonly<Record<string, string>> = {
  [`${xmlenc}sha256`]: 'sha256',
  [`${more}sha384`]: 'sha384',
  [`${xmlenc}sha512`]: 'sha512',
};
/** Only where the operator permits it: collisions of SHA-1 can be made. */
const oldSignatureKinds: Readonly<Record<string, Kind>> = { [`${dsig}rsa-sha1`]: { hash: 'sha1', key: 'rsa' } };
const oldDigestHashes: Readonly<Record<string, string>> = { [`${dsig}sha1`]: 'sha1' };

export type AllowedAlgorithms = {
  readonly signatures: Readonly<Record<string, Kind>>;
  readonly digests: Readonly<Record<string, string>>;
};

export function allowedAlgorithms(sha1: boolean): AllowedAlgorithms {
  if (!sha1) return { signatures: signatureKinds, digests: digestHashes };
  return {
    signatures: { ...signatureKinds, ...oldSignatureKinds },
    digests: { ...digestHashes, ...oldDigestHashes },
  };
}

/** Is this the signature of the octets by the key, by the algorithm that is named? */
export function isSignatureOf(
  octets: string,
  signature: Buffer,
  publicKey: KeyObject,
  algorithm: string,
  { signatures }: AllowedAlgorithms,
): boolean {
  const kind = Object.hasOwn(signatures, algorithm) ? signatures[algorithm] : undefined;
  // A key of another type would make Node choose another algorithm than the message names.
  if (kind === undefined || publicKey.asymmetricKeyType !== kind.key) return false;
  // RFC 9231, 2.3.6: an ECDSA signature is r and s side by side, not DER.
  return verify(kind.hash, Buffer.from(octets), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

export function isDigestOf(octets: string, digest: Buffer, algorithm: string, { digests }: AllowedAlgorithms): boolean {
  const hash = Object.hasOwn(digests, algorithm) ? digests[algorithm] : undefined;
  if (hash === undefined) return false;
  const computed = createHash(hash).update(octets, 'utf8').digest();
  return computed.length === digest.length && timingSafeEqual(computed, digest);
}
