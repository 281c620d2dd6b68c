import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { dataFolderArgument, SERVER_ENVIRONMENT } from './cluster.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { readPostmaster } from './postmaster.ts';
import { SOCKET_PORT } from './socket-folder.ts';

/** Recovery after a crash reads up to `max_wal_size` of log before the server is ready. */
const READY_WITHIN_MS = 600_000;
/** After kill -9 of a server, its orphaned children keep the shared memory for a moment. */
const RETRY_SHARED_MEMORY_MS = 15_000;

export type ServerProcess = { pid: number; exited: Promise<void>; hasExited(): boolean };

type Options = {
  dataDir: string;
  binaries: Binaries;
  settings: Record<string, string>;
  onLine: (line: string) => void;
};

/**
 * Starts the server and waits until it takes connections.
 *
 * @throws EmbeddedPostgresError start_failed, with the server's last words; data_in_use when another server holds the data.
 */
export async function startServerProcess(options: Options): Promise<ServerProcess> {
  const retryUntil = Date.now() + RETRY_SHARED_MEMORY_MS;
  for (;;) {
    const lastLines: string[] = [];
    const server = spawnServer(options, lastLines);
    if (await becameReady(server, options.dataDir)) return server;
    const words = lastLines.join('\n');
    if (!words.includes('shared memory block') || Date.now() > retryUntil) throw startFailed(options.dataDir, words);
    await delay(200);
  }
}

function spawnServer({ dataDir, binaries, settings, onLine }: Options, lastLines: string[]): ServerProcess {
  const flags = Object.entries({ ...fixedSettings, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child: ChildProcessByStdio<null, null, Readable> = spawn(
    binaries.postgres,
    ['-D', dataFolderArgument(dataDir, binaries), ...flags],
    // A process group of its own: Ctrl-C in the terminal is the gateway's to handle, the server stops last.
    { cwd: dataDir, env: SERVER_ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'], detached: true, ...binaries.user },
  );
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  if (child.pid === undefined) throw startFailed(dataDir, `${binaries.postgres} could not be run`);
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    onLine(line);
  });
  let gone = false;
  void exited.then(() => (gone = true));
  return { pid: child.pid, exited, hasExited: () => gone };
}

/** These are not for a caller to change: no network, the socket in the data folder (mode 700), quiet and frugal logs. */
const fixedSettings = {
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  // Statement errors are answered to the statement's sender; in a log they would spell out personal data.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

async function becameReady(server: ServerProcess, dataDir: string): Promise<boolean> {
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until && !server.hasExited()) {
    const postmaster = await readPostmaster(dataDir);
    if (postmaster?.pid === server.pid && postmaster.ready) return true;
    await delay(10);
  }
  if (!server.hasExited()) process.kill(server.pid, 'SIGQUIT');
  await server.exited;
  return false;
}

function startFailed(dataDir: string, words: string): EmbeddedPostgresError {
  if (words.includes('postmaster.pid" already exists')) {
    return new EmbeddedPostgresError(
      'data_in_use',
      `Another Postgres server is running on the data in ${dataDir}. Stop it first, or choose another data folder (PASSERELLE_VAR).\n${words}`,
    );
  }
  return new EmbeddedPostgresError('start_failed', `The embedded Postgres did not start on ${dataDir}:\n${words}`);
}
