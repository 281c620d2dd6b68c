import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { processIdentity } from './process-identity.ts';

type Holder = { pid: number; identity: string; since: string };

export type DataLock = { release(): Promise<void> };

/**
 * Lets one gateway process at a time use a data folder. The lock is a file beside the folder that names its holder;
 * a holder that no longer runs (kill -9, power cut) is replaced.
 *
 * @throws EmbeddedPostgresError data_in_use
 */
export async function lockData(dataDir: string): Promise<DataLock> {
  const path = `${dataDir}.lock`;
  const mine = await writeClaim(path);
  try {
    while (!(await linked(mine, path))) {
      const holder = await readHolder(path);
      if (holder !== undefined && (await isRunning(holder))) throw inUse(dataDir, holder);
      await removeStale(path, holder);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { release: () => rm(path, { force: true }) };
}

async function writeClaim(path: string): Promise<string> {
  const claim = `${path}.${randomUUID()}`;
  const identity = (await processIdentity(process.pid)) ?? 'unknown';
  const holder: Holder = { pid: process.pid, identity, since: new Date().toISOString() };
  await writeFile(claim, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
  return claim;
}

/** A hard link appears with its whole content or not at all, and never replaces another. */
async function linked(claim: string, path: string): Promise<boolean> {
  try {
    await link(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

async function isRunning(holder: Holder): Promise<boolean> {
  return (await processIdentity(holder.pid)) === holder.identity;
}

/**
 * Moves the stale lock away and looks at it again: if somebody else replaced it in between, theirs is put back.
 * Should three processes meet in that instant, Postgres's own lock on the data still lets only one in.
 */
async function removeStale(path: string, stale: Holder | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved?.since !== stale?.since || moved?.pid !== stale?.pid) await linked(aside, path);
  await rm(aside, { force: true });
}

function inUse(dataDir: string, holder: Holder): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'data_in_use',
    `Process ${holder.pid} has been using the data in ${dataDir} since ${holder.since}. ` +
      'Stop it first, or start this one on another data folder (PASSERELLE_VAR).',
  );
}
