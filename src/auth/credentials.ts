import { randomBytes } from 'node:crypto';
import type {
  CertificateFacts,
  CertificatePin,
  CredentialSummary,
  Login,
  LoginKey,
  Sealer,
  SecretKind,
  SshKeyFacts,
  StoredSecret,
} from '../domain/access.ts';
import { uuidv7 } from '../domain/ids.ts';
import { GatewayError } from '../domain/problem.ts';
import { fold } from '../domain/source-system.ts';
import { createApiKey } from './api-key.ts';
import type { Clock } from './bounded-cache.ts';
import { readCertificateToPin } from './certificate.ts';
import type { LoginSource } from './logins.ts';
import type { Passwords } from './passwords.ts';
import { longestSecret, presentedUserName } from './user-name.ts';

/** Where logins and their secrets are administered. User names in keys are folded. */
export type CredentialStore = {
  addCredential(login: NewLogin, credential: NewCredential): Promise<CredentialSummary>;
  replaceSecret(replacement: Replacement): Promise<CredentialSummary>;
  revoke(organizationId: number, id: string): Promise<CredentialSummary>;
  removeLogin(organizationId: number, userNameKey: string): Promise<void>;
  list(organizationId: number, sourceSystemId?: number): Promise<CredentialSummary[]>;
  get(organizationId: number, id: string): Promise<CredentialSummary>;
};

type NewLogin = { organizationId: number; sourceSystemId: number; userName: string; userNameKey: string };
type NewCredential = {
  id: string;
  secret: StoredSecret;
  facts?: CertificateFacts;
  sshKey?: SshKeyFacts;
  keys: readonly LoginKey[];
};
type Replacement = NewCredential & {
  organizationId: number;
  userNameKey: string;
  replaces: string;
  at: Date;
  overlapUntil: Date;
};

/** A secret as it is shown once, when it is made; of a certificate there is none. */
export type ShownCredential = { credential: CredentialSummary; secret?: string };

/** What a credential is made of, by its kind. */
export type CredentialMaterial = {
  /** Of a password: a fixed one; else 32 random bytes in base64url. API keys are always random. */
  secret?: string;
  /** Of a certificate, and needed there: PEM. */
  certificate?: string;
  /** Default: `certificate`. */
  pin?: CertificatePin;
  /** Of a certificate: that the holder of its key wants it here. It takes the key from a login that has none. */
  proof?: string;
  /** Of a public key of SSH, and needed there: one line, as `ssh-keygen` writes it. */
  publicKey?: string;
};

