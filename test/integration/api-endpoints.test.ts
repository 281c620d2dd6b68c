import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { checkEndpoints } from '../../src/cli/doctor/check-endpoints.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { makeCertificate } from '../../src/testing/certificates.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';
import { answered } from './fake-caller.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;

const place = '/api/v1/source-systems/sis/endpoints';
const outcome = `${place}/outcome`;
const plain = { address: 'https://sis.example.edu/outcomes', authentication: 'none' };
const basic = {
  ...plain,
  authentication: 'http-basic',
  secrets: { userName: 'gateway', password: 'correct horse battery' },
};

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
});
afterAll(() => world.close());
beforeEach(async () => {
  await north.admin.delete(outcome);
  world.caller.asked.length = 0;
});

describe('an endpoint', () => {
  it('is set, read and listed, with defaults and without its secrets', async () => {
    const set = await north.admin.put(outcome, basic);
    expect(set).toMatchObject({ status: 200 });
    expect(set.body).toEqual({
      id: expect.any(String),
      sourceSystem: 'sis',
      type: 'outcome',
      address: 'https://sis.example.edu/outcomes',
      authentication: 'http-basic',
      soapVersion: '1.1',
      connectTimeoutMs: 10_000,
      timeoutMs: 60_000,
      attempts: 3,
      tls: {},
      secrets: ['userName', 'password'],
      certificate: null,
      version: 1,
      createdAt: expect.any(String),
      changedAt: expect.any(String),
      changedBy: expect.stringContaining('test'),
    });
    const read = await north.admin.get(outcome);
    expect(read.body).toEqual(set.body);
    expect(read.headers.get('etag')).toBe('"1"');
    expect((await north.admin.get(place)).body.items).toEqual([set.body]);
    expect(JSON.stringify([set.body, read.body])).not.toContain('correct horse');
  });

  it('keeps secrets that are not given again, and forgets those that are null', async () => {
    await north.admin.put(outcome, basic);
    const kept = await north.admin.put(outcome, { ...basic, timeoutMs: 5_000, secrets: {} });
    expect(kept.body).toMatchObject({ timeoutMs: 5_000, secrets: ['userName', 'password'], version: 2 });
    const same = await north.admin.put(outcome, { ...basic, timeoutMs: 5_000, secrets: { userName: 'gateway' } });
    expect(same.body.version).toBe(2);
    const none = await north.admin.put(outcome, { ...plain, secrets: { userName: null, password: null } });
    expect(none.body).toMatchObject({ secrets: [], version: 3 });
  });

  it('does not take its secrets along to another host', async () => {
    await north.admin.put(outcome, basic);
    const moved = await north.admin.put(outcome, { ...basic, address: 'https://thief.example/', secrets: {} });
    expect(moved).toMatchObject({ status: 400, body: { code: 'invalid_request', field: 'secrets' } });
    expect(moved.body.message).toContain('another host');
    const unsafe = await north.admin.put(outcome, { ...basic, address: 'http://sis.example.edu/', secrets: {} });
    expect(unsafe.status).toBe(400);
    const path = await north.admin.put(outcome, { ...basic, address: 'https://sis.example.edu/v2', secrets: {} });
    expect(path.body).toMatchObject({ secrets: ['userName', 'password'], address: 'https://sis.example.edu/v2' });
  });

  it.each([
    [{ ...plain, address: 'ftp://sis.example.edu/' }, 'address', 'Only http: and https:'],
    [{ ...plain, address: 'https://me:pw@sis.example.edu/' }, 'address', 'user name or a password'],
    [{ ...plain, address: 'https://sis.example.edu/#x' }, 'address', 'fragment'],
    [{ ...plain, address: 'sis.example.edu' }, 'address', 'no address'],
    [{ ...plain, authentication: 'kerberos' }, 'authentication', 'none, http-basic, wss-x509'],
    [{ ...plain, authentication: 'http-basic' }, 'secrets', 'http-basic needs userName and password'],
    [{ ...basic, secrets: { userName: 'x' } }, 'secrets', 'http-basic needs password'],
    [{ ...plain, timeoutMs: 1 }, 'timeoutMs', '1000'],
    [{ ...plain, attempts: 11 }, 'attempts', '10'],
    [{ ...plain, tls: { authorities: 'no pem' } }, 'tls.authorities', 'PEM'],
    [{ ...plain, tls: { serverName: 'a b' } }, 'serverName', 'host name'],
    [{ ...plain, secrets: { privateKey: 'no pem' } }, 'secrets.privateKey', 'PEM'],
    [{ ...plain, secrets: { certificate: 'no pem' } }, 'secrets.certificate', 'PEM'],
  ])('%j is refused for its %s', async (body, field, said) => {
    const refused = await north.admin.put(outcome, body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(`${String(refused.body.field)} ${refused.body.message}`).toContain(field.split('.').at(-1)!);
    expect(refused.body.message).toContain(said);
    expect((await north.admin.get(outcome)).status).toBe(404);
  });

  it('has a certificate that is shown and must be that of its key', async () => {
    const pair = makeCertificate({ subject: 'gateway', key: 'p256' });
    const other = makeCertificate({ subject: 'other', key: 'p256' });
    const expired = makeCertificate({ subject: 'old', key: 'p256', notAfter: new Date('2026-01-01T00:00:00Z') });
    const signed = (secrets: object) => north.admin.put(outcome, { ...plain, authentication: 'wss-x509', secrets });
    expect((await signed({ privateKey: other.key, certificate: pair.cert })).body.message).toContain('not the one');
    expect((await signed({ privateKey: expired.key, certificate: expired.cert })).body.message).toContain('expired on');
    const set = await signed({ privateKey: pair.key, certificate: pair.cert });
    expect(set.body).toMatchObject({
      secrets: ['privateKey', 'certificate'],
      certificate: { subject: 'CN=gateway', fingerprint: expect.stringMatching(/^[\da-f]{64}$/) },
    });
    expect(JSON.stringify(set.body)).not.toContain('PRIVATE KEY');
    const file = await north.admin.put(`${place}/bulk_file_download`, { ...plain, authentication: 'wss-x509' });
    expect(file.body.message).toContain('Choose one of: none, http-basic.');
  });

  it('is changed and removed only at the version that was read, where If-Match says one', async () => {
    const { headers } = await north.admin.put(outcome, plain);
    const match = { 'if-match': headers.get('etag')! };
    expect((await north.admin.put(outcome, { ...plain, attempts: 1 }, match)).status).toBe(200);
    expect((await north.admin.put(outcome, { ...plain, attempts: 2 }, match)).status).toBe(412);
    expect((await north.admin.delete(outcome, match)).status).toBe(412);
    expect((await north.admin.delete(outcome, { 'if-match': '"2"' })).status).toBe(204);
    expect((await north.admin.delete(outcome)).status).toBe(404);
    expect((await north.admin.put(outcome, plain, { 'if-match': '"2"' })).status).toBe(412);
  });

  it('has a history that outlives it, without secrets', async () => {
    const bulk = `${place}/bulk`;
    await north.admin.put(bulk, basic);
    await north.admin.put(bulk, {
      ...basic,
      address: 'https://sis.example.edu/v2',
      secrets: { password: 'another one' },
    });
    await north.admin.delete(bulk);
    const { body } = await north.admin.get(`${bulk}/history?limit=2`);
    expect(body.items).toMatchObject([
      { before: { address: 'https://sis.example.edu/v2' }, after: null, secretsGiven: [] },
      { before: { secrets: ['userName', 'password'] }, secretsGiven: ['password'] },
    ]);
    const rest = await north.admin.get(`${bulk}/history?limit=2&after=${body.next}`);
    expect(rest.body.items).toMatchObject([{ before: null, secretsGiven: ['userName', 'password'] }]);
    expect(JSON.stringify([body, rest.body])).not.toMatch(/correct horse|another one/);
  });

  it('belongs to its organization', async () => {
    await north.admin.put(outcome, basic);
    expect((await south.admin.get(outcome)).status).toBe(404);
    expect((await south.admin.get(place)).body.items).toEqual([]);
    expect((await south.admin.get(`${outcome}/history`)).body.items).toEqual([]);
    expect((await south.admin.post(`${outcome}/test`)).status).toBe(404);
    expect((await south.admin.delete(outcome)).status).toBe(404);
    expect(world.caller.asked).toEqual([]);
  });

  it('is nothing for who may not administer', async () => {
    const reader = await world.client(north.id, ['admin:read']);
    expect((await reader.get(place)).status).toBe(200);
    expect((await reader.put(outcome, plain)).status).toBe(403);
    expect((await reader.post(`${outcome}/test`)).status).toBe(403);
    expect((await (await world.client(north.id, ['messages:read'])).get(place)).status).toBe(403);
  });
});

describe('a test of the connection', () => {
  it('says step by step what is wrong, with the secrets opened, and stands in the journal', async () => {
    await north.admin.put(outcome, basic);
    world.caller.tested = () => ({
      steps: [
        { step: 'address', ok: true, detail: 'https://sis.example.edu/outcomes' },
        { step: 'name', ok: false, detail: 'sis.example.edu has no address' },
      ],
      problem: { code: 'busy', message: 'The name sis.example.edu is not known.' },
    });
    const tested = await north.admin.post(`${outcome}/test`);
    expect(tested).toMatchObject({ status: 200, body: { ok: false, problem: { code: 'busy' } } });
    expect(tested.body.steps).toHaveLength(2);
    expect(world.caller.asked).toMatchObject([{ endpoint: { type: 'outcome' }, secrets: basic.secrets }]);
    const { body } = await north.admin.get(`/api/v1/messages/${tested.body.messageId}`);
    expect(body).toMatchObject({
      direction: 'outbound',
      door: null,
      endpointType: 'outcome',
      operation: 'testConnection',
      remoteAddress: 'https://sis.example.edu/outcomes',
      result: 'failure',
      refusal: { code: 'busy' },
      attempts: [],
    });
  });

  it('of an endpoint that is not there says so', async () => {
    expect(await north.admin.post(`${outcome}/test`)).toMatchObject({ status: 404, body: { code: 'no_endpoint' } });
  });
});

describe('an outbound message', () => {
  const call = { contract: 'oms', operation: 'replaceResult', body: { sourcedId: 'R-1', password: 'in the body' } };
  const reference = () => ({
    organizationId: north.id,
    sourceSystem: 'sis',
    type: 'outcome' as const,
    actor: 'grade export',
  });
  const read = async (id: unknown) => (await north.admin.get(`/api/v1/messages/${String(id)}`)).body;

  it('is in the journal before it is sent, and completed with what came of it', async () => {
    await north.admin.put(outcome, basic);
    let during: unknown;
    world.caller.answer = async ({ messageIdentifier }) => {
      during = await read(messageIdentifier);
      return answered('<ok><password>told</password></ok>', envelope);
    };
    const answer = await world.endpoints.callEndpoint(reference(), call);
    expect(during).toMatchObject({ id: answer.messageId, result: 'sending', operation: 'replaceResult', attempts: [] });
    expect((during as { body: string }).body).toContain('R-1');
    expect((during as { body: string }).body).not.toContain('in the body');
    const after = await read(answer.messageId);
    expect(after).toMatchObject({
      direction: 'outbound',
      result: 'success',
      dialect: 'oms',
      userName: 'grade export',
      sourceSystem: 'sis',
      attempts: [{ status: 200, durationMs: 12 }],
      refusal: null,
    });
    expect(after.body).toContain('R-1');
    expect(JSON.stringify(after)).not.toMatch(/hunter2|bm9uY2U|told/);
    expect(answer).not.toHaveProperty('sent');
  });

  it.each([
    ['text/xml; charset=iso-8859-1', '<ok><name>Universit\xe9</name><password>told</password></ok>'],
    [
      'text/xml',
      '<?xml version="1.0" encoding="ISO-8859-1"?><ok><name>Universit\xe9</name><password>told</password></ok>',
    ],
    [
      undefined,
      '<?xml version="1.0" encoding="windows-1252"?><ok><name>Universit\xe9</name><password>told</password></ok>',
    ],
  ])('shows an answer in the charset of %s, without its secrets', async (answerType, received) => {
    await north.admin.put(outcome, plain);
    const made = answered('', envelope);
    const attempts = made.attempts.map((each) => ({ ...each, ...(answerType !== undefined && { answerType }) }));
    world.caller.answer = () => ({ ...made, attempts, received: Buffer.from(received, 'latin1') });
    const { messageId } = await world.endpoints.callEndpoint(reference(), call);
    const shown = (await read(messageId)).answer;
    expect(shown).toEqual({ body: expect.stringContaining('Université') });
    expect(JSON.stringify(shown)).not.toContain('told');
  });

  it('that failed tells why', async () => {
    await north.admin.put(outcome, plain);
    const problem = { code: 'busy' as const, message: 'The endpoint answered 503.' };
    world.caller.answer = () => ({ ...answered('<html>'), status: 503, problem });
    const answer = await world.endpoints.callEndpoint(reference(), call);
    expect(answer).toMatchObject({ problem, status: 503 });
    const after = await read(answer.messageId);
    expect(after).toMatchObject({ result: 'failure', refusal: problem });
    expect(after.answer).toEqual({ bodyWithheld: expect.any(String) });
  });

  it('is told as interrupted by the doctor only when no call, and no download, can take so long', async () => {
    await north.admin.put(outcome, plain);
    const { pool } = world.database;
    const told: boolean[] = [];
    world.caller.answer = async ({ messageIdentifier }) => {
      for (const hours of [7, 9]) {
        const age = 'update message set received_at = now() - make_interval(hours => $2) where id = $1';
        await inOrganization(pool, north.id, (client) => client.query(age, [messageIdentifier, hours]));
        const findings = await checkEndpoints(pool, north.id, north.code, undefined);
        told.push(findings.some(({ found }) => found.startsWith('1 were interrupted')));
      }
      return answered('<ok/>', envelope);
    };
    await world.endpoints.callEndpoint(reference(), call);
    expect(told).toEqual([false, true]);
  });

  it('stays as it was begun when the sending breaks down', async () => {
    await north.admin.put(outcome, plain);
    world.caller.answer = () => Promise.reject(new Error('a defect'));
    await expect(world.endpoints.callEndpoint(reference(), call)).rejects.toThrow('a defect');
    const { body } = await north.admin.get('/api/v1/messages?direction=outbound&limit=1');
    expect(body.items).toMatchObject([{ result: 'failure', refusal: { code: 'internal_error' } }]);
    expect((await read(body.items[0]!.id)).body).toContain('R-1');
  });

  it('is not sent when it cannot be journaled, nor where there is no endpoint', async () => {
    const elsewhere = { ...reference(), type: 'outcome2' as const };
    await expect(world.endpoints.callEndpoint(elsewhere, call)).rejects.toMatchObject({ code: 'no_endpoint' });
    expect(world.caller.asked).toEqual([]);
  });

  it('is found by direction and type of endpoint, and never replayed', async () => {
    await north.sis.put('/sis/v1/users/U', { userName: 'u' });
    await north.admin.put(outcome, plain);
    world.caller.answer = () => answered('<ok/>');
    const { messageId } = await world.endpoints.callEndpoint(reference(), call);
    const found = async (query: string) => (await north.admin.get(`/api/v1/messages?${query}`)).body.items;
    expect((await found('direction=outbound')).every(({ direction }) => direction === 'outbound')).toBe(true);
    expect((await found('endpointType=outcome&limit=1'))[0]).toMatchObject({ id: messageId });
    expect(await found('endpointType=bulk')).toEqual([]);
    expect((await found('direction=inbound')).map(({ door }) => door)).toContain('rest');
    const replayed = await north.admin.post(`/api/v1/messages/${messageId}/replay`);
    expect(replayed).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const tried = await north.admin.post('/api/v1/extension-points/handle.user.replace/dry-run', { messageId });
    expect(tried).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('sent this message itself') },
    });
    expect((await south.admin.get('/api/v1/messages?direction=outbound')).body.items).toEqual([]);
  });
});

const envelope = `<Envelope><Header><Security><UsernameToken><Username>gateway</Username><Password>hunter2</Password>
  <Nonce>bm9uY2U=</Nonce></UsernameToken></Security></Header><Body><sourcedId>R-1</sourcedId></Body></Envelope>`;
