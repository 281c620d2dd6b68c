import { createHash, randomBytes } from 'node:crypto';
import type { ApiToken } from '../domain/access.ts';
import { GatewayError } from '../domain/problem.ts';
import type { AuthenticationLog } from '../pipeline/authenticate.ts';
import { type Clock, createBoundedCache } from './bounded-cache.ts';
import { isScope, type Scope } from './scopes.ts';

/** Who calls the administration API. */
export type TokenBearer = {
  tokenId: string;
  label: string;
  /** null = the operator of the whole gateway. */
  organizationId: number | null;
  scopes: readonly Scope[];
  /** null = never. */
  expiresAt: Date | null;
};

/** Where tokens are kept, known by the SHA-256 of the whole token. */
export type ApiTokenStore = {
  add(token: Omit<ApiToken, 'createdAt' | 'lastUsedAt' | 'revokedAt'> & { hash: Buffer }): Promise<ApiToken>;
  findByHash(hash: Buffer): Promise<ApiToken | undefined>;
  list(organizationId?: number | null): Promise<ApiToken[]>;
  revoke(id: string, organizationId?: number | null): Promise<ApiToken>;
  touch(id: string, at: Date): Promise<void>;
};

export type NewToken = {
  label: string;
  organizationId: number | null;
  scopes: readonly Scope[];
  expiresAt?: Date;
  /** A fixed token of at least 16 characters, for scripts and demonstrations; else a random one is made. */
  token?: string;
};

export type ApiTokens = {
  /** Makes a token; it is shown here and never again. Throws GatewayError: `invalid_request`, `conflict` (it exists). */
  createToken(request: NewToken): Promise<{ token: string; apiToken: ApiToken }>;
  /** Who an Authorization header speaks for. Throws GatewayError: `credentials_missing`, `credentials_invalid`, `busy`. */
  verifyToken(authorization: string | undefined): Promise<TokenBearer>;
  /** The tokens of an organization; null = of the whole gateway; absent = all. */
  listTokens(organizationId?: number | null): Promise<ApiToken[]>;
  revokeToken(id: string, organizationId?: number | null): Promise<ApiToken>;
  /** Drops what is remembered: tokens have changed. */
  forget(): void;
};

const TTL_MS = 5_000;
const MAX_REMEMBERED = 10_000;
const TOUCH_INTERVAL_MS = 3_600_000;
const SHORTEST_TOKEN = 16;
const RETRY_AFTER_S = 2;

/** Bearer tokens. They are random, so their SHA-256 is all that is stored, and looking one up by it tells nothing by its time. */
export function createApiTokens(parts: { store: ApiTokenStore; log: AuthenticationLog; now?: Clock }): ApiTokens {
  const { store, log, now = Date.now } = parts;
  const known = createBoundedCache<ApiToken>({ max: MAX_REMEMBERED, ttlMs: TTL_MS, now });
  // Apart, so that a flood of invented tokens pushes no real one out.
  const unknown = createBoundedCache<true>({ max: MAX_REMEMBERED, ttlMs: TTL_MS, now });
  const touched = createBoundedCache<true>({ max: MAX_REMEMBERED, ttlMs: TOUCH_INTERVAL_MS, now });

  const find = async (hash: Buffer): Promise<ApiToken | undefined> => {
    const key = hash.toString('base64');
    const remembered = known.get(key);
    if (remembered !== undefined || unknown.get(key) === true) return remembered;
    const found = await store.findByHash(hash).catch((error: unknown) => {
      throw new GatewayError('busy', 'The token could not be checked just now.', {
        retryAfterS: RETRY_AFTER_S,
        cause: error,
      });
    });
    if (found === undefined) unknown.set(key, true);
    else known.set(key, found);
    return found;
  };

  const noteUse = (id: string): void => {
    if (touched.get(id) === true) return;
    touched.set(id, true);
    store
      .touch(id, new Date(now()))
      .catch((error: unknown) => log.warn({ err: error, tokenId: id }, 'the last use of a token could not be noted'));
  };

  return {
    async createToken({ label, organizationId, scopes, expiresAt, token: fixed }) {
      if (fixed !== undefined && (fixed.length < SHORTEST_TOKEN || !bearerToken.test(fixed))) throw unfitToken();
      const id = randomBytes(6).toString('hex');
      const token = fixed ?? `psl_${id}_${randomBytes(32).toString('base64url')}`;
      const apiToken = await store.add({
        id,
        label,
        organizationId,
        scopes,
        expiresAt: expiresAt ?? null,
        hash: sha256(token),
      });
      unknown.clear();
      return { token, apiToken };
    },

    async verifyToken(authorization) {
      const token = /^\s*bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) {
        throw new GatewayError('credentials_missing', 'Send a token: "Authorization: Bearer psl_...".');
      }
      const found = await find(sha256(token));
      const fault = faultOf(found, now());
      if (found === undefined || fault !== undefined) {
        throw new GatewayError('credentials_invalid', 'The token is unknown, expired or revoked.', {
          detail: fault ?? '',
        });
      }
      noteUse(found.id);
      const { id, label, organizationId, expiresAt } = found;
      return { tokenId: id, label, organizationId, scopes: found.scopes.filter(isScope), expiresAt };
    },

    listTokens: (organizationId) => store.list(organizationId),

    async revokeToken(id, organizationId) {
      const revoked = await store.revoke(id, organizationId);
      known.clear();
      return revoked;
    },

    forget() {
      known.clear();
      unknown.clear();
    },
  };
}

/** The characters of a bearer token (RFC 6750, 2.1). */
const bearerToken = /^[A-Za-z0-9\-._~+/]+=*$/;

function unfitToken(): GatewayError {
  return new GatewayError(
    'invalid_request',
    `A fixed token has at least ${SHORTEST_TOKEN} characters out of A-Z a-z 0-9 - . _ ~ + /`,
    { field: 'token' },
  );
}

function faultOf(token: ApiToken | undefined, nowMs: number): string | undefined {
  if (token === undefined) return 'unknown token';
  if (token.revokedAt !== null) return `token ${token.id} is revoked`;
  return token.expiresAt !== null && token.expiresAt.getTime() <= nowMs ? `token ${token.id} has expired` : undefined;
}

function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
