import type { Message, MessageAuthenticator } from '../../pipeline/ports.ts';
import type { Clock } from '../bounded-cache.ts';
import type { CredentialVerifier } from '../credential-verifier.ts';
import type { AccessToken, AccessTokens } from './access-tokens.ts';

export type BearerParts = { verifier: CredentialVerifier; accessTokens: AccessTokens; now?: Clock };

/** `Authorization: Bearer` (RFC 6750, 2.1) with a token of our token endpoint. */
export function createOauth2Bearer({ verifier, accessTokens, now = Date.now }: BearerParts): MessageAuthenticator {
  const known = new WeakMap<Message, { token: AccessToken | undefined }>();
  const read = (message: Message): AccessToken | undefined => {
    const remembered = known.get(message);
    if (remembered !== undefined) return remembered.token;
    const text = /^\s*bearer\s+(\S+)\s*$/i.exec(message.headers.authorization ?? '')?.[1];
    const token = text === undefined ? undefined : accessTokens.read(text);
    known.set(message, { token });
    return token;
  };
  return {
    name: 'oauth2-bearer',
    role: 'identify',
    exposesSecret: true,
    recognises: ({ headers }) => /^\s*bearer(?:\s|$)/i.test(headers.authorization ?? ''),
    claimedUserName: (message) => read(message)?.userName,
    async authenticate(message) {
      const token = read(message);
      if (token === undefined) return { verdict: 'reject', reason: 'the token is none of ours' };
      const { userName, credentialId, expiresAtMs } = token;
      if (expiresAtMs <= now()) return { verdict: 'reject', userName, reason: 'the token has expired' };
      const check = await verifier.verifyCredential(
        userName,
        ({ id }) => id === credentialId,
        'the credential that the token was asked for with has ended',
      );
      return check.verified ? { verdict: 'accept', userName } : { verdict: 'reject', userName, reason: check.reason };
    },
  };
}
