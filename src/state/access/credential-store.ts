import type pg from 'pg';
import type { CredentialSummary, SecretKind, StoredSecret } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { notifyAccess } from './notify-access.ts';

export type CredentialStore = ReturnType<typeof createCredentialStore>;

export type NewLogin = {
  organizationId: number;
  sourceSystemId: number;
  userName: string;
  /** The user name folded: the key of the directory. */
  userNameKey: string;
};

/** A new secret of a login. The old ones stay valid until `overlapUntil`; `at` is now. */
export type Replacement = {
  organizationId: number;
  userNameKey: string;
  id: string;
  secret: StoredSecret;
  at: Date;
  overlapUntil: Date;
};

/** The administration of logins and their secrets. Every change reaches all processes at its commit. */
export function createCredentialStore({ pool }: { pool: pg.Pool }) {
  return {
    /** Throws GatewayError: `not_found` (source system), `invalid_request` (a reserved one), `conflict` (name taken). */
    async addLogin(login: NewLogin, id: string, secret: StoredSecret): Promise<CredentialSummary> {
      const { organizationId, sourceSystemId, userName, userNameKey } = login;
      return inOrganization(pool, organizationId, async (client) => {
        await refuseReserved(client, organizationId, sourceSystemId);
        const { rowCount } = await client.query(
          `insert into login_directory (user_name_key, user_name, organization_id, source_system_id)
           values ($1, $2, $3, $4) on conflict (user_name_key) do nothing`,
          [userNameKey, userName, organizationId, sourceSystemId],
        );
        if (rowCount === 0) throw nameTaken(userName);
        await insertCredential(client, organizationId, userNameKey, id, secret);
        await notifyAccess(client, { kind: 'login', userName: userNameKey });
        return readSummary(client, organizationId, id);
      });
    },

    /** Adds a secret to a login and sets the end of the others. Throws GatewayError `not_found`. */
    async replaceSecret(replacement: Replacement): Promise<CredentialSummary> {
      const { organizationId, userNameKey, id, secret } = replacement;
      return inOrganization(pool, organizationId, async (client) => {
        await lockLogin(client, organizationId, userNameKey);
        await endOthers(client, replacement);
        await insertCredential(client, organizationId, userNameKey, id, secret);
        await notifyAccess(client, { kind: 'login', userName: userNameKey });
        return readSummary(client, organizationId, id);
      });
    },

    /** Ends a credential at once and forgets its secret. Throws GatewayError `not_found`. */
    async revoke(organizationId: number, id: string): Promise<CredentialSummary> {
      return inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<{ user_name_key: string }>(
          `update credential set revoked_at = coalesce(revoked_at, now()), hash = null, sealed = null
            where organization_id = $1 and id = $2 returning user_name_key`,
          [organizationId, id],
        );
        if (rows[0] === undefined) throw new GatewayError('not_found', `There is no credential ${id}.`);
        await notifyAccess(client, { kind: 'login', userName: rows[0].user_name_key });
        return readSummary(client, organizationId, id);
      });
    },

    /** Frees a user name, with all its credentials. Throws GatewayError `not_found`. */
    async removeLogin(organizationId: number, userNameKey: string): Promise<void> {
      await inOrganization(pool, organizationId, async (client) => {
        await lockLogin(client, organizationId, userNameKey);
        await client.query('delete from login_directory where organization_id = $1 and user_name_key = $2', [
          organizationId,
          userNameKey,
        ]);
        await notifyAccess(client, { kind: 'login', userName: userNameKey });
      });
    },

    /** The credentials of an organization or of one of its source systems, newest first; revoked ones included. */
    async list(organizationId: number, sourceSystemId?: number): Promise<CredentialSummary[]> {
      return inOrganization(pool, organizationId, async (client) => {
        const { rows } = await client.query<SummaryRow>(
          `${selectSummary} and ($2::integer is null or l.source_system_id = $2) order by c.created_at desc, c.id desc`,
          [organizationId, sourceSystemId ?? null],
        );
        return rows.map(toSummary);
      });
    },

    /** One credential; throws GatewayError `not_found`. */
    async get(organizationId: number, id: string): Promise<CredentialSummary> {
      return inOrganization(pool, organizationId, (client) => readSummary(client, organizationId, id));
    },
  };
}

