import type { Sealer } from '../../domain/access.ts';
import type { Clock } from '../bounded-cache.ts';

/** What a token says: who may use it, for how long, and by which credential it was asked for. */
export type AccessToken = { readonly userName: string; readonly credentialId: string; readonly expiresAtMs: number };

export type IssuedToken = { readonly token: string; readonly expiresInS: number };

export type AccessTokens = {
  issue(userName: string, credentialId: string): IssuedToken;
  /** What a token says; undefined when it is none of ours. Whether it has expired is for the caller. */
  read(token: string): AccessToken | undefined;
};

/** The tokens of the administration API begin with `psl_`. */
export const accessTokenPrefix = 'psa_';
const CONTEXT = 'oauth2 access token';
const LONGEST = 2_000;

/**
 * Access tokens that every process can read and nobody can make: their content is sealed with the gateway's key, so that
 * nothing is stored. They end with the credential that they were asked for with.
 */
export function createAccessTokens(parts: { sealer: Sealer; lifetimeS: number; now?: Clock }): AccessTokens {
  const { sealer, lifetimeS, now = Date.now } = parts;
  return {
    issue(userName, credentialId) {
      const content = JSON.stringify([userName, credentialId, now() + lifetimeS * 1_000]);
      const sealed = sealer.seal(Buffer.from(content), CONTEXT).toString('base64url');
      return { token: accessTokenPrefix + sealed, expiresInS: lifetimeS };
    },

    read(token) {
      if (!token.startsWith(accessTokenPrefix) || token.length > LONGEST) return undefined;
      try {
        const encoded = token.slice(accessTokenPrefix.length);
        const sealed = Buffer.from(encoded, 'base64url');
        // Node reads over what is no base64url: a token has one form only.
        if (sealed.toString('base64url') !== encoded) return undefined;
        // Only we could seal it, in this form.
        const content = JSON.parse(sealer.open(sealed, CONTEXT).toString()) as [string, string, number];
        const [userName, credentialId, expiresAtMs] = content;
        return { userName, credentialId, expiresAtMs };
      } catch {
        return undefined;
      }
    },
  };
}
