import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shippedOutbound } from '../../src/auth/outbound/index.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { createFetchStore } from '../../src/state/uploads/fetch-store.ts';
import { createEgress, createFileFetcher } from '../../src/outbound/index.ts';
import type { DueFetch } from '../../src/domain/file-fetch.ts';
import type { FileFetcher } from '../../src/pipeline/file-fetcher.ts';
import { type Other, openedOthers } from '../outbound/world.ts';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';
import { type ForeignSftp, startForeignSftp } from './foreign-sftp.ts';

const others = openedOthers();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const mebibyte = 1_048_576;

function fetcherWith(allow: string[]): FileFetcher {
  return createFileFetcher({
    authenticators: new Map(shippedOutbound.outboundAuthenticators.map((each) => [each.name, each])),
    egress: createEgress({ allow, allowClearText: false }),
    contracts: {},
    log,
    random: () => 0,
  });
}

let world: ApiWorld;
let tenant: Tenant;
let sis: Other;
let foreign: ForeignSftp;
let answerWith: (request: IncomingMessage, response: ServerResponse) => void;
let requests: IncomingMessage['headers'][];

beforeAll(async () => {
  world = await createApiWorld({ fetcher: fetcherWith(['127.0.0.0/8']) });
  tenant = await world.tenant('fetching');
  requests = [];
  sis = await others.http((request, response) => {
    requests.push(request.headers);
    answerWith(request, response);
  });
  foreign = await startForeignSftp({ userName: 'gateway', password: 'correct-horse' });
});

afterAll(async () => {
  foreign.close();
  await world.close();
  await others.closeAll();
});

const root = '/api/v1/source-systems/sis/fetches';

const nightly = (changes: object = {}): object => ({
  address: `${sis.origin}/export/night.zip`,
  fileName: 'night.zip',
  schedule: '30 2 * * *',
  timeZone: 'America/Toronto',
  ...changes,
});

/** Sets an address, fetches it at once, and answers what came of it. */
async function fetchOnce(name: string, wish?: object): Promise<Record<string, unknown>> {
  if (wish !== undefined) expect(await tenant.admin.put(`${root}/${name}`, wish)).toMatchObject({ status: 200 });
  const before = await tenant.admin.get(`${root}/${name}`);
  expect((await tenant.admin.post(`${root}/${name}/now`)).status).toBe(204);
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await tenant.admin.get(`${root}/${name}`);
    const last = body.last as { at: string } | null;
    if (last !== null && last.at !== (before.body.last as { at: string } | null)?.at) return last;
    await delay(50);
  }
  throw new Error('it was not fetched');
}

