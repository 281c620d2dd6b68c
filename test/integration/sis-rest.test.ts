import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { type ApiWorld, clientOf, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld({ bodyLimitBytes: 300_000 });
  north = await world.tenant('north');
});
afterAll(() => world.close());

describe('a source system without SOAP', () => {
  it('states a course, a person and an enrollment, and the LMS sees them', async () => {
    const { sis, admin } = north;
    await sis.put('/sis/v1/org-units/T-1?kind=template', { name: 'English 101', code: 'ENG101' });
    await sis.put('/sis/v1/org-units/O-1?kind=offering', {
      name: 'English 101, fall',
      code: 'ENG101-F',
      startsAt: '2026-09-01T02:00:00+02:00',
      parents: [{ role: 'template', kind: 'template', sourcedId: 'T-1' }],
    });
    const person = { userName: 'ada', givenName: 'Ada', roles: [{ role: 'Student', primary: true }] };
    const created = await sis.put('/sis/v1/users/U-1', person);
    expect(created).toMatchObject({
      status: 201,
      body: { verb: 'replace', entity: 'user', kind: 'person', sourcedId: 'U-1', status: 'created', problems: [] },
    });
    expect(created.headers.get('passerelle-message-id')).toBe(created.body.messageId);
    const enrolled = await sis.put('/sis/v1/enrollments/E-1', {
      userSourcedId: 'U-1',
      orgUnit: { kind: 'offering', sourcedId: 'O-1' },
      roles: [{ role: 'Learner' }],
    });
    expect(enrolled).toMatchObject({ status: 201, body: { status: 'created', lmsId: expect.any(String) } });
    const { body } = await admin.get('/api/v1/enrollments?userSourcedId=U-1');
    expect(body.items).toMatchObject([
      { lmsId: enrolled.body.lmsId, role: 'student', user: { userName: 'ada' }, orgUnit: { code: 'ENG101-F' } },
    ]);
  });

  it('reads back what it declared', async () => {
    const read = await north.sis.get('/sis/v1/org-units/O-1?kind=offering');
    expect(read).toMatchObject({
      status: 200,
      body: {
        status: 'read',
        lmsId: expect.any(String),
        fields: {
          type: 'CourseOffering',
          code: 'ENG101-F',
          startsAt: '2026-09-01T00:00:00.000Z',
          parents: [{ role: 'template', kind: 'template', sourcedId: 'T-1' }],
        },
      },
    });
    expect((await north.sis.get('/sis/v1/enrollments/E-1')).body.fields).toMatchObject({
      userSourcedId: 'U-1',
      roles: [{ role: 'Learner', active: true }],
    });
  });

  it('updates what it names: absent = leave, null = clear', async () => {
    const { sis } = north;
    await sis.put('/sis/v1/users/U-2', { userName: 'grace', givenName: 'Grace', email: 'grace@example.edu' });
    const updated = await sis.patch('/sis/v1/users/U-2', { email: null, familyName: 'Hopper' });
    expect(updated).toMatchObject({ status: 200, body: { verb: 'update', status: 'updated' } });
    const { fields } = (await sis.get('/sis/v1/users/U-2')).body;
    expect(fields).toEqual({ userName: 'grace', givenName: 'Grace', email: null, familyName: 'Hopper' });
    expect((await sis.patch('/sis/v1/users/U-2', { familyName: 'Hopper' })).body.status).toBe('unchanged');
  });

  it.each([
    ['users/U-no', { givenName: 'Nobody' }],
    ['org-units/S-no?kind=section', { type: 'CourseSection', name: 'Nothing' }],
    ['enrollments/E-no', { userSourcedId: 'U-1', orgUnit: 'O-1', roles: [{ role: 'Learner' }] }],
    ['section-associations/X-no', { sections: ['S-no'] }],
  ])('does not create by an update: PATCH %s of what is unknown is 404 and writes nothing', async (path, body) => {
    const { sis } = north;
    const refused = await sis.patch(`/sis/v1/${path}`, body);
    expect(refused).toMatchObject({
      status: 404,
      body: { code: 'unknown_object', message: expect.stringContaining('PUT'), outcome: { status: 'rejected' } },
    });
    expect((await sis.get(`/sis/v1/${path}`)).status).toBe(404);
    await sis.put(`/sis/v1/${path}`, body);
    expect((await sis.patch(`/sis/v1/${path}`, body)).status).toBe(200);
    expect((await sis.delete(`/sis/v1/${path}`)).body.status).toBe('deleted');
    expect((await sis.patch(`/sis/v1/${path}`, body)).status).toBe(404);
  });

  it('deletes; what is unknown is a success with a warning', async () => {
    const { sis } = north;
    await sis.put('/sis/v1/users/U-3', { userName: 'tmp' });
    expect(await sis.delete('/sis/v1/users/U-3')).toMatchObject({ status: 200, body: { status: 'deleted' } });
    expect(await sis.delete('/sis/v1/users/U-3')).toMatchObject({
      status: 200,
      body: { problems: [{ code: 'unknown_object' }] },
    });
    expect(await sis.get('/sis/v1/users/U-3')).toMatchObject({ status: 404, body: { code: 'unknown_object' } });
  });

  it('leaves a person a name: an update that would take the last one is refused and changes nothing', async () => {
    const { sis } = north;
    await sis.put('/sis/v1/users/U-named', { userName: 'named', givenName: 'Grace', familyName: 'Hopper' });
    expect(await sis.patch('/sis/v1/users/U-named', { givenName: null, familyName: null })).toMatchObject({
      status: 200,
    });
    const refused = await sis.patch('/sis/v1/users/U-named', { userName: null, email: 'grace@example.edu' });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'incomplete_data',
        message: expect.stringContaining('without any name'),
        outcome: { status: 'rejected' },
      },
    });
    const { fields } = (await sis.get('/sis/v1/users/U-named')).body;
    expect(fields).toMatchObject({ userName: 'named', givenName: null });
    expect(fields).not.toHaveProperty('email');
    expect(
      (await sis.patch('/sis/v1/users/U-named', { userName: null, nickname: 'Amazing', preferredGivenName: 'G' }))
        .status,
    ).toBe(200);
  });

  it.each(['template', 'offering', 'section'])('gives a %s a title, as over SOAP, and leaves it one', async (kind) => {
    const { sis } = north;
    const path = `/sis/v1/org-units/N-1?kind=${kind}`;
    const refused = { status: 422, body: { code: 'incomplete_data', field: 'name', outcome: { status: 'rejected' } } };
    expect(await sis.put(path, { code: 'N-1' })).toMatchObject(refused);
    expect(await sis.put(path, { code: 'N-1', name: ' ' })).toMatchObject(refused);
    expect((await sis.get(path)).status).toBe(404);
    expect((await sis.put(path, { name: 'Named' })).body.problems).not.toContainEqual({ code: 'incomplete_data' });
    expect(await sis.patch(path, { name: null })).toMatchObject(refused);
    expect((await sis.get(path)).body.fields).toMatchObject({ name: 'Named' });
  });

  it('may leave a group without a name: its code is its name', async () => {
    const { sis, admin } = north;
    expect((await sis.put('/sis/v1/org-units/G-1?kind=group', { type: 'DEPARTMENT' })).status).toBe(201);
    expect((await admin.get('/api/v1/org-units?sourcedId=G-1')).body.items).toMatchObject([
      { code: 'G-1', fields: { name: 'G-1' } },
    ]);
  });

  it('is told what an object waits for', async () => {
    const waiting = await north.sis.put('/sis/v1/enrollments/E-late', {
      userSourcedId: 'U-late',
      orgUnit: 'O-1',
      roles: [{ role: 'Learner' }],
    });
    expect(waiting).toMatchObject({
      status: 200,
      body: { status: 'waiting', problems: [{ code: 'waiting_for_user' }] },
    });
  });

  it('combines sections by an association', async () => {
    const { sis, admin } = north;
    await sis.put('/sis/v1/org-units/S-1?kind=section', {
      name: 'English 101, first group',
      parents: [{ role: 'offering', kind: 'offering', sourcedId: 'O-1' }],
    });
    const combined = await sis.put('/sis/v1/section-associations/A-1', { name: 'Combined', sections: ['S-1'] });
    expect(combined).toMatchObject({ status: 201, body: { entity: 'association', status: 'created' } });
    expect((await sis.get('/sis/v1/section-associations/A-1')).body.fields).toMatchObject({ sections: ['S-1'] });
    expect((await admin.get('/api/v1/org-units?sourcedId=A-1')).body.items).toMatchObject([{ type: 'offering' }]);
  });

  it('may use any characters in a sourcedId', async () => {
    const sourcedId = 'Zoë/№ 1?&%20#"';
    const path = `/sis/v1/users/${encodeURIComponent(sourcedId)}`;
    expect((await north.sis.put(path, { userName: 'zoe' })).body).toMatchObject({ sourcedId, status: 'created' });
    expect((await north.sis.get(path)).body.fields).toEqual({ userName: 'zoe' });
  });

  it('has blanks around ids and texts taken away, as the SOAP door does; a blank text says nothing', async () => {
    const { sis } = north;
    await sis.put('/sis/v1/users/%20PAD%20', { userName: ' pad ', givenName: 'Pad', orgDefinedId: ' ' });
    const { fields } = (await sis.get('/sis/v1/users/PAD')).body;
    expect(fields).toMatchObject({ userName: 'pad', givenName: 'Pad' });
    // Two persons whose id is stated as blank are two persons.
    const others = ['B-1', 'B-2'].map((id) => sis.put(`/sis/v1/users/${id}`, { givenName: id, orgDefinedId: '' }));
    const [one, two] = await Promise.all(others);
    expect(one?.body.lmsId).not.toBe(two?.body.lmsId);
    expect(await sis.put('/sis/v1/users/%20', { givenName: 'Blank' })).toMatchObject({ status: 422 });
    expect(await sis.put('/sis/v1/users/B-3', { givenName: ' ' })).toMatchObject({
      status: 422,
      body: { code: 'incomplete_data' },
    });
  });

  it('is told of what is never kept', async () => {
    const attributes = { BirthDate: '1815-12-10', Campus: 'North' };
    const sent = await north.sis.put('/sis/v1/users/U-4', { userName: 'u4', attributes });
    expect(sent).toMatchObject({
      status: 201,
      body: { problems: [{ code: 'invalid_data', at: '/attributes/BirthDate' }] },
    });
    expect((await north.sis.get('/sis/v1/users/U-4')).body.fields.attributes).toEqual({ Campus: 'North' });
  });
});

