import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { fold } from '../../domain/source-system.ts';
import type { Message, MessageAuthenticator } from '../../pipeline/ports.ts';
import type { Clock } from '../bounded-cache.ts';
import type { CredentialVerifier } from '../credential-verifier.ts';
import { defaultFreshness, type Freshness, staleness } from '../ws-security-time.ts';
import { percentEncode, signatureBaseString } from './base-string.ts';
import { type OauthHeader, readOauthHeader, type SignatureMethod } from './read-header.ts';

export type Oauth1Parts = {
  verifier: CredentialVerifier;
  /** How senders reach the gateway: they sign that address. */
  publicUrl?: string;
  now?: Clock;
  freshness?: Freshness;
};

const hashes: Readonly<Record<SignatureMethod, string>> = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' };

/**
 * OAuth 1.0a (RFC 5849) of two legs, with the body hash of the "OAuth Request Body Hash" extension: the consumer key is a
 * user name, its secret a sealed one. The body is hashed as it came.
 */
export function createOauth1({
  verifier,
  publicUrl,
  now = Date.now,
  freshness = defaultFreshness,
}: Oauth1Parts): MessageAuthenticator {
  const known = new WeakMap<Message, OauthHeader | string>();
  const read = (message: Message): OauthHeader | string => {
    const header = known.get(message) ?? readOauthHeader(message.headers.authorization ?? '');
    known.set(message, header);
    return header;
  };
  return {
    name: 'oauth1-body-hash',
    role: 'identify',
    exposesSecret: false,
    recognises: ({ headers }) => /^\s*oauth(?:\s|$)/i.test(headers.authorization ?? ''),
    claimedUserName(message) {
      const header = read(message);
      return typeof header === 'string' ? undefined : header.userName;
    },
    async authenticate(message) {
      const header = read(message);
      if (typeof header === 'string') return { verdict: 'reject', reason: header };
      const { userName, timestampS, nonce } = header;
      const refuse = (reason: string) => ({ verdict: 'reject', userName, reason }) as const;
      const fault = bodyFault(message, header) ?? staleness(timestampS * 1_000, now(), freshness);
      if (fault !== undefined) return refuse(fault);
      const base = signatureBaseString(message, header, publicUrl);
      if (base === undefined) return refuse('the address that was signed cannot be told');
      const check = await verifier.verifySecret(userName, (secret) => isSignature(header, base, secret));
      if (!check.verified) return refuse(check.reason);
      // RFC 5849, 3.3: a nonce is unique among those of one timestamp and consumer.
      const expiresAt = new Date(timestampS * 1_000 + freshness.freshnessMs + 2 * freshness.skewMs);
      return {
        verdict: 'accept',
        userName,
        nonce: { userName: fold(userName), nonce: `oauth1 ${timestampS} ${nonce}`, expiresAt },
      };
    },
  };
}

/** A body that is not covered could be anybody's. A request without one needs no hash. */
function bodyFault({ body }: Message, { bodyHash, method }: OauthHeader): string | undefined {
  if (bodyHash === undefined) return body.length === 0 ? undefined : 'there is no oauth_body_hash';
  const computed = createHash(hashes[method]).update(body).digest();
  return equal(computed, bodyHash) ? undefined : 'the oauth_body_hash is not that of the body';
}

/** RFC 5849, 3.4.2. Of two legs there is no token, and its secret is empty. */
function isSignature({ method, signature }: OauthHeader, base: string, secret: Buffer): boolean {
  const key = `${percentEncode(secret.toString())}&`;
  return equal(createHmac(hashes[method], key).update(base).digest(), signature);
}

function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