async function refuseReserved(client: pg.ClientBase, organizationId: number, sourceSystemId: number): Promise<void> {
  const { rows } = await client.query<{ reserved: boolean }>(
    'select reserved from source_system where organization_id = $1 and id = $2',
    [organizationId, sourceSystemId],
  );
  if (rows[0] === undefined) throw new GatewayError('not_found', `There is no source system ${sourceSystemId}.`);
  if (rows[0].reserved) {
    throw new GatewayError('invalid_request', 'No message may come from this source system, so it has no logins.');
  }
}

function nameTaken(userName: string): GatewayError {
  return new GatewayError(
    'conflict',
    `The user name ${userName} is taken: user names are unique over all organizations. Choose another, or rotate the existing credential.`,
    { field: 'userName' },
  );
}

/** Two rotations of one login take turns. */
async function lockLogin(client: pg.ClientBase, organizationId: number, userNameKey: string): Promise<void> {
  const { rowCount } = await client.query(
    'select 1 from login_directory where organization_id = $1 and user_name_key = $2 for update',
    [organizationId, userNameKey],
  );
  if (rowCount === 0) throw new GatewayError('not_found', 'There is no such login in this organization.');
}

/** The old secrets end with the overlap; those that have ended are forgotten. */
async function endOthers(client: pg.ClientBase, { organizationId, userNameKey, overlapUntil, at }: Replacement) {
  await client.query(
    `update credential c
        set valid_until = e.ends_at,
            revoked_at = case when e.ended then $4::timestamptz end,
            hash = case when not e.ended then c.hash end,
            sealed = case when not e.ended then c.sealed end
       from (select id, least(valid_until, $3) as ends_at, least(valid_until, $3) <= $4 as ended
               from credential
              where organization_id = $1 and user_name_key = $2 and revoked_at is null) e
      where c.organization_id = $1 and c.id = e.id`,
    [organizationId, userNameKey, overlapUntil, at],
  );
}

async function insertCredential(
  client: pg.ClientBase,
  organizationId: number,
  userNameKey: string,
  id: string,
  secret: StoredSecret,
): Promise<void> {
  await client.query(
    `insert into credential (organization_id, id, user_name_key, kind, hash, sealed) values ($1, $2, $3, $4, $5, $6)`,
    [
      organizationId,
      id,
      userNameKey,
      secret.kind,
      secret.kind === 'hashed' ? secret.hash : null,
      secret.kind === 'sealed' ? secret.sealed : null,
    ],
  );
}

const selectSummary = `
  select c.id, l.source_system_id, l.user_name, c.kind, c.created_at, c.last_used_at, c.valid_until, c.revoked_at
    from credential c
    join login_directory l on l.organization_id = c.organization_id and l.user_name_key = c.user_name_key
   where c.organization_id = $1`;

type SummaryRow = {
  id: string;
  source_system_id: number;
  user_name: string;
  kind: SecretKind;
  created_at: Date;
  last_used_at: Date | null;
  valid_until: Date | null;
  revoked_at: Date | null;
};

async function readSummary(client: pg.ClientBase, organizationId: number, id: string): Promise<CredentialSummary> {
  const { rows } = await client.query<SummaryRow>(`${selectSummary} and c.id = $2`, [organizationId, id]);
  if (rows[0] === undefined) throw new GatewayError('not_found', `There is no credential ${id}.`);
  return toSummary(rows[0]);
}

function toSummary(row: SummaryRow): CredentialSummary {
  return {
    id: row.id,
    sourceSystemId: row.source_system_id,
    userName: row.user_name,
    kind: row.kind,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    validUntil: row.valid_until,
    revokedAt: row.revoked_at,
  };
}
