/** Milliseconds since 1970; a test's own in tests. */
export type Clock = () => number;

export type BoundedCache<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  clear(): void;
  readonly size: number;
};

/**
 * Remembers at most `max` values for `ttlMs` each, counted from when they were set. The least recently used makes room.
 */
export function createBoundedCache<Value>(options: { max: number; ttlMs: number; now: Clock }): BoundedCache<Value> {
  const { max, ttlMs, now } = options;
  const entries = new Map<string, { value: Value; until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.until <= now()) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value) {
      entries.delete(key);
      const oldest = entries.size < max ? undefined : entries.keys().next().value;
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, until: now() + ttlMs });
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
