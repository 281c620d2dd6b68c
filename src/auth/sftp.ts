import { uuidv7 } from '../domain/ids.ts';
import { fold } from '../domain/source-system.ts';
import type { AuthenticatorChain, ChainLink, LoginDirectory } from '../pipeline/authenticate.ts';
import type { Message, Principal } from '../pipeline/ports.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { isLoopback } from './origin.ts';
import { isSameKey, isSignedBy, type PresentedSshKey } from './ssh-key.ts';
import { longestSecret, presentedUserName } from './user-name.ts';

/** What a client of SFTP proves itself with. */
export type SftpProof = { readonly password: string } | { readonly key: PresentedSshKey };

/** Judges clients of SFTP: the same rules of lock-out and access policies as at the other doors. */
export interface SftpAuthentication {
  /** Who the client is. Throws what the authenticator chain throws. */
  authenticate(userName: string, address: string, proof: SftpProof): Promise<Principal>;
  /** Whether a signature by this key would be looked at: clients ask before they sign, and that is no failure. */
  knowsKey(userName: string, key: PresentedSshKey): Promise<boolean>;
}

export interface SftpAuthenticationParts {
  readonly verifier: CredentialVerifier;
  readonly logins: LoginDirectory;
  readonly chainOf: (links: readonly ChainLink[]) => AuthenticatorChain;
}

export function createSftpAuthentication({ verifier, logins, chainOf }: SftpAuthenticationParts): SftpAuthentication {
  const attempts = new WeakMap<Message, { readonly userName: string; readonly proof: SftpProof }>();

  const link = (name: string, isMine: (proof: SftpProof) => boolean, check: Check): ChainLink => ({
    name,
    role: 'identify',
    exposesSecret: false,
    recognises: (message) => isMine(attempts.get(message)?.proof ?? { password: '' }),
    claimedUserName: (message) => presentedUserName(attempts.get(message)?.userName ?? ''),
    async authenticate(message) {
      const attempt = attempts.get(message);
      const userName = presentedUserName(attempt?.userName ?? '');
      if (attempt === undefined || userName === undefined) return { verdict: 'reject', reason: 'no such user name' };
      const { verified, reason } = await check(userName, attempt.proof, message.remote.address);
      return verified ? { verdict: 'accept', userName } : { verdict: 'reject', userName, reason };
    },
  });

  const chain = chainOf([
    link('sftp-password', isPassword, async (userName, proof, address) => {
      if (!isPassword(proof) || proof.password.length > longestSecret) return { verified: false, reason: 'too long' };
      return said(await verifier.verifyPassword(userName, proof.password, address));
    }),
    link('sftp-public-key', isKey, async (userName, proof) => {
      if (!isKey(proof)) return { verified: false, reason: 'no key' };
      const { key } = proof;
      return said(
        await verifier.verifyCredential(
          userName,
          ({ secret }) => secret.kind === 'ssh_key' && isSameKey(secret, key) && isSignedBy(secret, key),
          'no such public key, or it did not sign',
        ),
      );
    }),
  ]);

  return {
    async authenticate(userName, address, proof) {
      const message = messageFrom(address);
      attempts.set(message, { userName, proof });
      return (await chain.authenticate(message)).principal;
    },
    async knowsKey(userName, key) {
      const login = await logins.find(fold(userName));
      return login?.credentials.some(({ secret }) => secret.kind === 'ssh_key' && isSameKey(secret, key)) ?? false;
    },
  };
}

type Check = (userName: string, proof: SftpProof, address: string) => Promise<{ verified: boolean; reason: string }>;

function said(verification: Awaited<ReturnType<CredentialVerifier['verifyPassword']>>): {
  verified: boolean;
  reason: string;
} {
  return verification.verified ? { verified: true, reason: '' } : verification;
}

const isPassword = (proof: SftpProof): proof is { password: string } => 'password' in proof;
const isKey = (proof: SftpProof): proof is { key: PresentedSshKey } => 'key' in proof;

/** What the chain judges: whence it comes. The proof is beside it. */
function messageFrom(address: string): Message {
  return {
    id: uuidv7(),
    receivedAt: new Date(),
    door: 'rest',
    method: 'SFTP',
    path: '/',
    headers: {},
    body: Buffer.alloc(0),
    // SSH is encrypted.
    remote: { address, loopback: isLoopback(address), secure: true },
  };
}
