import type { X509Certificate } from 'node:crypto';
import type { Credential } from '../domain/access.ts';
import type { LoginDirectory } from '../pipeline/authenticate.ts';
import { certificateHints, isPinnedBy, parseDer, publicKeyKey, readDer } from './certificate.ts';
import type { LoginKeys } from './login-keys.ts';

/** How a message names a certificate: by itself, or by a key under which pinned certificates are found. */
export type NamedCertificate = { readonly der: Buffer } | { readonly key: string };

/** A login that pins the certificate that a message names. */
export type Candidate = { readonly userName: string; readonly certificate: X509Certificate };

/** The pinned certificates that are meant. Several only when certificates share a serial number or the like. */
export async function findPinned(
  named: NamedCertificate,
  logins: LoginDirectory,
  loginKeys: LoginKeys,
): Promise<Candidate[]> {
  const presented = 'der' in named ? parseDer(named.der) : undefined;
  if ('der' in named && presented === undefined) return [];
  const key = 'der' in named ? presented && publicKeyKey(presented) : named.key;
  const candidates: Candidate[] = [];
  for (const name of key === undefined ? [] : await loginKeys.find(key)) {
    const login = await logins.find(name);
    for (const credential of login?.credentials ?? []) {
      const certificate = presented ?? storedUnder(credential, key);
      if (login === undefined || certificate === undefined || !isPinnedBy(credential, certificate)) continue;
      // A key may have been taken away from who pinned it first; its certificates' other names still lead there.
      if (!(await loginKeys.find(publicKeyKey(certificate))).includes(name)) continue;
      candidates.push({ userName: login.userName, certificate });
      if (presented !== undefined) return candidates;
    }
  }
  return candidates;
}

function storedUnder({ secret }: Credential, key: string | undefined): X509Certificate | undefined {
  if (secret.kind !== 'certificate' || key === undefined) return undefined;
  const certificate = readDer(secret.certificate);
  return certificateHints(certificate).includes(key) ? certificate : undefined;
}
