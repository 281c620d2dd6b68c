import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createPool } from '../postgres/connect.ts';
import { attachEmbeddedPostgres } from '../postgres/attach.ts';
import { type DatabaseAddress, startEmbeddedPostgres } from '../postgres/embedded.ts';
import type { Releases } from './releases.ts';
import { StartError } from './start-error.ts';

export type OpenDatabase = {
  readonly pool: pg.Pool;
  readonly kind: 'embedded' | 'served';
  /** Other processes may be using it: its schema is theirs too. */
  readonly shared: boolean;
  /** May do everything; of the embedded Postgres only. */
  readonly superuser?: DatabaseAddress;
  /** `18.4` */
  readonly version: string;
  /** Opens a connection outside the pool, for LISTEN. */
  readonly connect: () => Promise<pg.Client>;
  /** Opens a pool beside the first; connections are made when they are asked for. */
  readonly openPool: (max: number, name: string) => pg.Pool;
};

const OLDEST_SERVER = 15;

export type OpenOptions = {
  /** Use the embedded Postgres that a gateway runs on the data folder, if one does. */
  readonly attach: boolean;
  /** Called once if the embedded Postgres died and could not be started again. */
  readonly onLost?: (error: unknown) => void;
};

/**
 * Starts the embedded Postgres, or reaches the one of DATABASE_URL, and opens the pool.
 *
 * @throws StartError, EmbeddedPostgresError
 */
export async function openDatabase(
  config: Config,
  log: Log,
  releases: Releases,
  options: OpenOptions,
): Promise<OpenDatabase> {
  const { databaseUrl } = config;
  const embedded = databaseUrl === undefined ? await reachEmbedded(config, log, releases, options) : undefined;
  const address = databaseUrl ?? embedded?.address ?? '';
  const pool = createPool({ database: address, max: config.poolSize, log });
  releases.add('database connections', () => pool.end());
  const version = await reachServer(pool, log, databaseUrl === undefined ? 0 : PATIENCE_MS);
  return {
    pool,
    version,
    kind: databaseUrl === undefined ? 'embedded' : 'served',
    shared: databaseUrl !== undefined || embedded?.shared === true,
    connect: () => connect(address),
    openPool: (max, name) => {
      const other = createPool({ database: address, max, name, log });
      releases.add(name, () => other.end());
      return other;
    },
    ...(embedded === undefined ? {} : { superuser: embedded.superuser }),
  };
}

type Embedded = { address: DatabaseAddress; superuser: DatabaseAddress; shared: boolean };

async function reachEmbedded(config: Config, log: Log, releases: Releases, options: OpenOptions): Promise<Embedded> {
  const dataDir = dataFolder(config.varFolder);
  const attached = options.attach ? await attachEmbeddedPostgres(dataDir) : undefined;
  if (attached !== undefined) {
    releases.add('way to the embedded Postgres', () => attached.detach());
    return { ...attached, shared: true };
  }
  const { onLost } = options;
  const started = await startEmbeddedPostgres({ dataDir, log, ...(onLost === undefined ? {} : { onLost }) });
  releases.add('embedded Postgres', () => started.stop());
  return { ...started, shared: false };
}

/** Where the embedded Postgres keeps its data. */
export function dataFolder(varFolder: string): string {
  return join(varFolder, 'postgres');
}

async function connect(address: string | DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client(typeof address === 'string' ? { connectionString: address } : address);
  await client.connect();
  return client;
}

/** A database that starts beside the gateway (docker compose, Kubernetes) may take its time. */
const PATIENCE_MS = 30_000;

async function reachServer(pool: pg.Pool, log: Log, patienceMs: number): Promise<string> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await checkVersion(pool);
    } catch (error) {
      if (error instanceof StartError || isFinal(error) || Date.now() > until) throw unreachable(error);
      log.info({ reason: (error as Error).message }, 'waiting for the database');
      await delay(1_000);
    }
  }
}

async function checkVersion(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ number: string; version: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version`,
  );
  const { number = '0', version = '' } = rows[0] ?? {};
  if (Number(number) < OLDEST_SERVER * 10_000) {
    throw new StartError(
      `The Postgres of DATABASE_URL is version ${version}; Passerelle needs ${OLDEST_SERVER} or newer.`,
    );
  }
  return version.split(' ')[0] ?? version;
}

/** Wrong password, no such role, no such database: waiting does not help. */
const FINAL = new Set(['28000', '28P01', '3D000']);

function isFinal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && FINAL.has(error.code ?? '');
}

function unreachable(error: unknown): StartError {
  if (error instanceof StartError) return error;
  return new StartError(`The database cannot be used: ${(error as Error).message}. Check DATABASE_URL.`, {
    cause: error,
  });
}
