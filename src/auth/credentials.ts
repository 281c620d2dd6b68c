import { randomBytes } from 'node:crypto';
import type { CredentialSummary, Login, Sealer, SecretKind, StoredSecret } from '../domain/access.ts';
import { uuidv7 } from '../domain/ids.ts';
import { GatewayError } from '../domain/problem.ts';
import { fold } from '../domain/source-system.ts';
import type { Clock } from './bounded-cache.ts';
import type { LoginSource } from './logins.ts';
import type { Passwords } from './passwords.ts';
import { longestSecret, presentedUserName } from './user-name.ts';

/** Where logins and their secrets are administered. User names in keys are folded. */
export type CredentialStore = {
  addLogin(login: NewLogin, id: string, secret: StoredSecret): Promise<CredentialSummary>;
  replaceSecret(replacement: Replacement): Promise<CredentialSummary>;
  revoke(organizationId: number, id: string): Promise<CredentialSummary>;
  removeLogin(organizationId: number, userNameKey: string): Promise<void>;
  list(organizationId: number, sourceSystemId?: number): Promise<CredentialSummary[]>;
  get(organizationId: number, id: string): Promise<CredentialSummary>;
};

type NewLogin = { organizationId: number; sourceSystemId: number; userName: string; userNameKey: string };
type Replacement = {
  organizationId: number;
  userNameKey: string;
  id: string;
  secret: StoredSecret;
  at: Date;
  overlapUntil: Date;
};

/** A secret as it is shown once, when it is made. */
export type ShownCredential = { credential: CredentialSummary; secret: string };

export type Credentials = {
  /** Makes a login of a source system. Throws GatewayError: `invalid_request`, `not_found`, `conflict` (name taken). */
  createCredential(request: {
    organizationId: number;
    sourceSystemId: number;
    userName: string;
    kind: SecretKind;
    /** A fixed secret; else 32 random bytes in base64url. */
    secret?: string;
  }): Promise<ShownCredential>;
  /** Gives the login of a credential a new secret; the old ones stay valid for `overlapMs`. Throws `not_found`. */
  rotateCredential(request: {
    organizationId: number;
    credentialId: string;
    overlapMs: number;
    /** Default: the kind it had. */
    kind?: SecretKind;
    secret?: string;
  }): Promise<ShownCredential>;
  /** Ends a credential at once, everywhere; its secret is forgotten. Throws GatewayError `not_found`. */
  revokeCredential(organizationId: number, credentialId: string): Promise<CredentialSummary>;
  /** Newest first, revoked ones included. */
  listCredentials(organizationId: number, sourceSystemId?: number): Promise<CredentialSummary[]>;
  /** Removes a login with all its credentials and frees its user name. Throws GatewayError `not_found`. */
  removeLogin(organizationId: number, userName: string): Promise<void>;
};

export type CredentialsParts = {
  store: CredentialStore;
  logins: LoginSource;
  sealer: Sealer;
  passwords: Passwords;
  now?: Clock;
};

/** The administration of what source systems authenticate with. */
export function createCredentials({ store, logins, sealer, passwords, now = Date.now }: CredentialsParts): Credentials {
  const keep = async (kind: SecretKind, id: string, secret: string, login?: Login): Promise<StoredSecret> => {
    if (kind === 'sealed') return { kind, sealed: sealer.seal(Buffer.from(secret), id) };
    const sibling = login?.credentials
      .map((credential) => credential.secret)
      .find((stored) => stored.kind === 'hashed');
    return { kind, hash: await passwords.hash(secret, sibling?.hash) };
  };

  return {
    async createCredential({ organizationId, sourceSystemId, userName, kind, secret = randomSecret() }) {
      const name = fitUserName(userName);
      refuseUnfitSecret(secret);
      const id = uuidv7(now());
      const login = { organizationId, sourceSystemId, userName: name, userNameKey: fold(name) };
      return { credential: await store.addLogin(login, id, await keep(kind, id, secret)), secret };
    },

    async rotateCredential({ organizationId, credentialId, overlapMs, kind, secret = randomSecret() }) {
      refuseUnfitSecret(secret);
      const old = await store.get(organizationId, credentialId);
      const [id, at, userNameKey] = [uuidv7(now()), new Date(now()), fold(old.userName)];
      const stored = await keep(kind ?? old.kind, id, secret, await logins.find(userNameKey, at));
      const overlapUntil = new Date(at.getTime() + overlapMs);
      const credential = await store.replaceSecret({
        organizationId,
        userNameKey,
        id,
        secret: stored,
        at,
        overlapUntil,
      });
      return { credential, secret };
    },

    revokeCredential: (organizationId, credentialId) => store.revoke(organizationId, credentialId),
    listCredentials: (organizationId, sourceSystemId) => store.list(organizationId, sourceSystemId),
    removeLogin: (organizationId, userName) => store.removeLogin(organizationId, fold(userName)),
  };
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

const LONGEST_USER_NAME = 100;
const SHORTEST_SECRET = 8;

function fitUserName(text: string): string {
  const userName = presentedUserName(text);
  // RFC 7617: HTTP Basic ends the user name at the first colon.
  if (userName === undefined || userName.length > LONGEST_USER_NAME || userName.includes(':')) {
    throw new GatewayError(
      'invalid_request',
      `A user name has 1 to ${LONGEST_USER_NAME} characters, no control characters and no colon.`,
      { field: 'userName' },
    );
  }
  return userName;
}

function refuseUnfitSecret(secret: string): void {
  if (secret.length >= SHORTEST_SECRET && secret.length <= longestSecret && secret.isWellFormed()) return;
  throw new GatewayError('invalid_request', `A secret has ${SHORTEST_SECRET} to ${longestSecret} characters.`, {
    field: 'secret',
  });
}
