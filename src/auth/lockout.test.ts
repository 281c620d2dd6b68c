import { describe, expect, test } from '@jest/globals';
import type { FailedAttempts } from '../domain/access.ts';
import type { LockoutStore } from './attempt-sharing.ts';
import { createLockout } from './lockout.ts';
import { defaultLockoutPolicy } from './lockout-policy.ts';

const home = '192.0.2.7';
const elsewhere = '198.51.100.1';

/** What all processes share, in memory: as the table does it. */
function createSharedStore(): LockoutStore & { rows: Map<string, FailedAttempts>; adds: number } {
  const rows = new Map<string, FailedAttempts>();
  const store = {
    rows,
    adds: 0,
    add: (increments: readonly { userName: string; address: string; failures: number }[], at: Date) => {
      store.adds += 1;
      const changed = increments.map((increment) => {
        const key = `${increment.userName} ${increment.address}`;
        const known = rows.get(key);
        const row = {
          ...increment,
          failures: (known?.failures ?? 0) + increment.failures,
          windowStartedAt: known?.windowStartedAt ?? at,
          lockedUntil: known?.lockedUntil ?? null,
        };
        rows.set(key, row);
        return row;
      });
      return Promise.resolve(changed);
    },
    lock: (pairs: readonly { userName: string; address: string }[], until: Date) => {
      for (const { userName, address } of pairs) {
        const key = `${userName} ${address}`;
        const row = rows.get(key);
        if (row !== undefined) rows.set(key, { ...row, lockedUntil: until });
      }
      return Promise.resolve();
    },
    locked: (at: Date) => Promise.resolve([...rows.values()].filter((row) => (row.lockedUntil ?? at) > at)),
    clear: ({ userName, address }: { userName: string; address: string }) =>
      Promise.resolve(rows.delete(`${userName} ${address}`)),
  };
  return store;
}

function setUp(store = createSharedStore()) {
  let nowMs = 1_000_000;
  const warnings: object[] = [];
  const open = () =>
    createLockout({
      store,
      now: () => nowMs,
      refreshMs: 0,
      log: { warn: (fields) => void warnings.push(fields), error: () => undefined },
    });
  return { store, warnings, open, lockout: open(), wait: (ms: number) => (nowMs += ms) };
}

function fail(lockout: ReturnType<typeof createLockout>, times: number, userName = 'banner', address = home) {
  return Array.from({ length: times }, () => lockout.failed(userName, address).delayMs);
}

describe('rule 8: failures slow down and lock the pair (name, address)', () => {
  test('the answers to failures come later and later', () => {
    const { lockout } = setUp();
    expect(fail(lockout, 7)).toEqual([0, 250, 500, 1_000, 2_000, 2_000, 2_000]);
  });

  test('the tenth failure within a quarter of an hour locks the pair for five minutes, and says so once', () => {
    const { lockout, warnings, wait } = setUp();
    fail(lockout, 9);
    expect(lockout.lockedForS('banner', home)).toBeUndefined();
    fail(lockout, 1);
    expect(lockout.lockedForS('banner', home)).toBe(300);
    expect(warnings).toEqual([{ code: 'locked_out', userName: 'banner', address: home, failures: 10 }]);
    wait(299_500);
    expect(lockout.lockedForS('banner', home)).toBe(1);
    wait(500);
    expect(lockout.lockedForS('banner', home)).toBeUndefined();
  });

  test('after the lock one more failure within the window locks again', () => {
    const { lockout, wait } = setUp();
    fail(lockout, 10);
    wait(defaultLockoutPolicy.lockMs);
    fail(lockout, 1);
    expect(lockout.lockedForS('banner', home)).toBe(300);
  });

  test('failures further apart do not add up', () => {
    const { lockout, wait } = setUp();
    for (let day = 0; day < 12; day++) {
      fail(lockout, 5);
      wait(defaultLockoutPolicy.windowMs + 1);
    }
    expect(lockout.lockedForS('banner', home)).toBeUndefined();
  });

  test('never locks a name for everybody, nor an address for other names', () => {
    const { lockout } = setUp();
    fail(lockout, 50);
    expect(lockout.lockedForS('banner', elsewhere)).toBeUndefined();
    expect(lockout.lockedForS('peoplesoft', home)).toBeUndefined();
  });

  test('addresses of one IPv6 /64 are one', () => {
    const { lockout } = setUp();
    for (let host = 1; host <= 10; host++) fail(lockout, 1, 'banner', `2001:db8:1:2::${host}`);
    expect(lockout.lockedForS('banner', '2001:db8:1:2:aaaa::1')).toBe(300);
    expect(lockout.lockedForS('banner', '2001:db8:1:3::1')).toBeUndefined();
  });

  test('a success forgets the failures of its pair, everywhere', async () => {
    const { lockout, store } = setUp();
    fail(lockout, 9);
    await lockout.close();
    lockout.succeeded('banner', home);
    expect(fail(lockout, 1)).toEqual([0]);
    await lockout.close();
    expect(store.rows.get(`banner ${home}`)?.failures).toBe(1);
  });

  test('a hundred failures under many names lock the address, but not for a name that succeeded from there', () => {
    const { lockout } = setUp();
    lockout.succeeded('peoplesoft', home);
    for (let guess = 0; guess < 100; guess++) fail(lockout, 1, `guess${guess}`);
    expect(lockout.lockedForS('guess100', home)).toBe(300);
    expect(lockout.lockedForS('peoplesoft', home)).toBeUndefined();
    expect(lockout.lockedForS('guess100', elsewhere)).toBeUndefined();
  });

  test('loopback is never locked as a whole: a proxy may stand there', () => {
    const { lockout } = setUp();
    for (let guess = 0; guess < 300; guess++) fail(lockout, 1, `guess${guess}`, '127.0.0.1');
    expect(lockout.lockedForS('banner', '127.0.0.1')).toBeUndefined();
  });
});

