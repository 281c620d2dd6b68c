import { type Clock, createBoundedCache } from './bounded-cache.ts';

/** Where logins are found by API keys and certificates. */
export type LoginKeySource = { findByKey(key: string): Promise<string[]> };

export type LoginKeys = {
  /** The folded user names of the logins that a key names: one at most, if it is exclusive. */
  find(key: string): Promise<readonly string[]>;
  /** Drops what is remembered: logins have changed. */
  forget(): void;
};

const TTL_MS = 5_000;
const MAX = 10_000;

/** The keys of logins, remembered for some seconds as the logins are. */
export function createLoginKeys({ source, now = Date.now }: { source: LoginKeySource; now?: Clock }): LoginKeys {
  const known = createBoundedCache<readonly string[]>({ max: MAX, ttlMs: TTL_MS, now });
  // Apart, so that a flood of invented keys pushes no real one out.
  const unknown = createBoundedCache<true>({ max: MAX, ttlMs: TTL_MS, now });
  let changes = 0;
  return {
    async find(key) {
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      if (unknown.get(key) === true) return [];
      const changesBefore = changes;
      const names = await source.findByKey(key);
      // What may have been read before a change goes to who asked before it, and is not remembered.
      if (changes !== changesBefore) return names;
      if (names.length === 0) unknown.set(key, true);
      else known.set(key, names);
      return names;
    },
    forget() {
      changes += 1;
      known.clear();
      unknown.clear();
    },
  };
}
