import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import type { NonceClaim } from '../../src/domain/message.ts';
import { inOrganization, inTransaction } from '../../src/state/in-transaction.ts';
import { createLockoutStore } from '../../src/state/access/lockout-store.ts';
import { claimNonces, purgeNonces } from '../../src/state/access/nonces.ts';
import { configChannel } from '../../src/state/access/notify-access.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createAccess, createOrganization, createSourceSystem } from './access-set-up.ts';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());

const fresh = (name: string) => `${name}-${randomBytes(4).toString('hex')}`;

describe('credentials', () => {
  test('are shown once; the database holds neither secret in the clear', async () => {
    const { credentials } = createAccess(pool);
    const { organizationId, sourceSystemId } = await createOrganization(pool);
    for (const kind of ['hashed', 'sealed'] as const) {
      const { secret, credential } = await credentials.createCredential({
        organizationId,
        sourceSystemId,
        userName: fresh(kind),
        kind,
      });
      expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(credential).toMatchObject({ kind, sourceSystemId, lastUsedAt: null, validUntil: null, revokedAt: null });
      const { rows } = await inOrganization(pool, organizationId, (client) =>
        client.query("select row_to_json(c)::text as text, encode(sealed, 'escape') as sealed from credential c"),
      );
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
    expect(await credentials.listCredentials(organizationId)).toHaveLength(2);
    expect(await credentials.listCredentials(organizationId, sourceSystemId + 1_000)).toEqual([]);
  });

  test('user names are unique over all organizations, however they are written', async () => {
    const { credentials } = createAccess(pool);
    const [one, other] = [await createOrganization(pool), await createOrganization(pool)];
    const userName = fresh('Éva');
    await credentials.createCredential({ ...one, userName, kind: 'hashed' });
    for (const owner of [one, other]) {
      for (const spelling of [userName, userName.toUpperCase(), userName.normalize('NFD')]) {
        await expect(
          credentials.createCredential({ ...owner, userName: spelling, kind: 'hashed' }),
        ).rejects.toMatchObject({ code: 'conflict', field: 'userName' });
      }
    }
    expect(await credentials.listCredentials(other.organizationId)).toEqual([]);
  });

  test('of two who take a name at the same time one gets it', async () => {
    const { credentials } = createAccess(pool);
    const owners = await Promise.all(Array.from({ length: 6 }, () => createOrganization(pool)));
    const userName = fresh('race');
    const attempts = await Promise.allSettled(
      owners.map((owner) => credentials.createCredential({ ...owner, userName, kind: 'sealed' })),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('need a source system that messages may come from, a fit name and a fit secret', async () => {
    const { credentials } = createAccess(pool);
    const { organizationId, sourceSystemId } = await createOrganization(pool);
    const reserved = await createSourceSystem(pool, organizationId, 'reserved', true);
    const attempt = (more: object) =>
      credentials.createCredential({ organizationId, sourceSystemId, userName: fresh('x'), kind: 'hashed', ...more });
    await expect(attempt({ sourceSystemId: 999_999 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(attempt({ sourceSystemId: reserved })).rejects.toMatchObject({ code: 'invalid_request' });
    for (const userName of ['', ' ', 'a:b', 'a\0b', 'x'.repeat(101)]) {
      await expect(attempt({ userName })).rejects.toMatchObject({ code: 'invalid_request', field: 'userName' });
    }
    for (const secret of ['short', 'x'.repeat(1025)]) {
      await expect(attempt({ secret })).rejects.toMatchObject({ code: 'invalid_request', field: 'secret' });
    }
  });

  test('of another organization are neither seen, rotated nor revoked', async () => {
    const { credentials } = createAccess(pool);
    const [owner, stranger] = [await createOrganization(pool), await createOrganization(pool)];
    const { credential } = await credentials.createCredential({ ...owner, userName: fresh('x'), kind: 'hashed' });
    const { organizationId } = stranger;
    const theirs = { organizationId, credentialId: credential.id, overlapMs: 0 };
    await expect(credentials.rotateCredential(theirs)).rejects.toMatchObject({ code: 'not_found' });
    await expect(credentials.revokeCredential(organizationId, credential.id)).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(credentials.removeLogin(organizationId, credential.userName)).rejects.toMatchObject({
      code: 'not_found',
    });
    const unscoped = await pool.query('select * from credential');
    expect(unscoped.rows).toEqual([]);
  });

  test('a revoked or replaced secret is gone from the database; the record stays', async () => {
    const { credentials } = createAccess(pool);
    const owner = await createOrganization(pool);
    const { organizationId } = owner;
    const { credential } = await credentials.createCredential({ ...owner, userName: fresh('x'), kind: 'sealed' });
    const next = await credentials.rotateCredential({ organizationId, credentialId: credential.id, overlapMs: 0 });
    await credentials.revokeCredential(organizationId, next.credential.id);
    const { rows } = await inOrganization(pool, organizationId, (client) =>
      client.query('select hash, sealed from credential'),
    );
    expect(rows).toEqual([
      { hash: null, sealed: null },
      { hash: null, sealed: null },
    ]);
    const listed = await credentials.listCredentials(organizationId);
    expect(listed.map(({ id }) => id)).toEqual([next.credential.id, credential.id]);
    expect(listed.every(({ revokedAt }) => revokedAt !== null)).toBe(true);
  });

  test('removing a login frees its name; removing its source system does too', async () => {
    const { credentials } = createAccess(pool);
    const owner = await createOrganization(pool);
    const { organizationId } = owner;
    const userName = fresh('x');
    await credentials.createCredential({ ...owner, userName, kind: 'hashed' });
    await credentials.removeLogin(organizationId, userName.toUpperCase());
    await credentials.createCredential({ ...owner, userName, kind: 'hashed' });
    await inOrganization(pool, organizationId, (client) => client.query('delete from source_system'));
    expect((await pool.query('select * from login_directory where user_name = $1', [userName])).rows).toEqual([]);
    expect(await credentials.listCredentials(organizationId)).toEqual([]);
  });
});

describe('policies', () => {
  test('are read as they were set, per organization and per source system', async () => {
    const { policies } = createAccess(pool);
    const { organizationId, sourceSystemId } = await createOrganization(pool);
    const unrestricted = { mechanisms: null, allowedAddresses: null };
    expect(await policies.get(organizationId, null)).toEqual(unrestricted);
    await policies.set({ organizationId, actor: 'admin' }, null, {
      mechanisms: ['http-basic'],
      allowedAddresses: null,
    });
    await policies.set({ organizationId, actor: 'admin' }, sourceSystemId, {
      mechanisms: [],
      allowedAddresses: ['192.0.2.0/24', '2001:db8::1'],
    });
    expect(await policies.get(organizationId, null)).toEqual({ mechanisms: ['http-basic'], allowedAddresses: null });
    expect(await policies.get(organizationId, sourceSystemId)).toEqual({
      mechanisms: [],
      allowedAddresses: ['192.0.2.0/24', '2001:db8::1'],
    });
    await policies.set({ organizationId, actor: 'admin' }, null, unrestricted);
    expect(await policies.get(organizationId, null)).toEqual(unrestricted);
  });

  test('with what is no address, or for what is no source system, are refused', async () => {
    const { policies } = createAccess(pool);
    const { organizationId, sourceSystemId } = await createOrganization(pool);
    const allowing = (...allowedAddresses: string[]) => ({ mechanisms: null, allowedAddresses });
    await expect(
      policies.set({ organizationId, actor: 'admin' }, sourceSystemId, allowing('example.edu')),
    ).rejects.toMatchObject({
      code: 'invalid_request',
      field: 'allowedAddresses',
    });
    await expect(policies.set({ organizationId, actor: 'admin' }, 999_999, allowing())).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('nonces', () => {
  const claim = (nonce: string, userName = 'banner', expiresAt = new Date(Date.now() + 60_000)): NonceClaim => ({
    userName,
    nonce,
    expiresAt,
  });
  const claimAlone = (...claims: NonceClaim[]) =>
    inTransaction(pool, async (client) => [...(await claimNonces(client, claims))]);

  test('are claimed once; used ones and repeated ones are refused by position', async () => {
    const [a, b, c] = [fresh('a'), fresh('b'), fresh('c')];
    expect(await claimAlone(claim(a), claim(b))).toEqual([]);
    expect((await claimAlone(claim(c), claim(b), claim(c), claim(a), claim(fresh('d')))).sort()).toEqual([1, 2, 3]);
    expect(await claimAlone()).toEqual([]);
  });

  test('belong to their user name', async () => {
    const nonce = fresh('n');
    expect(await claimAlone(claim(nonce, 'one'), claim(nonce, 'two'))).toEqual([]);
  });

  test('of a message that was rolled back may be used again', async () => {
    const nonce = fresh('n');
    await inTransaction(pool, async (client) => {
      await claimNonces(client, [claim(nonce)]);
      throw new Error('the message failed');
    }).catch(() => undefined);
    expect(await claimAlone(claim(nonce))).toEqual([]);
  });

  test('claimed by many at the same instant are given to exactly one, and nobody deadlocks', async () => {
    const nonces = Array.from({ length: 40 }, (_, number) => fresh(`race${number}`));
    let start: () => void = () => undefined;
    const barrier = new Promise<void>((resolve) => (start = resolve));
    const claimants = Array.from({ length: 8 }, async (_, who) => {
      const order = nonces.map((nonce, number) => ({ nonce, rank: (number * 7 + who * 11) % 40 }));
      const claims = order.sort((a, b) => a.rank - b.rank).map(({ nonce }) => claim(nonce));
      return inTransaction(pool, async (client) => {
        await barrier;
        const refused = await claimNonces(client, claims);
        return claims.filter((_claim, position) => !refused.has(position)).map(({ nonce }) => nonce);
      });
    });
    start();
    const won = (await Promise.all(claimants)).flat();
    expect(won.sort()).toEqual([...nonces].sort());
  });

  test('are purged when they have expired', async () => {
    const [old, young] = [fresh('old'), fresh('young')];
    await claimAlone(claim(old, 'x', new Date(Date.now() - 300_000)), claim(young, 'x'));
    expect(await purgeNonces(pool, new Date(Date.now() - 120_000))).toBe(1);
    expect(await claimAlone(claim(old, 'x'), claim(young, 'x'))).toEqual([1]);
  });
});

describe('lock-outs', () => {
  const window = 900_000;
  const at = new Date();
  const later = (ms: number) => new Date(at.getTime() + ms);

  test('add up over processes; counting begins anew after the window', async () => {
    const store = createLockoutStore({ pool });
    const pair = { userName: fresh('x'), address: '192.0.2.7' };
    const add = async (failures: number, when: Date) =>
      (await store.add([{ ...pair, failures }], when, window))[0]?.failures;
    expect(await add(3, at)).toBe(3);
    expect(await add(4, later(1_000))).toBe(7);
    expect(await add(2, later(window + 1))).toBe(2);
  });

  test('are listed while they last, and cleared', async () => {
    const store = createLockoutStore({ pool });
    const pair = { userName: fresh('x'), address: '192.0.2.7' };
    await store.add([{ ...pair, failures: 10 }], at, window);
    await store.lock([pair], later(300_000));
    const mine = async (when: Date) =>
      (await store.locked(when, 100)).filter(({ userName }) => userName === pair.userName);
    expect(await mine(later(299_000))).toMatchObject([{ ...pair, failures: 10, lockedUntil: later(300_000) }]);
    expect(await mine(later(300_000))).toEqual([]);
    expect([await store.clear(pair), await store.clear(pair)]).toEqual([true, false]);
  });

  test('added by two processes in opposite order do not deadlock', async () => {
    const store = createLockoutStore({ pool });
    const pairs = Array.from({ length: 200 }, (_, n) => ({ userName: `u${n}`, address: fresh('a'), failures: 1 }));
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => store.add(n % 2 === 0 ? pairs : [...pairs].reverse(), at, window)),
    );
    const { rows } = await pool.query('select min(failures), max(failures) from lockout where address = any ($1)', [
      pairs.map(({ address }) => address),
    ]);
    expect(rows).toEqual([{ min: 10, max: 10 }]);
  });

  test('that are over and old are purged', async () => {
    const store = createLockoutStore({ pool });
    await pool.query('delete from lockout');
    const [old, locked] = [fresh('old'), fresh('locked')].map((userName) => ({ userName, address: 'a', failures: 1 }));
    await store.add([old!, locked!], later(-window), window);
    await store.lock([locked!], later(300_000));
    expect(await store.purge(later(-1_000))).toBe(1);
    expect(await store.clear(locked!)).toBe(true);
  });
});

describe('API tokens', () => {
  test('live in the database as a hash, are listed by owner, used, and revoked', async () => {
    const { apiTokens } = createAccess(pool);
    const { organizationId } = await createOrganization(pool);
    const { token, apiToken } = await apiTokens.createToken({ label: 'sis', organizationId, scopes: ['roster:read'] });
    const operator = await apiTokens.createToken({ label: 'all', organizationId: null, scopes: ['admin:write'] });
    expect(await apiTokens.verifyToken(`Bearer ${token}`)).toMatchObject({ organizationId, scopes: ['roster:read'] });
    const { rows } = await pool.query('select row_to_json(t)::text as text from api_token t');
    expect(JSON.stringify(rows)).not.toContain(token);
    expect((await apiTokens.listTokens(organizationId)).map(({ id }) => id)).toEqual([apiToken.id]);
    expect((await apiTokens.listTokens(null)).map(({ id }) => id)).toContain(operator.apiToken.id);
    expect((await apiTokens.listTokens()).length).toBeGreaterThanOrEqual(2);
    await expect(apiTokens.revokeToken(apiToken.id, organizationId + 1)).rejects.toMatchObject({ code: 'not_found' });
    await apiTokens.revokeToken(apiToken.id, organizationId);
    await expect(apiTokens.verifyToken(`Bearer ${token}`)).rejects.toMatchObject({ code: 'credentials_invalid' });
  });

  test('the same fixed token is not made twice', async () => {
    const { apiTokens } = createAccess(pool);
    const request = {
      label: 'demo',
      organizationId: null,
      scopes: ['admin:read'] as const,
      token: fresh('fixed-token'),
    };
    await apiTokens.createToken(request);
    await expect(apiTokens.createToken(request)).rejects.toMatchObject({ code: 'conflict' });
  });
});

test('every change of access is announced to all processes', async () => {
  const listener = new pg.Client(database.address);
  await listener.connect();
  try {
    await listener.query(`listen ${configChannel}`);
    const { credentials, policies, apiTokens } = createAccess(pool);
    const owner = await createOrganization(pool);
    const { organizationId } = owner;
    const heard = async (work: Promise<unknown>) => {
      const notification = once(listener, 'notification') as Promise<[pg.Notification]>;
      await work;
      return JSON.parse((await notification)[0].payload ?? '') as object;
    };
    const userName = fresh('Zoë');
    const made = credentials.createCredential({ ...owner, userName, kind: 'hashed' });
    expect(await heard(made)).toEqual({ kind: 'login', userName: userName.toLowerCase() });
    const credentialId = (await made).credential.id;
    const change = { kind: 'login', userName: userName.toLowerCase() };
    expect(await heard(credentials.rotateCredential({ organizationId, credentialId, overlapMs: 1_000 }))).toEqual(
      change,
    );
    expect(await heard(credentials.revokeCredential(organizationId, credentialId))).toEqual(change);
    expect(await heard(credentials.removeLogin(organizationId, userName))).toEqual(change);
    const unrestricted = { mechanisms: null, allowedAddresses: null };
    expect(await heard(policies.set({ organizationId, actor: 'admin' }, null, unrestricted))).toEqual({
      kind: 'access_policy',
      organizationId,
    });
    const token = apiTokens.createToken({ label: 'x', organizationId, scopes: [] });
    expect(await heard(token)).toEqual({ kind: 'api_token' });
    expect(await heard(apiTokens.revokeToken((await token).apiToken.id))).toEqual({ kind: 'api_token' });
  } finally {
    await listener.end();
  }
});
