import type { X509Certificate } from 'node:crypto';
import type { Credential } from '../domain/access.ts';
import type { LoginDirectory } from '../pipeline/authenticate.ts';
import { certificateHints, isPinnedBy, parseDer, publicKeyKey, readDer } from './certificate.ts';
import type { LoginKeys } from './login-keys.ts';

/**
 * How a message names a certificate: by itself, or by a hint, under which (or under a former form of it) pinned certificates
 * are found.
 */
export type NamedCertificate = { readonly der: Buffer } | { readonly hint: string; readonly formerHint?: string };

/** A login that pins the certificate that a message names. */
export type Candidate = { readonly userName: string; readonly certificate: X509Certificate };

/**
 * The pinned certificates that are meant, of whatever organization. Several only where certificates share a hint; how many of
 * an organization may is bounded where they are pinned, so that none crowds out another's, or makes its messages slow.
 */
export async function findPinned(
  named: NamedCertificate,
  logins: LoginDirectory,
  loginKeys: LoginKeys,
): Promise<Candidate[]> {
  const fits = meant(named);
  if (fits === undefined) return [];
  const found = await Promise.all(fits.keys.map((key) => loginKeys.find(key)));
  const names = [...new Set(found.flat())];
  const candidates = await Promise.all(
    names.map(async (name) => {
      const login = await logins.find(name);
      const certificates = (login?.credentials ?? []).flatMap((credential) => fits.certificateOf(credential) ?? []);
      const owned = await ownedBy(name, [...new Set(certificates)], loginKeys);
      return login === undefined ? [] : owned.map((certificate) => ({ userName: login.userName, certificate }));
    }),
  );
  return candidates.flat();
}

type Meant = {
  /** Under which logins are found. */
  keys: readonly string[];
  /** The certificate that is meant, if the credential pins it. */
  certificateOf(credential: Credential): X509Certificate | undefined;
};

function meant(named: NamedCertificate): Meant | undefined {
  if ('hint' in named) {
    const { hint, formerHint } = named;
    return {
      keys: formerHint === undefined ? [hint] : [hint, formerHint],
      certificateOf: (credential) => storedUnder(credential, hint),
    };
  }
  const presented = parseDer(named.der);
  return (
    presented && {
      keys: [publicKeyKey(presented)],
      certificateOf: (credential) => (isPinnedBy(credential, presented) ? presented : undefined),
    }
  );
}

/** A key may have been taken away from who pinned it first; its certificates' other names still lead there. */
async function ownedBy(
  name: string,
  certificates: readonly X509Certificate[],
  loginKeys: LoginKeys,
): Promise<X509Certificate[]> {
  const owners = await Promise.all(certificates.map((certificate) => loginKeys.find(publicKeyKey(certificate))));
  return certificates.filter((_, index) => owners[index]?.includes(name));
}

function storedUnder({ secret }: Credential, hint: string): X509Certificate | undefined {
  if (secret.kind !== 'certificate') return undefined;
  const certificate = readDer(secret.certificate);
  return certificateHints(certificate).includes(hint) ? certificate : undefined;
}
