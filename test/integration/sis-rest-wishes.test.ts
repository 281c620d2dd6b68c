import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  await north.sis.put('/sis/v1/users/P1', { userName: 'ada', email: 'Ada@example.org', familyName: 'Ames' });
  await north.sis.put('/sis/v1/org-units/C1?kind=template', { name: 'Algebra', code: 'ALG' });
  const parents = [{ role: 'template', kind: 'template', sourcedId: 'C1' }];
  await north.sis.put('/sis/v1/org-units/O1?kind=offering', { name: 'Algebra, fall', parents });
  await north.sis.put('/sis/v1/enrollments/E1', {
    userSourcedId: 'P1',
    orgUnit: { kind: 'offering', sourcedId: 'O1' },
    roles: [{ role: 'Learner' }],
  });
});
afterAll(() => world.close());

const post = (...messages: object[]) => north.sis.post('/sis/v1/messages', { messages });

test('PUT with If-None-Match: * makes something new; what is there is 412, and stays as it is', async () => {
  const onlyNew = { 'if-none-match': '*' };
  expect(await north.sis.put('/sis/v1/users/N1', { familyName: 'Nash' }, onlyNew)).toMatchObject({ status: 201 });
  expect(await north.sis.put('/sis/v1/users/N1', { familyName: 'Other' }, onlyNew)).toMatchObject({
    status: 412,
    body: { code: 'id_in_use', outcome: { status: 'rejected' } },
  });
  expect((await north.sis.get('/sis/v1/users/N1')).body.fields).toEqual({ familyName: 'Nash' });
  expect(await north.sis.put('/sis/v1/users/N1', {}, { 'if-none-match': '"tag"' })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', field: 'If-None-Match' },
  });
});