const uploadOf = (last: Record<string, unknown>) => world.files.find(tenant.id, String(last.uploadId));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('an address of https', () => {
  test('is fetched with its credentials, and what is known is not fetched again', async () => {
    let bytes = randomBytes(2 * mebibyte);
    answerWith = (request, response) => {
      const etag = `"${sha256(bytes).slice(0, 8)}"`;
      if (request.headers.authorization !== `Basic ${Buffer.from('gateway:secret').toString('base64')}`) {
        response.writeHead(401).end();
      } else if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { etag, 'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT' }).end(bytes);
    };
    const wish = nightly({ authentication: 'http-basic', secrets: { userName: 'gateway', password: 'secret' } });
    const last = await fetchOnce('nightly', wish);
    expect(last).toMatchObject({ result: 'received', problem: null });
    expect(await uploadOf(last)).toMatchObject({
      name: 'night.zip',
      way: 'url',
      sha256: sha256(bytes),
      receivedFrom: `${sis.origin}/export/night.zip`,
      wish: { requestedBy: 'fetch nightly' },
    });
    expect(world.runs.at(-1)).toMatchObject({ uploadId: last.uploadId });
    const runs = world.runs.length;
    expect(await fetchOnce('nightly')).toMatchObject({ result: 'unchanged', uploadId: null });
    expect(requests.at(-1)).toMatchObject({ 'if-modified-since': 'Wed, 21 Oct 2026 07:28:00 GMT' });
    bytes = randomBytes(100);
    expect(await fetchOnce('nightly')).toMatchObject({ result: 'received' });
    expect(world.runs).toHaveLength(runs + 1);
    // Secrets stay where nobody gives others, and are not shown.
    const { body } = await tenant.admin.put(`${root}/nightly`, { ...nightly({ authentication: 'http-basic' }) });
    expect(body).toMatchObject({ secrets: ['userName', 'password'], nextAt: expect.any(String) });
    expect(JSON.stringify(body)).not.toContain('secret"');
  });

  test('that has a key in its query: nobody who sees the receipt sees it', async () => {
    answerWith = (request, response) => response.writeHead(request.url?.includes('sig=hunter2') ? 200 : 403).end('all');
    const last = await fetchOnce('signed', nightly({ address: `${sis.origin}/export/night.zip?sv=1&sig=hunter2` }));
    expect(last).toMatchObject({ result: 'received' });
    expect(await uploadOf(last)).toMatchObject({ receivedFrom: `${sis.origin}/export/night.zip?...` });
  });

  test('that hangs holds up no other one', async () => {
    const hanging: ServerResponse[] = [];
    answerWith = (request, response) => {
      if (request.url === '/slow') hanging.push(response.writeHead(200, { 'content-length': '1000' }));
      else response.writeHead(200).end(randomBytes(100));
      hanging.at(-1)?.flushHeaders();
    };
    await tenant.admin.put(`${root}/slow`, nightly({ address: `${sis.origin}/slow` }));
    await tenant.admin.post(`${root}/slow/now`);
    while (hanging.length === 0) await delay(20);
    expect(await fetchOnce('quick', nightly())).toMatchObject({ result: 'received' });
    expect((await tenant.admin.get(`${root}/slow`)).body).toMatchObject({ last: null });
    for (const response of hanging) response.destroy();
    await tenant.admin.delete(`${root}/slow`);
  });

  test('that an administrator asks for while it is fetched is fetched once more', async () => {
    const asked: ServerResponse[] = [];
    answerWith = (_, response) => void asked.push(response);
    await tenant.admin.put(`${root}/twice`, nightly({ address: `${sis.origin}/twice.zip` }));
    for (const begun of [1, 2]) {
      expect((await tenant.admin.post(`${root}/twice/now`)).status).toBe(204);
      while (asked.length === 0) await delay(20);
      expect(asked).toHaveLength(1);
      if (begun === 2) asked[0]?.end('one');
    }
    while (asked.length === 1) await delay(20);
    asked[1]?.end('two');
    const isScheduled = async (): Promise<boolean> =>
      Date.parse(String((await tenant.admin.get(`${root}/twice`)).body.nextAt)) > Date.now();
    while (!(await isScheduled())) await delay(20);
    expect(asked).toHaveLength(2);
  });

  test('that knows no validators is recognised by its bytes', async () => {
    answerWith = (_, response) => response.end('the same');
    expect(await fetchOnce('plain', nightly())).toMatchObject({ result: 'received' });
    expect(await fetchOnce('plain')).toMatchObject({ result: 'repeated' });
  });

  test.each<[string, typeof answerWith, object]>([
    ['404', (_, response) => response.writeHead(404).end(), { code: 'endpoint_refused' }],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      { code: 'endpoint_redirect' },
    ],
    [
      'a file that is too large',
      (_, response) => response.end(Buffer.alloc(9 * mebibyte)),
      { code: 'endpoint_answer_unreadable' },
    ],
    [
      'a file that breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('half');
        setTimeout(() => response.destroy(), 50);
      },
      { code: 'endpoint_unreachable' },
    ],
    ['304 without having been asked', (_, response) => response.writeHead(304).end(), { code: 'endpoint_redirect' }],
  ])('that answers %s leaves nothing, and says so', async (_, answer, problem) => {
    answerWith = answer;
    const before = await world.files.list(tenant.id, await sourceId(), 1_000);
    expect(
      await fetchOnce('odd', nightly({ address: `${sis.origin}/${randomBytes(4).toString('hex')}` })),
    ).toMatchObject({
      result: 'failed',
      uploadId: null,
      problem,
    });
    expect(await world.files.list(tenant.id, await sourceId(), 1_000)).toHaveLength(before.length);
  });

  test('within the network is not called unless the operator permits it', async () => {
    const strict = fetcherWith([]);
    const from = { address: `${sis.origin}/x`, authentication: 'none', tls: {} };
    const fetched = await strict.fetch(from, {}, {}, 1_000, () => Promise.reject(new Error('fetched')));
    expect(fetched).toMatchObject({ is: 'failed', problem: { code: 'endpoint_address_not_allowed' } });
    const bySftp = { ...from, address: `sftp://127.0.0.1:${String(foreign.port)}/x`, authentication: 'password' };
    const other = await strict.fetch(bySftp, {}, {}, 1_000, () => Promise.reject(new Error('fetched')));
    expect(other).toMatchObject({ is: 'failed', problem: { code: 'endpoint_address_not_allowed' } });
  });
});

