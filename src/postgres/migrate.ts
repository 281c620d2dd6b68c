import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type pg from 'pg';
import { SchemaTooNewError } from './schema-too-new.ts';

/** Where the product's own migrations lie: `NNNN-name.sql`, forward only, applied in the order of their names. */
const MIGRATIONS = fileURLToPath(new URL('../../db/migrations', import.meta.url));
const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/;

/**
 * Applies the migrations that the database lacks, all in one transaction, and returns their names.
 * Processes that start together wait for each other: one applies, the others find nothing to do.
 *
 * @throws SchemaTooNewError when the database holds migrations that this version does not know.
 */
export async function migrate(pool: pg.Pool, folder: string = MIGRATIONS): Promise<string[]> {
  // Not destroyed: that would end the caller's pool.
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const migrations = await readMigrations(folder);
  await refuseNewerSchema(pool, Object.keys(migrations));
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    migrationTableName: 'schema_migration',
    migrationLockTableName: 'schema_migration_lock',
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName ?? 'before the first';
    throw new Error(`Migration failed (${failed}); nothing was changed: ${reason(error)}`, { cause: error });
  }
  return results.map((result) => result.migrationName);
}

/** A gateway that still runs locks its lane first, and all else after it: who takes tables in another order meets it half-way. */
const laneFirst = `do $$ begin
  if to_regclass('lane') is not null then lock table lane in access exclusive mode; end if;
end $$`;

async function readMigrations(folder: string): Promise<Record<string, Migration>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const wrong = names.find((name) => !FILE_NAME.test(name));
  if (wrong !== undefined) throw new Error(`${wrong} is no migration's name: write NNNN-what-it-does.sql`);
  const migrations: Record<string, Migration> = {};
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    migrations[name.replace(/\.sql$/, '')] = {
      up: async (db: Kysely<unknown>) => {
        await db.executeQuery(CompiledQuery.raw(laneFirst));
        await db.executeQuery(CompiledQuery.raw(text));
      },
    };
  }
  return migrations;
}

async function refuseNewerSchema(pool: pg.Pool, known: string[]): Promise<void> {
  const table = await pool.query<{ found: string | null }>(`select to_regclass('schema_migration') as found`);
  if (table.rows[0]?.found == null) return;
  const applied = await pool.query<{ name: string }>('select name from schema_migration order by name');
  const unknown = applied.rows.map((row) => row.name).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new SchemaTooNewError(unknown);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
