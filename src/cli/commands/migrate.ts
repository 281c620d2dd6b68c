import { Command } from 'commander';
import { openDatabase } from '../../app/database.ts';
import { createReleases } from '../../app/releases.ts';
import { prepareSchema } from '../../app/schema.ts';
import { type Environment, readConfig } from '../../config.ts';
import { pendingMigrations } from '../../postgres/pending-migrations.ts';
import { quietLogs } from '../with-database.ts';

/** `passerelle migrate`: brings the database's schema up to this version. The gateway does the same when it starts. */
export function migrateCommand(environment: Environment): Command {
  return new Command('migrate')
    .description("bring the database's schema up to this version, as start does")
    .option('--dry-run', 'only say what would be applied')
    .action(async ({ dryRun }: { dryRun?: true }) => {
      const { config } = readConfig(environment);
      const logs = quietLogs(config);
      const releases = createReleases(logs('cli'));
      try {
        const { pool } = await openDatabase(config, logs('postgres'), releases, { attach: true });
        const names = dryRun ? await pendingMigrations(pool) : await prepareSchema(pool, config);
        const verb = dryRun ? 'would be applied' : 'applied';
        console.log(names.length === 0 ? 'The schema is up to date.' : `${verb}: ${names.join(', ')}`);
      } finally {
        await releases.releaseAll();
      }
    });
}
