import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startBulkExchanges } from '../../src/app/bulk-exchanges.ts';
import { shippedOutbound } from '../../src/auth/outbound/index.ts';
import type { ExchangeView } from '../../src/domain/bulk-exchange.ts';
import { checkFiles } from '../../src/cli/doctor/check-files.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { removeOldExchanges } from '../../src/state/maintenance/old-runs.ts';
import { callerWith } from '../outbound/world.ts';
import { bulkAccount, type BulkSis, startBulkSis } from '../soap/bulk-sis.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let sis: BulkSis;
const stops: (() => unknown)[] = [];
const limitBytes = 2 * 1_048_576;
const ns = 'http://www.imsglobal.org/services/lis/bdems1p0/wsdl11/sync/imsbdems_v1p0';
const times = { lookMs: 20, firstPauseMs: 20, longestPauseMs: 100, patienceMs: 600_000 };

beforeAll(async () => {
  sis = await startBulkSis();
  world = await createApiWorld({
    outbound: {
      caller: callerWith({ egress: { allow: ['127.0.0.1/32'] } }),
      authenticators: new Map(shippedOutbound.outboundAuthenticators.map((each) => [each.name, each])),
    },
  });
  north = await world.tenant('north');
  await setEndpoint('bulk', sis.url);
  const { database, sealer, endpoints, files, administration } = world;
  startBulkExchanges(
    { uploadLimitBytes: limitBytes },
    {
      pool: database.pool,
      sealer,
      endpoints,
      intake: files,
      runs: administration.runs,
      waits: { ring: () => undefined, listen: () => undefined },
      logs: (() => logOf()) as never,
      releases: { add: (_, release) => void stops.unshift(release), releaseAll: () => Promise.resolve() },
    },
    { everyMs: 20, times },
  );
});

afterAll(async () => {
  for (const stop of stops) await stop();
  await world.close();
  await sis.close();
});

afterEach(() => {
  sis.calls.length = sis.statuses.length = sis.fetched.length = 0;
  sis.refuses.clear();
});

function logOf() {
  const note = (level: string) => (fields: object, message: string) =>
    void world.logged.push({ level, fields: fields as Record<string, unknown>, message });
  return { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
}

function setEndpoint(type: string, address: string) {
  return north.admin.put(`/api/v1/source-systems/sis/endpoints/${type}`, {
    address,
    authentication: 'http-basic',
    secrets: bulkAccount,
    attempts: 1,
  });
}

type File = { url: string; totalSize?: number | string; checkSum?: string };

const textOf = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : `<${name}>${String(value).replaceAll('&', '&amp;')}</${name}>`;

function announcement(transactionId: string, files: readonly File[], expiryDate?: string): string {
  const manifest = files.map(
    ({ url, totalSize, checkSum }) =>
      `<bulkBlockDataFile>${textOf('url', url)}${textOf('totalSize', totalSize)}${textOf('checkSum', checkSum)}</bulkBlockDataFile>`,
  );
  return `<announceBulkDataExchangeRequest xmlns="${ns}">${textOf('transactionId', transactionId)}<bulkBlockManifest>${textOf('expiryDate', expiryDate)}${manifest.join('')}</bulkBlockManifest></announceBulkDataExchangeRequest>`;
}

async function say(body: string, of: Tenant = north): Promise<string> {
  const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
  const { body: answer } = await of.sis.post('/lis/bdems', envelope, { 'content-type': 'text/xml' });
  return answer.text as string;
}

/** `success / status / fullsuccess`, or the words of a fault. */
function statusOf(xml: string): string {
  const part = (name: string): string => new RegExp(`<imsx_${name}>([^<]*)`).exec(xml)?.[1] ?? '?';
  if (!xml.includes('imsx_codeMajor')) return xml;
  return `${part('codeMajor')} / ${part('severity')} / ${part('codeMinorFieldValue')}`;
}

const done = 'success / status / fullsuccess';

const failure = (transactionId: string): string =>
  `<announceFailureBulkDataExchangeRequest xmlns="${ns}">${textOf('transactionId', transactionId)}<failureReport><report>the export broke</report></failureReport></announceFailureBulkDataExchangeRequest>`;

async function find(transactionId: string): Promise<ExchangeView | undefined> {
  const { items } = (await north.admin.get('/api/v1/bulk-exchanges?limit=1000')).body as unknown as {
    items: ExchangeView[];
  };
  return items.find((each) => each.transactionId === transactionId);
}

async function exchangeOf(transactionId: string): Promise<ExchangeView> {
  return (await find(transactionId))!;
}

async function until(transactionId: string, ...states: string[]): Promise<ExchangeView> {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = await find(transactionId);
    if (found !== undefined && states.includes(found.state)) return found;
    await delay(20);
  }
  throw new Error(`${transactionId} is ${JSON.stringify(await find(transactionId))}`);
}

