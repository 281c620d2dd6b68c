import { execFile } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { processIdentity } from './process-identity.ts';
import { SOCKET_FILE } from './socket-folder.ts';

const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;

/** What a server says of itself in `postmaster.pid` (lines 1 and 8; see the server's pidfile.h). */
export async function readPostmaster(dataDir: string): Promise<{ pid: number; ready: boolean } | undefined> {
  let lines: string[];
  try {
    lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/**
 * Stops the server that a killed gateway left behind on this data folder, if there is one.
 * Returns its process id, or undefined when there was nothing to stop.
 */
export async function stopOrphan(dataDir: string): Promise<number | undefined> {
  const postmaster = await readPostmaster(dataDir);
  if (postmaster === undefined) return undefined;
  const serves = await servesFolder(postmaster.pid, dataDir);
  if (serves) await stopServer(postmaster.pid);
  // A killed server leaves its lock files. Postgres would believe them while any process has that number: a container's
  // next one, or the dead server itself as a zombie that nobody reaps. Should its children still run, their shared
  // memory keeps the next server out until they are gone.
  for (const file of ['postmaster.pid', `${SOCKET_FILE}.lock`]) await rm(join(dataDir, file), { force: true });
  return serves ? postmaster.pid : undefined;
}

/** Fast shutdown: sessions are ended, everything committed is on disk. Slower ones get harder signals. */
export async function stopServer(pid: number): Promise<void> {
  const identity = await processIdentity(pid);
  if (identity === undefined) return;
  if (await signalled(pid, identity, 'SIGINT', FAST_SHUTDOWN_MS)) return;
  // Immediate shutdown loses nothing that was committed: the next start recovers from the write-ahead log.
  if (await signalled(pid, identity, 'SIGQUIT', IMMEDIATE_SHUTDOWN_MS)) return;
  await signalled(pid, identity, 'SIGKILL', IMMEDIATE_SHUTDOWN_MS);
}

async function signalled(pid: number, identity: string, signal: NodeJS.Signals, waitMs: number): Promise<boolean> {
  const until = Date.now() + waitMs;
  try {
    process.kill(pid, signal);
  } catch {
    return true;
  }
  while (Date.now() < until) {
    if ((await processIdentity(pid)) !== identity) return true;
    await delay(10);
  }
  return false;
}

/** A number in a file may by now belong to any process: signal it only if it works in this very folder. */
async function servesFolder(pid: number, dataDir: string): Promise<boolean> {
  if ((await processIdentity(pid)) === undefined) return false;
  try {
    if (process.platform === 'linux') return (await realpath(`/proc/${pid}/cwd`)) === (await realpath(dataDir));
    const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.includes('postgres') && stdout.includes(dataDir);
  } catch {
    return false;
  }
}
