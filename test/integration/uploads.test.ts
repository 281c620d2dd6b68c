import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSealer } from '../../src/auth/seal.ts';
import type { Upload } from '../../src/domain/upload.ts';
import type { UploadStore } from '../../src/domain/upload-stores.ts';
import { createUploadStore } from '../../src/state/uploads/upload-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization, createStore, rowsOf, type TestOrganization } from '../oracle/harness.ts';
import { presets } from '../../src/domain/source-system.ts';

const mebibyte = 1_048_576;
const limitBytes = 8 * mebibyte;

let database: TestDatabase;
let organization: TestOrganization;
let other: TestOrganization;
let uploads: UploadStore;
let sourceSystemId: number;

beforeAll(async () => {
  database = await createTestDatabase();
  const store = createStore(database.pool);
  const source = { code: 'sis', rank: 1, options: presets.lis, typeMap: new Map(), roleMap: new Map() };
  organization = await createOrganization(database.pool, store, { types: [], roles: [], sources: [source] });
  other = await createOrganization(database.pool, store, { types: [], roles: [], sources: [source] });
  await store.close();
  const sources = await rowsOf<{ id: number }>(
    database.pool,
    organization.id,
    `select id from source_system where code = 'sis'`,
  );
  sourceSystemId = sources[0]!.id;
  uploads = createUploadStore({ pool: database.pool, sealer: createSealer(randomBytes(32)), limitBytes });
});

afterAll(() => database.drop());

const begin = (announcedBytes?: number): Promise<Upload> =>
  uploads.begin(organization.id, {
    sourceSystemId,
    name: 'night.zip',
    way: 'rest',
    receivedFrom: 'banner',
    ...(announcedBytes === undefined ? {} : { announcedBytes }),
  });

function pieces(bytes: Buffer, ...sizes: number[]): Readable {
  const cut: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (at < bytes.length) cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(cut);
}

async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of bytes) all.push(piece);
  return Buffer.concat(all);
}

function read(id: string, start: number, end: number): Promise<Buffer> {
  return collect(uploads.reader(organization.id, id)(start, end));
}

test('bytes come back as they came, however they were cut, and from any place', async () => {
  const bytes = randomBytes(3 * mebibyte + 12_345);
  const { id } = await begin();
  expect(await uploads.append(organization.id, id, 0, pieces(bytes.subarray(0, 700_000), 1, 65_536, 3))).toBe(700_000);
  expect(await uploads.append(organization.id, id, 700_000, pieces(bytes.subarray(700_000), 600_000, 1_999_999))).toBe(
    bytes.length,
  );
  const upload = await uploads.complete(organization.id, id);
  expect(upload.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(upload.receivedBytes).toBe(bytes.length);
  expect((await read(id, 0, bytes.length)).equals(bytes)).toBe(true);
  expect((await read(id, mebibyte - 5, 2 * mebibyte + 5)).equals(bytes.subarray(mebibyte - 5, 2 * mebibyte + 5))).toBe(
    true,
  );
  expect(await read(id, 10, 10)).toHaveLength(0);
});

test('what is kept is sealed, in its place', async () => {
  const { id } = await begin();
  await uploads.append(organization.id, id, 0, pieces(Buffer.alloc(2 * mebibyte, 'surname,')));
  const parts = await rowsOf<{ sealed: Buffer }>(
    database.pool,
    organization.id,
    `select sealed from upload_part where upload_id = '${id}' order by position`,
  );
  expect(parts).toHaveLength(2);
  expect(parts.some(({ sealed }) => sealed.includes('surname'))).toBe(false);
  await rowsOf(
    database.pool,
    organization.id,
    `update upload_part set position = 1 - position + 10 where upload_id = '${id}'`,
  );
  await rowsOf(
    database.pool,
    organization.id,
    `update upload_part set position = position - 10 where upload_id = '${id}'`,
  );
  await expect(read(id, 0, 10)).rejects.toThrow();
});

test('a connection that breaks leaves what came, and the sender goes on from there', async () => {
  const bytes = randomBytes(mebibyte + 500_000);
  const { id } = await begin(bytes.length);
  async function* breaking(): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, mebibyte + 100);
    await Promise.resolve();
    throw new Error('the connection was reset');
  }
  await expect(uploads.append(organization.id, id, 0, breaking())).rejects.toThrow('the connection was reset');
  const found = await uploads.find(organization.id, id);
  expect(found?.receivedBytes).toBe(mebibyte + 100);
  await expect(uploads.complete(organization.id, id)).rejects.toMatchObject({ code: 'conflict' });
  await uploads.append(organization.id, id, mebibyte + 100, pieces(bytes.subarray(mebibyte + 100)));
  await uploads.complete(organization.id, id);
  expect((await read(id, 0, bytes.length)).equals(bytes)).toBe(true);
});

