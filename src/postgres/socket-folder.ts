import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The port only names the socket file: the embedded server listens on no network. */
export const SOCKET_PORT = 5432;

export const SOCKET_FILE = `.s.PGSQL.${SOCKET_PORT}`;

/** Socket addresses hold 107 bytes on Linux and 103 on macOS, file name included. */
const LONGEST_SOCKET_PATH = 103;

export type SocketFolder = { host: string; remove: () => Promise<void> };

/**
 * The folder through which clients reach the server's socket, which lies in the data folder (mode 700).
 * A path too long for a socket address is shortened by a symbolic link in a fresh private folder.
 */
export async function openSocketFolder(dataDir: string): Promise<SocketFolder> {
  const socket = join(dataDir, SOCKET_FILE);
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH) return { host: dataDir, remove: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-'));
  const host = join(folder, 'pg');
  await symlink(dataDir, host);
  return { host, remove: () => rm(folder, { recursive: true, force: true }) };
}
