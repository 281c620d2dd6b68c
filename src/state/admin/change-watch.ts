/**
 * Lets many readers of a feed wait for its next change. Readers of one organization share one look at its counter, so
 * that waiting costs the database as many looks as there are organizations, not readers.
 */
export interface ChangeWatch {
  /** True as soon as the counter is beyond `seq`; false when `timeoutMs` is over or the watch is closed. */
  wait(organizationId: number, seq: bigint, timeoutMs: number): Promise<boolean>;
  /** Answers everybody who waits. */
  close(): void;
}

interface Waiter {
  readonly seq: bigint;
  settle(changed: boolean): void;
}

const defaultIntervalMs = 200;

export function createChangeWatch(
  readSeq: (organizationId: number) => Promise<bigint>,
  intervalMs: number = defaultIntervalMs,
): ChangeWatch {
  const waiting = new Map<number, Set<Waiter>>();
  let closed = false;

  const look = async (organizationId: number): Promise<void> => {
    const waiters = waiting.get(organizationId);
    if (waiters === undefined) return;
    try {
      const seq = await readSeq(organizationId);
      for (const waiter of waiters) if (seq > waiter.seq) waiter.settle(true);
    } catch {
      // A database that is away for a moment is no news; the reader's own next call will hear of it.
    }
    if (waiters.size === 0) waiting.delete(organizationId);
    else setTimeout(() => void look(organizationId), intervalMs);
  };

  return {
    wait(organizationId, seq, timeoutMs) {
      if (closed) return Promise.resolve(false);
      return new Promise((resolve) => {
        const first = !waiting.has(organizationId);
        const waiters = waiting.get(organizationId) ?? new Set<Waiter>();
        waiting.set(organizationId, waiters);
        const waiter: Waiter = {
          seq,
          settle(changed) {
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(changed);
          },
        };
        const timer = setTimeout(() => waiter.settle(false), timeoutMs);
        waiters.add(waiter);
        if (first) void look(organizationId);
      });
    },
    close() {
      closed = true;
      for (const waiters of waiting.values()) for (const waiter of waiters) waiter.settle(false);
    },
  };
}
