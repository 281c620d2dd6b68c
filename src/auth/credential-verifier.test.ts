import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Credential, Login } from '../domain/access.ts';
import { createCredentialVerifier } from './credential-verifier.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createSealer } from './seal.ts';
import { createVerificationQueue } from './verification-queue.ts';

const sealer = createSealer(randomBytes(32));
const cheap = createPasswords({ memoryCost: 256, timeCost: 1 });
const address = '192.0.2.7';

const valid = { validUntil: null, lastUsedAt: null };
const hashed = async (id: string, secret: string): Promise<Credential> => ({
  id,
  secret: { kind: 'hashed', hash: await cheap.hash(secret) },
  ...valid,
});
const sealed = (id: string, secret: string): Credential => ({
  id,
  secret: { kind: 'sealed', sealed: sealer.seal(Buffer.from(secret), id) },
  ...valid,
});

function setUp(credentials: Credential[]) {
  let nowMs = 1_000_000;
  const state = {
    login: { userName: 'banner', organizationId: 1, sourceSystemId: 11, credentials, policies: [] } as Login,
  };
  const runs: string[][] = [];
  const touched: string[] = [];
  const passwords: Passwords = {
    ...cheap,
    match: (password, hashes) => (runs.push([...hashes]), cheap.match(password, hashes)),
  };
  const verifier = createCredentialVerifier({
    logins: { find: (userName) => Promise.resolve(userName === 'banner' ? state.login : undefined) },
    sealer,
    passwords,
    queue: createVerificationQueue(),
    touch: (_, id) => (touched.push(id), Promise.resolve()),
    log: { warn: () => undefined, error: () => undefined },
    now: () => nowMs,
  });
  return { verifier, runs, touched, state, wait: (ms: number) => (nowMs += ms) };
}

describe('a password', () => {
  test('is right or wrong, and wrong for an unknown user; each costs one run of argon2', async () => {
    const { verifier, runs } = setUp([await hashed('1', 'correct horse')]);
    expect(await verifier.verifyPassword('banner', 'correct horse', address)).toMatchObject({ verified: true });
    expect(await verifier.verifyPassword('banner', 'wrong', address)).toEqual({
      verified: false,
      reason: 'wrong password',
    });
    expect(await verifier.verifyPassword('nobody', 'wrong', address)).toEqual({
      verified: false,
      reason: 'unknown user name',
    });
    expect(runs).toHaveLength(3);
  });

  test('found right is known to be right for a minute', async () => {
    const { verifier, runs, wait } = setUp([await hashed('1', 'correct horse')]);
    await verifier.verifyPassword('banner', 'correct horse', address);
    wait(59_999);
    expect(await verifier.verifyPassword('banner', 'correct horse', address)).toMatchObject({ verified: true });
    expect(runs).toHaveLength(1);
    wait(1);
    await verifier.verifyPassword('banner', 'correct horse', address);
    expect(runs).toHaveLength(2);
  });

  test('found right is wrong at once when its credential is gone', async () => {
    const { verifier, state } = setUp([await hashed('1', 'correct horse')]);
    await verifier.verifyPassword('banner', 'correct horse', address);
    state.login = { ...state.login, credentials: [await hashed('2', 'new secret')] };
    expect(await verifier.verifyPassword('banner', 'correct horse', address)).toMatchObject({ verified: false });
    expect(await verifier.verifyPassword('banner', 'new secret', address)).toMatchObject({ verified: true });
  });

  test('presented by many messages at once is checked once', async () => {
    const { verifier, runs } = setUp([await hashed('1', 'correct horse')]);
    const all = Array.from({ length: 64 }, () => verifier.verifyPassword('banner', 'correct horse', address));
    expect(new Set((await Promise.all(all)).map(({ verified }) => verified))).toEqual(new Set([true]));
    expect(runs).toHaveLength(1);
  });

  test('of an overlapping rotation is right, the old and the new one, until the old one ends', async () => {
    const old = { ...(await hashed('1', 'old secret')), validUntil: new Date(1_010_000) };
    const { verifier, wait } = setUp([await hashed('2', 'new secret'), old]);
    expect(await verifier.verifyPassword('banner', 'old secret', address)).toMatchObject({ verified: true });
    expect(await verifier.verifyPassword('banner', 'new secret', address)).toMatchObject({ verified: true });
    wait(10_000);
    expect(await verifier.verifyPassword('banner', 'old secret', address)).toMatchObject({ verified: false });
  });

  test('that is sealed needs no argon2 when it is right, and costs as much as any when it is wrong', async () => {
    const { verifier, runs } = setUp([sealed('1', 'correct horse')]);
    expect(await verifier.verifyPassword('banner', 'correct horse', address)).toMatchObject({ verified: true });
    expect(runs).toHaveLength(0);
    expect(await verifier.verifyPassword('banner', 'wrong', address)).toMatchObject({ verified: false });
    expect(runs).toEqual([[]]);
  });

  test('of a login without a valid credential is refused, with the reason for the log', async () => {
    const { verifier } = setUp([]);
    expect(await verifier.verifyPassword('banner', 'x', address)).toEqual({
      verified: false,
      reason: 'the login has no valid credential',
    });
  });
});

describe('a sealed secret', () => {
  const is = (expected: string) => (secret: Buffer) => secret.toString() === expected;

  test('is shown to the digest check, each one of an overlapping rotation', async () => {
    const { verifier } = setUp([sealed('2', 'new secret'), sealed('1', 'old secret')]);
    expect(await verifier.verifySecret('banner', is('old secret'))).toMatchObject({ verified: true });
    expect(await verifier.verifySecret('banner', is('new secret'))).toMatchObject({ verified: true });
    expect(await verifier.verifySecret('banner', is('other'))).toEqual({ verified: false, reason: 'wrong digest' });
  });

  test('does not exist for unknown users and hashed logins: the check runs on a decoy all the same', async () => {
    const { verifier } = setUp([await hashed('1', 'correct horse')]);
    let checks = 0;
    const count = () => (checks++, true);
    expect(await verifier.verifySecret('nobody', count)).toEqual({ verified: false, reason: 'unknown user name' });
    expect(await verifier.verifySecret('banner', count)).toMatchObject({
      verified: false,
      reason: expect.stringContaining('PasswordDigest needs a credential of the kind "sealed"'),
    });
    expect(checks).toBe(2);
  });

  test('sealed for another row, or with another key, is an error, not a "no"', async () => {
    const moved = { ...sealed('1', 'correct horse'), id: '2' };
    await expect(setUp([moved]).verifier.verifySecret('banner', is('correct horse'))).rejects.toThrow();
  });
});

test('the last use of a credential is noted once an hour', async () => {
  const { verifier, touched, wait } = setUp([sealed('1', 'correct horse')]);
  for (let message = 0; message < 100; message++) await verifier.verifyPassword('banner', 'correct horse', address);
  expect(touched).toEqual(['1']);
  wait(3_600_000);
  await verifier.verifyPassword('banner', 'correct horse', address);
  expect(touched).toEqual(['1', '1']);
});
