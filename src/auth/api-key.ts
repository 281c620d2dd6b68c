import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { LoginKey, StoredSecret } from '../domain/access.ts';
import type { Message, MessageAuthenticator } from '../pipeline/ports.ts';
import type { CredentialVerifier } from './credential-verifier.ts';
import type { LoginKeys } from './login-keys.ts';

/** psk_ id (12 hexadecimal digits) _ 256 random bits in base64url. The id finds the login; the whole is compared by its hash. */
const form = /^psk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** Makes a key. It is random, so that its SHA-256 is all that needs to be stored. */
export function createApiKey(): { key: string; secret: StoredSecret; keys: LoginKey[] } {
  const id = randomBytes(6).toString('hex');
  const key = `psk_${id}_${randomBytes(32).toString('base64url')}`;
  return {
    key,
    secret: { kind: 'api_key', hash: sha256(key).toString('hex') },
    keys: [{ key: lookupKey(id), exclusive: true }],
  };
}

export type ApiKeyParts = { verifier: CredentialVerifier; loginKeys: LoginKeys };

/** `X-API-Key: psk_...` or `Authorization: ApiKey psk_...`. The key alone says whose it is. */
export function createApiKeyLink({ verifier, loginKeys }: ApiKeyParts): MessageAuthenticator {
  const ownerOf = async (message: Message): Promise<string | undefined> => {
    const id = form.exec(presentedKey(message) ?? '')?.[1];
    return id === undefined ? undefined : (await loginKeys.find(lookupKey(id)))[0];
  };
  return {
    name: 'api-key',
    role: 'identify',
    exposesSecret: true,
    // A key of another make in X-API-Key is for somebody else, such as a proxy on the way.
    recognises: ({ headers }) =>
      headers['x-api-key']?.startsWith('psk_') === true || /^\s*apikey(?:\s|$)/i.test(headers.authorization ?? ''),
    claimedUserName: () => undefined,
    findUserName: ownerOf,
    async authenticate(message) {
      const key = presentedKey(message);
      if (key === undefined) return { verdict: 'reject', reason: 'there are two different API keys, or an empty one' };
      const userName = await ownerOf(message);
      if (userName === undefined) return { verdict: 'reject', reason: 'no such API key' };
      const hash = sha256(key);
      const check = await verifier.verifyCredential(
        userName,
        ({ secret }) => secret.kind === 'api_key' && timingSafeEqual(Buffer.from(secret.hash, 'hex'), hash),
        'wrong, revoked or expired API key',
      );
      return check.verified ? { verdict: 'accept', userName } : { verdict: 'reject', userName, reason: check.reason };
    },
  };
}

/** The one key of a message; undefined when there is none, or the two headers differ. */
function presentedKey({ headers }: Message): string | undefined {
  const scheme = /^\s*apikey\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key']?.startsWith('psk_') === true ? headers['x-api-key'].trim() : undefined;
  if (scheme !== undefined && header !== undefined && scheme !== header) return undefined;
  return header ?? scheme;
}

function lookupKey(id: string): string {
  return `api_key:${id}`;
}

function sha256(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
