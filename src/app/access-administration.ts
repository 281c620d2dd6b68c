import type pg from 'pg';
import { type ApiTokens, createApiTokens } from '../auth/api-tokens.ts';
import { createCredentials, type Credentials } from '../auth/credentials.ts';
import { createPasswords } from '../auth/passwords.ts';
import type { Sealer } from '../domain/access.ts';
import type { Log } from '../log.ts';
import { createApiTokenStore } from '../state/access/api-token-store.ts';
import { createCredentialStore } from '../state/access/credential-store.ts';
import { createLoginStore } from '../state/access/login-store.ts';

export type AccessAdministration = { readonly credentials: Credentials; readonly apiTokens: ApiTokens };

/** What commands use of it, apart from the chain, which knows every way to come in and takes long to load. */
export function createAccessAdministration(pool: pg.Pool, sealer: Sealer, log: Log): AccessAdministration {
  return {
    credentials: createCredentials({
      store: createCredentialStore({ pool }),
      logins: createLoginStore({ pool }),
      sealer,
      passwords: createPasswords(),
    }),
    apiTokens: createApiTokens({ store: createApiTokenStore({ pool }), log }),
  };
}
