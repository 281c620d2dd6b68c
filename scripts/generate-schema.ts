import { createPool } from '../src/postgres/connect.ts';
import { printSchema } from '../src/postgres/print-schema.ts';
import { startTestServer } from '../src/testing/test-server.ts';
import type { GeneratedFile } from './generate.ts';

const HEADER = `-- The structure that the migrations in db/migrations lead to, for reading and for comparing two versions.
-- Printed by "npm run generate" from the catalogue of a migrated database; never run, never edited.

`;

/** db/schema.sql, from a freshly migrated database. */
export async function generate(): Promise<GeneratedFile[]> {
  const server = await startTestServer();
  try {
    const { superuser, template } = server.address;
    const pool = createPool({ database: { ...superuser, database: template }, max: 1 });
    const text = await printSchema(pool).finally(() => pool.end());
    return [{ path: 'db/schema.sql', text: HEADER + text }];
  } finally {
    await server.stop();
  }
}
