import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { createApiTokens } from '../../src/auth/api-tokens.ts';
import { createAccessChanges } from '../../src/auth/access-changes.ts';
import { createChainLinks } from '../../src/auth/chain.ts';
import { createCredentialVerifier } from '../../src/auth/credential-verifier.ts';
import { createCredentials } from '../../src/auth/credentials.ts';
import { createLockout } from '../../src/auth/lockout.ts';
import { defaultLockoutPolicy } from '../../src/auth/lockout-policy.ts';
import { createLoginKeys } from '../../src/auth/login-keys.ts';
import { createLogins } from '../../src/auth/logins.ts';
import { createAccessTokens } from '../../src/auth/oauth2/access-tokens.ts';
import { createTokenIssuer } from '../../src/auth/oauth2/client-credentials.ts';
import { createPasswords } from '../../src/auth/passwords.ts';
import { createSftpAuthentication } from '../../src/auth/sftp.ts';
import { createSealer } from '../../src/auth/seal.ts';
import { createVerificationQueue } from '../../src/auth/verification-queue.ts';
import { type ConfiguredLink, linkNames } from '../../src/domain/access.ts';
import { type ChainLink, createAuthenticatorChain } from '../../src/pipeline/authenticate.ts';
import { createAccessPolicyStore } from '../../src/state/access/access-policy-store.ts';
import { createApiTokenStore } from '../../src/state/access/api-token-store.ts';
import { createCredentialStore } from '../../src/state/access/credential-store.ts';
import { inOrganization, inTransaction } from '../../src/state/in-transaction.ts';
import { createLockoutStore } from '../../src/state/access/lockout-store.ts';
import { createLoginStore } from '../../src/state/access/login-store.ts';
import { createOrganization as insertOrganization } from '../../src/state/organizations.ts';

export const sealingKey = randomBytes(32);

/** The access side of one gateway process, wired as the composition root does it, on the real tables. */
export function createAccess(
  pool: pg.Pool,
  options: {
    now?: () => number;
    passwords?: ReturnType<typeof createPasswords>;
    configured?: readonly ConfiguredLink[];
  } = {},
) {
  const { now = Date.now, configured = linkNames.map((name) => ({ name, role: 'identify' as const })) } = options;
  const { passwords = createPasswords({ memoryCost: 1024, timeCost: 1 }) } = options;
  const logged: object[] = [];
  const note = (fields: object) => void logged.push(fields);
  const log = { warn: note, error: note };
  const sealer = createSealer(sealingKey);
  const loginStore = createLoginStore({ pool });
  const logins = createLogins({ source: loginStore, now });
  const loginKeys = createLoginKeys({ source: loginStore, now });
  const lockout = createLockout({
    store: createLockoutStore({ pool }),
    log,
    now,
    refreshMs: 0,
    policy: { ...defaultLockoutPolicy, delaysMs: [0] },
  });
  const apiTokens = createApiTokens({ store: createApiTokenStore({ pool }), log, now });
  const verifier = createCredentialVerifier({
    logins,
    sealer,
    passwords,
    queue: createVerificationQueue(),
    touch: loginStore.touch,
    log,
    now,
  });
  const accessTokens = createAccessTokens({ sealer, lifetimeS: 3_600, now });
  const { links, ...others } = createChainLinks({ verifier, logins, loginKeys, accessTokens, now }, configured);
  const chainOf = (of: readonly ChainLink[]) =>
    createAuthenticatorChain({ ...others, links: of, directory: logins, lockout, clearText: 'refused', log });
  return {
    chain: chainOf(links),
    tokenIssuer: createTokenIssuer({ verifier, accessTokens, chainOf }),
    sftp: createSftpAuthentication({ verifier, logins, chainOf }),
    logged,
    lockout,
    apiTokens,
    credentials: createCredentials({
      store: createCredentialStore({ pool }),
      logins: loginStore,
      sealer,
      passwords,
      now,
    }),
    policies: createAccessPolicyStore({ pool }),
    hear: createAccessChanges({ logins, loginKeys, apiTokens, lockout }),
  };
}

/** A fresh organization with one source system. */
export async function createOrganization(pool: pg.Pool): Promise<{ organizationId: number; sourceSystemId: number }> {
  const code = randomBytes(6).toString('hex');
  const organizationId = await inTransaction(pool, (client) => insertOrganization(client, code, code));
  return { organizationId, sourceSystemId: await createSourceSystem(pool, organizationId, 'sis') };
}

export async function createSourceSystem(
  pool: pg.Pool,
  organizationId: number,
  code: string,
  reserved = false,
): Promise<number> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ id: number }>(
      'insert into source_system (organization_id, code, name, reserved) values ($1, $2, $2, $3) returning id',
      [organizationId, code, reserved],
    );
    return rows[0]!.id;
  });
}
