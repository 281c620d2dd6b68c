import type { FailedAttempts } from '../domain/access.ts';
import type { Clock } from './bounded-cache.ts';

export type Pair = { userName: string; address: string };

export type Attempts = {
  failures: number;
  windowStartedMs: number;
  lockedUntilMs: number;
  /** All processes know of the lock. */
  shared: boolean;
};

export type AttemptMemoryLimits = { windowMs: number; maxPairs: number };

export type AttemptMemory = ReturnType<typeof createAttemptMemory>;

/** The failures that one process knows of, by pair; the pair that failed least recently makes room. */
export function createAttemptMemory({ windowMs, maxPairs }: AttemptMemoryLimits, now: Clock) {
  const entries = new Map<string, Attempts>();

  const put = (key: string, attempts: Attempts): Attempts => {
    entries.delete(key);
    const oldest = entries.size < maxPairs ? undefined : entries.keys().next().value;
    if (oldest !== undefined) entries.delete(oldest);
    entries.set(key, attempts);
    return attempts;
  };

  return {
    isEmpty: () => entries.size === 0,
    has: (pair: Pair) => entries.has(keyOf(pair)),
    forget: (pair: Pair) => entries.delete(keyOf(pair)),
    lockedUntilMs: (pair: Pair) => entries.get(keyOf(pair))?.lockedUntilMs ?? 0,

    /** Counts one failure more; counting begins anew when the window is over. */
    fail(pair: Pair): Attempts {
      const key = keyOf(pair);
      const known = entries.get(key);
      if (known === undefined)
        return put(key, { failures: 1, windowStartedMs: now(), lockedUntilMs: 0, shared: false });
      if (known.windowStartedMs + windowMs < now()) Object.assign(known, { failures: 0, windowStartedMs: now() });
      known.failures += 1;
      return put(key, known);
    },

    /** Takes over what all processes counted together. */
    merge(row: FailedAttempts): Attempts {
      const key = keyOf(row);
      const known = entries.get(key);
      const lockedUntilMs = row.lockedUntil?.getTime() ?? 0;
      return put(key, {
        failures: Math.max(known?.failures ?? 0, row.failures),
        windowStartedMs: row.windowStartedAt.getTime(),
        lockedUntilMs: Math.max(known?.lockedUntilMs ?? 0, lockedUntilMs),
        shared: lockedUntilMs > now() || (known?.shared ?? false),
      });
    },

    /** Drops what has passed, and locks that all knew of and that are `gone` now: somebody cleared them. */
    prune(gone: (key: string) => boolean): void {
      for (const [key, { windowStartedMs, lockedUntilMs, shared }] of entries) {
        const locked = lockedUntilMs > now();
        if (locked ? shared && gone(key) : windowStartedMs + windowMs < now()) entries.delete(key);
      }
    },
  };
}

/** A user name holds no line feed. */
export function keyOf({ userName, address }: Pair): string {
  return `${userName}\n${address}`;
}
