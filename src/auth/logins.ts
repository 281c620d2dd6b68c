import type { Login } from '../domain/access.ts';
import { fold } from '../domain/source-system.ts';
import type { LoginDirectory } from '../pipeline/authenticate.ts';
import { type Clock, createBoundedCache } from './bounded-cache.ts';

/** Where logins are kept. User names are folded. */
export type LoginSource = { find(userNameKey: string, at: Date): Promise<Login | undefined> };

export type Logins = LoginDirectory & {
  /** Drops what is remembered of a folded user name, or of all. */
  forget(userNameKey?: string): void;
};

export type LoginsOptions = {
  source: LoginSource;
  now?: Clock;
  /** How long a change stays unnoticed where its notification is lost (poolers in transaction mode lose them). */
  ttlMs?: number;
  max?: number;
};

const DEFAULT_TTL_MS = 5_000;
const DEFAULT_MAX = 10_000;

/** Logins as the chain needs them, remembered for some seconds: the hot path asks no database. */
export function createLogins(options: LoginsOptions): Logins {
  const { source, now = Date.now, ttlMs = DEFAULT_TTL_MS, max = DEFAULT_MAX } = options;
  const known = createBoundedCache<Login>({ max, ttlMs, now });
  // Apart, so that a flood of invented names pushes no real login out.
  const unknown = createBoundedCache<true>({ max, ttlMs, now });
  const loading = new Map<string, Promise<Login | undefined>>();
  let changes = 0;

  const load = async (key: string): Promise<Login | undefined> => {
    const changesBefore = changes;
    const login = await source.find(key, new Date(now()));
    // What may have been read before a change goes to those who asked before it, and is not remembered.
    if (changes !== changesBefore) return login;
    if (login === undefined) unknown.set(key, true);
    else known.set(key, login);
    return login;
  };

  /** However many messages ask at once, one of them asks the database. */
  const loadOnce = (key: string): Promise<Login | undefined> => {
    const running = loading.get(key);
    if (running !== undefined) return running;
    const started: Promise<Login | undefined> = load(key).finally(() => {
      if (loading.get(key) === started) loading.delete(key);
    });
    loading.set(key, started);
    return started;
  };

  return {
    async find(userName) {
      const key = fold(userName);
      const login = known.get(key);
      if (login !== undefined || unknown.get(key) === true) return login;
      return loadOnce(key);
    },

    forget(key) {
      changes += 1;
      loading.clear();
      if (key === undefined) known.clear();
      else known.delete(key);
      unknown.clear();
    },
  };
}
