import type pg from 'pg';

/** What the database server is and how it is set up, as far as the gateway's promises depend on it. */
export type ServerFacts = {
  readonly encoding: string;
  /** The names of the settings that risk acknowledged data. */
  readonly riskySettings: readonly string[];
  /** Row-level security does not bind this role. */
  readonly bypassesRowSecurity: boolean;
  /** Names compare without case in every script, not in ASCII only. */
  readonly foldsUnicode: boolean;
  readonly freeConnections: number;
  /** The server's clock minus ours, in milliseconds. */
  readonly clockAheadMs: number;
};

export async function readServerFacts(pool: pg.Pool): Promise<ServerFacts> {
  const before = Date.now();
  const { rows } = await pool.query<FactsRow>(factsSql);
  const row = rows[0];
  if (row === undefined) throw new Error('a select without a table returned nothing');
  const middle = (before + Date.now()) / 2;
  const off = [
    row.fsync === 'off' ? 'fsync = off' : '',
    row.full_page_writes === 'off' ? 'full_page_writes = off' : '',
    row.synchronous_commit === 'off' ? 'synchronous_commit = off' : '',
  ];
  return {
    encoding: row.encoding,
    riskySettings: off.filter((setting) => setting !== ''),
    bypassesRowSecurity: row.bypasses,
    foldsUnicode: row.folds,
    freeConnections: row.free_connections,
    clockAheadMs: Math.round(row.now.getTime() - middle),
  };
}

type FactsRow = {
  encoding: string;
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
  bypasses: boolean;
  folds: boolean;
  free_connections: number;
  now: Date;
};

const factsSql = `
  select current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
         current_setting('full_page_writes') as full_page_writes,
         current_setting('synchronous_commit') as synchronous_commit,
         (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses,
         lower('ÉŁΩЖ') = 'éłωж' as folds,
         current_setting('max_connections')::integer - (select count(*)::integer from pg_stat_activity) as free_connections,
         clock_timestamp() as now`;
