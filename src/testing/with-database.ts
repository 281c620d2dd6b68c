import { randomBytes } from 'node:crypto';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { createPool } from '../postgres/connect.ts';
import type { DatabaseAddress } from '../postgres/embedded.ts';
import { asSuperuser, type TestServerAddress } from './test-server.ts';

export type TestDatabase<DB = unknown> = {
  address: DatabaseAddress;
  /** The same as a URL, for a process of its own (`DATABASE_URL`). */
  url: string;
  pool: pg.Pool;
  kysely: Kysely<DB>;
  /** Ends the pool and drops the database. */
  drop(): Promise<void>;
};

const POOL_SIZE = 10;

/** Runs `work` on a freshly migrated database of its own, which is dropped afterwards. */
export async function withDatabase<Result, DB = unknown>(
  work: (database: TestDatabase<DB>) => Promise<Result>,
): Promise<Result> {
  const database = await createTestDatabase<DB>();
  try {
    return await work(database);
  } finally {
    await database.drop();
  }
}

/** A freshly migrated database (about 30 ms): one for each test file, made in `beforeAll`, dropped in `afterAll`; `empty` leaves it unmigrated. */
export async function createTestDatabase<DB = unknown>(options: { empty?: boolean } = {}): Promise<TestDatabase<DB>> {
  const { superuser, owner, template: migrated } = testServer();
  const template = options.empty === true ? 'template1' : migrated;
  const name = `passerelle_test_${randomBytes(8).toString('hex')}`;
  await asSuperuser(superuser, (client) => client.query(`create database ${name} template ${template} owner ${owner}`));
  const address = { ...superuser, user: owner, database: name };
  const pool = createPool({ database: address, max: POOL_SIZE, name });
  const drop = async () => {
    if (!pool.ended) await pool.end();
    await asSuperuser(superuser, (client) => client.query(`drop database ${name} with (force)`));
  };
  return {
    address,
    url: urlOf(address),
    pool,
    kysely: new Kysely<DB>({ dialect: new PostgresDialect({ pool }) }),
    drop,
  };
}

/** Set by the test runner's global set-up (`startTestServer`). */
function testServer(): TestServerAddress {
  const address = process.env.PASSERELLE_TEST_SERVER;
  if (address === undefined) {
    throw new Error(
      'No test database server: call startTestServer in the global set-up, as test/jest/global-setup.mjs.',
    );
  }
  return JSON.parse(address) as TestServerAddress;
}

/** A socket's folder cannot stand where a URL has its host; as a parameter it takes the host's place. */
function urlOf({ host, port, user, database, password }: DatabaseAddress): string {
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  return `postgres://${user}${secret}@localhost/${database}?${new URLSearchParams({ host, port: String(port) }).toString()}`;
}
