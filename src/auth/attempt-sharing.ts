import type { FailedAttempts } from '../domain/access.ts';
import type { AuthenticationLog } from '../pipeline/authenticate.ts';
import { type AttemptMemory, type Attempts, keyOf, type Pair } from './attempt-memory.ts';
import type { Clock } from './bounded-cache.ts';
import type { LockoutPolicy } from './lockout-policy.ts';

/** Where all processes share the failures. */
export type LockoutStore = {
  add(increments: readonly (Pair & { failures: number })[], at: Date, windowMs: number): Promise<FailedAttempts[]>;
  lock(pairs: readonly Pair[], until: Date): Promise<void>;
  locked(at: Date, limit: number): Promise<FailedAttempts[]>;
  clear(pair: Pair): Promise<boolean>;
};

export type AttemptSharing = {
  /** Counts a failure in memory, locks the pair when it is due, and remembers to share it. */
  count(pair: Pair): Attempts;
  /** Drops what is not shared yet. */
  forget(pair: Pair): void;
  /** Shares what was counted, in few statements; never throws: the memory of the process goes on without the others. */
  share(): Promise<void>;
};

export type AttemptSharingParts = {
  memory: AttemptMemory;
  store: LockoutStore;
  policy: LockoutPolicy;
  now: Clock;
  log: AuthenticationLog;
};

const SHARED_AT_ONCE = 1_000;

/** Adds one process's failures to those of the others, in the background: a flood of failures becomes few statements. */
export function createAttemptSharing({ memory, store, policy, now, log }: AttemptSharingParts): AttemptSharing {
  const unshared = new Map<string, Pair & { failures: number }>();
  let sharing: Promise<void> | undefined;

  const lockIfDue = (pair: Pair, attempts: Attempts): void => {
    const limit = policy.maxFailures * (pair.userName === '' ? policy.addressFactor : 1);
    if (attempts.failures < limit || attempts.lockedUntilMs > now()) return;
    attempts.lockedUntilMs = now() + policy.lockMs;
    attempts.shared = false;
    log.warn(
      { code: 'locked_out', userName: pair.userName, address: pair.address, failures: attempts.failures },
      'a user name is locked for one address after too many failures',
    );
  };

  const shareSome = async (): Promise<void> => {
    const batch = [...unshared.values()].slice(0, SHARED_AT_ONCE);
    for (const pair of batch) unshared.delete(keyOf(pair));
    const due = new Map<Pair, Attempts>();
    for (const row of await store.add(batch, new Date(now()), policy.windowMs)) {
      const attempts = memory.merge(row);
      lockIfDue(row, attempts);
      if (attempts.lockedUntilMs > now() && !attempts.shared) due.set(row, attempts);
    }
    if (due.size === 0) return;
    await store.lock([...due.keys()], new Date(now() + policy.lockMs));
    for (const attempts of due.values()) attempts.shared = true;
  };

  const shareAll = async (): Promise<void> => {
    try {
      while (unshared.size > 0) await shareSome();
    } catch (error) {
      log.warn({ err: error }, 'failed attempts could not be shared with other processes');
    }
  };

  return {
    count(pair) {
      const attempts = memory.fail(pair);
      lockIfDue(pair, attempts);
      const key = keyOf(pair);
      const waiting = unshared.get(key)?.failures ?? 0;
      if (waiting > 0 || unshared.size < policy.maxPairs) unshared.set(key, { ...pair, failures: waiting + 1 });
      return attempts;
    },
    forget: (pair) => void unshared.delete(keyOf(pair)),
    // One statement at a time: what fails meanwhile goes with the next.
    share: () => (sharing ??= shareAll().finally(() => (sharing = undefined))),
  };
}