describe('a malformed record', () => {
  it.each([
    ['users/M', { userName: 5 }, 'invalid_data', '/userName'],
    ['users/M', { emial: 'x' }, 'invalid_data', '/emial'],
    ['users/M', { roles: [{ primary: true }] }, 'incomplete_data', '/roles/0/role'],
    ['users/M', [], 'invalid_data', ''],
    ['org-units/M', { name: 'x' }, 'incomplete_data', '/kind'],
    ['org-units/M?kind=group', { name: 'x' }, 'incomplete_data', '/type'],
    ['org-units/M?kind=course', { type: 'x' }, 'invalid_data', '/kind'],
    ['org-units/M?kind=group', { type: 'x', startsAt: '2026-02-30T00:00:00Z' }, 'invalid_data', '/startsAt'],
    ['org-units/M?kind=group', { type: 'x', startsAt: 'soon' }, 'invalid_data', '/startsAt'],
    ['org-units/M?kind=group', { type: 'x', endsAt: '2026-02-01T00:00:00+15:00' }, 'invalid_data', '/endsAt'],
    ['enrollments/M', { userSourcedId: 'U' }, 'incomplete_data', '/orgUnit'],
    ['enrollments/M', { userSourcedId: 'U', orgUnit: 'O', roles: [] }, 'incomplete_data', '/roles'],
    [
      'enrollments/M',
      { userSourcedId: 'x'.repeat(1025), orgUnit: 'O', roles: [{ role: 'r' }] },
      'value_too_long',
      '/userSourcedId',
    ],
    ['section-associations/M', { sections: 'S' }, 'invalid_data', '/sections'],
  ])('PUT %s %j', async (path, body, code, at) => {
    const answer = await north.sis.put(`/sis/v1/${path}`, body);
    expect(answer).toMatchObject({ status: 422, body: { code, at, message: expect.any(String) } });
    expect(answer.body.messageId).toBe(answer.headers.get('passerelle-message-id'));
  });

  it('whose kind cannot be told is not deleted by guess', async () => {
    expect(await north.sis.delete('/sis/v1/org-units/T-1')).toMatchObject({
      status: 422,
      body: { code: 'incomplete_data', field: 'kind' },
    });
    expect((await north.sis.get('/sis/v1/org-units/T-1?kind=template')).status).toBe(200);
  });

  it('has a sourcedId that is too long', async () => {
    const answer = await north.sis.put(`/sis/v1/users/${'x'.repeat(1025)}`, {});
    expect(answer).toMatchObject({ status: 422, body: { code: 'value_too_long', field: 'sourcedId' } });
  });

  it('is journaled all the same', async () => {
    const refused = await north.sis.put('/sis/v1/users/M', { emial: 'x' });
    const { body } = await north.admin.get(`/api/v1/messages/${refused.body.messageId}`);
    expect(body).toMatchObject({ result: 'refused', refusal: { code: 'invalid_data', at: '/emial' }, outcomes: [] });
  });
});

