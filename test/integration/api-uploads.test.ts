import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';
import { rowsOf } from '../oracle/harness.ts';

let world: ApiWorld;
let tenant: Tenant;
let other: Tenant;
let token: string;
let basic: string;

beforeAll(async () => {
  world = await createApiWorld();
  tenant = await world.tenant('files');
  other = await world.tenant('others');
  token = await tokenFor(['messages:write', 'messages:read']);
  basic = await passwordOf(tenant, 'night-job');
});

afterAll(() => world.close());

async function tokenFor(scopes: Parameters<ApiWorld['client']>[1] & object): Promise<string> {
  const made = await world.access.apiTokens.createToken({ label: 'files', organizationId: tenant.id, scopes });
  return `Bearer ${made.token}`;
}

async function passwordOf({ id }: Tenant, userName: string): Promise<string> {
  const source = await world.administration.sourceSystems.get(id, 'sis');
  const { secret } = await world.access.credentials.createCredential({
    organizationId: id,
    sourceSystemId: source.id,
    userName,
    kind: 'hashed',
  });
  return `Basic ${Buffer.from(`${userName}:${secret}`).toString('base64')}`;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const digestOf = (bytes: Buffer, algorithm = 'sha256', name = 'sha-256'): string =>
  `${name}=:${createHash(algorithm).update(bytes).digest('base64')}:`;
const apiPath = '/api/v1/source-systems/sis/uploads';

interface Sent {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function send(
  method: string,
  path: string,
  body: Buffer | undefined,
  headers: Record<string, string> = {},
): Promise<Sent> {
  const response = await fetch(world.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}

const asAdmin = (name: string, bytes: Buffer, query = '', headers: Record<string, string> = {}): Promise<Sent> =>
  send('POST', `${apiPath}?name=${encodeURIComponent(name)}${query}`, bytes, { authorization: token, ...headers });
const asSis = (name: string, bytes: Buffer, query = '', headers: Record<string, string> = {}): Promise<Sent> =>
  send('POST', `/sis/v1/files?name=${encodeURIComponent(name)}${query}`, bytes, { authorization: basic, ...headers });

describe('a file in one request', () => {
  test('is durable when its receipt is given, and has a run', async () => {
    const bytes = randomBytes(2_500_000);
    const before = world.runs.length;
    const { status, body } = await asAdmin('night.zip', bytes, '&mode=plan&snapshot=true');
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: 'night.zip',
      way: 'rest',
      state: 'requested',
      receivedBytes: bytes.length,
      sha256: sha256(bytes),
      mode: 'plan',
      options: { snapshot: true },
      repeats: null,
    });
    expect(world.runs.slice(before)).toEqual([
      {
        organizationId: tenant.id,
        sourceSystemId: expect.any(Number),
        uploadId: body.id,
        mode: 'plan',
        options: { snapshot: true },
        requestedBy: 'token files',
      },
    ]);
    const read = await send('GET', `${apiPath}/${String(body.id)}`, undefined, { authorization: token });
    expect(read.body).toEqual(body);
  });

  test('comes from the source system itself, with its own credentials', async () => {
    const bytes = randomBytes(1_000);
    const { status, body, headers } = await asSis('users.csv', bytes, '', { 'repr-digest': digestOf(bytes) });
    expect(status).toBe(201);
    expect(body).toMatchObject({ receivedFrom: 'night-job', requestedBy: 'night-job', sha256: sha256(bytes) });
    const receipt = await send('GET', headers.get('location') ?? '', undefined, { authorization: basic });
    expect(receipt.body).toEqual(body);
    const stranger = await passwordOf(other, 'stranger');
    const refused = await send('GET', headers.get('location') ?? '', undefined, { authorization: stranger });
    expect(refused.status).toBe(404);
  });

  test.each([
    ['no credentials', {}, 401],
    ['a wrong password', { authorization: `Basic ${Buffer.from('night-job:wrong').toString('base64')}` }, 401],
  ])('with %s is refused unread', async (_, headers, status) => {
    const refused = await send('POST', '/sis/v1/files?name=a.zip', randomBytes(100), headers);
    expect(refused.status).toBe(status);
  });

  test('a token without the scope may not send', async () => {
    const reader = await tokenFor(['messages:read']);
    expect((await asAdmin('a.zip', randomBytes(10), '', { authorization: reader })).status).toBe(403);
    const forced = await asAdmin('a.zip', randomBytes(10), '&force=true');
    expect(forced.body).toMatchObject({ code: 'forbidden', field: 'force' });
  });

  test('of a disabled source system is refused', async () => {
    await tenant.admin.patch('/api/v1/source-systems/sis', { state: 'disabled' });
    try {
      expect((await asSis('a.zip', randomBytes(10))).body).toMatchObject({ code: 'source_system_disabled' });
    } finally {
      await tenant.admin.patch('/api/v1/source-systems/sis', { state: 'enabled' });
    }
  });

  test.each([
    ['sha-256', 'sha256'],
    ['sha-512', 'sha512'],
  ])('is refused, and not kept, when its digest by %s is another', async (name, algorithm) => {
    const bytes = randomBytes(50_000);
    const right = { 'content-digest': digestOf(bytes, algorithm, name) };
    const wrong = { 'content-digest': digestOf(randomBytes(5), algorithm, name) };
    const kept = await countUploads();
    expect((await asAdmin('a.zip', bytes, '', wrong)).body).toMatchObject({ code: 'checksum_mismatch' });
    expect(await countUploads()).toBe(kept);
    expect((await asAdmin('a.zip', bytes, '&reprocess=true', right)).status).toBe(201);
  });

  test.each([
    ['md5=:CY9rzUYh03PK3k6DJie09g==:', 'none is of an algorithm'],
    ['sha-256=abc', 'is no digest'],
    ['sha-256=:YWJj:', 'is no digest'],
  ])('the digest %j is refused', async (digest, message) => {
    const { status, body } = await asAdmin('a.zip', randomBytes(10), '', { 'repr-digest': digest });
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });

  test.each([
    '../etc/passwd',
    '..',
    '/etc/passwd',
    'a/b.zip',
    'a\\b.zip',
    'C:file.zip',
    'nul\u0000.zip',
    'new\nline.csv',
    'con',
    ' a.zip',
    'a.zip.',
    'right\u202eleft.zip',
    'ä'.repeat(180),
    'x'.repeat(256),
  ])('the name %j is refused', async (name) => {
    const { status, body } = await asAdmin(name, randomBytes(10));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request' });
  });

  test('a form, an encoding, an unknown wish and a file that is too large are refused', async () => {
    const form = await asAdmin('a.zip', randomBytes(10), '', { 'content-type': 'multipart/form-data; boundary=x' });
    expect(form.body).toMatchObject({ code: 'unsupported_media_type' });
    const zipped = await asAdmin('a.zip', randomBytes(10), '', { 'content-encoding': 'gzip' });
    expect(zipped.body).toMatchObject({ code: 'unsupported_media_type' });
    expect((await asAdmin('a.zip', randomBytes(10), '&mode=everything')).status).toBe(400);
    expect((await asAdmin('a.zip', randomBytes(10), '&colour=red')).status).toBe(400);
    expect((await asAdmin('a.zip', Buffer.alloc(9 * 1_048_576))).body).toMatchObject({ code: 'payload_too_large' });
  });

  test('a sender that goes away in the middle leaves nothing', async () => {
    const kept = await countUploads();
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${world.url}/sis/v1/files?name=half.zip`, {
        method: 'POST',
        headers: { authorization: basic, 'content-length': '3000000' },
      });
      request.on('error', () => {
        resolve();
      });
      request.write(randomBytes(1_500_000));
      setTimeout(() => request.destroy(new Error('gone')), 300);
    });
    await until(async () => (await countUploads()) === kept);
  });
});

describe('the same bytes again', () => {
  test('are recognised and make no run, unless it is asked for', async () => {
    const bytes = randomBytes(10_000);
    const first = await asSis('same.zip', bytes);
    const runs = world.runs.length;
    const second = await asSis('same.zip', bytes);
    expect(second.body).toMatchObject({
      state: 'repeated',
      runId: null,
      repeats: { id: first.body.id, runId: first.body.runId },
    });
    const third = await asSis('same.zip', bytes);
    expect(third.body).toMatchObject({ state: 'repeated', repeats: { id: first.body.id } });
    expect(world.runs).toHaveLength(runs);
    expect((await asSis('same.zip', bytes, '&reprocess=true')).body).toMatchObject({ state: 'requested' });
    expect(world.runs).toHaveLength(runs + 1);
    const again = await send(
      'POST',
      `${apiPath}/${String(second.body.id)}/reprocess`,
      Buffer.from('{"mode":"validate"}'),
      { authorization: token, 'content-type': 'application/json' },
    );
    expect(again).toMatchObject({ status: 202, body: { runId: expect.any(String) } });
    expect(world.runs.at(-1)).toMatchObject({ uploadId: second.body.id, mode: 'validate' });
  });

  test('are run again when something else came in between, or another wish', async () => {
    const bytes = randomBytes(10_000);
    await asSis('a.zip', bytes);
    expect((await asSis('a.zip', bytes, '&mode=validate')).body).toMatchObject({ state: 'requested' });
    expect((await asSis('a.zip', bytes)).body).toMatchObject({ state: 'requested' });
    await asSis('b.zip', randomBytes(10));
    expect((await asSis('a.zip', bytes)).body).toMatchObject({ state: 'requested' });
  });

  test('of another organization are none of its business', async () => {
    const bytes = randomBytes(10_000);
    await asSis('a.zip', bytes);
    const stranger = await passwordOf(other, 'stranger-2');
    expect((await asSis('a.zip', bytes, '', { authorization: stranger })).body).toMatchObject({ state: 'requested' });
  });
});

test('uploads are listed by pages, the newest first', async () => {
  const all: string[] = [];
  for (let after = ''; ;) {
    const { body } = await send('GET', `${apiPath}?limit=3${after}`, undefined, { authorization: token });
    all.push(...(body.items as { id: string }[]).map(({ id }) => id));
    if (typeof body.next !== 'string') break;
    after = `&after=${body.next}`;
  }
  expect(all).toHaveLength(await countUploads());
  expect(all).toEqual(all.toSorted().reverse());
});

test('a source system that keeps as much as it may gets no further file in', async () => {
  const small = await createApiWorld({ uploadQuotaBytes: 100_000 });
  try {
    const own = await small.tenant('small');
    const made = await small.access.apiTokens.createToken({
      label: 't',
      organizationId: own.id,
      scopes: ['messages:write'],
    });
    const put = (size: number, body: Uint8Array<ArrayBuffer> | ReadableStream = new Uint8Array(randomBytes(size))) =>
      fetch(`${small.url}${apiPath}?name=a.zip`, {
        method: 'POST',
        headers: { authorization: `Bearer ${made.token}` },
        body,
        ...('getReader' in body ? { duplex: 'half' } : {}),
      });
    expect((await put(60_000)).status).toBe(201);
    expect((await put(60_000)).status).toBe(507);
    const unannounced = new Blob([new Uint8Array(randomBytes(60_000))]).stream();
    expect((await put(0, unannounced)).status).toBe(507);
    expect((await put(30_000)).status).toBe(201);
  } finally {
    await small.close();
  }
});

test('floods of one source system are told to wait, and leave room for others', async () => {
  const slow = Array.from({ length: 8 }, (_, index) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const request = httpRequest(`${world.url}/sis/v1/files?name=slow${String(index)}.zip`, {
      method: 'POST',
      headers: { authorization: basic, 'content-length': '20' },
    });
    request.on('response', (response) => {
      resolve(response.resume().statusCode ?? 0);
    });
    request.on('error', () => {
      resolve(0);
    });
    request.write(randomBytes(10));
    return { request, promise };
  });
  const stranger = await passwordOf(other, 'stranger-3');
  await delay(500);
  expect((await asSis('a.zip', randomBytes(10), '', { authorization: stranger })).status).toBe(201);
  for (const { request } of slow) request.end(randomBytes(10));
  const statuses = await Promise.all(slow.map(({ promise }) => promise));
  expect(statuses.filter((status) => status === 201)).toHaveLength(4);
  expect(statuses.filter((status) => status === 503)).toHaveLength(4);
});

test('bytes of long ago are forgotten, unless a run still needs them; what they were stays known', async () => {
  const { body } = await asSis('old.zip', randomBytes(10));
  const age = (days: number) =>
    inOrganization(world.database.pool, tenant.id, (client) =>
      client.query(`update upload set completed_at = now() - make_interval(days => $2) where id = $1`, [body.id, days]),
    );
  const run = (state: string) =>
    inOrganization(world.database.pool, tenant.id, async (client) => {
      await client.query('delete from run');
      await client.query(
        `insert into run (organization_id, id, source_system_id, upload_id, mode, options, state, requested_by, as_of)
         select u.organization_id, gen_random_uuid(), u.source_system_id, u.id, 'apply', '{}', $2, 'test', now()
           from upload u where u.id = $1`,
        [body.id, state],
      );
    });
  await age(29);
  expect(await world.files.forgetBytes(tenant.id)).toBe(0);
  await age(31);
  await run('reading');
  expect(await world.files.forgetBytes(tenant.id)).toBe(0);
  await run('finished');
  expect(await world.files.forgetBytes(tenant.id)).toBe(1);
  expect(await world.files.forgetBytes(tenant.id)).toBe(0);
  const read = await send('GET', `${apiPath}/${String(body.id)}`, undefined, { authorization: token });
  expect(read.body).toMatchObject({ sha256: body.sha256, runId: body.runId });
  const again = await send('POST', `${apiPath}/${String(body.id)}/reprocess`, Buffer.from('{}'), {
    authorization: token,
    'content-type': 'application/json',
  });
  expect(again.body).toMatchObject({ code: 'conflict' });
});

test('an upload that ended without a run, because its process died, gets one later', async () => {
  const { body } = await asSis('orphan.zip', randomBytes(10));
  await inOrganization(world.database.pool, tenant.id, async (client) => {
    await client.query('update upload_wish set run_id = null where upload_id = $1', [body.id]);
    await client.query(`update upload set completed_at = now() - interval '2 minutes' where id = $1`, [body.id]);
  });
  expect(await world.files.catchUp(tenant.id)).toBe(1);
  expect(await world.files.catchUp(tenant.id)).toBe(0);
  expect(world.runs.at(-1)).toMatchObject({ uploadId: body.id });
});

async function countUploads(): Promise<number> {
  return (await rowsOf(world.database.pool, tenant.id, 'select id from upload')).length;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (await done()) return;
    await delay(50);
  }
  throw new Error('it did not happen');
}
