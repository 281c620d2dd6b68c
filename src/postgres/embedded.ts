import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Binaries, findBinaries } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { lockData } from './data-lock.ts';
import { machineOf, settingsFor } from './machine-settings.ts';
import { stopOrphan, stopServer } from './postmaster.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { openSocketFolder, SOCKET_PORT } from './socket-folder.ts';

/** The part of pino's logger that the database machinery uses. */
export type ServerLog = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;

/** Where to connect and as whom; the host may be a unix socket's folder. */
export type DatabaseAddress = { host: string; port: number; user: string; database: string; password?: string };

export type EmbeddedPostgres = {
  address: DatabaseAddress;
  /** The role that may do everything, for set-up, tests and backups. The gateway never connects as it. */
  superuser: DatabaseAddress;
  /** The server's process now; another one after a crash. */
  pid(): number;
  /** Fast shutdown: open sessions end, everything committed is on disk. */
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** The cluster's folder; made at the first start. */
  dataDir: string;
  /** Server settings over our defaults, as in postgresql.conf. */
  settings?: Record<string, string>;
  log?: ServerLog;
  /** Called once if the server died and could not be started again. */
  onLost?: (error: unknown) => void;
};

const DATABASE = 'passerelle';
/** A server that dies at once, again and again, must not fill the machine. */
const PAUSE_BETWEEN_RESTARTS_MS = 1_000;

const defaultSettings = {
  max_connections: '100',
  // Most of what a commit has to write is written before it, and by another process.
  wal_writer_delay: '10ms',
  wal_buffers: '16MB',
  random_page_cost: '1.1',
  jit: 'off',
};

/**
 * Starts the Postgres server that ships inside our npm packages, on `dataDir`, reachable by a unix socket only, and
 * keeps it running until `stop`. One process at a time may use a data folder.
 *
 * @throws EmbeddedPostgresError whose message tells the operator what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dirname(dataDir), { recursive: true });
  const binaries = await findBinaries(join(dirname(dataDir), 'cache'));
  const lock = await lockData(dataDir);
  try {
    const orphan = await stopOrphan(dataDir);
    if (orphan !== undefined) options.log?.warn({ pid: orphan }, 'stopped the Postgres that a killed gateway left');
    const cluster = await ensureCluster(dataDir, binaries);
    options.log?.info({ dataDir, cluster, ...binaries.user }, 'starting the embedded Postgres');
    const server = await superviseServer(dataDir, binaries, options);
    const socket = await openSocketFolder(dataDir);
    const address = { host: socket.host, port: SOCKET_PORT, user: DATABASE, database: DATABASE };
    const superuser = { ...address, user: 'postgres' };
    const stop = async () => {
      await server.stop();
      await socket.remove();
      await lock.release();
    };
    await ensureDatabase(superuser).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { address, superuser, pid: server.pid, stop };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Starts the server again when it dies under us (kill -9, out of memory); committed work is recovered from its log. */
async function superviseServer(dataDir: string, binaries: Binaries, options: EmbeddedPostgresOptions) {
  const { log, onLost, settings } = options;
  const onLine = (line: string) => log?.debug({ line }, 'Postgres says');
  const ofMachine = settingsFor(await machineOf(dirname(dataDir)));
  const start = () =>
    startServerProcess({ dataDir, binaries, settings: { ...defaultSettings, ...ofMachine, ...settings }, onLine });
  let server: ServerProcess = await start();
  let stopRequested = false;
  const isStopping = () => stopRequested;

  async function keepRunning(): Promise<void> {
    for (;;) {
      await server.exited;
      if (isStopping()) return;
      log?.error({ pid: server.pid }, 'the embedded Postgres died; starting it again');
      server = await start();
      if (isStopping()) await stopServer(server.pid);
      else await delay(PAUSE_BETWEEN_RESTARTS_MS);
    }
  }
  const running = keepRunning().catch((error: unknown) => onLost?.(error));

  // A gateway that exits without stop() must not leave the server behind.
  const stopAtExit = () => {
    if (!server.hasExited()) process.kill(server.pid, 'SIGINT');
  };
  process.once('exit', stopAtExit);
  const stop = async () => {
    stopRequested = true;
    await stopServer(server.pid);
    await running;
    process.off('exit', stopAtExit);
  };
  return { pid: () => server.pid, stop };
}

/**
 * The gateway's role owns its database but is no superuser: row-level security binds it. Nothing here asks for a
 * password, because only who may enter the data folder reaches the socket.
 */
async function ensureDatabase(superuser: DatabaseAddress): Promise<void> {
  const client = new pg.Client({ ...superuser, database: 'postgres' });
  await client.connect();
  try {
    const role = await client.query('select from pg_roles where rolname = $1', [DATABASE]);
    if (role.rowCount === 0) await client.query(`create role ${DATABASE} login nosuperuser nobypassrls`);
    const database = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`create database ${DATABASE} owner ${DATABASE}`);
  } finally {
    await client.end();
  }
}
