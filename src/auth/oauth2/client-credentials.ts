import { parse } from 'basic-auth';
import { GatewayError } from '../../domain/problem.ts';
import type { AuthenticatorChain, ChainLink } from '../../pipeline/authenticate.ts';
import type { Message } from '../../pipeline/ports.ts';
import type { CredentialVerifier } from '../credential-verifier.ts';
import { longestSecret, presentedUserName } from '../user-name.ts';
import type { AccessTokens, IssuedToken } from './access-tokens.ts';

export type TokenIssuer = {
  /** A token for the client of a token request, whose body is a form. Throws what the authenticator chain throws. */
  issue(request: Message): Promise<IssuedToken>;
};

export type TokenIssuerParts = {
  verifier: CredentialVerifier;
  accessTokens: AccessTokens;
  /** The chain of the token endpoint: the same rules of lock-out, clear text and access policies as at the doors. */
  chainOf: (links: readonly ChainLink[]) => AuthenticatorChain;
};

/**
 * OAuth 2 client credentials (RFC 6749, 4.4): the client is a user name, its secret the password of that user name, as HTTP
 * Basic or in the form (2.3.1).
 */
export function createTokenIssuer({ verifier, accessTokens, chainOf }: TokenIssuerParts): TokenIssuer {
  const credentialOf = new WeakMap<Message, string>();
  const link: ChainLink = {
    // Whoever may use tokens may fetch them: access policies name the kind of credential that comes to the doors.
    name: 'oauth2-bearer',
    role: 'identify',
    exposesSecret: true,
    recognises: (message) => isBasic(message) || formOf(message).has('client_id'),
    claimedUserName: (message) => readClient(message)?.userName,
    async authenticate(message) {
      const client = readClient(message);
      if (client === undefined) return { verdict: 'reject', reason: 'there is no client_id, or no client_secret' };
      const { userName, secret } = client;
      const check = await verifier.verifyPassword(userName, secret, message.remote.address);
      if (!check.verified) return { verdict: 'reject', userName, reason: check.reason };
      credentialOf.set(message, check.credentialId);
      return { verdict: 'accept', userName };
    },
  };
  const chain = chainOf([link]);
  return {
    async issue(request) {
      const { principal } = await chain.authenticate(request).catch(refuseNoClient);
      const credentialId = credentialOf.get(request);
      if (credentialId === undefined) throw new Error('a client was authenticated without a credential');
      return accessTokens.issue(principal.userName, credentialId);
    },
  };
}

/** The chain names what the doors take; a client comes here to get that. */
function refuseNoClient(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== 'credentials_missing') throw error;
  throw new GatewayError(
    'credentials_missing',
    'The request carries no client_id and client_secret. Send them as HTTP Basic, or in the form.',
    { cause: error },
  );
}

function isBasic({ headers }: Message): boolean {
  return /^\s*basic(?:\s|$)/i.test(headers.authorization ?? '');
}

function formOf({ body }: Message): URLSearchParams {
  return new URLSearchParams(body.toString());
}

function readClient(message: Message): { userName: string; secret: string } | undefined {
  const [id, secret] = isBasic(message) ? readBasic(message) : readForm(message);
  const userName = presentedUserName(id ?? '');
  if (userName === undefined || secret === undefined || secret.length > longestSecret) return undefined;
  return { userName, secret };
}

/** RFC 6749, 2.3.1: id and secret are encoded as a form does, then by HTTP Basic. */
function readBasic({ headers }: Message): (string | undefined)[] {
  const credentials = parse(headers.authorization ?? '');
  return [credentials?.name, credentials?.pass].map((text) => {
    try {
      return text === undefined ? undefined : decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      return undefined;
    }
  });
}

function readForm(message: Message): (string | undefined)[] {
  const form = formOf(message);
  return [form.get('client_id') ?? undefined, form.get('client_secret') ?? undefined];
}
