import { createHash, createPublicKey } from 'node:crypto';
import ssh2 from 'ssh2';
import type { SshKeyFacts, StoredSecret } from '../domain/access.ts';
import { GatewayError } from '../domain/problem.ts';

const LONGEST_LINE = 8_000;
const SHORTEST_RSA_BITS = 2_048;
const algorithms: readonly string[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

export type StoredSshKey = Extract<StoredSecret, { kind: 'ssh_key' }>;

/**
 * Reads a public key as an administrator gives it: one line of `ssh-keygen`.
 *
 * @throws GatewayError `invalid_request`: no key, a private one, one of an algorithm or a length that is too weak
 */
export function readSshKey(text: string): { secret: StoredSshKey; sshKey: SshKeyFacts } {
  const line = text.trim();
  if (line.includes('PRIVATE KEY')) throw unfit('This is a private key: keep it, and give the .pub file beside it.');
  const parsed = line.length > LONGEST_LINE || /[\r\n]/.test(line) ? undefined : ssh2.utils.parseKey(line);
  if (parsed === undefined || parsed instanceof Error || parsed.isPrivateKey()) {
    throw unfit('Give one public key of SSH, as the one line of a .pub file: ssh-ed25519 AAAAC3...');
  }
  const { type } = parsed;
  if (!algorithms.includes(type)) throw unfit(`Keys of the kind ${type} are not taken: make one of ssh-ed25519.`);
  if (type === 'ssh-rsa' && bitsOf(parsed.getPublicPEM()) < SHORTEST_RSA_BITS) {
    throw unfit(`An RSA key has at least ${String(SHORTEST_RSA_BITS)} bits.`);
  }
  const blob = parsed.getPublicSSH();
  return {
    secret: { kind: 'ssh_key', publicKey: `${type} ${blob.toString('base64')}` },
    sshKey: { algorithm: type, fingerprint: fingerprintOf(blob) },
  };
}

/** As ssh-keygen -l shows it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** A key as a client of SSH presents it, and what it signed; without a signature it only asks whether the key is known. */
export interface PresentedSshKey {
  readonly algorithm: string;
  readonly blob: Buffer;
  readonly signed?: { readonly data: Buffer; readonly signature: Buffer; readonly hash?: string };
}

export function isSameKey({ publicKey }: StoredSshKey, { algorithm, blob }: PresentedSshKey): boolean {
  return publicKey === `${algorithm} ${blob.toString('base64')}`;
}

/** Whether the holder of the stored key made the signature. SHA-1 (plain `ssh-rsa`) proves nothing any more. */
export function isSignedBy({ publicKey }: StoredSshKey, { algorithm, signed }: PresentedSshKey): boolean {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error || signed === undefined) return false;
  if (algorithm === 'ssh-rsa' && signed.hash === undefined) return false;
  // It answers an error, which is no yes, for a signature that it cannot read.
  const verdict: unknown = key.verify(signed.data, signed.signature, signed.hash);
  return verdict === true;
}

function bitsOf(pem: string): number {
  return createPublicKey(pem).asymmetricKeyDetails?.modulusLength ?? 0;
}

function unfit(message: string): GatewayError {
  return new GatewayError('invalid_request', message, { field: 'publicKey' });
}
