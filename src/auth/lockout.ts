import type { FailedAttempts } from '../domain/access.ts';
import { fold } from '../domain/source-system.ts';
import type { AttemptGuard, AuthenticationLog } from '../pipeline/authenticate.ts';
import { createAttemptMemory, keyOf } from './attempt-memory.ts';
import { createAttemptSharing, type LockoutStore } from './attempt-sharing.ts';
import { type Clock, createBoundedCache } from './bounded-cache.ts';
import { defaultLockoutPolicy, type LockoutPolicy } from './lockout-policy.ts';
import { addressGroup, isLoopback } from './origin.ts';

export { defaultLockoutPolicy, type LockoutPolicy } from './lockout-policy.ts';

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

/**
 * Slows down and locks (user name, address) pairs that fail (rule 8 of the chain); never a name for everybody, so that a
 * stranger cannot stop a SIS. It judges by this process's memory: neither a message nor the answer to a failure waits for
 * the database.
 */
export function createLockout(options: LockoutOptions): Lockout {
  const { store, log, now = Date.now, policy = defaultLockoutPolicy, refreshMs = DEFAULT_REFRESH_MS } = options;
  const memory = createAttemptMemory(policy, now);
  const sharing = createAttemptSharing({ memory, store, policy, now, log });
  const successes = createBoundedCache<true>({ max: policy.maxPairs, ttlMs: SUCCESS_REMEMBERED_MS, now });

  const refresh = async (): Promise<void> => {
    await sharing.share();
    const locked = await store.locked(new Date(now()), policy.maxPairs);
    for (const row of locked) memory.merge(row);
    const keys = new Set(locked.map(keyOf));
    memory.prune((key) => locked.length < policy.maxPairs && !keys.has(key));
  };
  const warn = (text: string) => (error: unknown) => log.warn({ err: error }, text);
  const refreshQuietly = () => void refresh().catch(warn('lock-outs of other processes could not be read'));
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
      const { failures } = sharing.count(pair);
      // Behind a proxy on this machine that is not declared, all senders share the loopback address.
      if (userName !== '' && !isLoopback(address)) sharing.count({ ...pair, userName: '' });
      void sharing.share();
      return { delayMs: policy.delaysMs[Math.min(failures, policy.delaysMs.length) - 1] ?? 0 };
    },

    succeeded(userName, address) {
      const pair = { userName, address: addressGroup(address) };
      const key = keyOf(pair);
      if (successes.get(key) === undefined) successes.set(key, true);
      if (memory.isEmpty() || !memory.has(pair)) return;
      memory.forget(pair);
      sharing.forget(pair);
      store.clear(pair).catch(warn('failed attempts could not be cleared'));
    },

    listLockouts: () => store.locked(new Date(now()), policy.maxPairs),

    async clearLockout(userName, address) {
      const pair = { userName: fold(userName), address: addressGroup(address) };
      await sharing.share();
      memory.forget(pair);
      return store.clear(pair);
    },

    refresh,

    async close() {
      clearInterval(timer);
      await sharing.share();
    },
  };
}