export type Credentials = {
  /**
   * Makes a login of a source system, or gives an existing one of it another API key or certificate, or its password.
   * Throws GatewayError: `invalid_request`, `not_found`, `conflict` (name or certificate taken).
   */
  createCredential(
    request: {
      organizationId: number;
      sourceSystemId: number;
      userName: string;
      kind: SecretKind;
    } & CredentialMaterial,
  ): Promise<ShownCredential>;
  /**
   * Replaces a credential by a new one: a password replaces every password of the login, an API key or a certificate the
   * one that is named. What is replaced stays valid for `overlapMs`. Throws GatewayError: `not_found`, `invalid_request`.
   */
  rotateCredential(
    request: {
      organizationId: number;
      credentialId: string;
      overlapMs: number;
      /** Default: the kind it had. A password may become sealed or hashed; others stay what they are. */
      kind?: SecretKind;
    } & CredentialMaterial,
  ): Promise<ShownCredential>;
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

type Made = NewCredential & { shown?: string };

/** The administration of what source systems authenticate with. */
export function createCredentials({ store, logins, sealer, passwords, now = Date.now }: CredentialsParts): Credentials {
  const make = async (
    userName: string,
    kind: SecretKind,
    material: CredentialMaterial,
    login?: Login,
  ): Promise<Made> => {
    const id = uuidv7(now());
    refuseUnfitMaterial(kind, material);
    if (kind === 'certificate') {
      const { certificate = '', pin = 'certificate', proof } = material;
      const signed = proof === undefined ? undefined : { userName, signature: proof };
      return { id, ...readCertificateToPin(certificate, pin, now(), signed) };
    }
    if (kind === 'ssh_key') {
      // Most processes that make credentials never see such a key; what reads it takes long to load.
      const { readSshKey } = await import('./ssh-key.ts');
      return { id, ...readSshKey(material.publicKey ?? ''), keys: [] };
    }
    if (kind === 'api_key') {
      const { key, secret, keys } = createApiKey();
      return { id, secret, keys, shown: key };
    }
    const password = material.secret ?? randomSecret();
    refuseUnfitSecret(password);
    return { id, secret: await keep(kind, id, password, login), keys: [], shown: password };
  };

  const keep = async (
    kind: 'hashed' | 'sealed',
    id: string,
    password: string,
    login?: Login,
  ): Promise<StoredSecret> => {
    if (kind === 'sealed') return { kind, sealed: sealer.seal(Buffer.from(password), id) };
    const sibling = login?.credentials
      .map((credential) => credential.secret)
      .find((stored) => stored.kind === 'hashed');
    return { kind, hash: await passwords.hash(password, sibling?.hash) };
  };

  return {
    async createCredential({ organizationId, sourceSystemId, userName, kind, ...material }) {
      const name = fitUserName(userName);
      const { shown, ...made } = await make(name, kind, material);
      const login = { organizationId, sourceSystemId, userName: name, userNameKey: fold(name) };
      return withSecret(await store.addCredential(login, made), shown);
    },

    async rotateCredential({ organizationId, credentialId, overlapMs, kind, ...material }) {
      const old = await store.get(organizationId, credentialId);
      refuseOtherNature(old.kind, kind);
      const [at, userNameKey] = [new Date(now()), fold(old.userName)];
      const { shown, ...made } = await make(
        old.userName,
        kind ?? old.kind,
        material,
        await logins.find(userNameKey, at),
      );
      const overlapUntil = new Date(at.getTime() + overlapMs);
      const replacement = { organizationId, userNameKey, replaces: credentialId, at, overlapUntil, ...made };
      return withSecret(await store.replaceSecret(replacement), shown);
    },

    revokeCredential: (organizationId, credentialId) => store.revoke(organizationId, credentialId),
    listCredentials: (organizationId, sourceSystemId) => store.list(organizationId, sourceSystemId),
    removeLogin: (organizationId, userName) => store.removeLogin(organizationId, fold(userName)),
  };
}

function withSecret(credential: CredentialSummary, secret: string | undefined): ShownCredential {
  return secret === undefined ? { credential } : { credential, secret };
}

function refuseUnfitMaterial(kind: SecretKind, material: CredentialMaterial): void {
  const { secret } = material;
  const ofCertificate = (['certificate', 'pin', 'proof'] as const).find((field) => material[field] !== undefined);
  if (kind !== 'certificate' && ofCertificate !== undefined) {
    throw new GatewayError('invalid_request', `A credential of the kind ${kind} has no certificate.`, {
      field: ofCertificate,
    });
  }
  if (kind !== 'ssh_key' && material.publicKey !== undefined) {
    throw new GatewayError('invalid_request', `A credential of the kind ${kind} has no public key of SSH.`, {
      field: 'publicKey',
    });
  }
  if (secret === undefined || kind === 'hashed' || kind === 'sealed') return;
  const reason =
    kind === 'api_key'
      ? 'API keys are always made by the gateway'
      : 'Of certificates and public keys there is no secret here';
  throw new GatewayError('invalid_request', `${reason}: leave the secret out.`, { field: 'secret' });
}

function refuseOtherNature(old: SecretKind, wanted: SecretKind = old): void {
  const isPassword = (kind: SecretKind) => kind === 'hashed' || kind === 'sealed';
  if (wanted === old || (isPassword(wanted) && isPassword(old))) return;
  throw new GatewayError(
    'invalid_request',
    `A credential of the kind ${old} cannot become one of the kind ${wanted}.`,
    {
      field: 'kind',
    },
  );
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
