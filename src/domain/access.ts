/**
 * Who may come in: logins of source systems, lock-outs, tokens of administrators. Plain records, shared by the
 * authenticators that judge them and the state that keeps them.
 */

/** Keeps bytes unreadable without the key. `context` names what the bytes belong to: opening them elsewhere fails. */
export interface Sealer {
  /** Names the key, so that another one can be told from damage. */
  readonly keyId: string;
  seal(plain: Buffer, context: string): Buffer;
  /** Throws when the bytes were changed, belong to another context, or were sealed with an unknown key. */
  open(sealed: Buffer, context: string): Buffer;
}

/**
 * How a secret is kept.
 * - hashed: argon2id; nobody can read it again. Serves passwords sent as they are (HTTP Basic, PasswordText).
 * - sealed: AES-256-GCM, readable with the gateway's key. PasswordDigest needs it; chosen explicitly.
 */
export const secretKinds = ['hashed', 'sealed'] as const;
export type SecretKind = (typeof secretKinds)[number];

export type StoredSecret =
  | { readonly kind: 'hashed'; /** PHC string */ readonly hash: string }
  | { readonly kind: 'sealed'; readonly sealed: Buffer };

/** One secret of a login. Two are valid at once while a rotation overlaps. */
export interface Credential {
  readonly id: string;
  readonly secret: StoredSecret;
  readonly validUntil: Date | null;
  /** Coarse: to the hour. */
  readonly lastUsedAt: Date | null;
}

/** What an organization or a source system demands beside the right secret; null = no restriction. */
export interface AccessPolicy {
  /** Names of the links of the authenticator chain that may identify it. */
  readonly mechanisms: readonly string[] | null;
  /** Addresses or CIDR blocks that its messages must come from. */
  readonly allowedAddresses: readonly string[] | null;
}

/** A user name and the one source system it stands for (rule 7 of the chain). User names are unique over all organizations. */
export interface Login {
  readonly userName: string;
  readonly organizationId: number;
  readonly sourceSystemId: number;
  /** Neither revoked nor expired when they were read. */
  readonly credentials: readonly Credential[];
  readonly policies: readonly AccessPolicy[];
}

/** A credential as administrators see it: never its secret. */
export interface CredentialSummary {
  readonly id: string;
  readonly sourceSystemId: number;
  readonly userName: string;
  readonly kind: SecretKind;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly validUntil: Date | null;
  readonly revokedAt: Date | null;
}

/** Failed attempts of one (user name, address) pair; the user name '' stands for the address as a whole. */
export interface FailedAttempts {
  readonly userName: string;
  readonly address: string;
  readonly failures: number;
  readonly windowStartedAt: Date;
  readonly lockedUntil: Date | null;
}

/** A bearer token of the administration API. */
export interface ApiToken {
  readonly id: string;
  readonly label: string;
  /** null = the operator of the whole gateway. */
  readonly organizationId: number | null;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Coarse: to the hour. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}
