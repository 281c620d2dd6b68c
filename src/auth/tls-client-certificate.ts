import type { LoginDirectory } from '../pipeline/authenticate.ts';
import type { Message, MessageAuthenticator } from '../pipeline/ports.ts';
import type { Clock } from './bounded-cache.ts';
import { isPinnedBy, validityFault } from './certificate.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import type { LoginKeys } from './login-keys.ts';
import { type Candidate, findPinned } from './pinned-certificates.ts';

export type ClientCertificateParts = {
  verifier: CredentialVerifier;
  logins: LoginDirectory;
  loginKeys: LoginKeys;
  now?: Clock;
};

/**
 * The TLS client certificate of the connection, or what a declared proxy says of it: it must be pinned for a login. The
 * handshake has proven that the sender holds its key. One that nobody pins is passed over: a machine may have one for others.
 */
export function createClientCertificate(parts: ClientCertificateParts): MessageAuthenticator {
  const { verifier, logins, loginKeys, now = Date.now } = parts;
  const pinned = async ({ remote: { certificate } }: Message): Promise<Candidate | undefined> =>
    certificate === undefined ? undefined : (await findPinned({ der: certificate }, logins, loginKeys))[0];
  return {
    name: 'tls-client-certificate',
    role: 'identify',
    exposesSecret: false,
    recognises: ({ remote }) => remote.certificate !== undefined,
    claimedUserName: () => undefined,
    findUserName: async (message) => (await pinned(message))?.userName,
    async authenticate(message) {
      const found = await pinned(message);
      if (found === undefined) return { verdict: 'pass' };
      const { userName, certificate } = found;
      const fault = validityFault(certificate, now());
      if (fault !== undefined) return { verdict: 'reject', userName, reason: fault };
      const check = await verifier.verifyCredential(
        userName,
        (credential) => isPinnedBy(credential, certificate),
        'it is not pinned any more',
      );
      return check.verified ? { verdict: 'accept', userName } : { verdict: 'reject', userName, reason: check.reason };
    },
  };
}
