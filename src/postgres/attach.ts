import { resolve } from 'node:path';
import pg from 'pg';
import type { DatabaseAddress } from './embedded.ts';
import { readPostmaster } from './postmaster.ts';
import { openSocketFolder, SOCKET_PORT } from './socket-folder.ts';

export type AttachedPostgres = {
  address: DatabaseAddress;
  superuser: DatabaseAddress;
  detach(): Promise<void>;
};

/**
 * Reaches the embedded server that another process runs on `dataDir`; undefined when none does.
 *
 * @throws when there is one and this user may not reach it.
 */
export async function attachEmbeddedPostgres(dataDir: string): Promise<AttachedPostgres | undefined> {
  const folder = resolve(dataDir);
  if ((await readPostmaster(folder))?.ready !== true) return undefined;
  const socket = await openSocketFolder(folder);
  const address = { host: socket.host, port: SOCKET_PORT, user: 'passerelle', database: 'passerelle' };
  if (await answers(address)) return { address, superuser: { ...address, user: 'postgres' }, detach: socket.remove };
  await socket.remove();
  return undefined;
}

const NOBODY_THERE = new Set(['ECONNREFUSED', 'ENOENT']);

async function answers(address: DatabaseAddress): Promise<boolean> {
  const client = new pg.Client(address);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (NOBODY_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
