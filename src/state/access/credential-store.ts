import type pg from 'pg';
import type { CertificateFacts, CredentialSummary, LoginKey, SshKeyFacts, StoredSecret } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { refuseTooMany } from './credential-bounds.ts';
import { readSummary, selectSummary, type SummaryRow, toSummary } from './credential-summary.ts';
import { forgetKeys, insertKeys } from './login-keys.ts';
import { notifyAccess } from './notify-access.ts';

export type CredentialStore = ReturnType<typeof createCredentialStore>;

export type NewLogin = {
  organizationId: number;
  sourceSystemId: number;
  userName: string;
  /** The user name folded: the key of the directory. */
  userNameKey: string;
};

/** A secret of a login as it is stored, and by what else than the user name it is found. */
export type NewCredential = {
  id: string;
  secret: StoredSecret;
  /** Of a certificate. */
  facts?: CertificateFacts;
  /** Of a public key of SSH. */
  sshKey?: SshKeyFacts;
  keys: readonly LoginKey[];
};

/** A new secret of a login in the place of the credential `replaces`, which stays valid until `overlapUntil`; `at` is now. */
export type Replacement = NewCredential & {
  organizationId: number;
  userNameKey: string;
  replaces: string;
  at: Date;
  overlapUntil: Date;
};

