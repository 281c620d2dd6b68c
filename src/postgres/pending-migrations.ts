import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';

/** The migrations that this version has and the database has not, without applying them. */
export async function pendingMigrations(pool: pg.Pool): Promise<string[]> {
  const files = await readdir(fileURLToPath(new URL('../../db/migrations', import.meta.url)));
  const names = files.filter((name) => name.endsWith('.sql')).map((name) => name.replace(/\.sql$/, ''));
  const table = await pool.query<{ found: string | null }>(`select to_regclass('schema_migration') as found`);
  if (table.rows[0]?.found == null) return names.sort();
  const { rows } = await pool.query<{ name: string }>('select name from schema_migration');
  const applied = new Set(rows.map((row) => row.name));
  return names.filter((name) => !applied.has(name)).sort();
}
