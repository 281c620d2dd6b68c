import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import pg from 'pg';
import type { DatabaseAddress } from './embedded.ts';

export type BackedUpFile = { readonly path: string; readonly sizeBytes: number; readonly sha256: string };

/**
 * Copies a running embedded server into `target`, which becomes a data folder that recovers to the moment at which the
 * copy was complete: Postgres's low-level backup (manual, "Making a Base Backup Using the Low Level API"). Writers go on
 * meanwhile. Returns what was copied.
 */
export async function copyRunningCluster(
  superuser: DatabaseAddress,
  dataDir: string,
  target: string,
): Promise<BackedUpFile[]> {
  // Starting and stopping must happen on one connection; if it breaks in between, the backup is void.
  const client = new pg.Client(superuser);
  await client.connect();
  try {
    const slot = `passerelle_backup_${process.pid}`;
    // Keeps the log segments written meanwhile from being recycled before they are copied; goes with the connection.
    await client.query('select pg_create_physical_replication_slot($1, true, true)', [slot]);
    const started = await client.query<{ segment: string }>(
      `select pg_walfile_name(pg_backup_start('passerelle backup', true)) as segment`,
    );
    const files = await copyFolder(dataDir, target, isData);
    // Last, as pg_basebackup does: it must not be older than what it speaks of.
    files.push(...(await copyFolder(dataDir, target, (path) => path === CONTROL_FILE)));
    const { label, map, segment } = await stopBackup(client);
    files.push(await writeCopy(target, 'backup_label', label));
    if (map !== '') files.push(await writeCopy(target, 'tablespace_map', map));
    const first = started.rows[0]?.segment ?? '';
    files.push(...(await copyFolder(dataDir, target, isSegment(first, segment))));
    return files;
  } finally {
    await client.end();
  }
}

async function stopBackup(client: pg.Client): Promise<{ label: string; map: string; segment: string }> {
  // Nobody archives the log here: it is copied below, so there is nothing to wait for.
  const { rows } = await client.query<{ label: string; map: string | null; segment: string }>(
    `select labelfile as label, spcmapfile as map, pg_walfile_name(lsn) as segment from pg_backup_stop(false)`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('pg_backup_stop returned nothing');
  return { label: row.label, map: row.map ?? '', segment: row.segment };
}

/** Folders whose content belongs to the running server only; the log is copied apart. */
const runtimeFolders = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const runtimeFiles =
  /^(?:postmaster\.(?:pid|opts)|\.s\.PGSQL\..*|pg_internal\.init.*|.*\/pgsql_tmp.*|.*\/pg_internal\.init.*)$/;

const CONTROL_FILE = 'global/pg_control';

function isData(path: string): boolean {
  const [first = ''] = path.split('/');
  return !runtimeFolders.has(first) && !runtimeFiles.test(path) && path !== CONTROL_FILE;
}

/** The write-ahead log from the start of the backup to its end, whatever the timeline; names sort as positions do. */
function isSegment(from: string, to: string): (path: string) => boolean {
  return (path) => {
    const [folder, name = '', more] = path.split('/');
    if (folder !== 'pg_wal' || more !== undefined) return false;
    return /^[0-9A-F]{24}$/.test(name) ? name >= from && name <= to : name.endsWith('.history');
  };
}

async function copyFolder(source: string, target: string, wanted: (path: string) => boolean): Promise<BackedUpFile[]> {
  const files: BackedUpFile[] = [];
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    const path = relative(source, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (!wanted(path)) continue;
    if (entry.isDirectory()) await mkdir(join(target, path), { recursive: true, mode: 0o700 });
    if (!entry.isFile()) continue;
    const copied = await copyFile(join(source, path), join(target, path));
    if (copied === undefined) continue;
    files.push({ path, ...copied });
  }
  return files;
}

/** Undefined when the file went away meanwhile (a dropped table): recovery knows of that. */
export async function copyFile(from: string, to: string): Promise<Omit<BackedUpFile, 'path'> | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const tap = new PassThrough();
  tap.on('data', (chunk: Buffer) => hash.update(chunk));
  try {
    await pipeline(createReadStream(from), tap, createWriteStream(to, { mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await rm(to, { force: true });
    return undefined;
  }
  return { sizeBytes: (await stat(to)).size, sha256: hash.digest('hex') };
}

async function writeCopy(target: string, path: string, text: string): Promise<BackedUpFile> {
  await writeFile(join(target, path), text, { mode: 0o600 });
  return { path, sizeBytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}
