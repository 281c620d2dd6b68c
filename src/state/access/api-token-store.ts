import type pg from 'pg';
import type { ApiToken } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';
import { notifyAccess } from './notify-access.ts';

export type NewApiToken = {
  id: string;
  label: string;
  /** SHA-256 of the whole token. */
  hash: Buffer;
  organizationId: number | null;
  scopes: readonly string[];
  expiresAt: Date | null;
};

/** Tokens of the administration API, known by the hash of the token. */
export function createApiTokenStore({ pool }: { pool: pg.Pool }) {
  return {
    /** Throws GatewayError `conflict` when this very token exists. */
    async add(token: NewApiToken): Promise<ApiToken> {
      const { rows } = await pool.query<ApiTokenRow>(
        `insert into api_token (id, label, hash, organization_id, scopes, expires_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning ${columns}`,
        [token.id, token.label, token.hash, token.organizationId, token.scopes, token.expiresAt],
      );
      if (rows[0] === undefined) throw new GatewayError('conflict', 'This token exists already.');
      // A gateway may remember for some seconds that there was no such token.
      await notifyAccess(pool, { kind: 'api_token' });
      return toApiToken(rows[0]);
    },

    /** The token with this hash, revoked and expired ones included, and its hash. */
    async findByHash(hash: Buffer): Promise<ApiToken | undefined> {
      const { rows } = await pool.query<ApiTokenRow>({
        name: 'api-token-by-hash',
        text: `select ${columns} from api_token where hash = $1`,
        values: [hash],
      });
      return rows[0] && toApiToken(rows[0]);
    },

    /** The tokens of an organization; null = of the whole gateway; absent = all. Newest first. */
    async list(organizationId?: number | null): Promise<ApiToken[]> {
      const { rows } = await pool.query<ApiTokenRow>(
        `select ${columns} from api_token
          where $1 or organization_id is not distinct from $2 order by created_at desc, id`,
        [organizationId === undefined, organizationId ?? null],
      );
      return rows.map(toApiToken);
    },

    /** Ends a token at once; `organizationId` absent = whosever it is. Throws GatewayError `not_found`. */
    async revoke(id: string, organizationId?: number | null): Promise<ApiToken> {
      const { rows } = await pool.query<ApiTokenRow>(
        `update api_token set revoked_at = coalesce(revoked_at, now())
          where id = $1 and ($2 or organization_id is not distinct from $3) returning ${columns}`,
        [id, organizationId === undefined, organizationId ?? null],
      );
      if (rows[0] === undefined) throw new GatewayError('not_found', `There is no token ${id}.`);
      await notifyAccess(pool, { kind: 'api_token' });
      return toApiToken(rows[0]);
    },

    /** Notes that a token was used; called about once an hour and token. */
    async touch(id: string, at: Date): Promise<void> {
      await pool.query('update api_token set last_used_at = $2 where id = $1', [id, at]);
    },
  };
}

const columns = 'id, label, organization_id, scopes, created_at, expires_at, last_used_at, revoked_at';

type ApiTokenRow = {
  id: string;
  label: string;
  organization_id: number | null;
  scopes: string[];
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
};

function toApiToken(row: ApiTokenRow): ApiToken {
  return {
    id: row.id,
    label: row.label,
    organizationId: row.organization_id,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
