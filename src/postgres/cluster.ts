import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';

/** The programs get nothing of our environment, which may hold secrets. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Makes the cluster in `dataDir` unless it is there. It is built beside it and renamed when whole, so that an
 * interrupted first start leaves no half cluster.
 *
 * @throws EmbeddedPostgresError init_failed
 */
export async function ensureCluster(dataDir: string, binaries: Binaries): Promise<'created' | 'found'> {
  await removeUnfinished(dataDir);
  if (await exists(join(dataDir, 'PG_VERSION'))) {
    await giveTo(dataDir, binaries);
    return 'found';
  }
  await refuseForeignFiles(dataDir);
  const building = `${dataDir}.new-${randomUUID().slice(0, 8)}`;
  await mkdir(building, { mode: 0o700 });
  await giveTo(building, binaries);
  await runInitdb(building, binaries);
  await rename(building, dataDir);
  return 'created';
}

/**
 * How a server program is told its data folder. On Linux as root, the programs run as a user who may be unable to
 * walk to the folder (root's home has mode 700): they are started inside it, and this name leads to where they stand.
 */
export function dataFolderArgument(dataDir: string, binaries: Binaries): string {
  return process.platform === 'linux' && binaries.user !== undefined ? '/proc/self/cwd' : dataDir;
}

async function runInitdb(dataDir: string, binaries: Binaries): Promise<void> {
  const settings = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-locale'];
  // The same letter case rules on every machine, whatever locales it has.
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const folder = ['-D', dataFolderArgument(dataDir, binaries), '--no-instructions'];
  try {
    await promisify(execFile)(binaries.initdb, [...folder, ...settings, ...locale], {
      cwd: dataDir,
      env: SERVER_ENVIRONMENT,
      ...binaries.user,
    });
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw new EmbeddedPostgresError(
      'init_failed',
      `Postgres could not set up its data in ${dataDir}: ${String(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** Postgres insists that its folder belongs to the user who runs it; a restored copy may belong to somebody else. */
async function giveTo(dataDir: string, { user }: Binaries): Promise<void> {
  await chmod(dataDir, 0o700);
  if (user === undefined || (await stat(dataDir)).uid === user.uid) return;
  await chown(dataDir, user.uid, user.gid);
  for (const entry of await readdir(dataDir, { recursive: true }))
    await chown(join(dataDir, entry), user.uid, user.gid);
}

async function refuseForeignFiles(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new EmbeddedPostgresError(
    'init_failed',
    `${dataDir} holds files but no Postgres data (no PG_VERSION). ` +
      'Move them away, or choose another data folder (PASSERELLE_VAR).',
  );
}

/** Called under the data lock: nobody else is building. */
async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dirname(dataDir))) {
    if (!name.startsWith(`${basename(dataDir)}.new-`)) continue;
    await rm(join(dirname(dataDir), name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
