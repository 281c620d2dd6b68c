import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { ApiToken } from '../domain/access.ts';
import { type ApiTokenStore, createApiTokens } from './api-tokens.ts';
import { hasScope, isScope, requireScope } from './scopes.ts';

function setUp() {
  let nowMs = Date.parse('2026-08-20T10:00:00Z');
  const rows = new Map<string, ApiToken>();
  const state = { lookups: 0, touched: 0, broken: false };
  const store: ApiTokenStore = {
    add({ hash, ...token }) {
      const stored = { ...token, createdAt: new Date(nowMs), lastUsedAt: null, revokedAt: null };
      rows.set(hash.toString('hex'), stored);
      return Promise.resolve(stored);
    },
    findByHash(hash) {
      state.lookups += 1;
      return state.broken ? Promise.reject(new Error('down')) : Promise.resolve(rows.get(hash.toString('hex')));
    },
    list: () => Promise.resolve([...rows.values()]),
    revoke(id) {
      const [key, token] = [...rows].find(([, row]) => row.id === id)!;
      rows.set(key, { ...token, revokedAt: new Date(nowMs) });
      return Promise.resolve(rows.get(key)!);
    },
    touch: () => ((state.touched += 1), Promise.resolve()),
  };
  const apiTokens = createApiTokens({
    store,
    now: () => nowMs,
    log: { warn: () => undefined, error: () => undefined },
  });
  return { apiTokens, rows, state, wait: (ms: number) => (nowMs += ms) };
}

const request = { label: 'console', organizationId: 1, scopes: ['admin:read'] as const };

describe('API tokens', () => {
  test('are random, shown once and stored as a hash', async () => {
    const { apiTokens, rows } = setUp();
    const { token, apiToken } = await apiTokens.createToken(request);
    expect(token).toMatch(new RegExp(`^psl_${apiToken.id}_[A-Za-z0-9_-]{43}$`));
    expect([...rows.keys()]).toEqual([createHash('sha256').update(token).digest('hex')]);
  });

  test('tell who calls, and are remembered briefly', async () => {
    const { apiTokens, state, wait } = setUp();
    const { token, apiToken } = await apiTokens.createToken(request);
    for (let call = 0; call < 10; call++) {
      expect(await apiTokens.verifyToken(`Bearer ${token}`)).toEqual({
        tokenId: apiToken.id,
        label: 'console',
        organizationId: 1,
        scopes: ['admin:read'],
        expiresAt: null,
      });
    }
    expect([state.lookups, state.touched]).toEqual([1, 1]);
    wait(5_000);
    await apiTokens.verifyToken(`bearer  ${token} `);
    expect([state.lookups, state.touched]).toEqual([2, 1]);
  });

  test('may be fixed, for scripts, if they are long enough and fit a header', async () => {
    const { apiTokens } = setUp();
    await apiTokens.createToken({ ...request, organizationId: null, token: 'demo-token-of-ours' });
    expect(await apiTokens.verifyToken('Bearer demo-token-of-ours')).toMatchObject({ organizationId: null });
    for (const token of ['short', 'with blanks in the middle', 'ünïcode-is-not-allowed']) {
      await expect(apiTokens.createToken({ ...request, token })).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  test.each([undefined, '', 'Bearer', 'Basic YTpi', 'Bearer a b'])('are missing from %j', async (header) => {
    await expect(setUp().apiTokens.verifyToken(header)).rejects.toMatchObject({ code: 'credentials_missing' });
  });

  test('unknown, expired and revoked ones are refused alike; the log knows which', async () => {
    const { apiTokens, wait } = setUp();
    const expiring = await apiTokens.createToken({ ...request, expiresAt: new Date('2026-08-20T11:00:00Z') });
    const revoked = await apiTokens.createToken(request);
    await apiTokens.verifyToken(`Bearer ${expiring.token}`);
    await apiTokens.verifyToken(`Bearer ${revoked.token}`);
    wait(3_600_000);
    await apiTokens.revokeToken(revoked.apiToken.id);
    const refusals = [];
    for (const token of [expiring.token, revoked.token, 'psl_0_unknown']) {
      refusals.push(await apiTokens.verifyToken(`Bearer ${token}`).catch((error: unknown) => error));
    }
    expect(refusals).toMatchObject([
      { code: 'credentials_invalid', detail: `token ${expiring.apiToken.id} has expired` },
      { code: 'credentials_invalid', detail: `token ${revoked.apiToken.id} is revoked` },
      { code: 'credentials_invalid', detail: 'unknown token' },
    ]);
    expect(new Set(refusals.map((refusal) => (refusal as Error).message)).size).toBe(1);
  });

  test('a token made after it was refused works at once', async () => {
    const { apiTokens } = setUp();
    const token = 'demo-token-of-ours';
    await expect(apiTokens.verifyToken(`Bearer ${token}`)).rejects.toMatchObject({ code: 'credentials_invalid' });
    await apiTokens.createToken({ ...request, token });
    await expect(apiTokens.verifyToken(`Bearer ${token}`)).resolves.toBeDefined();
  });

  test('an unreachable database is "busy", not "wrong"', async () => {
    const { apiTokens, state } = setUp();
    state.broken = true;
    await expect(apiTokens.verifyToken('Bearer psl_0_x')).rejects.toMatchObject({ code: 'busy', retryAfterS: 2 });
  });
});

describe('scopes', () => {
  test('are a closed list; writing includes reading', () => {
    expect([isScope('admin:read'), isScope('admin'), isScope('toString')]).toEqual([true, false, false]);
    expect(hasScope(['admin:write'], 'admin:read')).toBe(true);
    expect(hasScope(['admin:read'], 'admin:write')).toBe(false);
    expect(hasScope(['roster:write'], 'admin:read')).toBe(false);
  });

  test('one that is missing is named', () => {
    expect(() => requireScope(['roster:read'], 'messages:read')).toThrow('The token needs the scope messages:read.');
    expect(() => requireScope(['messages:write'], 'messages:read')).not.toThrow();
  });
});