describe('a hostile request', () => {
  it('for more than an answer may hold gets what fits, and is told how to get the rest', async () => {
    // 80 times 240 kB.
    const ids = Array.from({ length: 80 }, (_, index) => `large-${String(index).padStart(2, '0')}`);
    await declareLarge(ids);
    const reads = ids.map((sourcedId) => ({ verb: 'read', entity: 'user', sourcedId }));
    const { body } = await north.sis.post('/sis/v1/messages', reads);
    const outcomes = body.outcomes as { status: string; problems: { code: string }[] }[];
    const read = outcomes.filter(({ status }) => status === 'read').length;
    expect(read).toBeGreaterThan(60);
    expect(read).toBeLessThan(75);
    expect(outcomes.at(-1)?.problems[0]?.code).toBe('too_many_results');
    const first = await north.sis.get('/sis/v1/users?familyName=Large&records=true');
    expect(first.body.sourcedIds).toEqual(ids.slice(0, (first.body.records as object[]).length));
    const rest = await north.sis.get(
      `/sis/v1/users?familyName=Large&records=true&after=${encodeURIComponent(String(first.body.next))}`,
    );
    expect([...(first.body.sourcedIds as string[]), ...(rest.body.sourcedIds as string[])]).toEqual(ids);
    expect(rest.body.next).toBeUndefined();
    const deletes = ids.map((sourcedId) => ({ verb: 'delete', entity: 'user', sourcedId }));
    expect((await north.sis.post('/sis/v1/messages', deletes)).status).toBe(200);
  });

  it('with a filter given twice is refused', async () => {
    expect(await north.sis.get('/sis/v1/users?familyName=A&familyName=B')).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field: 'familyName' },
    });
  });

  it.each(['users?userName=%00', 'org-units?name=a%01b', 'enrollments?after=%00'])(
    'with a control character in a parameter is refused: %s',
    async (path) => {
      expect(await north.sis.get(`/sis/v1/${path}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', message: expect.stringMatching(/holds the character U\+000[01]/) },
      });
    },
  );

  it('with a control character in the id of its path is refused', async () => {
    expect(await north.sis.put('/sis/v1/users/a%01b', { userName: 'a' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_data', field: 'sourcedId' },
    });
  });

  it('with two Authorization headers is refused: a proxy in front may have believed the other one', async () => {
    const [status, body] = await twice('authorization', ['Basic bm9ydGg6eA==', 'Basic c291dGg6eA==']);
    expect([status, body]).toEqual([401, expect.stringContaining('credentials_conflict')]);
  });

  const raw = (body: string, headers: Record<string, string> = {}) => north.sis.put('/sis/v1/users/H', body, headers);

  it.each([
    ['malformed JSON', '{"userName": ', 400, 'malformed_json'],
    ['no JSON at all', '<user/>', 400, 'malformed_json'],
    ['an empty body', '', 400, 'malformed_json'],
    ['nesting', '['.repeat(50_000), 422, 'invalid_data'],
    ['U+0000', '{"userName": "a\\u0000"}', 422, 'invalid_data'],
    ['a character that XML cannot carry', '{"userName": "a\\u0001"}', 422, 'invalid_data'],
    ['half a surrogate pair', '{"userName": "\\ud800"}', 422, 'invalid_data'],
    ['__proto__', '{"__proto__": {"userName": "x"}}', 422, 'invalid_data'],
    ['very much', `{"userName": "${'x'.repeat(400_000)}"}`, 413, 'payload_too_large'],
  ])('with %s gets a clear answer', async (_, body, status, code) => {
    expect(await raw(body)).toMatchObject({ status, body: { code, messageId: expect.any(String) } });
  });

  it.each([
    [{ 'content-type': 'text/xml' }],
    [{ 'content-type': 'application/json; charset=utf-16' }],
    [{ 'content-encoding': 'gzip' }],
  ])('with the headers %j is refused by its media type', async (headers) => {
    expect(await raw('{}', headers)).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  it('with a path that is not UTF-8 is refused', async () => {
    expect((await north.sis.put('/sis/v1/users/%FF', {})).status).toBe(400);
    expect((await north.sis.put('/sis/v1/users/a%00b', {})).status).toBe(422);
  });

  it('writes nothing', async () => {
    expect((await north.sis.get('/sis/v1/users/H')).status).toBe(404);
  });
});

describe('the door', () => {
  it('asks for credentials, by the same chain as the SOAP door', async () => {
    const stranger = clientOf(world.url);
    const missing = await stranger.put('/sis/v1/users/X', {});
    expect(missing).toMatchObject({ status: 401, body: { code: 'credentials_missing' } });
    expect(missing.headers.get('www-authenticate')).toBe('Basic realm="Passerelle", charset="UTF-8"');
    const wrong = clientOf(world.url, { authorization: `Basic ${Buffer.from('north-sis:wrong').toString('base64')}` });
    expect(await wrong.get('/sis/v1/users/X')).toMatchObject({ status: 401, body: { code: 'credentials_invalid' } });
  });

  it('refuses a disabled source system and writes nothing in validate state', async () => {
    const south = await world.tenant('south');
    await south.admin.patch('/api/v1/source-systems/sis', { state: 'validate' });
    const validated = await south.sis.put('/sis/v1/users/V', { userName: 'v' });
    expect(JSON.stringify(validated.body)).toContain('validate_only');
    const inTrial = await south.sis.post('/sis/v1/messages', [
      { verb: 'replace', entity: 'user', sourcedId: 'V', fields: { userName: 'v' } },
      { verb: 'read', entity: 'user', sourcedId: 'V' },
      { verb: 'read', entity: 'user', sourcedId: 'NOBODY' },
    ]);
    expect(inTrial.body.outcomes).toMatchObject([
      { status: 'created', problems: [{ code: 'validate_only' }] },
      { status: 'read', problems: [], fields: { userName: 'v' } },
      { problems: [{ code: 'unknown_object' }] },
    ]);
    const listed = await south.sis.get('/sis/v1/users');
    expect(listed.body).toMatchObject({ sourcedIds: [], problems: [] });
    // The id that the trial allocated will never be.
    expect(JSON.stringify(inTrial.body)).not.toContain('lmsId');
    await south.admin.patch('/api/v1/source-systems/sis', { state: 'disabled' });
    expect(await south.sis.put('/sis/v1/users/V', { userName: 'v' })).toMatchObject({
      status: 403,
      body: {
        code: 'source_system_disabled',
        message: expect.stringContaining('Ask the administrator of the gateway to enable it, then send'),
      },
    });
    await south.admin.patch('/api/v1/source-systems/sis', { state: 'enabled' });
    expect((await south.sis.get('/sis/v1/users/V')).status).toBe(404);
  });

  it('says what is allowed where', async () => {
    const answer = await north.sis.post('/sis/v1/users/U-1', {});
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe('PUT, PATCH, DELETE, GET, HEAD, OPTIONS');
    expect(await north.sis.get('/sis/v1/nothing/1')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await north.sis.get('/sis/v1/messages')).status).toBe(405);
  });

  it('writes one log line a message', async () => {
    const { body } = await north.sis.put('/sis/v1/users/U-log', { userName: 'log' });
    const lines = world.logged.filter(({ fields }) => fields.messageId === body.messageId);
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'message answered',
        fields: expect.objectContaining({ operation: 'PUT users', outcomes: { created: 1 } }),
      },
    ]);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first answer again, and refuses another request under it', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const first = await north.sis.put('/sis/v1/users/I-1', { userName: 'idem' }, key);
    await north.sis.patch('/sis/v1/users/I-1', { userName: 'changed' });
    const again = await north.sis.put('/sis/v1/users/I-1', { userName: 'idem' }, key);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect((await north.sis.get('/sis/v1/users/I-1')).body.fields).toEqual({ userName: 'changed' });
    const other = await north.sis.put('/sis/v1/users/I-1', { userName: 'other' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    const elsewhere = await north.sis.put('/sis/v1/users/I-2', { userName: 'idem' }, key);
    expect(elsewhere).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  it.each([
    ['is no JSON', 'users/I-4', '{'],
    ['states what is no field', 'users/I-4', { shoeSize: 42 }],
  ])(
    'is not used up by a request that %s: the repeat gets the same refusal, the corrected one counts',
    async (_, path, body) => {
      const key = { 'idempotency-key': `k-${JSON.stringify(body)}` };
      const [first, again] = [
        await north.sis.put(`/sis/v1/${path}`, body, key),
        await north.sis.put(`/sis/v1/${path}`, body, key),
      ];
      expect(first.status).toBeGreaterThanOrEqual(400);
      expect({ ...again.body, messageId: '' }).toEqual({ ...first.body, messageId: '' });
      expect(again.status).toBe(first.status);
      expect(again.body.messageId).not.toBe(first.body.messageId);
      const corrected = { userName: 'corrected', givenName: JSON.stringify(body) };
      expect(await north.sis.put(`/sis/v1/${path}`, corrected, key)).toMatchObject({ body: { problems: [] } });
      expect(await north.sis.put(`/sis/v1/${path}`, { userName: 'more' }, key)).toMatchObject({
        status: 422,
        body: { code: 'idempotency_mismatch' },
      });
    },
  );

  it('is used up by a record that was judged, though it was rejected', async () => {
    const key = { 'idempotency-key': 'k-judged' };
    const rejected = await north.sis.put('/sis/v1/users/I-5', { email: 'nameless@example.edu' }, key);
    expect(rejected).toMatchObject({ status: 422, body: { code: 'incomplete_data' } });
    const again = await north.sis.put('/sis/v1/users/I-5', { email: 'nameless@example.edu' }, key);
    expect(again).toMatchObject({ status: 422, body: rejected.body });
    expect(await north.sis.put('/sis/v1/users/I-5', { userName: 'i5' }, key)).toMatchObject({
      body: { code: 'idempotency_mismatch' },
    });
  });

  it('is visible text of a moderate length', async () => {
    for (const key of ['k 1', 'x'.repeat(256)]) {
      const answer = await north.sis.put('/sis/v1/users/I-3', {}, { 'idempotency-key': key });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', field: 'Idempotency-Key' } });
    }
  });
});

/** Persons of 240 kB each, as if the source system had declared them: the requests would take longer than what is tried. */
async function declareLarge(ids: readonly string[]): Promise<void> {
  await inOrganization(world.database.pool, north.id, (client) =>
    client.query(
      `insert into declared_user (organization_id, source_system_id, sourced_id, fields, message_id)
       select $1, s.id, k.id, jsonb_build_object('familyName', 'Large', 'attributes', attributes), gen_random_uuid()
         from source_system s, unnest($2::text[]) as k(id),
              (select jsonb_object_agg('a' || n, repeat('x', 16000)) as attributes from generate_series(1, 15) n) a
        where s.organization_id = $1`,
      [north.id, ids],
    ),
  );
}

/** A request whose header comes several times, which `fetch` would join. */
function twice(header: string, values: string[]): Promise<[number | undefined, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string]>();
  request(`${world.url}/sis/v1/users/H`, { headers: { [header]: values } }, (response) => {
    text(response).then((body) => {
      resolve([response.statusCode, body]);
    }, reject);
  })
    .on('error', reject)
    .end();
  return promise;
}