describe('processes share what they count', () => {
  test('a flood becomes few statements', async () => {
    const { lockout, store } = setUp();
    for (let guess = 0; guess < 2_000; guess++) fail(lockout, 1, `guess${guess}`, `198.51.100.${guess % 200}`);
    await lockout.refresh();
    expect(store.adds).toBeLessThan(10);
    expect(store.rows.size).toBe(2_200);
  });

  test('guesses spread over two processes lock both', async () => {
    const { open, store } = setUp();
    const [one, two] = [open(), open()];
    await one.refresh();
    await two.refresh();
    fail(one, 5);
    await one.refresh();
    fail(two, 5);
    await two.refresh();
    await one.refresh();
    expect([one.lockedForS('banner', home), two.lockedForS('banner', home)]).toEqual([300, 300]);
    expect(store.rows.get(`banner ${home}`)?.failures).toBe(10);
  });

  test('a lock made in one process holds in another after it looked', async () => {
    const { open } = setUp();
    const [one, two] = [open(), open()];
    fail(one, 10);
    await one.refresh();
    expect(two.lockedForS('banner', home)).toBeUndefined();
    await two.refresh();
    expect(two.lockedForS('banner', home)).toBe(300);
  });

  test('a lock cleared by an administrator ends in all of them', async () => {
    const { open } = setUp();
    const [one, two] = [open(), open()];
    fail(one, 10);
    await one.refresh();
    await two.refresh();
    expect(await two.listLockouts()).toMatchObject([{ userName: 'banner', address: home, failures: 10 }]);
    expect(await two.clearLockout('Banner', home)).toBe(true);
    expect(two.lockedForS('banner', home)).toBeUndefined();
    await one.refresh();
    expect(one.lockedForS('banner', home)).toBeUndefined();
    expect(await one.clearLockout('banner', home)).toBe(false);
  });

  test('a database that fails stops nobody: the memory of the process goes on', async () => {
    const store = { ...createSharedStore(), add: () => Promise.reject(new Error('connection refused')) };
    const { lockout, warnings } = setUp({ ...store, rows: new Map() });
    fail(lockout, 10);
    await lockout.close();
    expect(lockout.lockedForS('banner', home)).toBe(300);
    expect(warnings).toContainEqual({ err: new Error('connection refused') });
  });

  test('memory is bounded', () => {
    const { lockout } = setUp();
    for (let guess = 0; guess < 50_000; guess++)
      fail(lockout, 1, 'banner', `10.${guess >> 16}.${(guess >> 8) & 255}.${guess & 255}`);
    expect(lockout.lockedForS('banner', home)).toBeUndefined();
  });
});
