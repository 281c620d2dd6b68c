import { isSecretName } from '../../domain/secret-name.ts';

/** Stands where a secret stood. */
export const redacted = '[redacted]';

/** Beside what is never kept: what proves a sender, and is as good as a password to who tries passwords out against it. */
const proof = /^(?:nonce|passworddigest|privatekey|authorization)$/i;

/** Names of elements and attributes that are not shown. */
export function isHiddenName(name: string): boolean {
  return isSecretName(name) || proof.test(name);
}
