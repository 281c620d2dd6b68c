import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
});
afterAll(() => world.close());

const search = async (query: string) => (await north.admin.get(`/api/v1/messages?${query}`)).body;
const put = async (sourcedId: string, fields: object) =>
  (await north.sis.put(`/sis/v1/users/${sourcedId}`, fields)).body;

describe('messages', () => {
  it('are listed newest first, with what became of them', async () => {
    const first = await put('A', { userName: 'a' });
    const second = await put('B', { userName: 'b' });
    const { items } = await search('limit=2');
    expect(items.map(({ id }) => id)).toEqual([second.messageId, first.messageId]);
    expect(items[0]).toMatchObject({
      door: 'rest',
      dialect: 'sis-rest',
      operation: 'PUT users',
      contentType: 'application/json',
      remoteAddress: '127.0.0.1',
      sourceSystem: 'sis',
      userName: 'north-sis',
      result: 'success',
      sourcedIds: ['B'],
      outcomes: [{ entity: 'user', sourcedId: 'B', status: 'created', problems: [] }],
      replayOf: null,
    });
  });

  it('are found by sourced id, result, operation, source system and time', async () => {
    const before = new Date().toISOString();
    await north.sis.put('/sis/v1/enrollments/E', {
      userSourcedId: 'late',
      orgUnit: 'late',
      roles: [{ role: 'Learner' }],
    });
    const { messageId } = await put('F', { userName: 'f' });
    await north.sis.delete('/sis/v1/users/F');
    expect((await search('sourcedId=F')).items.map(({ operation }) => operation)).toEqual([
      'DELETE users',
      'PUT users',
    ]);
    expect((await search('sourcedId=F&operation=PUT%20users')).items.map(({ id }) => id)).toEqual([messageId]);
    expect((await search('result=warning')).items.map(({ operation }) => operation)).toEqual(['PUT enrollments']);
    expect((await search(`from=${before}&sourceSystem=sis`)).items).toHaveLength(3);
    expect((await search(`to=${before}&sourcedId=F`)).items).toEqual([]);
    expect((await north.admin.get('/api/v1/messages?from=yesterday')).status).toBe(400);
  });

  it('are called alike, whether they were taken or refused', async () => {
    const { sis } = north;
    const { body: taken } = await sis.put('/sis/v1/users/N', { userName: 'n' });
    const { body: malformed } = await sis.put('/sis/v1/users/N?x=1', '{');
    const { body: wrong } = await sis.delete('/sis/v1/org-units/N');
    const { body: nothing } = await sis.post('/sis/v1/messages', [{ verb: 'replace' }]);
    const names = await Promise.all(
      [taken, malformed, wrong, nothing].map(async ({ messageId }) => {
        const { body } = await north.admin.get(`/api/v1/messages/${messageId}`);
        return `${body.dialect as string}: ${body.operation as string}, ${body.result as string}`;
      }),
    );
    expect(names).toEqual([
      'sis-rest: PUT users, success',
      'sis-rest: PUT users, refused',
      'sis-rest: DELETE org-units, refused',
      'sis-rest: POST messages, refused',
    ]);
    expect(await north.admin.post(`/api/v1/messages/${nothing.messageId}/replay`)).toMatchObject({ status: 409 });
  });

  it('come page by page', async () => {
    const first = await search('limit=2');
    const second = await search(`limit=2&after=${first.next!}`);
    const all = (await search('limit=4')).items;
    expect([...first.items, ...second.items]).toEqual(all);
    expect((await north.admin.get('/api/v1/messages?after=bm90IG91cnM')).status).toBe(400);
  });

  it('show their body without passwords and birth dates', async () => {
    const { messageId } = await put('G', {
      userName: 'g',
      attributes: { BirthDate: '1815-12-10', Password: 'hunter2' },
    });
    const { body } = await north.admin.get(`/api/v1/messages/${messageId}`);
    expect(JSON.parse(body.body as string)).toEqual({
      userName: 'g',
      attributes: { BirthDate: '[redacted]', Password: '[redacted]' },
    });
    const tree = await north.admin.get(`/api/v1/messages/${messageId}?view=tree`);
    expect(tree.body.tree).toMatchObject({ userName: 'g' });
    expect(JSON.stringify([body, tree.body])).not.toMatch(/hunter2|1815/);
    const without = await north.sis.delete('/sis/v1/users/G');
    expect((await north.admin.get(`/api/v1/messages/${without.body.messageId}`)).body).toMatchObject({
      bodyWithheld: 'The message has no body.',
    });
  });

  it('are kept sealed', async () => {
    await put('H', { userName: 'marker-in-the-body' });
    const { rows } = await world.database.pool.query<{ id: string }>(
      `select id from message where position('marker-in-the-body'::bytea in body) > 0`,
    );
    expect(rows).toEqual([]);
  });

  it('that do not exist are not found', async () => {
    expect((await north.admin.get('/api/v1/messages/nothing')).status).toBe(404);
    expect((await north.admin.get('/api/v1/messages/01a2006e-f354-7a39-bc3b-ae35d74bfaf1')).status).toBe(404);
  });
});

