import { Command } from 'commander';
import { copyFile as copyPlain, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dataFolder } from '../../app/database.ts';
import { type Config, type Environment, readConfig } from '../../config.ts';
import { copyFile } from '../../postgres/backup.ts';
import { lockData } from '../../postgres/data-lock.ts';
import { renewEpochs } from '../../state/renew-epochs.ts';
import { type Manifest, readManifest } from '../backup/manifest.ts';
import { CommandError } from '../output.ts';
import { withDatabase } from '../with-database.ts';

/** `passerelle restore FOLDER`: makes the embedded store anew from a backup; `--renew-feed` after a restore by Postgres's tools. */
export function restoreCommand(environment: Environment): Command {
  return new Command('restore')
    .description('make the embedded store from a backup; never over an existing one')
    .argument('[folder]', 'the backup')
    .option('--renew-feed', 'only tell feed readers to start anew, after the database was restored by other tools')
    .action(async (folder: string | undefined, { renewFeed }: { renewFeed?: true }) => {
      if (renewFeed === undefined) await restore(environment, folder);
      const count = await withDatabase(environment, ({ database }) => renewEpochs(database.pool));
      console.log(`The change feed of each organization (${count}) has a new epoch: readers start from a snapshot.`);
      if (renewFeed === undefined) console.log('Next: "passerelle doctor" looks at everything, "npm start" serves.');
    });
}

async function restore(environment: Environment, folder: string | undefined): Promise<void> {
  const { config } = readConfig(environment);
  if (folder === undefined) throw new CommandError('Name the folder of the backup.');
  if (config.databaseUrl !== undefined) {
    throw new CommandError(
      'DATABASE_URL is set: restore that database with the tools of Postgres (pg_restore), then run "passerelle restore --renew-feed".',
    );
  }
  const source = resolve(folder);
  const manifest = await readManifest(source);
  await mkdir(config.varFolder, { recursive: true, mode: 0o700 });
  const lock = await lockData(dataFolder(config.varFolder));
  try {
    await refuseExisting(config, manifest);
    await copyVerified(source, manifest, dataFolder(config.varFolder));
    if (manifest.withKey) await copyPlain(join(source, 'sealing.key'), join(config.varFolder, 'sealing.key'));
  } finally {
    await lock.release();
  }
  console.log(
    `Restored ${manifest.files.length} files of Postgres ${manifest.postgresMajor} as of ${manifest.finishedAt}.`,
  );
  if (!manifest.withKey)
    console.log('The backup has no sealing key: put yours into PASSERELLE_KEY or the data folder.');
}

async function refuseExisting({ varFolder }: Config, { withKey }: Manifest): Promise<void> {
  const targets = [dataFolder(varFolder), ...(withKey ? [join(varFolder, 'sealing.key')] : [])];
  for (const target of targets) {
    const there = await stat(target).catch(() => undefined);
    if (there !== undefined) {
      throw new CommandError(
        `${target} is there: move it away first, or restore into another data folder (PASSERELLE_VAR).`,
      );
    }
  }
}

/** Built beside and renamed when every file has been found to be what the manifest says. */
async function copyVerified(source: string, { files }: Manifest, dataDir: string): Promise<void> {
  const building = `${dataDir}.new-restore`;
  await rm(building, { recursive: true, force: true });
  try {
    for (const { path, sizeBytes, sha256 } of files) {
      const target = resolve(building, path);
      if (!target.startsWith(`${building}/`)) throw damaged(path, 'names a place outside');
      const copied = await copyFile(join(source, 'data', path), target);
      if (copied?.sizeBytes !== sizeBytes || copied.sha256 !== sha256) throw damaged(path, 'is missing or changed');
    }
    for (const folder of foldersOfACluster) await mkdir(join(building, folder), { recursive: true, mode: 0o700 });
    await rename(building, dataDir);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

function damaged(path: string, what: string): CommandError {
  return new CommandError(`The backup is damaged: ${path} ${what}. Nothing was restored.`);
}

/** Empty folders are not in the manifest, and some tools that keep backups drop them. */
const foldersOfACluster = [
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_multixact/members',
  'pg_multixact/offsets',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
  'pg_wal/archive_status',
  'pg_wal/summaries',
];