describe('an address of sftp', () => {
  const exported = (changes: object = {}): object =>
    nightly({
      address: `sftp://127.0.0.1:${String(foreign.port)}/export/night.zip`,
      authentication: 'password',
      hostKey: foreign.fingerprint,
      secrets: { userName: 'gateway', password: 'correct-horse' },
      ...changes,
    });

  test('is fetched from the host whose key is pinned, and not again while it is the same', async () => {
    foreign.file.bytes = randomBytes(3 * mebibyte + 7);
    const last = await fetchOnce('by-sftp', exported());
    expect(last).toMatchObject({ result: 'received' });
    expect(await uploadOf(last)).toMatchObject({ sha256: sha256(foreign.file.bytes) });
    const { reads } = foreign;
    expect(await fetchOnce('by-sftp')).toMatchObject({ result: 'unchanged' });
    expect(foreign.reads).toBe(reads);
    foreign.file = { ...foreign.file, mtime: foreign.file.mtime + 60 };
    expect(await fetchOnce('by-sftp')).toMatchObject({ result: 'repeated' });
  });

  test('tells no password to another host', async () => {
    const logins = foreign.logins.length;
    const last = await fetchOnce('other-host', exported({ hostKey: `SHA256:${'A'.repeat(43)}` }));
    expect(last).toMatchObject({ result: 'failed', problem: { code: 'endpoint_tls' } });
    expect((last.problem as { message: string }).message).toContain(foreign.fingerprint);
    expect(foreign.logins).toHaveLength(logins);
  });

  test('says what is wrong: the password, the file', async () => {
    const wrong = exported({ secrets: { userName: 'gateway', password: 'wrong-horse' } });
    expect(await fetchOnce('wrong', wrong)).toMatchObject({ problem: { code: 'endpoint_authentication' } });
    const missing = exported({ address: `sftp://127.0.0.1:${String(foreign.port)}/nothing` });
    expect(await fetchOnce('missing', missing)).toMatchObject({ problem: { code: 'endpoint_refused' } });
  });

  test.each([
    ['OPEN', 'refuses', 'endpoint_refused', 'Only receipts can be read'],
    ['OPEN', 'hangs up', 'endpoint_unreachable', 'broke'],
    ['OPEN', 'babbles', 'endpoint_unreachable', 'broke'],
    ['READ', 'refuses', 'endpoint_refused', 'Only receipts can be read'],
    ['READ', 'hangs up', 'endpoint_unreachable', 'broke'],
    ['READ', 'babbles', 'endpoint_unreachable', 'broke'],
  ] as const)('whose server, asked to %s, %s: the fetch fails, and nothing else', async (at, as, code, words) => {
    foreign.file = { ...foreign.file, bytes: randomBytes(mebibyte), mtime: foreign.file.mtime + 60 };
    foreign.odd = { at, as };
    const last = await fetchOnce('odd-server', exported()).finally(() => {
      foreign.odd = undefined;
    });
    expect(last).toMatchObject({ result: 'failed', uploadId: null, problem: { code } });
    expect((last.problem as { message: string }).message).toContain(words);
    expect(await fetchOnce('odd-server')).toMatchObject({ result: 'received' });
  });

  test('that cannot be taken in leaves the connection without a word', async () => {
    foreign.file = { ...foreign.file, bytes: randomBytes(mebibyte), mtime: foreign.file.mtime + 60 };
    const from = {
      address: `sftp://127.0.0.1:${String(foreign.port)}/export/night.zip`,
      authentication: 'password',
      hostKey: foreign.fingerprint,
      tls: {},
    };
    const secrets = { userName: 'gateway', password: 'correct-horse' };
    const full = fetcherWith(['127.0.0.0/8']).fetch(from, secrets, {}, 2 * mebibyte, () =>
      Promise.reject(new Error('the spool is full')),
    );
    await expect(full).rejects.toThrow('the spool is full');
    // What nobody hears comes later.
    await delay(100);
  });
});

