import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startTestServer } from '../src/testing/test-server.ts';

/** How many statements were planned, and what an older server says against those that the newer one takes. */
export interface Planned {
  readonly count: number;
  readonly refused: readonly { readonly statement: string; readonly reason: string }[];
}

/**
 * Plans the statements of a folder (test/jest/record-statements.mjs) on an older server. What the embedded one refuses as well, as it
 * is about a table that a test made for itself, is no matter.
 *
 * @param olderUrl of a superuser
 */
export async function planStatements(folder: string, olderUrl: string): Promise<Planned> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const notOnOlder = await refusedBy(olderUrl, texts);
  const notAtAll = await refusedBy(undefined, [...notOnOlder.keys()]);
  const refused = [...notOnOlder].filter(([text]) => !notAtAll.has(text));
  return { count: texts.length, refused: refused.map(([statement, reason]) => ({ statement, reason })) };
}

/** The statements that a server does not plan, with its reason. */
async function refusedBy(url: string | undefined, texts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const server = await startTestServer(url);
  const { superuser, template } = server.address;
  const client = new pg.Client({ ...superuser, database: template });
  await client.connect();
  try {
    await client.query('set plan_cache_mode = force_generic_plan');
    const refused = new Map<string, string>();
    for (const text of texts)
      await plan(client, text).catch((error: unknown) => refused.set(text, (error as Error).message));
    return refused;
  } finally {
    await client.end();
    await server.stop();
  }
}

async function plan(client: pg.Client, text: string): Promise<void> {
  await client.query('deallocate all');
  await client.query(`prepare planned as ${text}`);
  const { rows } = await client.query<{ count: number }>(
    'select cardinality(parameter_types) as count from pg_prepared_statements',
  );
  const nulls = Array.from({ length: rows[0]?.count ?? 0 }, () => 'null').join(', ');
  await client.query(`explain execute planned${nulls === '' ? '' : ` (${nulls})`}`);
}
