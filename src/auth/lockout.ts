import type { FailedAttempts } from '../domain/access.ts';
import { fold } from '../domain/source-system.ts';
import type { AttemptGuard, AuthenticationLog } from '../pipeline/authenticate.ts';
import { type Attempts, createAttemptMemory, keyOf, type Pair } from './attempt-memory.ts';
import { type Clock, createBoundedCache } from './bounded-cache.ts';
import { addressGroup, isLoopback } from './origin.ts';

export type LockoutPolicy = {
  /** Failures of one pair within `windowMs` that lock it for `lockMs`. */
  maxFailures: number;
  windowMs: number;
  lockMs: number;
  /** How long the answer to the first, second, third... failure is delayed; the last one holds on. */
  delaysMs: readonly number[];
  /** Failures of one address, under whatever names, that lock it for all names that did not succeed from there lately. */
  maxFailuresPerAddress: number;
  /** Pairs that one process remembers. */
  maxPairs: number;
};

export const defaultLockoutPolicy: LockoutPolicy = {
  maxFailures: 10,
  windowMs: 15 * 60_000,
  lockMs: 5 * 60_000,
  delaysMs: [0, 250, 500, 1_000, 2_000],
  maxFailuresPerAddress: 100,
  maxPairs: 20_000,
};

/** Where all processes share the failures. */
export type LockoutStore = {
  add(increments: readonly (Pair & { failures: number })[], at: Date, windowMs: number): Promise<FailedAttempts[]>;
  lock(pairs: readonly Pair[], until: Date): Promise<void>;
  locked(at: Date, limit: number): Promise<FailedAttempts[]>;
  clear(pair: Pair): Promise<boolean>;
};

export type Lockout = AttemptGuard & {
  /** The pairs that are locked now, by whichever process; the user name '' means an address as a whole. */
  listLockouts(): Promise<FailedAttempts[]>;
  /** Lets a pair, as listed, try again at once; false when it had not failed. */
  clearLockout(userName: string, address: string): Promise<boolean>;
  /** Shares what this process counted and learns what others locked and cleared. Runs every `refreshMs`, and on notification. */
  refresh(): Promise<void>;
  close(): Promise<void>;
};

export type LockoutOptions = {
  store: LockoutStore;
  log: AuthenticationLog;
  now?: Clock;
  policy?: LockoutPolicy;
  /** 0 = only when asked. */
  refreshMs?: number;
};

const DEFAULT_REFRESH_MS = 5_000;
const SUCCESS_REMEMBERED_MS = 24 * 3_600_000;
const SHARED_AT_ONCE = 1_000;

/**
 * Slows down and locks (user name, address) pairs that fail (rule 8 of the chain); never a name for everybody, so that a
 * stranger cannot stop a SIS. It judges by this process's memory and shares its counts in the background: the answer to
 * a failure does not wait for the database, and a flood of failures becomes few statements.
 */
