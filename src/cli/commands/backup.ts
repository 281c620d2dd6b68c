import { Command } from 'commander';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { dataFolder } from '../../app/database.ts';
import { findSealingKey, sealingKeyFile } from '../../app/sealing-key.ts';
import { type Environment, readConfig } from '../../config.ts';
import { copyRunningCluster } from '../../postgres/backup.ts';
import { writeManifest } from '../backup/manifest.ts';
import { CommandError } from '../output.ts';
import { productVersion } from '../../app/version.ts';
import { withDatabase } from '../with-database.ts';

/** `passerelle backup FOLDER`: a copy of the embedded store, made while the gateway goes on. */
export function backupCommand(environment: Environment): Command {
  return new Command('backup')
    .description('copy the embedded store into a new folder, while the gateway goes on')
    .argument('<folder>', 'the folder to make')
    .option('--with-key', 'also copy the sealing key: whoever has the backup can then read everything')
    .action(async (folder: string, { withKey }: { withKey?: true }) => {
      refuseServed(environment);
      const target = resolve(folder);
      await refuseExisting(target);
      const building = join(dirname(target), `.${basename(target)}.unfinished-${process.pid}`);
      try {
        const { files, bytes } = await backUp(environment, building, withKey === true);
        await rename(building, target);
        console.log(`Backed up ${files} files, ${(bytes / 1024 ** 2).toFixed(1)} MiB, to ${target}`);
        if (!withKey)
          console.log('The sealing key is not in it: keep a copy of it apart, without it no message body can be read.');
        console.log(`Restore with: passerelle restore ${folder}`);
      } finally {
        await rm(building, { recursive: true, force: true });
      }
    });
}

async function backUp(
  environment: Environment,
  target: string,
  withKey: boolean,
): Promise<{ files: number; bytes: number }> {
  return withDatabase(environment, async ({ config, database }) => {
    if (database.superuser === undefined) throw new Error('the embedded Postgres has a superuser');
    await mkdir(join(target, 'data'), { recursive: true, mode: 0o700 });
    const startedAt = new Date().toISOString();
    const files = await copyRunningCluster(database.superuser, dataFolder(config.varFolder), join(target, 'data'));
    if (withKey) await copyKey(config.key, config.varFolder, target);
    const postgresMajor = Number(database.version.split('.')[0]);
    await writeManifest(target, {
      format: 1,
      product: 'passerelle',
      version: productVersion(),
      postgresMajor,
      startedAt,
      finishedAt: new Date().toISOString(),
      withKey,
      files,
    });
    return { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  });
}

async function copyKey(setting: string | undefined, varFolder: string, target: string): Promise<void> {
  const key = await findSealingKey(setting, varFolder);
  if (key === undefined) {
    throw new CommandError(
      `There is no sealing key to copy: ${sealingKeyFile(varFolder)} is not there. Put it back, or leave --with-key out.`,
    );
  }
  if (key.from === 'setting') {
    throw new CommandError(
      'The sealing key is set by PASSERELLE_KEY: keep it where you keep your settings, and leave --with-key out.',
    );
  }
  await cp(key.file, join(target, 'sealing.key'));
}

function refuseServed(environment: Environment): void {
  if (readConfig(environment).config.databaseUrl === undefined) return;
  throw new CommandError(
    'The database of DATABASE_URL is backed up with the tools of Postgres, such as pg_dump --format=custom or pg_basebackup. ' +
      'Keep the sealing key (PASSERELLE_KEY) with your settings. After restoring, run "passerelle restore --renew-feed".',
  );
}

async function refuseExisting(target: string): Promise<void> {
  const there = await readdir(target).catch(() => undefined);
  if (there !== undefined) throw new CommandError(`${target} exists already: name a folder that does not.`);
  await mkdir(dirname(target), { recursive: true });
}
