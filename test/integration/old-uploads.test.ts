import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createSealer } from '../../src/auth/seal.ts';
import type { UploadStore, WishStore } from '../../src/domain/upload-stores.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { removeOldUploads } from '../../src/state/maintenance/old-uploads.ts';
import { createRunStore } from '../../src/state/runs/run-store.ts';
import { createUploadStore } from '../../src/state/uploads/upload-store.ts';
import { createWishStore } from '../../src/state/uploads/wish-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization } from './access-set-up.ts';
import { rowsRead } from './rules/rows-read.ts';

let database: TestDatabase;
let uploads: UploadStore;
let wishes: WishStore;
let organizationId: number;
let sourceSystemId: number;

const soon = () => new Date(Date.now() + 60_000);

beforeAll(async () => {
  database = await createTestDatabase();
  ({ organizationId, sourceSystemId } = await createOrganization(database.pool));
  uploads = createUploadStore({ pool: database.pool, sealer: createSealer(randomBytes(32)), limitBytes: 1_000_000 });
  wishes = createWishStore({ pool: database.pool });
});

afterAll(() => database.drop());

const query = <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  inOrganization(database.pool, organizationId, async (client) => (await client.query<Row>(sql, values)).rows);

async function deliver(bytes: Buffer): Promise<string> {
  const { id } = await uploads.begin(organizationId, {
    sourceSystemId,
    name: 'night.zip',
    way: 'rest',
    receivedFrom: 'banner',
  });
  await wishes.put(
    organizationId,
    id,
    { mode: 'apply', options: {}, reprocess: false, requestedBy: 'banner' },
    new Date(Date.now() + 3_600_000),
  );
  async function* once(): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield bytes;
  }
  await uploads.append(organizationId, id, 0, once());
  await uploads.complete(organizationId, id);
  return id;
}

const requestOf = (uploadId: string): Promise<string> =>
  createRunStore(database.pool).request({
    organizationId,
    sourceSystemId,
    uploadId,
    mode: 'apply',
    options: {},
    requestedBy: 'test',
  });

async function runOf(uploadId: string): Promise<string> {
  const runId = await requestOf(uploadId);
  await wishes.settle(organizationId, uploadId, { runId });
  await query(`update run set state = 'finished', finished_at = now() where id = $1`, [runId]);
  return runId;
}

test('what was delivered goes when its bytes and its run are gone, what it stands for stays until then', async () => {
  const bytes = randomBytes(1_000);
  const first = await deliver(bytes);
  const runId = await runOf(first);
  const again = await deliver(bytes);
  await wishes.settle(organizationId, again, { repeats: first });
  const shown = await deliver(bytes);
  await wishes.settle(organizationId, shown, { repeats: first });
  await query(
    `insert into sftp_file (organization_id, source_system_id, name, upload_id) values ($1, $2, 'night.zip', $3)`,
    [organizationId, sourceSystemId, shown],
  );
  const left = async () => (await query<{ id: string }>('select id from upload order by id')).map(({ id }) => id);

  expect(await wishes.keptBytes(organizationId, sourceSystemId)).toBe(3_000);
  expect(await removeOldUploads(database.pool, soon())).toBe(0);
  expect(await wishes.forgetBytes(organizationId, soon())).toBe(3);
  expect(await wishes.forgetBytes(organizationId, soon())).toBe(0);
  expect(await wishes.keptBytes(organizationId, sourceSystemId)).toBe(0);
  expect(await wishes.hasBytes(organizationId, first)).toBe(false);
  expect(await query('select from upload_part')).toHaveLength(0);

  // The run of the first is kept, and the folder of SFTP shows the last.
  expect(await removeOldUploads(database.pool, new Date(Date.now() - 60_000))).toBe(0);
  expect(await removeOldUploads(database.pool, soon())).toBe(1);
  expect(await left()).toEqual([first, shown]);
  await query('delete from run where id = $1', [runId]);
  expect(await removeOldUploads(database.pool, soon())).toBe(0);
  await query('delete from sftp_file');
  expect(await removeOldUploads(database.pool, soon())).toBe(2);
  expect(await left()).toEqual([]);
  expect(await query('select from upload_wish')).toHaveLength(0);
});