export function createLockout(options: LockoutOptions): Lockout {
  const { store, log, now = Date.now, policy = defaultLockoutPolicy, refreshMs = DEFAULT_REFRESH_MS } = options;
  const memory = createAttemptMemory(policy, now);
  const successes = createBoundedCache<true>({ max: policy.maxPairs, ttlMs: SUCCESS_REMEMBERED_MS, now });
  const unshared = new Map<string, Pair & { failures: number }>();
  let sharing: Promise<void> | undefined;

  const limitOf = ({ userName }: Pair) => (userName === '' ? policy.maxFailuresPerAddress : policy.maxFailures);

  /** Locks the pair if it has reached its limit and is not locked yet. */
  const lockIfDue = (pair: Pair, attempts: Attempts): boolean => {
    if (attempts.failures < limitOf(pair) || attempts.lockedUntilMs > now()) return false;
    attempts.lockedUntilMs = now() + policy.lockMs;
    attempts.shared = false;
    log.warn(
      { code: 'locked_out', userName: pair.userName, address: pair.address, failures: attempts.failures },
      'a user name is locked for one address after too many failures',
    );
    return true;
  };

  const count = (pair: Pair): Attempts => {
    const attempts = memory.fail(pair);
    lockIfDue(pair, attempts);
    const key = keyOf(pair);
    const waiting = unshared.get(key)?.failures ?? 0;
    if (waiting > 0 || unshared.size < policy.maxPairs) unshared.set(key, { ...pair, failures: waiting + 1 });
    return attempts;
  };

  const shareSome = async (): Promise<void> => {
    const batch = [...unshared.values()].slice(0, SHARED_AT_ONCE);
    for (const pair of batch) unshared.delete(keyOf(pair));
    const due: { pair: Pair; attempts: Attempts }[] = [];
    for (const row of await store.add(batch, new Date(now()), policy.windowMs)) {
      const attempts = memory.merge(row);
      lockIfDue(row, attempts);
      if (attempts.lockedUntilMs > now() && !attempts.shared) due.push({ pair: row, attempts });
    }
    if (due.length === 0) return;
    await store.lock(
      due.map(({ pair }) => pair),
      new Date(now() + policy.lockMs),
    );
    for (const { attempts } of due) attempts.shared = true;
  };

  const share = async (): Promise<void> => {
    try {
      while (unshared.size > 0) await shareSome();
    } catch (error) {
      log.warn({ err: error }, 'failed attempts could not be shared with other processes');
    } finally {
      sharing = undefined;
    }
  };

  const refresh = async (): Promise<void> => {
    await (sharing ??= share());
    const locked = await store.locked(new Date(now()), policy.maxPairs);
    for (const row of locked) memory.merge(row);
    const keys = new Set(locked.map(keyOf));
    memory.prune((key) => locked.length < policy.maxPairs && !keys.has(key));
  };

  const refreshQuietly = () =>
    void refresh().catch((error: unknown) =>
      log.warn({ err: error }, 'lock-outs of other processes could not be read'),
    );
  const timer = refreshMs === 0 ? undefined : setInterval(refreshQuietly, refreshMs).unref();

  return {
    lockedForS(userName, address) {
      if (memory.isEmpty()) return undefined;
      const pair = { userName, address: addressGroup(address) };
      const exempt = isLoopback(address) || successes.get(keyOf(pair)) === true;
      const wholeUntilMs = exempt ? 0 : memory.lockedUntilMs({ ...pair, userName: '' });
      const waitMs = Math.max(memory.lockedUntilMs(pair), wholeUntilMs) - now();
      return waitMs > 0 ? Math.ceil(waitMs / 1000) : undefined;
    },

    failed(userName, address) {
      const pair = { userName, address: addressGroup(address) };
      const { failures } = count(pair);
      // Behind a proxy on this machine that is not declared, all senders share the loopback address.
      if (userName !== '' && !isLoopback(address)) count({ ...pair, userName: '' });
      sharing ??= share();
      return { delayMs: policy.delaysMs[Math.min(failures, policy.delaysMs.length) - 1] ?? 0 };
    },

    succeeded(userName, address) {
      const pair = { userName, address: addressGroup(address) };
      const key = keyOf(pair);
      if (successes.get(key) === undefined) successes.set(key, true);
      if (memory.isEmpty() || !memory.has(pair)) return;
      memory.forget(pair);
      unshared.delete(key);
      store.clear(pair).catch((error: unknown) => log.warn({ err: error }, 'failed attempts could not be cleared'));
    },

    listLockouts: () => store.locked(new Date(now()), policy.maxPairs),

    async clearLockout(userName, address) {
      const pair = { userName: fold(userName), address: addressGroup(address) };
      await sharing;
      memory.forget(pair);
      return store.clear(pair);
    },

    refresh,

    async close() {
      clearInterval(timer);
      await sharing;
    },
  };
}
