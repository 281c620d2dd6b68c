import { stat } from 'node:fs/promises';
import { dataFolder, type OpenDatabase, openDatabase } from '../app/database.ts';
import { createReleases } from '../app/releases.ts';
import { prepareSchema } from '../app/schema.ts';
import { type Config, type Environment, readConfig } from '../config.ts';
import { createLogs, type LogLevel, type Logs } from '../log.ts';
import { pendingMigrations } from '../postgres/pending-migrations.ts';
import { CommandError } from './output.ts';

export type CommandContext = { readonly config: Config; readonly database: OpenDatabase; readonly logs: Logs };

/**
 * Runs a command on the database: the one that a running gateway uses, else the embedded one, started for the command.
 * A database that others may be using is not migrated on the way, and none is when it is wanted as it is.
 *
 * @throws CommandError when it is not migrated.
 */
export async function withDatabase<T>(
  environment: Environment,
  work: (context: CommandContext) => Promise<T>,
  { asItIs = false }: { readonly asItIs?: boolean } = {},
): Promise<T> {
  const { config } = readConfig(environment);
  const logs = quietLogs(config);
  const releases = createReleases(logs('cli'));
  try {
    const database = await openDatabase(config, logs('postgres'), releases, { attach: true });
    if (!asItIs) await requireSchema(database, config);
    return await work({ config, database, logs });
  } finally {
    await releases.releaseAll();
  }
}

/** False before the first start on this data folder: opening the database would make it. */
export async function hasStore({ databaseUrl, varFolder }: Config): Promise<boolean> {
  if (databaseUrl !== undefined) return true;
  return (await stat(dataFolder(varFolder)).catch(() => undefined)) !== undefined;
}

/** A command speaks in words; log lines come between only when something is wrong, and on standard error. */
export function quietLogs({ logLevel }: Config, quiet: LogLevel = 'warn'): Logs {
  const level = logLevel.level === 'info' ? quiet : logLevel.level;
  return createLogs({ ...logLevel, level }, { destination: { write: (line) => process.stderr.write(line) } });
}

async function requireSchema({ pool, shared }: OpenDatabase, config: Config): Promise<void> {
  const pending = await pendingMigrations(pool);
  if (pending.length === 0) return;
  if (!shared) {
    await prepareSchema(pool, config);
    return;
  }
  throw new CommandError(
    `The database lacks the migrations ${pending.join(', ')}. Run "passerelle migrate" when no older gateway uses it, or start this version's gateway.`,
  );
}
