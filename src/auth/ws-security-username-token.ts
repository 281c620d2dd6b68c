import { createHash, timingSafeEqual } from 'node:crypto';
import { fold } from '../domain/source-system.ts';
import type { ChainLink } from '../pipeline/authenticate.ts';
import { securityHeaders } from '../pipeline/authenticate-must-understand.ts';
import type { ElementView, Message, NonceClaim } from '../pipeline/ports.ts';
import type { Clock } from './bounded-cache.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import { defaultFreshness, type Freshness, staleness, timestampFault } from './ws-security-time.ts';
import { type PasswordForm, passwordFormOf, readUsernameToken, type UsernameToken } from './ws-security-token.ts';

export type UsernameTokenOptions = { verifier: CredentialVerifier; now?: Clock; freshness?: Freshness };

/** WS-Security UsernameToken with the password as it is. Nonce and Created may be absent; if they are there, they count. */
export function createPasswordText(options: UsernameTokenOptions): ChainLink {
  return createLink('wss-password-text', 'text', options, (token, message) =>
    options.verifier.verifyPassword(token.userName, token.password, message.remote.address),
  );
}

/** WS-Security UsernameToken with a digest of nonce, Created and password. The password itself must be sealed, not hashed. */
export function createPasswordDigest(options: UsernameTokenOptions): ChainLink {
  return createLink('wss-password-digest', 'digest', options, (token) => {
    const digest = Buffer.from(token.password, 'base64');
    return options.verifier.verifySecret(token.userName, (secret) => {
      const expected = passwordDigest(token.nonce, token.created?.text, secret);
      return digest.length === expected.length && timingSafeEqual(digest, expected);
    });
  });
}

/**
 * "Password_Digest = Base64 ( SHA-1 ( nonce + created + password ) )" (UsernameToken Profile 1.1, 3.1): the nonce's decoded
 * octets, the exact text of Created.
 */
export function passwordDigest(nonce: Buffer | undefined, created: string | undefined, secret: Buffer): Buffer {
  return createHash('sha1')
    .update(nonce ?? '')
    .update(created ?? '')
    .update(secret)
    .digest();
}

type Check = (token: UsernameToken, message: Message) => ReturnType<CredentialVerifier['verifyPassword']>;

function createLink(
  name: string,
  form: PasswordForm,
  { now = Date.now, freshness = defaultFreshness }: UsernameTokenOptions,
  check: Check,
): ChainLink {
  const read = (message: Message) => {
    const presented = readUsernameToken(message);
    return presented?.form === form || presented?.form === 'unclear' ? presented : undefined;
  };
  return {
    name,
    role: 'identify',
    exposesSecret: form === 'text',
    recognises: (message) => read(message) !== undefined,
    claimedUserName: (message) => read(message)?.token?.userName,
    understands: (part) => understands(part, form),
    async authenticate(message) {
      const presented = read(message);
      if (presented === undefined) return { verdict: 'pass' };
      const { token } = presented;
      if (token === undefined) return { verdict: 'reject', reason: presented.fault };
      const { userName } = token;
      // Freshness and secret first, the nonce last (with the commit), so that garbage cannot fill the nonce table.
      const nowMs = now();
      const stale =
        timestampFault(securityHeaders(message), nowMs, freshness) ??
        (token.created && staleness(token.created.atMs, nowMs, freshness));
      if (stale !== undefined) return { verdict: 'reject', userName, reason: stale };
      const outcome = await check(token, message);
      if (!outcome.verified) return { verdict: 'reject', userName, reason: outcome.reason };
      return { verdict: 'accept', userName, ...claimOf(token, nowMs, freshness) };
    },
  };
}

/** A nonce is kept as long as its Created would pass for fresh. */
function claimOf(token: UsernameToken, nowMs: number, { freshnessMs, skewMs }: Freshness): { nonce?: NonceClaim } {
  if (token.nonce === undefined) return {};
  const expiresAt = new Date((token.created?.atMs ?? nowMs) + freshnessMs + 2 * skewMs);
  return { nonce: { userName: fold(token.userName), nonce: token.nonce.toString('base64'), expiresAt } };
}

function understands(part: ElementView, form: PasswordForm): boolean {
  if (part.name === 'UsernameToken') return passwordFormOf(part) === form;
  return part.name === 'Timestamp' || part.name === 'Security';
}