describe('a replay', () => {
  const replay = (id: string) => north.admin.post(`/api/v1/messages/${id}/replay`);

  it('applies a stored message again, as its source system', async () => {
    const { messageId } = await put('R', { userName: 'first' });
    await put('R', { userName: 'second' });
    const { status, body } = await replay(messageId);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      replayOf: messageId,
      outcomes: [{ verb: 'replace', sourcedId: 'R', status: 'updated' }],
    });
    expect((await north.sis.get('/sis/v1/users/R')).body.fields).toEqual({ userName: 'first' });
    const { body: journaled } = await north.admin.get(`/api/v1/messages/${body.messageId}`);
    expect(journaled).toMatchObject({ replayOf: messageId, door: 'rest', userName: 'north-sis', result: 'success' });
    expect((await replay(messageId)).body.outcomes).toMatchObject([{ status: 'unchanged' }]);
  });

  it('knows what each kind of call was about', async () => {
    const unit = '/sis/v1/org-units/%C3%9C%2F1?kind=section';
    const sent = [
      await north.sis.put(unit, { name: 'Section' }),
      await north.sis.delete(unit),
      await north.sis.post('/sis/v1/messages', [
        { verb: 'replace', entity: 'user', sourcedId: 'M', fields: { userName: 'm' } },
      ]),
    ];
    for (const { body } of sent) expect(await replay(body.messageId)).toMatchObject({ status: 200 });
    const { items } = await search(`sourcedId=${encodeURIComponent('Ü/1')}`);
    expect(items.map(({ operation, replayOf }) => [operation, replayOf !== null])).toEqual([
      ['DELETE org-units', true],
      ['PUT org-units', true],
      ['DELETE org-units', false],
      ['PUT org-units', false],
    ]);
  });

  it('is refused for a message that was refused before it had a meaning', async () => {
    const { messageId } = (await north.sis.put('/sis/v1/users/Z', '{"userName": ')).body;
    expect(await replay(messageId)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('needs a token that may', async () => {
    const reader = await world.client(north.id, ['messages:read']);
    const { items } = (await reader.get('/api/v1/messages?limit=1')).body;
    expect(await reader.post(`/api/v1/messages/${items[0]!.id}/replay`)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  });
});

it('a SOAP message that cannot be read is kept, with the reason, if its credentials are right', async () => {
  const { body: login } = await north.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'soap' });
  const authorization = `Basic ${Buffer.from(`soap:${login.secret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'text/xml' };
  const sent = await fetch(`${world.url}/lis/pms`, { method: 'POST', headers, body: '<a' });
  expect(await sent.text()).toContain('malformed_xml');
  const stored = await north.admin.get(`/api/v1/messages/${String(sent.headers.get('passerelle-message-id'))}`);
  expect(stored.body).toMatchObject({ result: 'refused', refusal: { code: 'malformed_xml' } });
});
