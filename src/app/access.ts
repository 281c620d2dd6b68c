import type pg from 'pg';
import { createAccessChanges } from '../auth/access-changes.ts';
import { createChainLinks } from '../auth/chain.ts';
import { createCredentialVerifier } from '../auth/credential-verifier.ts';
import { createLockout, defaultLockoutPolicy, type Lockout } from '../auth/lockout.ts';
import { createLoginKeys } from '../auth/login-keys.ts';
import { createLogins, type Logins } from '../auth/logins.ts';
import { createAccessTokens } from '../auth/oauth2/access-tokens.ts';
import { createTokenIssuer, type TokenIssuer } from '../auth/oauth2/client-credentials.ts';
import { createPasswords } from '../auth/passwords.ts';
import { createSftpAuthentication, type SftpAuthentication } from '../auth/sftp.ts';
import { createVerificationQueue } from '../auth/verification-queue.ts';
import type { Config } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { Log } from '../log.ts';
import { type AuthenticatorChain, type ChainLink, createAuthenticatorChain } from '../pipeline/authenticate.ts';
import type { MessageAuthenticator } from '../pipeline/ports.ts';
import { type AccessPolicyStore, createAccessPolicyStore } from '../state/access/access-policy-store.ts';
import { createLockoutStore } from '../state/access/lockout-store.ts';
import { createLoginStore } from '../state/access/login-store.ts';
import { type AccessAdministration, createAccessAdministration } from './access-administration.ts';
import type { Releases } from './releases.ts';

/** Who may come in, and its administration. */
export type Access = AccessAdministration & {
  readonly chain: AuthenticatorChain;
  /** Absent where no link takes access tokens. */
  readonly tokenIssuer?: TokenIssuer;
  readonly sftp: SftpAuthentication;
  readonly lockout: Lockout;
  readonly accessPolicies: AccessPolicyStore;
  readonly logins: Logins;
  /** The links of the chain, in their order. */
  readonly inbound: readonly Pick<MessageAuthenticator, 'name' | 'role'>[];
  /** Takes the payload of a configuration notification. */
  changed(payload: string): Promise<void>;
  /** Drops all that is remembered: notifications may have been missed. */
  forgetAll(): void;
};

export function createAccess(
  config: Config,
  pool: pg.Pool,
  sealer: Sealer,
  log: Log,
  releases: Releases,
  plugIns: readonly MessageAuthenticator[] = [],
): Access {
  const administration = createAccessAdministration(pool, sealer, log);
  const loginStore = createLoginStore({ pool });
  const logins = createLogins({ source: loginStore });
  const loginKeys = createLoginKeys({ source: loginStore });
  const lockout = createLockout({ store: createLockoutStore({ pool }), log, policy: lockoutPolicy(config) });
  releases.add('lock-outs', () => lockout.close());
  const verifier = createCredentialVerifier({
    logins,
    sealer,
    log,
    passwords: createPasswords(),
    queue: createVerificationQueue(),
    touch: (organizationId, credentialId, at) => loginStore.touch(organizationId, credentialId, at),
  });
  const freshness = { freshnessMs: config.digestMaxAgeS * 1_000, skewMs: config.digestMaxSkewS * 1_000 };
  const accessTokens = createAccessTokens({ sealer, lifetimeS: config.accessTokenS });
  const { links, ...others } = createChainLinks(
    {
      verifier,
      logins,
      loginKeys,
      accessTokens,
      freshness,
      sha1: config.allowSha1Signatures,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    },
    config.authenticators,
    plugIns,
  );
  const chainOf = (of: readonly ChainLink[]) =>
    createAuthenticatorChain({
      ...others,
      links: of,
      directory: logins,
      lockout,
      clearText: config.allowClearText ? 'permitted' : 'refused',
      log,
    });
  const takesTokens = config.authenticators.some(({ name }) => name === 'oauth2-bearer');
  const { apiTokens } = administration;
  return {
    ...administration,
    chain: chainOf(links),
    sftp: createSftpAuthentication({ verifier, logins, chainOf }),
    inbound: [...config.authenticators, ...plugIns],
    ...(takesTokens ? { tokenIssuer: createTokenIssuer({ verifier, accessTokens, chainOf }) } : {}),
    lockout,
    logins,
    accessPolicies: createAccessPolicyStore({ pool }),
    changed: createAccessChanges({ logins, loginKeys, apiTokens, lockout }),
    forgetAll() {
      logins.forget();
      loginKeys.forget();
      apiTokens.forget();
      lockout.refresh().catch((error: unknown) => log.warn({ err: error }, 'lock-outs could not be read'));
    },
  };
}

function lockoutPolicy({ lockoutFailures, lockoutWindowS, lockoutS }: Config) {
  return {
    ...defaultLockoutPolicy,
    maxFailures: lockoutFailures,
    windowMs: lockoutWindowS * 1_000,
    lockMs: lockoutS * 1_000,
  };
}
