import type pg from 'pg';
import type { AccessPolicy, CertificatePin, Credential, Login, StoredSecret } from '../../domain/access.ts';
import { inOrganization } from '../in-transaction.ts';
import { accessPolicyColumns, type AccessPolicyRow, toAccessPolicy } from './access-policy-store.ts';

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

    /** The folded user names of the logins that a key names. */
    async findByKey(key: string): Promise<string[]> {
      const { rows } = await pool.query<{ user_name_key: string }>({
        name: 'access-login-key',
        text: 'select user_name_key from login_key where key = $1',
        values: [key],
      });
      return rows.map((row) => row.user_name_key);
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
  kind: StoredSecret['kind'];
  hash: string | null;
  sealed: Buffer | null;
  certificate: Buffer | null;
  ssh_key: string | null;
  pin: CertificatePin | null;
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
    `select id, kind, hash, sealed, certificate, pin, ssh_key, valid_until, last_used_at
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

function toSecret({ kind, hash, sealed, certificate, pin, ssh_key: publicKey }: CredentialRow): StoredSecret {
  if (sealed !== null) return { kind: 'sealed', sealed };
  if (hash !== null) return { kind: kind === 'api_key' ? 'api_key' : 'hashed', hash };
  if (certificate !== null && pin !== null) return { kind: 'certificate', certificate, pin };
  if (publicKey !== null) return { kind: 'ssh_key', publicKey };
  throw new Error('a credential that is not revoked has a secret');
}

async function readPolicies(
  client: pg.ClientBase,
  organizationId: number,
  sourceSystemId: number,
): Promise<AccessPolicy[]> {
  const { rows } = await client.query<AccessPolicyRow>(
    `select ${accessPolicyColumns} from access_policy
      where organization_id = $1 and scope in (0, $2) order by scope`,
    [organizationId, sourceSystemId],
  );
  return rows.map(toAccessPolicy);
}
