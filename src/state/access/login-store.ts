import type pg from 'pg';
import type { AccessPolicy, Credential, Login, StoredSecret } from '../../domain/access.ts';
import { inOrganization } from '../in-transaction.ts';

export type LoginStore = ReturnType<typeof createLoginStore>;

/** Reads logins for the authenticator chain: first the directory, then the rows of the organization it names. */
export function createLoginStore({ pool }: { pool: pg.Pool }) {
  return {
    /** The login of a folded user name with the credentials valid at `at` and the policies that bind it. */
    async find(userNameKey: string, at: Date): Promise<Login | undefined> {
      const { rows } = await pool.query<DirectoryRow>({
        name: 'access-directory',
        text: 'select user_name, organization_id, source_system_id from login_directory where user_name_key = $1',
        values: [userNameKey],
      });
      const row = rows[0];
      if (row === undefined) return undefined;
      return inOrganization(pool, row.organization_id, async (client) => ({
        userName: row.user_name,
        organizationId: row.organization_id,
        sourceSystemId: row.source_system_id,
        credentials: await readCredentials(client, row.organization_id, userNameKey, at),
        policies: await readPolicies(client, row.organization_id, row.source_system_id),
      }));
    },

    /** Notes that a credential was used; called about once an hour and credential. */
    async touch(organizationId: number, credentialId: string, at: Date): Promise<void> {
      await inOrganization(pool, organizationId, (client) =>
        client.query('update credential set last_used_at = $3 where organization_id = $1 and id = $2', [
          organizationId,
          credentialId,
          at,
        ]),
      );
    },
  };
}

type DirectoryRow = { user_name: string; organization_id: number; source_system_id: number };

type CredentialRow = {
  id: string;
  hash: string | null;
  sealed: Buffer | null;
  valid_until: Date | null;
  last_used_at: Date | null;
};

async function readCredentials(
  client: pg.ClientBase,
  organizationId: number,
  userNameKey: string,
  at: Date,
): Promise<Credential[]> {
  const { rows } = await client.query<CredentialRow>(
    `select id, hash, sealed, valid_until, last_used_at
       from credential
      where organization_id = $1 and user_name_key = $2 and revoked_at is null
        and (valid_until is null or valid_until > $3)
      order by created_at desc`,
    [organizationId, userNameKey, at],
  );
  return rows.map((row) => ({
    id: row.id,
    secret: toSecret(row),
    validUntil: row.valid_until,
    lastUsedAt: row.last_used_at,
  }));
}

function toSecret({ hash, sealed }: CredentialRow): StoredSecret {
  if (sealed !== null) return { kind: 'sealed', sealed };
  if (hash !== null) return { kind: 'hashed', hash };
  throw new Error('a credential that is not revoked has a secret');
}

async function readPolicies(
  client: pg.ClientBase,
  organizationId: number,
  sourceSystemId: number,
): Promise<AccessPolicy[]> {
  const { rows } = await client.query<{ mechanisms: string[] | null; allowed_addresses: string[] | null }>(
    `select mechanisms, allowed_addresses from access_policy
      where organization_id = $1 and scope in (0, $2) order by scope`,
    [organizationId, sourceSystemId],
  );
  return rows.map((row) => ({ mechanisms: row.mechanisms, allowedAddresses: row.allowed_addresses }));
}
