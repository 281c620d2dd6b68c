import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createPool } from '../postgres/connect.ts';
import { isAbandoned } from '../postgres/data-lock.ts';
import { type DatabaseAddress, startEmbeddedPostgres } from '../postgres/embedded.ts';
import { migrate } from '../postgres/migrate.ts';
import { stopOrphan } from '../postgres/postmaster.ts';

/** How test workers find the run's server. Test databases are copies of `template` and belong to `owner`. */
export type TestServerAddress = { superuser: DatabaseAddress; owner: string; template: string };

export type TestServer = { address: TestServerAddress; stop(): Promise<void> };

const OWNER = 'passerelle';
const FOLDER_PREFIX = 'passerelle-test-';

/** Nothing needs to survive a test server; it plans alike on every machine. */
const carelessSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  max_wal_size: '4GB',
};

/**
 * The server of one test run, with a migrated template database: an embedded one in a temporary folder, or the one of
 * TEST_DATABASE_URL (a superuser's URL), which several runs may share.
 */
export async function startTestServer(url = process.env.TEST_DATABASE_URL): Promise<TestServer> {
  return url === undefined ? startOwnServer() : useServer(addressOf(url));
}

async function startOwnServer(): Promise<TestServer> {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings: carelessSettings });
    const { address } = await useServer(server.superuser);
    const stop = async () => {
      await server.stop();
      await removeFolder();
    };
    return { address, stop };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function useServer(superuser: DatabaseAddress): Promise<TestServer> {
  const template = `passerelle_template_${process.pid}_${Date.now().toString(36)}`;
  await asSuperuser(superuser, async (client) => {
    await client.query(createOwner(superuser.password));
    await client.query(`create database ${template} owner ${OWNER}`);
  });
  const pool = createPool({ database: { ...superuser, user: OWNER, database: template }, max: 2 });
  await migrate(pool).finally(() => pool.end());
  const stop = () => asSuperuser(superuser, (client) => client.query(`drop database ${template}`));
  return { address: { superuser, owner: OWNER, template }, stop };
}

/** Another run may be creating the role at this very moment. */
function createOwner(password: string | undefined): string {
  const secret = password === undefined ? '' : `password ${pg.escapeLiteral(password)}`;
  return `do $$ begin create role ${OWNER} login nosuperuser nobypassrls ${secret};
    exception when duplicate_object or unique_violation then null; end $$`;
}

/** Runs statements that only a superuser may: databases come and go. */
export async function asSuperuser(
  superuser: DatabaseAddress,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(superuser);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function addressOf(url: string): DatabaseAddress {
  const { host, port, user = 'postgres', database = 'postgres', password } = new pg.Client({ connectionString: url });
  return { host, port, user, database, ...(password == null ? {} : { password }) };
}

/** A run that was killed leaves its server running and its folder behind. */
async function removeAbandoned(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER_PREFIX));
  for (const name of names) {
    const folder = join(tmpdir(), name);
    const dataDir = join(folder, 'postgres');
    if (!(await isAbandoned(dataDir).catch(() => false))) continue;
    await stopOrphan(dataDir);
    await rm(folder, { recursive: true, force: true });
  }
}