async function untilEnded(transactionId: string): Promise<ExchangeView> {
  return until(transactionId, 'finished', 'failed', 'cancelled');
}

const currentState = async () => (await north.admin.get('/api/v1/source-systems/sis')).body.currentState;
const hash = (algorithm: string, bytes: Buffer, encoding: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(bytes).digest(encoding);

function serve(path: string, file: Buffer | Parameters<BulkSis['files']['set']>[1]): string {
  sis.files.set(path, file);
  return `${sis.origin}${path}`;
}

describe('announced files', () => {
  test('are answered at once with the services, fetched, verified, processed in their order, and reported', async () => {
    const one = randomBytes(1_500_000);
    const two = randomBytes(700);
    const answer = await say(
      announcement('T-1', [
        { url: serve('/one.xml', one), totalSize: one.length, checkSum: hash('sha256', one) },
        { url: serve('/two.xml', two), totalSize: two.length, checkSum: hash('md5', two, 'base64') },
      ]),
    );
    expect(statusOf(answer)).toBe(done);
    expect(answer).toContain('<serviceName>MembershipManagementService</serviceName>');
    const before = world.runs.length;
    const exchange = await untilEnded('T-1');
    expect(exchange).toMatchObject({
      state: 'finished',
      begunBy: 'sis',
      announcedBy: 'north-sis',
      problem: null,
      told: { operation: 'reportBulkDataExchange', problem: null },
      files: [
        { number: 1, address: `${sis.origin}/one.xml`, runId: expect.any(String) },
        { number: 2, address: `${sis.origin}/two.xml`, runId: expect.any(String) },
      ],
    });
    expect(world.runs.slice(before).map(({ uploadId }) => uploadId)).toEqual(
      exchange.files.map((file) => file.uploadId),
    );
    const [upload] = await Promise.all(exchange.files.map(({ uploadId }) => world.files.find(north.id, uploadId!)));
    expect(upload).toMatchObject({ name: 'one.xml', way: 'announced', sha256: hash('sha256', one) });
    expect(sis.calls).toMatchObject([{ operation: 'reportBulkDataExchange', transactionId: 'T-1' }]);
    expect(await currentState()).toBe('enabled');
  });

  test('that are announced again are not processed again; other files under the same id are refused', async () => {
    const bytes = randomBytes(100);
    const file = { url: serve('/again.xml', bytes), totalSize: 100 };
    expect(statusOf(await say(announcement('T-2', [file])))).toBe(done);
    expect(statusOf(await say(announcement('T-2', [file])))).toBe(done);
    await untilEnded('T-2');
    expect(statusOf(await say(announcement('T-2', [file])))).toBe(done);
    expect(sis.fetched).toHaveLength(1);
    expect(sis.calls).toHaveLength(1);
    expect(statusOf(await say(announcement('T-2', [{ ...file, totalSize: 99 }])))).toBe(
      'failure / error / idallocinusefail',
    );
  });

  test('may be announced by two source systems under one id', async () => {
    const south = await world.tenant('south');
    const bytes = randomBytes(10);
    const file = { url: serve('/both.xml', bytes), totalSize: 10 };
    expect(statusOf(await say(announcement('T-both', [file])))).toBe(done);
    expect(statusOf(await say(announcement('T-both', [file]), south))).toBe(done);
    expect((await untilEnded('T-both')).state).toBe('finished');
    const { items } = (await south.admin.get('/api/v1/bulk-exchanges')).body as unknown as { items: ExchangeView[] };
    expect(items).toHaveLength(1);
    expect((await south.admin.get(`/api/v1/bulk-exchanges/${(await exchangeOf('T-both')).id}`)).status).toBe(404);
  });

  test('find their credentials in the address, which is shown and kept without them', async () => {
    const bytes = randomBytes(10);
    const seen: (string | undefined)[] = [];
    serve('/secret.xml', (request, response) => {
      seen.push(request.headers.authorization);
      response.end(bytes);
    });
    const url = `http://feed:p%40ss@${new URL(sis.origin).host}/secret.xml?signature=no-uuid-has-this`;
    expect(statusOf(await say(announcement('T-3', [{ url }])))).toBe(done);
    const exchange = await untilEnded('T-3');
    expect(exchange.state).toBe('finished');
    expect(seen).toEqual([`Basic ${Buffer.from('feed:p@ss').toString('base64')}`]);
    expect(exchange.files[0]?.address).toBe(`${sis.origin}/secret.xml?...`);
    const { rows } = await inOrganization(world.database.pool, north.id, (client) =>
      client.query<{ all: string }>(`select string_agg(f::text, ' ') as all from bulk_exchange_file f`),
    );
    expect(rows[0]?.all).toContain('secret.xml');
    expect(rows[0]?.all).not.toMatch(/p%40ss|p@ss|no-uuid-has-this/);
    expect(JSON.stringify(world.logged)).not.toMatch(/p%40ss|p@ss|no-uuid-has-this/);
  });

  test('are fetched with the credentials of the download endpoint from its own host', async () => {
    const seen: (string | undefined)[] = [];
    serve('/own.xml', (request, response) => {
      seen.push(request.headers.authorization);
      response.end('own');
    });
    await setEndpoint('bulk_file_download', `${sis.origin}/`);
    try {
      await say(announcement('T-4', [{ url: `${sis.origin}/own.xml` }]));
      expect((await untilEnded('T-4')).state).toBe('finished');
      const other = sis.origin.replace('127.0.0.1', 'localhost');
      await say(announcement('T-5', [{ url: `${other}/own.xml` }]));
      await untilEnded('T-5');
    } finally {
      await north.admin.delete('/api/v1/source-systems/sis/endpoints/bulk_file_download');
    }
    const basic = Buffer.from(`${bulkAccount.userName}:${bulkAccount.password}`).toString('base64');
    expect(seen[0]).toBe(`Basic ${basic}`);
    expect(seen.slice(1)).not.toContain(`Basic ${basic}`);
  });

  test('that come late are tried again', async () => {
    let tries = 0;
    serve('/late.xml', (_, response) => {
      tries += 1;
      if (tries < 3) response.writeHead(503).end();
      else response.end('late');
    });
    await say(announcement('T-6', [{ url: `${sis.origin}/late.xml`, totalSize: 4 }]));
    expect((await untilEnded('T-6')).state).toBe('finished');
    expect(tries).toBeGreaterThanOrEqual(3);
  });

  /** Sends so many bytes and then breaks off, once; knows ranges, or sends all of it again. */
  function breaking(path: string, bytes: Buffer, at: number, knows: 'ranges' | 'nothing', after = bytes): string {
    let tries = 0;
    return serve(path, (request, response) => {
      tries += 1;
      const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
      if (tries === 1) {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, at), () => setTimeout(() => response.destroy(), 50));
      } else if (start === undefined || knows === 'nothing') response.end(after);
      else {
        const rest = after.subarray(Number(start));
        response.writeHead(206, {
          'content-range': `bytes ${start}-${String(after.length - 1)}/${String(after.length)}`,
        });
        response.end(rest);
      }
    });
  }
  const rangesOf = () => sis.fetched.map(({ headers }) => headers.range ?? null);

  test.each<['ranges' | 'nothing', string]>([
    ['ranges', 'asked for from there on'],
    ['nothing', 'taken from all that comes'],
  ])('that broke off go on where they did: of a server that knows %s the rest is %s', async (knows, _) => {
    const bytes = randomBytes(1_600_000);
    const url = breaking(`/broken-${knows}.xml`, bytes, 1_200_000, knows);
    await say(announcement(`T-broken-${knows}`, [{ url, totalSize: bytes.length, checkSum: hash('md5', bytes) }]));
    const exchange = await untilEnded(`T-broken-${knows}`);
    expect(exchange).toMatchObject({ state: 'finished', problem: null });
    const ranges = rangesOf().filter((range) => range !== null);
    expect(ranges).toHaveLength(1);
    expect(Number(/\d+/.exec(ranges[0]!)?.[0])).toBeGreaterThan(1_000_000);
    const upload = await world.files.find(north.id, exchange.files[0]!.uploadId!);
    expect(upload?.sha256).toBe(hash('sha256', bytes));
  });

  test('that broke off and were changed meanwhile are fetched from their beginning', async () => {
    const [before, now] = [randomBytes(1_600_000), randomBytes(1_600_000)];
    const url = breaking('/changed.xml', before, 1_200_000, 'ranges', now);
    await say(announcement('T-changed', [{ url, checkSum: hash('sha256', now) }]));
    const exchange = await untilEnded('T-changed');
    expect(exchange).toMatchObject({ state: 'finished', problem: null });
    expect(rangesOf().at(-1)).toBeNull();
    const upload = await world.files.find(north.id, exchange.files[0]!.uploadId!);
    expect(upload?.sha256).toBe(hash('sha256', now));
  });

  test('that broke off and have no checksum are fetched from their beginning', async () => {
    const bytes = randomBytes(1_600_000);
    const url = breaking('/unknown.xml', bytes, 1_200_000, 'ranges');
    await say(announcement('T-unknown', [{ url, totalSize: bytes.length }]));
    expect((await untilEnded('T-unknown')).state).toBe('finished');
    expect(rangesOf()).toEqual([null, null]);
  });

  test('are only validated of a source system that validates', async () => {
    const before = world.runs.length;
    await north.admin.patch('/api/v1/source-systems/sis', { state: 'validate' });
    world.sources.invalidate(north.id);
    try {
      await say(announcement('T-7', [{ url: serve('/v.xml', Buffer.from('v')) }]));
      await untilEnded('T-7');
    } finally {
      await north.admin.patch('/api/v1/source-systems/sis', { state: 'enabled' });
      world.sources.invalidate(north.id);
    }
    expect(world.runs.slice(before)).toMatchObject([{ mode: 'validate', requestedBy: 'bulk exchange T-7' }]);
  });
});