describe('organizations share the places', () => {
  const wish = (name: string) => ({
    address: `https://sis.example.edu/${name}`,
    fileName: 'a.zip',
    schedule: '30 2 * * *',
    timeZone: 'UTC',
  });
  async function fetchNow({ admin }: Tenant, name: string): Promise<void> {
    expect(await admin.put(`${root}/${name}`, wish(name))).toMatchObject({ status: 200 });
    expect((await admin.post(`${root}/${name}/now`)).status).toBe(204);
  }
  const isFetched = async ({ admin }: Tenant, name: string): Promise<boolean> =>
    (await admin.get(`${root}/${name}`)).body.last !== null;
  async function untilFetched(of: Tenant, name: string): Promise<void> {
    for (let tries = 0; tries < 200 && !(await isFetched(of, name)); tries += 1) await delay(50);
    expect([of.code, name, await isFetched(of, name)]).toEqual([of.code, name, true]);
  }

  test('more of them than places: each has its address fetched', async () => {
    const many = await createApiWorld({ fetcher: { fetch: () => Promise.resolve({ is: 'unchanged' }) } });
    const tenants: Tenant[] = [];
    for (let count = 1; count <= 10; count += 1) tenants.push(await many.tenant(`org${String(count)}`));
    for (const each of tenants) await fetchNow(each, 'nightly');
    for (const each of tenants) await untilFetched(each, 'nightly');
    await many.close();
  });

  test('slow addresses hold up neither other organizations nor others of their own', async () => {
    const slow = Promise.withResolvers<{ is: 'unchanged' }>();
    const fetch: FileFetcher['fetch'] = ({ address }) =>
      address.includes('slow') ? slow.promise : Promise.resolve({ is: 'unchanged' });
    const world = await createApiWorld({ fetcher: { fetch } });
    const tenants: Tenant[] = [];
    for (let count = 1; count <= 4; count += 1) tenants.push(await world.tenant(`slow${String(count)}`));
    for (const each of tenants) for (const name of ['slow-1', 'slow-2']) await fetchNow(each, name);
    const quick = await world.tenant('quick');
    for (const each of [quick, ...tenants]) await fetchNow(each, 'quick');
    for (const each of [quick, ...tenants]) await untilFetched(each, 'quick');
    for (const each of tenants) expect(await isFetched(each, 'slow-1')).toBe(false);
    slow.resolve({ is: 'unchanged' });
    await world.close();
  });
});

test.each([
  ['file:///etc/passwd', {}],
  ['ftp://sis.example.edu/a', {}],
  ['https://user:secret@sis.example.edu/a', {}],
  ['sftp://sis.example.edu/a', { authentication: 'password' }],
  ['sftp://sis.example.edu/a', { authentication: 'none', hostKey: `SHA256:${'A'.repeat(43)}` }],
  ['https://sis.example.edu/a', { schedule: '* * * * * *' }],
  ['https://sis.example.edu/a', { schedule: '99 2 * * *' }],
  ['https://sis.example.edu/a', { schedule: '0 0 30 2 *' }],
  ['https://sis.example.edu/a', { timeZone: 'Atlantis/Poseidonis' }],
  ['https://sis.example.edu/a', { fileName: '../a.zip' }],
])('%s with %j is refused', async (address, changes) => {
  const { status, body } = await tenant.admin.put(`${root}/refused`, nightly({ address, ...changes }));
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
});