test('two senders of one upload: one goes on, the other is told', async () => {
  const { id } = await begin();
  const part = randomBytes(mebibyte);
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map(() => uploads.append(organization.id, id, 0, pieces(part))),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(results.filter(({ status }) => status === 'rejected').map((each) => each)).toMatchObject(
    Array.from({ length: 3 }, () => ({ reason: { code: 'conflict' } })),
  );
  expect((await read(id, 0, mebibyte)).equals(part)).toBe(true);
});

test('an offset that is not the end, more than announced, more than allowed, and what has ended are refused', async () => {
  const { id } = await begin(10);
  await expect(uploads.append(organization.id, id, 3, pieces(randomBytes(1)))).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(uploads.append(organization.id, id, 0, pieces(randomBytes(11)))).rejects.toMatchObject({
    code: 'payload_too_large',
  });
  await uploads.append(organization.id, id, 0, pieces(randomBytes(10)));
  await uploads.complete(organization.id, id);
  await expect(uploads.append(organization.id, id, 10, pieces(randomBytes(1)))).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(uploads.complete(organization.id, id)).rejects.toMatchObject({ code: 'conflict' });
  await expect(begin(limitBytes + 1)).rejects.toMatchObject({ code: 'payload_too_large' });
  const unannounced = await begin();
  await expect(
    uploads.append(organization.id, unannounced.id, 0, pieces(Buffer.alloc(limitBytes + 1), mebibyte)),
  ).rejects.toMatchObject({ code: 'payload_too_large' });
});

test('a checksum that differs is told with both, and the upload stays open', async () => {
  const { id } = await begin();
  await uploads.append(organization.id, id, 0, pieces(Buffer.from('type,action\n')));
  const wrong = 'ab'.repeat(32);
  await expect(uploads.complete(organization.id, id, wrong)).rejects.toMatchObject({ code: 'checksum_mismatch' });
  const right = createHash('sha256').update('type,action\n').digest('hex');
  expect(await uploads.complete(organization.id, id, right.toUpperCase())).toMatchObject({ sha256: right });
});

test('the same bytes from the same source system are recognised, those of another organization are not seen', async () => {
  const bytes = randomBytes(1_000);
  const send = async (): Promise<Upload> => {
    const { id } = await begin();
    await uploads.append(organization.id, id, 0, pieces(bytes));
    return uploads.complete(organization.id, id);
  };
  const first = await send();
  expect(await uploads.sameBytes(organization.id, first)).toEqual([]);
  const second = await send();
  expect((await uploads.sameBytes(organization.id, second)).map(({ id }) => id)).toEqual([first.id]);
  expect(await uploads.find(other.id, first.id)).toBeUndefined();
  await uploads.remove(other.id, first.id);
  expect(await uploads.find(organization.id, first.id)).toBeDefined();
  await expect(collect(uploads.reader(other.id, first.id)(0, 10))).rejects.toThrow('has no bytes');
  await uploads.remove(organization.id, first.id);
  expect(await uploads.find(organization.id, first.id)).toBeUndefined();
});