const trickle = (response: ServerResponse, chunk: Buffer): void => {
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(more));
  };
  more();
};

describe('files that are not what was announced fail the exchange, nothing of it is processed, and the SIS is told', () => {
  const bytes = randomBytes(50_000);
  const whole = { totalSize: bytes.length, checkSum: hash('sha1', bytes) };

  test.each<[string, Parameters<BulkSis['files']['set']>[1], Partial<File>, string]>([
    ['a wrong checksum', Buffer.concat([Buffer.from([bytes[0]! ^ 1]), bytes.subarray(1)]), whole, 'checksum_mismatch'],
    ['a short file', bytes.subarray(0, 40_000), whole, 'checksum_mismatch'],
    ['a file that is longer than announced', Buffer.concat([bytes, bytes]), whole, 'endpoint_answer_unreadable'],
    ['a file without an end', (_, response) => trickle(response, bytes), {}, 'endpoint_answer_unreadable'],
    ['a file over the limit', bytes, { totalSize: limitBytes * 10 }, 'payload_too_large'],
    ['a missing file', (_, response) => response.writeHead(404).end(), whole, 'endpoint_refused'],
    [
      'a redirect to an address inside',
      (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      whole,
      'endpoint_redirect',
    ],
  ])('%s', async (name, file, announced, code) => {
    const transactionId = `T-bad ${name}`;
    const good = Buffer.from('good');
    const before = world.runs.length;
    await say(
      announcement(transactionId, [
        { url: serve('/good.xml', good), totalSize: 4 },
        { url: serve('/bad.xml', file), ...announced },
      ]),
    );
    const exchange = await untilEnded(transactionId);
    expect(exchange).toMatchObject({ state: 'failed', problem: { code } });
    expect(world.runs).toHaveLength(before);
    const [call] = sis.calls;
    expect(call).toMatchObject({ operation: 'reportBulkDataExchange', transactionId });
    expect(JSON.stringify(call?.parameters)).toContain(code);
    // Nor is anything kept of it.
    for (const { uploadId } of exchange.files) {
      expect(uploadId === null ? undefined : await world.files.find(north.id, uploadId)).toBeUndefined();
    }
    expect(await currentState()).toBe('enabled');
  });

  test('an address that the gateway may not call', async () => {
    await say(announcement('T-inside', [{ url: 'http://169.254.169.254/latest/meta-data' }]));
    expect(await untilEnded('T-inside')).toMatchObject({
      state: 'failed',
      problem: { code: 'endpoint_address_not_allowed' },
    });
  });
});

describe('what is refused when it is announced', () => {
  const ok = { url: 'https://sis.example.edu/a.xml' };
  test.each<[string, string, string]>([
    ['a file of the machine', announcement('R', [{ url: 'file:///etc/passwd' }]), 'failure / error / invaliddata'],
    ['ftp', announcement('R', [{ url: 'ftp://sis.example.edu/a.xml' }]), 'failure / error / invaliddata'],
    ['sftp', announcement('R', [{ url: 'sftp://sis.example.edu/a.xml' }]), 'failure / error / invaliddata'],
    ['no address', announcement('R', [{ url: 'people.xml' }]), 'failure / error / invaliddata'],
    ['no file', announcement('R', []), 'failure / error / incompletedata'],
    ['a size that is none', announcement('R', [{ ...ok, totalSize: '-1' }]), 'failure / error / invaliddata'],
    ['an unknown checksum', announcement('R', [{ ...ok, checkSum: '12' }]), 'failure / error / invaliddata'],
    ['what has expired', announcement('R', [ok], '2020-01-01T00:00:00Z'), 'failure / error / invaliddata'],
    ['a date that is none', announcement('R', [ok], 'tomorrow'), 'failure / error / invaliddata'],
    ['no transactionId', announcement('', [ok]), 'failure / error / incompletedata'],
    ['a long transactionId', announcement('x'.repeat(256), [ok]), 'failure / error / invaliddata'],
    [
      'too many files',
      announcement(
        'R',
        Array.from({ length: 1_001 }, () => ok),
      ),
      'failure / error / invaliddata',
    ],
    ['a failure of nothing', failure('never heard of'), 'failure / error / unknownobject'],
  ])('%s', async (_, body, status) => {
    expect(statusOf(await say(body))).toBe(status);
    expect(await find('R')).toBeUndefined();
  });

  test('a bomb of entities', async () => {
    const bomb = `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${announcement('&b;', [ok])}</s:Body></s:Envelope>`;
    const { status, body } = await north.sis.post('/lis/bdems', bomb, { 'content-type': 'text/xml' });
    expect({ status, text: body.text }).toMatchObject({ status: 500, text: expect.stringContaining('forbidden_xml') });
  });

  test('whoever does not say who it is', async () => {
    const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${announcement('R', [ok])}</s:Body></s:Envelope>`;
    const response = await fetch(`${world.url}/lis/bdems`, {
      method: 'POST',
      body: envelope,
      headers: { 'content-type': 'text/xml' },
    });
    expect(response.status).toBe(401);
    expect(await find('R')).toBeUndefined();
  });
});

/** A file that does not come until it is let. */
function slow(path: string) {
  const gate = Promise.withResolvers<undefined>();
  serve(path, (_, response) => {
    response.write('begun');
    void gate.promise.then(() => response.end());
  });
  return { url: `${sis.origin}${path}`, let: () => gate.resolve(undefined) };
}

describe('the state bulk', () => {
  test('is on while files are fetched, takes messages, and is off afterwards', async () => {
    const file = slow('/slow.xml');
    await say(announcement('S-1', [file]));
    await until('S-1', 'downloading');
    expect(await currentState()).toBe('bulk');
    const person = { userName: 'during', givenName: 'D', familyName: 'B' };
    expect((await north.sis.put('/sis/v1/users/during-bulk', person)).status).toBe(201);
    file.let();
    expect((await untilEnded('S-1')).state).toBe('finished');
    expect(await currentState()).toBe('enabled');
  });

  test('exchanges of one source system go one after the other', async () => {
    const file = slow('/first.xml');
    await say(announcement('S-2', [file]));
    await say(announcement('S-3', [{ url: serve('/second.xml', Buffer.from('2')) }]));
    await until('S-2', 'downloading');
    await delay(100);
    expect((await exchangeOf('S-3')).state).toBe('announced');
    file.let();
    await untilEnded('S-3');
    expect((await exchangeOf('S-2')).endedAt! <= (await exchangeOf('S-3')).endedAt!).toBe(true);
  });
});

describe('cancelling', () => {
  const cancel = async (transactionId: string) =>
    north.admin.post(`/api/v1/bulk-exchanges/${(await exchangeOf(transactionId)).id}/cancel`, {});

  test('what was announced is ignored, its download stopped, and the SIS told', async () => {
    const file = slow('/cancelled.xml');
    await say(announcement('C-1', [file]));
    await until('C-1', 'downloading');
    expect(await cancel('C-1')).toMatchObject({ status: 202, body: { state: 'cancelling' } });
    expect(await currentState()).toBe('enabled');
    expect(await untilEnded('C-1')).toMatchObject({ state: 'cancelled', cancelledBy: expect.any(String) });
    expect(sis.calls).toMatchObject([{ operation: 'ignoreBulkDataExchange', transactionId: 'C-1' }]);
    expect((await cancel('C-1')).status).toBe(409);
    expect(statusOf(await say(announcement('C-1', [file])))).toBe('failure / error / idallocinusefail');
    file.let();
  }, 20_000);

  test('what was requested and not announced is cancelled', async () => {
    const { body } = await north.admin.post('/api/v1/source-systems/sis/bulk-exchanges', {});
    const id = String(body.transactionId);
    await until(id, 'requested');
    expect(await currentState()).toBe('bulk');
    await cancel(id);
    expect((await untilEnded(id)).state).toBe('cancelled');
    expect(sis.calls.map(({ operation }) => operation)).toEqual(['requestBulkDataExchange', 'cancelBulkDataExchange']);
  });

  test('the SIS says itself that it failed: nothing is told to it; what was processed cannot fail any more', async () => {
    const file = slow('/failing.xml');
    await say(announcement('C-2', [file]));
    await until('C-2', 'downloading');
    expect(statusOf(await say(failure('C-2')))).toBe(done);
    file.let();
    expect(await untilEnded('C-2')).toMatchObject({
      state: 'cancelled',
      cancelledBy: 'north-sis',
      sisReport: ['the export broke'],
      told: null,
    });
    expect(statusOf(await say(failure('C-2')))).toBe(done);
    expect(sis.calls).toEqual([]);
    await say(announcement('C-3', [{ url: serve('/fine.xml', Buffer.from('fine')) }]));
    await untilEnded('C-3');
    expect(statusOf(await say(failure('C-3')))).toBe('failure / error / invaliddata');
  }, 20_000);
});

describe('a request', () => {
  const request = (body: object) => north.admin.post('/api/v1/source-systems/sis/bulk-exchanges', body);

  test('asks with filters, is announced under its id, and ends with the report', async () => {
    const { status, body } = await request({
      entityTypes: ['Person', 'Membership'],
      savePoint: '2026-03-01T10:00:00.250',
    });
    expect({ status, body }).toMatchObject({ status: 202, body: { state: 'requesting', begunBy: 'gateway' } });
    const id = String(body.transactionId);
    await until(id, 'requested');
    expect(sis.calls).toMatchObject([
      {
        operation: 'requestBulkDataExchange',
        transactionId: id,
        parameters: {
          filter: {
            filterRule: [
              { filterType: 'entityType', filterValue: 'Person' },
              { filterType: 'entityType', filterValue: 'Membership' },
              { filterType: 'savePoint', filterValue: '2026-03-01T10:00:00.250' },
            ],
          },
        },
      },
    ]);
    expect((await request({})).status).toBe(409);
    await say(announcement(id, [{ url: serve('/asked.xml', Buffer.from('asked')) }]));
    expect(await untilEnded(id)).toMatchObject({ state: 'finished', begunBy: 'gateway' });
    expect(sis.calls.at(-1)).toMatchObject({ operation: 'reportBulkDataExchange', transactionId: id });
  });

  test('that the SIS refuses has failed, and its source system is not in bulk; if it announces all the same, it is taken', async () => {
    sis.refuses.add('requestBulkDataExchange');
    const { body } = await request({});
    const id = String(body.transactionId);
    expect(await untilEnded(id)).toMatchObject({ state: 'failed', problem: { code: 'endpoint_refused' } });
    expect(await currentState()).toBe('enabled');
    await say(announcement(id, [{ url: serve('/yet.xml', Buffer.from('yet')) }]));
    expect(await until(id, 'finished')).toMatchObject({ problem: null });
  });

  test('needs an endpoint, and words that are understood', async () => {
    const west = await world.tenant('west');
    const path = '/api/v1/source-systems/sis/bulk-exchanges';
    expect(await west.admin.post(path, {})).toMatchObject({ status: 404, body: { code: 'no_endpoint' } });
    expect((await request({ entityTypes: ['Grade'] })).status).toBe(400);
    expect((await request({ savePoint: 'yesterday' })).status).toBe(400);
    expect((await request({ entityTypes: [] })).status).toBe(400);
    const reader = await world.client(north.id, ['admin:read', 'messages:read']);
    expect((await reader.post(path, {})).status).toBe(403);
  });
});

describe('a report', () => {
  test('is sent again until the SIS takes it', async () => {
    sis.statuses.push(503, 503);
    await say(announcement('B-1', [{ url: serve('/b1.xml', Buffer.from('b')) }]));
    expect(await untilEnded('B-1')).toMatchObject({ state: 'finished', told: { problem: null } });
    expect(sis.calls).toHaveLength(1);
  });

  test('that the SIS refuses is given up, which is told', async () => {
    sis.refuses.add('reportBulkDataExchange');
    await say(announcement('B-2', [{ url: serve('/b2.xml', Buffer.from('b')) }]));
    expect(await untilEnded('B-2')).toMatchObject({
      state: 'finished',
      told: { operation: 'reportBulkDataExchange', problem: { code: 'endpoint_refused' } },
    });
    expect(world.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'the report of a bulk exchange was given up' }),
    );
    await expect(checkFiles(world.database.pool, north.id, 'north')).resolves.toMatchObject([
      { level: 'warning', found: expect.stringContaining('bulk data exchanges that ended') },
    ]);
  });

  test('that was given up is told to those who want to know; one that nobody can be sent to is not', async () => {
    const subscription = { email: 'it@example.edu', events: ['report_given_up'] };
    expect((await north.admin.put('/api/v1/notification-subscriptions/desk', subscription)).status).toBe(200);
    sis.refuses.add('reportBulkDataExchange');
    await say(announcement('B-4', [{ url: serve('/b4.xml', Buffer.from('b')) }]));
    const { id } = await untilEnded('B-4');
    const events = () =>
      inOrganization(world.database.pool, north.id, async (client) => {
        const { rows } = await client.query<{ event: string; detail: object }>(
          'select event, detail from notification_event',
        );
        return rows;
      });
    const exchange = {
      id,
      transactionId: 'B-4',
      state: 'finished',
      operation: 'reportBulkDataExchange',
      problem: expect.objectContaining({ code: 'endpoint_refused' }),
    };
    expect(await events()).toEqual([{ event: 'report_given_up', detail: { exchange } }]);
    sis.refuses.clear();
    await say(announcement('B-5', [{ url: serve('/b5.xml', Buffer.from('b')) }]));
    await untilEnded('B-5');
    expect(await events()).toHaveLength(1);
  });

  test('is left out where there is no endpoint', async () => {
    const east = await world.tenant('east');
    await say(announcement('B-3', [{ url: serve('/b3.xml', Buffer.from('b')) }]), east);
    for (let tries = 0; tries < 500; tries += 1) {
      const { items } = (await east.admin.get('/api/v1/bulk-exchanges')).body as unknown as { items: ExchangeView[] };
      if (items[0]?.state === 'finished') {
        expect(items[0].told?.problem?.code).toBe('no_endpoint');
        return;
      }
      await delay(20);
    }
    throw new Error('it did not end');
  });
});

test('what has ended goes with old messages, what is open stays', async () => {
  const file = slow('/open.xml');
  await say(announcement('O-1', [{ url: serve('/old.xml', Buffer.from('old')) }]));
  await untilEnded('O-1');
  await say(announcement('O-2', [file]));
  await until('O-2', 'downloading');
  await removeOldExchanges(world.database.pool, new Date(Date.now() + 60_000));
  expect(await find('O-1')).toBeUndefined();
  expect(await find('O-2')).toBeDefined();
  file.let();
  await untilEnded('O-2');
});