test('POST to a collection gives a sourcedId, and the same one to the same record', async () => {
  const made = await north.sis.post('/sis/v1/users', { familyName: 'Park', userName: 'park' });
  expect(made).toMatchObject({ status: 201, body: { verb: 'replace', status: 'created' } });
  const location = made.headers.get('location');
  expect(location).toBe(`/sis/v1/users/${made.body.sourcedId}`);
  expect((await north.sis.get(location!)).body.fields).toEqual({ familyName: 'Park', userName: 'park' });
  const again = await north.sis.post('/sis/v1/users', { userName: 'park', familyName: 'Park' });
  expect(again).toMatchObject({ status: 200, body: { status: 'unchanged', sourcedId: made.body.sourcedId } });
  expect(again.headers.get('location')).toBe(location);

  const section = { name: 'Section', parents: [{ role: 'offering', kind: 'offering', sourcedId: 'O1' }] };
  const unit = await north.sis.post('/sis/v1/org-units?kind=section', section);
  expect(unit.headers.get('location')).toMatch(/^\/sis\/v1\/org-units\/[0-9a-f-]{36}\?kind=section$/);
  expect((await north.sis.get(unit.headers.get('location')!)).body.fields).toMatchObject({ name: 'Section' });
  const enrollment = { userSourcedId: 'P1', orgUnit: 'C1', roles: [{ role: 'Learner' }] };
  const enrolled = await north.sis.post('/sis/v1/enrollments', enrollment);
  expect(enrolled).toMatchObject({ status: 201, body: { sourcedId: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
});

test('a rename keeps the LMS object, and the enrollments follow', async () => {
  const { lmsId } = (await north.sis.put('/sis/v1/users/R 1', { familyName: 'Ruiz' })).body;
  await north.sis.put('/sis/v1/enrollments/R-E', { userSourcedId: 'R 1', orgUnit: 'O1', roles: [{ role: 'Learner' }] });
  const renamed = await north.sis.post('/sis/v1/users/R%201/rename', { newSourcedId: 'R2' });
  expect(renamed).toMatchObject({ status: 200, body: { verb: 'rename', sourcedId: 'R 1', status: 'updated', lmsId } });
  expect((await north.sis.get('/sis/v1/enrollments/R-E')).body.fields).toMatchObject({ userSourcedId: 'R2' });
  expect((await north.sis.get('/sis/v1/users/R%201')).status).toBe(404);
  expect(await north.sis.post('/sis/v1/users/R2/rename', { newSourcedId: 'P1' })).toMatchObject({
    status: 409,
    body: { code: 'id_in_use' },
  });
  expect((await north.sis.post('/sis/v1/users/R2/rename', {})).status).toBe(422);
  expect((await north.sis.post('/sis/v1/org-units/O1/rename', { newSourcedId: 'O2' })).body).toMatchObject({
    code: 'incomplete_data',
    field: 'kind',
  });
});

test('GET of a collection finds what was declared, and tells the save point for the next time', async () => {
  const { body } = await north.sis.get('/sis/v1/users?email=ada%40EXAMPLE.org&records=true');
  expect(body).toMatchObject({
    verb: 'list',
    sourcedIds: ['P1'],
    records: [{ entity: 'user', kind: 'person', sourcedId: 'P1', fields: { userName: 'ada' } }],
    savePoint: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const ids = async (path: string) => (await north.sis.get(`/sis/v1/${path}`)).body.sourcedIds;
  expect(await ids('org-units?kind=offering&parentRole=template&parentSourcedId=C1')).toEqual(['O1']);
  expect(await ids('enrollments?userSourcedId=P1&orgUnit=O1&orgUnitKind=offering&role=learner&active=true')).toEqual([
    'E1',
  ]);
  expect(await ids('section-associations')).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const { savePoint } = (await north.sis.get('/sis/v1/users')).body;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await north.sis.delete('/sis/v1/users/N1');
  expect(await ids(`users?changedSince=${String(savePoint)}`)).toEqual(['N1']);
});

test('a list comes in pages: `next` is the cursor of the next one, and a link leads there', async () => {
  const all: string[] = [];
  const savePoints = new Set<string>();
  let path = '/sis/v1/users?limit=1&records=true&familyName=hopper';
  for (const id of ['H1', 'H2', 'H3'])
    await north.sis.put(`/sis/v1/users/${id}`, { orgDefinedId: id, familyName: 'Hopper' });
  for (let pages = 0; pages < 10; pages += 1) {
    const { status, body, headers } = await north.sis.get(path);
    expect([status, (body.records as object[]).length]).toEqual([200, (body.sourcedIds as string[]).length]);
    all.push(...(body.sourcedIds as string[]));
    savePoints.add(body.savePoint as string);
    const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(link?.endsWith(`&after=${String(body.next)}`)).toBe(body.next === undefined ? undefined : true);
    if (link === undefined) break;
    path = link;
  }
  expect(all).toEqual(['H1', 'H2', 'H3']);
  expect(savePoints.size).toBe(1);
});

test('lists stand among reads', async () => {
  await north.sis.put('/sis/v1/users/K1', { familyName: 'Knuth' });
  const { body } = await post(
    { verb: 'read', entity: 'user', sourcedId: 'K1' },
    { verb: 'list', entity: 'user', query: { familyName: 'knuth', records: true, limit: 10 } },
    { verb: 'read', entity: 'user', sourcedId: 'NOBODY' },
    { verb: 'list', entity: 'org_unit', kind: 'offering', query: { active: true, limit: 1 } },
    { verb: 'list', entity: 'org_unit' },
    { verb: 'list', entity: 'user', sourcedId: 'K1' },
    { verb: 'list', entity: 'user', query: { limit: 5_001 } },
    { verb: 'list', entity: 'user', query: { after: 'x' } },
    { verb: 'read', entity: 'user', sourcedId: 'K1', query: {} },
    ...Array.from({ length: 4 }, () => ({ verb: 'list', entity: 'enrollment', query: { limit: 1 } })),
  );
  const outcomes = body.outcomes as { status: string; sourcedIds?: string[]; problems: { at: string }[] }[];
  expect(outcomes[1]).toMatchObject({
    verb: 'list',
    sourcedIds: ['K1'],
    records: [{ sourcedId: 'K1', fields: { familyName: 'Knuth' } }],
    savePoint: expect.any(String),
  });
  expect(outcomes.map(({ status, problems }) => [status, problems[0]?.at])).toEqual([
    ['read', undefined],
    ['read', undefined],
    ['rejected', '/messages/2'],
    ['read', undefined],
    ['rejected', '/messages/4/query/kind'],
    ['rejected', '/messages/5/sourcedId'],
    ['rejected', '/messages/6/query/limit'],
    ['rejected', '/messages/7/query/after'],
    ['rejected', '/messages/8/query'],
    ['read', undefined],
    ['read', undefined],
    ['read', undefined],
    ['rejected', '/messages/12/verb'],
  ]);
});

test('a list beside writes is refused, and they go on: it would keep other senders waiting', async () => {
  const { body } = await post({ verb: 'list', entity: 'user' }, { verb: 'delete', entity: 'user', sourcedId: 'K1' });
  expect(body.outcomes).toMatchObject([
    { status: 'rejected', problems: [{ code: 'invalid_data', at: '/messages/0/verb' }] },
    { status: 'deleted' },
  ]);
});

test.each([
  ['users?limit=0', 422, 'invalid_data'],
  ['users?limit=5001', 422, 'invalid_data'],
  ['users?after=bm90IG91cnM', 422, 'invalid_data'],
  ['org-units', 422, 'incomplete_data'],
  ['users?orgUnit=O1', 422, 'invalid_data'],
  ['users?changedSince=yesterday', 422, 'save_point_invalid'],
  ['org-units?kind=offering&parentRole=template', 422, 'incomplete_data'],
])('GET %s is refused: %i %s', async (path, status, code) => {
  const answer = await north.sis.get(`/sis/v1/${path}`);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

test('messages of many commands have the same words', async () => {
  const section = { entity: 'org_unit', kind: 'section' };
  const parents = [{ role: 'offering', kind: 'offering', sourcedId: 'O1' }];
  const { body } = await post(
    { verb: 'replace', ...section, sourcedId: 'S1', mustNotExist: true, fields: { name: 'One', code: 'S1', parents } },
    { verb: 'replace', ...section, sourcedId: 'S1', mustNotExist: true, fields: { name: 'Two', parents } },
    { verb: 'replace', ...section, sourcedId: 'S2', copyOf: 'S1', fields: { code: 'S2' } },
    { verb: 'replace', entity: 'section-association', sourcedId: 'A1', fields: { sections: ['S1'] } },
    { verb: 'replace', entity: 'association', sourcedId: 'A1', fields: { sections: ['S1'] } },
    { verb: 'update', entity: 'association', sourcedId: 'A1', lists: 'add', fields: { sections: ['S2'] } },
    { verb: 'rename', ...section, sourcedId: 'S2', newSourcedId: 'S3' },
    { verb: 'replace', entity: 'user', allocate: true, fields: { familyName: 'Given' } },
    { verb: 'update', entity: 'association', sourcedId: 'A1', mustNotExist: true, fields: {} },
    { verb: 'replace', entity: 'user', sourcedId: 'X', allocate: true, fields: {} },
    { verb: 'rename', entity: 'user', sourcedId: 'X' },
  );
  const outcomes = body.outcomes as { status: string; sourcedId: string; problems: { code: string }[] }[];
  expect(outcomes.map(({ status, problems }) => [status, problems[0]?.code])).toEqual([
    ['created', undefined],
    ['rejected', 'id_in_use'],
    ['created', undefined],
    ['rejected', 'invalid_data'],
    ['created', undefined],
    ['updated', undefined],
    ['updated', undefined],
    ['created', undefined],
    ['rejected', 'invalid_data'],
    ['rejected', 'invalid_data'],
    ['rejected', 'incomplete_data'],
  ]);
  expect(outcomes[7]?.sourcedId).toMatch(/^[0-9a-f-]{36}$/);
  expect((await north.sis.get('/sis/v1/section-associations/A1')).body.fields).toEqual({ sections: ['S1', 'S3'] });
  expect((await north.sis.get('/sis/v1/org-units/S3?kind=section')).body.fields).toMatchObject({
    name: 'One',
    code: 'S2',
  });
});
