import pg from 'pg';
import { CoalescingSocket } from './coalescing-socket.ts';
import type { DatabaseAddress, ServerLog } from './embedded.ts';

export type PoolOptions = {
  /** A `postgres://` URL, or the address of an embedded server. */
  database: string | DatabaseAddress;
  /** Most connections open at once. */
  max: number;
  /** Shown in `pg_stat_activity`. */
  name?: string;
  log?: ServerLog;
};

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 60_000;
/** A transaction that its process forgot must not hold an organization's lane. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * A connection pool whose waits all end: a caller that gets no connection within 5 s gets an error, which doors answer
 * as "busy".
 */
export function createPool({ database, max, name = 'passerelle', log }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...(typeof database === 'string' ? { connectionString: database } : database),
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    stream: () => new CoalescingSocket(),
    // Statements that do not wait for each other's results go out together (the store's round trips: 13 to 6).
    pipeline: true,
  });
  // A connection that breaks while nobody uses it (server restart) is replaced at the next use; unheard, it would end
  // the process.
  pool.on('error', (error) => {
    if (!pool.ending) log?.warn({ reason: error.message }, 'an idle database connection broke');
  });
  // One that breaks in use fails its statement and says so a second time as an event, which unheard would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