test('secrets do not go with an address that moves to another host', async () => {
  const given = nightly({ secrets: { password: 'secret' } });
  await tenant.admin.put(`${root}/moving`, given);
  const moved = nightly({ address: 'https://elsewhere.example.edu/a' });
  expect((await tenant.admin.put(`${root}/moving`, moved)).body).toMatchObject({ field: 'secrets' });
  const forgotten = { ...moved, secrets: { password: null } };
  expect((await tenant.admin.put(`${root}/moving`, forgotten)).body).toMatchObject({ secrets: [] });
  const { body } = await tenant.admin.get(root);
  expect(body.items.map(({ name }: Body & { name?: unknown }) => name)).toContain('moving');
  expect((await tenant.admin.delete(`${root}/moving`)).status).toBe(204);
  expect((await tenant.admin.get(`${root}/moving`)).status).toBe(404);
});

test('the next time is told in the zone of the schedule', async () => {
  const { body } = await tenant.admin.put(`${root}/zoned`, nightly({ schedule: '0 12 * * *', timeZone: 'Asia/Tokyo' }));
  expect(body.nextAt).toMatch(/T03:00:00/);
});

describe('a fetch whose process died', () => {
  const claims = (statement: string, ...values: unknown[]) =>
    inOrganization(world.database.pool, tenant.id, async (client) => {
      const { rows } = await client.query<Record<string, unknown>>(statement, values);
      return rows;
    });

  test('is begun anew soon, since a claim is short and renewed', async () => {
    const asked = Promise.withResolvers<undefined>();
    answerWith = (_, response) => {
      asked.resolve(undefined);
      setTimeout(() => response.end(randomBytes(10)), 500);
    };
    const fetching = fetchOnce('short', nightly({ address: `${sis.origin}/short.zip` }));
    await asked.promise;
    const [claim] = await claims(
      `select extract(epoch from claimed_until - now())::float8 as seconds from file_fetch where name = 'short'`,
    );
    expect(claim?.seconds).toBeGreaterThan(0);
    expect(claim?.seconds).toBeLessThanOrEqual(90);
    expect(await fetching).toMatchObject({ result: 'received' });
  });

  test('is fetched when an administrator asks for it, however long it was claimed for', async () => {
    answerWith = (_, response) => response.end(randomBytes(10));
    await tenant.admin.put(`${root}/long`, nightly({ address: `${sis.origin}/long.zip` }));
    await claims(`update file_fetch set claimed_until = now() + interval '6 hours' where name = 'long'`);
    expect(await fetchOnce('long')).toMatchObject({ result: 'received' });
  });

  test('belongs to whoever took it last', async () => {
    const other = await world.tenant('taking-over');
    expect((await other.admin.put(`${root}/taken`, nightly())).status).toBe(200);
    const store = createFetchStore({ pool: world.database.pool, sealer: world.sealer });
    const source = {
      organizationId: other.id,
      sourceSystemId: (await world.administration.sourceSystems.get(other.id, 'sis')).id,
    };
    const set = (value: string) =>
      inOrganization(world.database.pool, other.id, (client) => client.query(`update file_fetch set ${value}`));
    // Taken in one statement: the world looks for what is due as well.
    const take = async (): Promise<DueFetch> => {
      await set("next_at = null, claimed_until = date_trunc('milliseconds', now() + interval '50 seconds')");
      const { rows } = await inOrganization(world.database.pool, other.id, (client) =>
        client.query<{ claimed_until: Date }>('select claimed_until from file_fetch'),
      );
      const found = await store.find(source, 'taken');
      if (found === undefined || rows[0] === undefined) throw new Error('there is no fetch');
      return { ...found, secrets: {}, claimedUntil: rows[0].claimed_until };
    };
    const first = await take();
    const renewed = await store.renew(first);
    expect(renewed?.claimedUntil.getTime()).toBeGreaterThanOrEqual(first.claimedUntil.getTime());
    const second = await take();
    expect(await store.renew(renewed ?? first)).toBeUndefined();
    const last = { at: new Date().toISOString(), result: 'unchanged' } as const;
    await store.finish(renewed ?? first, last, { nextAt: null });
    expect(await store.find(source, 'taken')).toMatchObject({ last: null });
    await store.finish(second, last, { nextAt: null });
    expect(await store.find(source, 'taken')).toMatchObject({ last });
  });
});

async function sourceId(): Promise<number> {
  return (await world.administration.sourceSystems.get(tenant.id, 'sis')).id;
}
