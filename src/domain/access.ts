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
 * What a sender proves itself with, and how it is kept.
 * - hashed: a password, as argon2id; nobody can read it again. Serves passwords sent as they are (HTTP Basic, PasswordText).
 * - sealed: a password, as AES-256-GCM, readable with the gateway's key. PasswordDigest and OAuth 1.0a need it; chosen explicitly.
 * - api_key: a random key of ours, as SHA-256.
 * - certificate: an X.509 certificate of the sender's; there is no secret here.
 * - ssh_key: a public key of the sender's, for SFTP; there is no secret here either.
 */
export const secretKinds = ['hashed', 'sealed', 'api_key', 'certificate', 'ssh_key'] as const;
export type SecretKind = (typeof secretKinds)[number];

/** `certificate`: this very one. `public_key`: any certificate that bears its public key, so that it may be renewed. */
export const certificatePins = ['certificate', 'public_key'] as const;
export type CertificatePin = (typeof certificatePins)[number];

/** What administrators see of a pinned certificate. */
export interface CertificateFacts {
  readonly subject: string;
  /** SHA-256 of the DER bytes, in lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly pin: CertificatePin;
}

export type StoredSecret =
  | { readonly kind: 'hashed'; /** PHC string */ readonly hash: string }
  | { readonly kind: 'sealed'; readonly sealed: Buffer }
  | { readonly kind: 'api_key'; /** SHA-256 of the whole key, in hexadecimal. */ readonly hash: string }
  | { readonly kind: 'certificate'; /** DER */ readonly certificate: Buffer; readonly pin: CertificatePin }
  | {
      readonly kind: 'ssh_key';
      /** As one line of an authorized_keys file, without its comment. */ readonly publicKey: string;
    };

/** What administrators see of a public key of SSH. */
export interface SshKeyFacts {
  /** `ssh-ed25519`, `ssh-rsa`... */
  readonly algorithm: string;
  /** `SHA256:...`, as ssh-keygen -l shows it. */
  readonly fingerprint: string;
}

/** The links of the door of SFTP, whose names access policies may hold beside those of the chain. */
export const sftpLinkNames = ['sftp-password', 'sftp-public-key'] as const;

/** By what else than its user name a login is found. An exclusive key names one login; others are hints. */
export interface LoginKey {
  readonly key: string;
  readonly exclusive: boolean;
  /** Its holder has signed that it is this login's. */
  readonly proven?: true;
}

/** One secret of a login. Two are valid at once while a rotation overlaps. */
export interface Credential {
  readonly id: string;
  readonly secret: StoredSecret;
  readonly validUntil: Date | null;
  /** Coarse: to the hour. */
  readonly lastUsedAt: Date | null;
}

/** The links of the shipped authenticator chain, in the order in which they are tried unless the operator sets another. */
export const linkNames = [
  'wss-x509',
  'wss-password-digest',
  'wss-password-text',
  'oauth2-bearer',
  'oauth1-body-hash',
  'api-key',
  'http-basic',
  'tls-client-certificate',
] as const;
export type LinkName = (typeof linkNames)[number];

/** One link of the chain as the operator configured it. */
export interface ConfiguredLink {
  readonly name: LinkName;
  readonly role: 'identify' | 'require';
}

/** What an organization or a source system demands beside the right secret; null = no restriction. */
export interface AccessPolicy {
  /** Names of the links of the authenticator chain that may identify it. */
  readonly mechanisms: readonly string[] | null;
  /** Addresses or CIDR blocks that its messages must come from. */
  readonly allowedAddresses: readonly string[] | null;
  /** Names of links that must agree with the one that identifies: a signature or a client certificate beside a password. */
  readonly requires?: readonly string[] | null;
}

/** A policy with who set it, and when; null: nobody did, or before this was kept. */
export interface ChosenPolicy {
  readonly policy: AccessPolicy;
  readonly changedAt: string | null;
  readonly changedBy: string | null;
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
  /** Of the kind `certificate` only. */
  readonly certificate: CertificateFacts | null;
  /** Of the kind `ssh_key` only. */
  readonly sshKey: SshKeyFacts | null;
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
