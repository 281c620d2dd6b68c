import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tus from 'tus-js-client';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let tenant: Tenant;
let basic: string;
let token: string;
const mebibyte = 1_048_576;

beforeAll(async () => {
  world = await createApiWorld();
  tenant = await world.tenant('tus');
  basic = await passwordOf('night-job');
  const made = await world.access.apiTokens.createToken({
    label: 'tus',
    organizationId: tenant.id,
    scopes: ['messages:write'],
  });
  token = `Bearer ${made.token}`;
});

afterAll(() => world.close());

async function passwordOf(userName: string): Promise<string> {
  const source = await world.administration.sourceSystems.get(tenant.id, 'sis');
  const { secret } = await world.access.credentials.createCredential({
    organizationId: tenant.id,
    sourceSystemId: source.id,
    userName,
    kind: 'hashed',
  });
  return `Basic ${Buffer.from(`${userName}:${secret}`).toString('base64')}`;
}

const place = '/sis/v1/tus';

interface Sent {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function call(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer): Promise<Sent> {
  const response = await fetch(new URL(path, world.url), {
    method,
    headers: { authorization: basic, 'tus-resumable': '1.0.0', ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function create(length: number, name = 'night.zip', more: Record<string, string> = {}): Promise<string> {
  const made = await call('POST', place, {
    'upload-length': String(length),
    'upload-metadata': `filename ${base64(name)}`,
    ...more,
  });
  expect(made.status).toBe(201);
  return made.headers.get('location') ?? '';
}

const patch = (path: string, offset: number, bytes: Buffer, more: Record<string, string> = {}): Promise<Sent> =>
  call(
    'PATCH',
    path,
    { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...more },
    bytes,
  );

const checksum = (bytes: Buffer, algorithm = 'sha1'): Record<string, string> => ({
  'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`,
});

async function receiptOf(path: string): Promise<Record<string, unknown>> {
  const { headers } = await call('HEAD', path);
  const link = /<([^>]+)>; rel="describedby"/.exec(headers.get('link') ?? '')?.[1] ?? '';
  return (await call('GET', link)).body;
}

describe('the client of tus', () => {
  test.each([
    ['with the credentials of the source system', place, () => basic],
    ['with a token', '/api/v1/source-systems/sis/tus', () => token],
  ])('uploads in parts %s', async (_, path, authorization) => {
    const bytes = randomBytes(3 * mebibyte + 17);
    const upload = await uploadWith(path, authorization(), bytes, { chunkSize: 700_000 });
    const id = upload.url?.split('/').at(-1) ?? '';
    const found = await world.files.find(tenant.id, id);
    expect(found).toMatchObject({
      name: 'night.zip',
      way: 'tus',
      receivedBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      wish: { mode: 'plan', options: { snapshot: true } },
      runId: expect.any(String),
    });
    expect(world.runs.at(-1)).toMatchObject({ uploadId: id, mode: 'plan', options: { snapshot: true } });
  });

  test('goes on where it was cut off', async () => {
    const bytes = randomBytes(2 * mebibyte);
    const path = await create(bytes.length);
    await patch(path, 0, bytes.subarray(0, 1_234_567));
    const upload = await uploadWith(place, basic, bytes, { uploadUrl: new URL(path, world.url).href });
    expect(upload.url?.endsWith(path)).toBe(true);
    expect(await receiptOf(path)).toMatchObject({
      state: 'requested',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  test('ends an upload of its own', async () => {
    const path = await create(100);
    await tus.Upload.terminate(new URL(path, world.url).href, { headers: { authorization: basic } });
    expect((await call('HEAD', path)).status).toBe(404);
  });
});

function uploadWith(
  path: string,
  authorization: string,
  bytes: Buffer,
  options: Partial<tus.UploadOptions>,
): Promise<tus.Upload> {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(bytes, {
      endpoint: new URL(path, world.url).href,
      uploadSize: bytes.length,
      chunkSize: 5 * mebibyte,
      headers: { authorization },
      metadata: { filename: 'night.zip', mode: 'plan', snapshot: 'true', filetype: 'application/zip' },
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(upload),
      ...options,
    });
    upload.start();
  });
}

test('what is supported is told without credentials', async () => {
  const { status, headers } = await call('OPTIONS', place, { authorization: '' });
  expect(status).toBe(204);
  expect(headers.get('tus-version')).toBe('1.0.0');
  expect(headers.get('tus-extension')).toBe('creation,creation-with-upload,checksum,expiration,termination');
  expect(headers.get('tus-checksum-algorithm')).toContain('sha1');
  expect(Number(headers.get('tus-max-size'))).toBe(8 * mebibyte);
});

test('bytes may come with the creation, all of them at once even', async () => {
  const bytes = randomBytes(5_000);
  const made = await call(
    'POST',
    place,
    {
      'upload-length': '5000',
      'upload-metadata': `filename ${base64('at-once.csv')}`,
      'content-type': 'application/offset+octet-stream',
      ...checksum(bytes, 'sha256'),
    },
    bytes,
  );
  expect(made.status).toBe(201);
  expect(made.headers.get('upload-offset')).toBe('5000');
  expect(await receiptOf(made.headers.get('location') ?? '')).toMatchObject({ state: 'requested' });
  const empty = await create(0, 'empty.csv');
  expect(await receiptOf(empty)).toMatchObject({ state: 'requested', receivedBytes: 0 });
});

test('a part whose checksum is wrong is taken back, and may be sent again', async () => {
  const bytes = randomBytes(2 * mebibyte + 100);
  const path = await create(bytes.length);
  const first = bytes.subarray(0, mebibyte + 50);
  const rest = bytes.subarray(mebibyte + 50);
  expect((await patch(path, 0, first, checksum(first))).status).toBe(204);
  const wrong = await patch(path, first.length, randomBytes(rest.length), checksum(rest));
  expect(wrong.status).toBe(460);
  expect((await call('HEAD', path)).headers.get('upload-offset')).toBe(String(first.length));
  const right = await patch(path, first.length, rest, checksum(rest, 'md5'));
  expect(right.status).toBe(204);
  expect(await receiptOf(path)).toMatchObject({ sha256: createHash('sha256').update(bytes).digest('hex') });
});

test('a part with a checksum of which a process died before it was judged does not count', async () => {
  const bytes = randomBytes(mebibyte + 1_000);
  const path = await create(bytes.length);
  await patch(path, 0, bytes.subarray(0, 400));
  await patch(path, 400, randomBytes(mebibyte));
  await inOrganization(world.database.pool, tenant.id, (client) =>
    client.query('update upload_wish set trusted_bytes = 400 where upload_id = $1', [path.split('/').at(-1)]),
  );
  expect((await call('HEAD', path)).headers.get('upload-offset')).toBe('400');
  expect((await patch(path, 400, bytes.subarray(400))).status).toBe(204);
  expect(await receiptOf(path)).toMatchObject({ sha256: createHash('sha256').update(bytes).digest('hex') });
});

test('an upload whose last answer was lost ends when its sender asks how far it is', async () => {
  const bytes = randomBytes(1_000);
  const path = await create(bytes.length);
  const id = path.split('/').at(-1) ?? '';
  await world.files.append(tenant.id, id, 0, Readable.from([bytes]));
  expect((await world.files.find(tenant.id, id))?.sha256).toBeUndefined();
  expect((await call('HEAD', path)).headers.get('upload-offset')).toBe('1000');
  expect(await world.files.find(tenant.id, id)).toMatchObject({
    sha256: expect.any(String),
    runId: expect.any(String),
  });
});

test('a method may come in a header, where a proxy knows no PATCH', async () => {
  const path = await create(10);
  const sent = await call(
    'POST',
    path,
    {
      'x-http-method-override': 'PATCH',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    },
    randomBytes(10),
  );
  expect(sent.status).toBe(204);
});

describe('refused are', () => {
  test('another version, told which there is', async () => {
    const { status, headers } = await call('POST', place, { 'tus-resumable': '0.2.2', 'upload-length': '1' });
    expect(status).toBe(412);
    expect(headers.get('tus-version')).toBe('1.0.0');
  });

  test('an upload without a length, without a name, with a bad name, and one that is too large', async () => {
    const named = { 'upload-metadata': `filename ${base64('a.zip')}` };
    expect((await call('POST', place, named)).status).toBe(400);
    expect((await call('POST', place, { ...named, 'upload-length': '-1' })).status).toBe(400);
    expect((await call('POST', place, { 'upload-length': '1' })).status).toBe(400);
    const bad = { 'upload-length': '1', 'upload-metadata': `filename ${base64('../a.zip')}` };
    expect((await call('POST', place, bad)).status).toBe(400);
    expect((await call('POST', place, { ...named, 'upload-length': String(9 * mebibyte) })).status).toBe(413);
  });

  test('bytes at another offset, beyond the length, of another type, with an unknown checksum', async () => {
    const path = await create(10);
    expect((await patch(path, 3, randomBytes(1))).status).toBe(409);
    expect((await patch(path, 0, randomBytes(11))).status).toBe(413);
    expect((await patch(path, 0, randomBytes(1), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await patch(path, 0, randomBytes(1), { 'upload-checksum': 'crc32 AAAA' })).status).toBe(400);
    expect((await patch(path, 0, randomBytes(10))).status).toBe(204);
    expect((await patch(path, 10, randomBytes(1))).status).toBe(409);
    expect((await call('DELETE', path)).status).toBe(409);
  });

  test('those without credentials, and those of another source system', async () => {
    const path = await create(10);
    expect((await call('HEAD', path, { authorization: '' })).status).toBe(401);
    const strange = await world.tenant('strange');
    const source = await world.administration.sourceSystems.get(strange.id, 'sis');
    const made = await world.access.credentials.createCredential({
      organizationId: strange.id,
      sourceSystemId: source.id,
      userName: 'strange',
      kind: 'hashed',
    });
    const authorization = `Basic ${base64(`strange:${made.secret ?? ''}`)}`;
    expect((await call('HEAD', path, { authorization })).status).toBe(404);
    expect((await call('DELETE', path, { authorization })).status).toBe(404);
    expect((await call('HEAD', `${place}/not-an-id`)).status).toBe(404);
    expect((await call('GET', path)).status).toBe(405);
  });
});

test('an upload that does not end in time is removed, and each part gives it more time', async () => {
  const path = await create(10);
  const expires = Date.parse((await call('HEAD', path)).headers.get('upload-expires') ?? '');
  expect(expires).toBeGreaterThan(Date.now() + 3_000_000);
  const id = path.split('/').at(-1);
  const expire = () =>
    inOrganization(world.database.pool, tenant.id, (client) =>
      client.query(`update upload_wish set expires_at = now() - interval '1 s' where upload_id = $1`, [id]),
    );
  await expire();
  await patch(path, 0, randomBytes(5));
  expect(await world.files.removeExpired(tenant.id)).toBe(0);
  await expire();
  expect(await world.files.removeExpired(tenant.id)).toBe(1);
  expect((await call('HEAD', path)).status).toBe(404);
});