/** Runs both while nobody can write the table, the second once the first waits for that. */
async function whileLocked<One, Other>(
  table: string,
  one: () => Promise<One>,
  other: () => Promise<Other>,
): Promise<[PromiseSettledResult<One>, PromiseSettledResult<Other>]> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; lock table ${table} in share mode`);
    const first = Promise.allSettled([one()]);
    await waiting(1);
    const second = Promise.allSettled([other()]);
    await Promise.race([second, waiting(2)]);
    await client.query('commit');
    return [...(await first), ...(await second)];
  } finally {
    client.release();
  }
}

async function waiting(count: number): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end;) {
    const { rows } = await database.pool.query<{ count: number }>(
      `select count(distinct pid)::integer from pg_locks where not granted
          and pid in (select pid from pg_stat_activity where datname = current_database())`,
    );
    if ((rows[0]?.count ?? 0) >= count) return;
  }
}

const notKept = { code: 'conflict', message: expect.stringContaining('send the file again') };

test('no run is made of bytes that are not kept any more', async () => {
  const id = await deliver(randomBytes(1_000));
  await runOf(id);
  expect(await wishes.forgetBytes(organizationId, soon())).toBe(1);
  await expect(requestOf(id)).rejects.toMatchObject(notKept);
});

test('bytes of which a run is just requested are kept, and of those just forgotten none is made', async () => {
  const id = await deliver(randomBytes(1_000));
  await runOf(id);
  const forget = () => wishes.forgetBytes(organizationId, soon());
  const [requested, kept] = await whileLocked('run', () => requestOf(id), forget);
  expect(requested).toMatchObject({ status: 'fulfilled' });
  expect(kept).toMatchObject({ status: 'fulfilled', value: 0 });
  expect(await wishes.hasBytes(organizationId, id)).toBe(true);

  await query(`update run set state = 'finished', finished_at = now() where upload_id = $1`, [id]);
  const [forgotten, refused] = await whileLocked('upload_part', forget, () => requestOf(id));
  expect(forgotten).toMatchObject({ status: 'fulfilled', value: 1 });
  expect(refused).toMatchObject({ status: 'rejected', reason: notKept });
});

test('what is kept of a source system is counted without a look at what was forgotten', async () => {
  await query(
    `insert into upload (organization_id, id, source_system_id, name, way, received_from, received_bytes, sha256, completed_at, forgotten)
     select $1, gen_random_uuid(), $2, 'old.zip', 'rest', 'banner', 1000, '', now(), true from generate_series(1, 5000)`,
    [organizationId, sourceSystemId],
  );
  await deliver(randomBytes(700));
  await uploads.begin(organizationId, {
    sourceSystemId,
    name: 'n',
    way: 'tus',
    receivedFrom: 'b',
    announcedBytes: 300,
  });
  await database.pool.query('analyze upload');
  const asked: { text: string; values: unknown[] }[] = [];
  const counted = await createWishStore({ pool: listening(database.pool, asked) }).keptBytes(
    organizationId,
    sourceSystemId,
  );
  expect(counted).toBe(1_000);
  const [statement] = asked.filter(({ text }) => text.includes('from upload'));
  const read = await inOrganization(database.pool, organizationId, (client) =>
    rowsRead(client, statement!.text, statement!.values, 'upload'),
  );
  expect(read).toBeLessThan(10);
});

test('bytes that nobody ended go when their time is over, also where none came', async () => {
  const { id } = await uploads.begin(organizationId, { sourceSystemId, name: 'n', way: 'tus', receivedFrom: 'b' });
  const wish = { mode: 'apply', options: {}, reprocess: false, requestedBy: 'banner' } as const;
  await wishes.put(organizationId, id, wish, new Date(Date.now() - 1_000));
  await wishes.removeExpired(organizationId, new Date(0));
  expect(await uploads.find(organizationId, id)).toBeUndefined();
});

/** A pool that tells what it is asked. */
function listening(pool: pg.Pool, asked: { text: string; values: unknown[] }[]): pg.Pool {
  const told = (target: object): object =>
    new Proxy(target, {
      get(inner, name) {
        const value: unknown = Reflect.get(inner, name);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (name === 'query' && typeof given[0] === 'string')
            asked.push({ text: given[0], values: (given[1] as unknown[] | undefined) ?? [] });
          const result: unknown = (value as (...all: unknown[]) => unknown).apply(inner, given);
          return name === 'connect' ? (result as Promise<object>).then(told) : result;
        };
      },
    });
  return told(pool) as pg.Pool;
}