/** The administration of logins and their secrets. Every change reaches all processes at its commit. */
export function createCredentialStore({ pool }: { pool: pg.Pool }) {
  return {
    /**
     * Makes a login with its first credential, or gives a login of the same source system another one: it has one password
     * at most, beside API keys and certificates. Throws GatewayError: `not_found` (source system), `invalid_request` (a
     * reserved one), `conflict` (name or certificate taken, too many of them).
     */
    async addCredential(login: NewLogin, credential: NewCredential): Promise<CredentialSummary> {
      const { organizationId, sourceSystemId, userName, userNameKey } = login;
      return inOrganization(pool, organizationId, async (client) => {
        await refuseReserved(client, organizationId, sourceSystemId);
        const { rowCount } = await client.query(
          `insert into login_directory (user_name_key, user_name, organization_id, source_system_id)
           values ($1, $2, $3, $4) on conflict (user_name_key) do nothing`,
          [userNameKey, userName, organizationId, sourceSystemId],
        );
        if (rowCount === 0) await refuseTaken(client, login, credential);
        await insertCredential(client, organizationId, userNameKey, credential);
        await notifyAccess(client, { kind: 'login', userName: userNameKey });
        return readSummary(client, organizationId, credential.id);
      });
    },

    /** Adds a secret to a login and sets the end of those that it replaces. Throws GatewayError `not_found`, `conflict`. */
    async replaceSecret(replacement: Replacement): Promise<CredentialSummary> {
      const { organizationId, userNameKey, id } = replacement;
      return inOrganization(pool, organizationId, async (client) => {
        await lockLogin(client, organizationId, userNameKey);
        await endReplaced(client, replacement);
        // First the new ones: a key that stays stays proven.
        await insertCredential(client, organizationId, userNameKey, replacement);
        await forgetKeys(client, organizationId, userNameKey);
        await notifyAccess(client, { kind: 'login', userName: userNameKey });
        return readSummary(client, organizationId, id);
      });
    },

    /** Ends a credential at once and forgets its secret. Throws GatewayError `not_found`. */
    async revoke(organizationId: number, id: string): Promise<CredentialSummary> {
      return inOrganization(pool, organizationId, async (client) => {
        const userNameKey = await lockLoginOf(client, organizationId, id);
        await client.query(
          `update credential set revoked_at = coalesce(revoked_at, now()), hash = null, sealed = null
            where organization_id = $1 and id = $2`,
          [organizationId, id],
        );
        await forgetKeys(client, organizationId, userNameKey);
        await notifyAccess(client, { kind: 'login', userName: userNameKey });
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

/**
 * The login of a credential, as `lockLogin` locks it: a key of the login is not forgotten while another transaction gives it
 * a new credential with that key.
 */
async function lockLoginOf(client: pg.ClientBase, organizationId: number, id: string): Promise<string> {
  const { rows } = await client.query<{ user_name_key: string }>(
    `select l.user_name_key
       from credential c
       join login_directory l on l.organization_id = c.organization_id and l.user_name_key = c.user_name_key
      where c.organization_id = $1 and c.id = $2
        for update of l`,
    [organizationId, id],
  );
  if (rows[0] === undefined) throw new GatewayError('not_found', `There is no credential ${id}.`);
  return rows[0].user_name_key;
}

/** Changes of one login take turns. */
async function lockLogin(client: pg.ClientBase, organizationId: number, userNameKey: string): Promise<void> {
  const { rowCount } = await client.query(
    'select 1 from login_directory where organization_id = $1 and user_name_key = $2 for update',
    [organizationId, userNameKey],
  );
  if (rowCount === 0) throw new GatewayError('not_found', 'There is no such login in this organization.');
}

/** A login that exists may have more credentials, of the same source system, but only one password. */
async function refuseTaken(
  client: pg.ClientBase,
  { organizationId, sourceSystemId, userName, userNameKey }: NewLogin,
  { secret }: NewCredential,
): Promise<void> {
  const { rowCount: own } = await client.query(
    `select 1 from login_directory
      where organization_id = $1 and source_system_id = $2 and user_name_key = $3 for update`,
    [organizationId, sourceSystemId, userNameKey],
  );
  if (own === 0) throw nameTaken(userName);
  if (!isPassword(secret)) return;
  // A statement of its own: only one that begins once the login is locked sees what others gave it until then.
  const { rowCount: passwords } = await client.query(
    `select 1 from credential
      where organization_id = $1 and user_name_key = $2 and kind in ('hashed', 'sealed') limit 1`,
    [organizationId, userNameKey],
  );
  if (passwords !== 0) throw nameTaken(userName);
}

function isPassword({ kind }: StoredSecret): boolean {
  return kind === 'hashed' || kind === 'sealed';
}

/**
 * What is replaced ends with the overlap; what has ended is forgotten. A new password replaces every password of the login,
 * a new API key or certificate the one that was named.
 */
async function endReplaced(
  client: pg.ClientBase,
  { organizationId, userNameKey, overlapUntil, at, replaces, secret }: Replacement,
): Promise<void> {
  await client.query(
    `update credential c
        set valid_until = e.ends_at,
            revoked_at = case when e.ended then $4::timestamptz end,
            hash = case when not e.ended then c.hash end,
            sealed = case when not e.ended then c.sealed end
       from (select id, least(valid_until, $3) as ends_at, least(valid_until, $3) <= $4 as ended
               from credential
              where organization_id = $1 and user_name_key = $2 and revoked_at is null
                and case when $6 then kind in ('hashed', 'sealed') else id = $5 end) e
      where c.organization_id = $1 and c.id = e.id`,
    [organizationId, userNameKey, overlapUntil, at, replaces, isPassword(secret)],
  );
}

async function insertCredential(
  client: pg.ClientBase,
  organizationId: number,
  userNameKey: string,
  { id, secret, facts, sshKey, keys }: NewCredential,
): Promise<void> {
  for (const displaced of await insertKeys(client, userNameKey, keys))
    await notifyAccess(client, { kind: 'login', userName: displaced });
  await client.query(
    `insert into credential (organization_id, id, user_name_key, kind, hash, sealed, certificate, pin,
                             subject, fingerprint, not_before, not_after, login_keys, ssh_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      organizationId,
      id,
      userNameKey,
      secret.kind,
      'hash' in secret ? secret.hash : null,
      'sealed' in secret ? secret.sealed : null,
      ...('certificate' in secret ? [secret.certificate, secret.pin] : [null, null]),
      ...[facts?.subject, facts?.fingerprint ?? sshKey?.fingerprint, facts?.notBefore, facts?.notAfter].map(
        (value) => value ?? null,
      ),
      keys.map(({ key }) => key),
      'publicKey' in secret ? secret.publicKey : null,
    ],
  );
  await refuseTooMany(client, organizationId, userNameKey, keys);
}
