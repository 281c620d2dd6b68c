import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, clientOf, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  const { status, body } = await north.sis.post('/sis/v1/messages', term());
  expect([status, body.outcomes.filter((one) => one.status === 'rejected')]).toEqual([200, []]);
});
afterAll(() => world.close());

/** A department, a course with two sections, three people, enrollments, and some that wait. */
function term(): object[] {
  const unit = (kind: string, sourcedId: string, fields: object) => ({
    verb: 'replace',
    entity: 'org_unit',
    kind,
    sourcedId,
    fields,
  });
  const person = (sourcedId: string, fields: object = {}) => ({
    verb: 'replace',
    entity: 'user',
    sourcedId,
    fields: { userName: sourcedId.toLowerCase(), orgDefinedId: `N-${sourcedId}`, ...fields },
  });
  const enroll = (sourcedId: string, userSourcedId: string, orgUnit: string, role = 'Learner') => ({
    verb: 'replace',
    entity: 'enrollment',
    sourcedId,
    fields: { userSourcedId, orgUnit, roles: [{ role }] },
  });
  const under = (role: string, kind: string, sourcedId: string) => ({ parents: [{ role, kind, sourcedId }] });
  return [
    unit('group', 'D', { type: 'DEPARTMENT', code: 'HIST', name: 'History' }),
    unit('template', 'T', { code: 'HIS1', name: 'History', ...under('department', 'group', 'D') }),
    unit('offering', 'O', { code: 'HIS1-F', name: 'History, fall', ...under('template', 'template', 'T') }),
    unit('section', 'S1', { code: 'HIS1-F-1', name: 'History, first group', ...under('offering', 'offering', 'O') }),
    unit('section', 'S2', { code: 'HIS1-F-2', name: 'History, second group', ...under('offering', 'offering', 'O') }),
    unit('section', 'S3', { name: 'History, nowhere', ...under('offering', 'offering', 'nowhere') }),
    unit('group', 'X', { type: 'FACULTY', code: 'X' }),
    person('P1', { givenName: 'Ada', roles: [{ role: 'Student', primary: true }] }),
    person('P2', { email: 'p2@example.edu' }),
    person('P3', { roles: [{ role: 'Wizard', primary: true }] }),
    enroll('E1', 'P1', 'S1'),
    enroll('E2', 'P1', 'S2'),
    enroll('E3', 'P2', 'S1', 'Instructor'),
    enroll('E4', 'P9', 'S1'),
    enroll('E5', 'P1', 'S1', 'Wizard'),
  ];
}

const get = async (path: string): Promise<Body> => (await north.admin.get(`/api/v1${path}`)).body;
const ids = ({ items }: Body, field = 'sourcedId') => items.map((item) => item[field]);

describe('users', () => {
  it('show their LMS id, role, fields and the sourced ids linked to them', async () => {
    const { items } = await get('/users?sourcedId=P1');
    expect(items).toMatchObject([
      {
        lmsId: expect.any(String),
        state: 'active',
        role: 'student',
        fields: { userName: 'p1', givenName: 'Ada', orgDefinedId: 'N-P1' },
        links: [{ sourceSystem: 'sis', sourcedId: 'P1', kind: 'person' }],
        overrides: [],
      },
    ]);
    const one = await north.admin.get(`/api/v1/users/${items[0]!.lmsId}`);
    expect(one.body).toEqual(items[0]);
    expect(one.headers.get('etag')).toBe(`"${items[0]!.version}"`);
  });

  it('are found by source system, user name and org-defined id, without regard to case', async () => {
    expect(ids(await get('/users?sourceSystem=sis'), 'role')).toEqual(['student', null]);
    expect((await get('/users?userName=P2')).items).toHaveLength(1);
    expect((await get('/users?orgDefinedId=n-p2')).items).toHaveLength(1);
    expect((await get('/users?sourcedId=p2')).items).toEqual([]);
    expect((await get('/users?state=inactive')).items).toEqual([]);
  });

  it('come page by page', async () => {
    const first = await get('/users?limit=1');
    const second = await get(`/users?limit=1&after=${first.next!}`);
    expect([first.items.length, second.items.length, second.next]).toEqual([1, 1, undefined]);
    expect(second.items[0]!.lmsId).not.toBe(first.items[0]!.lmsId);
  });

  it('that are deleted are shown when asked for', async () => {
    const south = await world.tenant('south');
    await south.admin.patch('/api/v1/source-systems/sis', { options: { userDelete: 'delete' } });
    await south.sis.put('/sis/v1/users/G', { userName: 'gone' });
    await south.sis.delete('/sis/v1/users/G');
    expect((await south.admin.get('/api/v1/users')).body.items).toEqual([]);
    expect((await south.admin.get('/api/v1/users?state=deleted')).body.items).toMatchObject([{ state: 'deleted' }]);
    expect((await south.admin.get('/api/v1/users?state=all')).body.items).toHaveLength(1);
  });
});

describe('org units', () => {
  it('show type, code, parents and the sourced ids linked to them', async () => {
    expect((await get('/org-units?sourcedId=O')).items).toMatchObject([
      {
        type: 'offering',
        code: 'HIS1-F',
        state: 'active',
        fields: { name: 'History, fall' },
        parents: [{ type: 'template', code: 'HIS1', links: [{ sourcedId: 'T', kind: 'template' }] }],
        links: [{ sourceSystem: 'sis', sourcedId: 'O', kind: 'offering' }],
      },
    ]);
    const top = await get('/org-units?sourcedId=D');
    expect(top.items[0]!.parents).toMatchObject([{ type: 'organization', code: 'north' }]);
  });

  it('are found by type, code, kind and parent', async () => {
    expect(ids(await get('/org-units?type=section'), 'code')).toEqual(['HIS1-F-1', 'HIS1-F-2']);
    expect(ids(await get('/org-units?parentSourcedId=O'), 'code')).toEqual(['HIS1-F-1', 'HIS1-F-2']);
    expect(ids(await get('/org-units?parentSourcedId=O&code=his1-f-2'), 'code')).toEqual(['HIS1-F-2']);
    expect(ids(await get('/org-units?kind=group&sourceSystem=sis'), 'code')).toEqual(['HIST']);
    expect(ids(await get('/org-units?kind=offering&sourcedId=T'), 'code')).toEqual([]);
    expect((await get('/org-units?parentSourcedId=nothing')).items).toEqual([]);
  });
});

describe('enrollments', () => {
  it('show user, org unit, role and why they are there', async () => {
    const { items } = await get('/enrollments?userSourcedId=P1&orgUnitSourcedId=O');
    expect(items).toMatchObject([
      {
        state: 'active',
        user: { userName: 'p1', links: [{ sourcedId: 'P1' }] },
        orgUnit: { type: 'offering', code: 'HIS1-F', links: [{ sourcedId: 'O' }] },
        role: 'student',
        supports: [
          { sourceSystem: 'sis', sourcedId: 'E1', via: 'section', roles: ['Learner'] },
          { sourceSystem: 'sis', sourcedId: 'E2', via: 'section', roles: ['Learner'] },
        ],
        links: [{ sourcedId: 'E1', kind: 'membership' }, { sourcedId: 'E2' }],
      },
    ]);
    expect(await get(`/enrollments/${items[0]!.lmsId}`)).toEqual(items[0]);
  });

  it('are found by their own sourced id, user, org unit, role and source system', async () => {
    const codes = ({ items }: Body) => items.map(({ orgUnit }) => (orgUnit as { code: string }).code).sort();
    expect(codes(await get('/enrollments?sourcedId=E2'))).toEqual(['HIS1-F', 'HIS1-F-2']);
    expect(codes(await get('/enrollments?userSourcedId=P2'))).toEqual(['HIS1-F', 'HIS1-F-1']);
    expect(codes(await get('/enrollments?orgUnitSourcedId=S1'))).toEqual(['HIS1-F-1', 'HIS1-F-1']);
    expect(codes(await get('/enrollments?orgUnitSourcedId=S1&role=teacher'))).toEqual(['HIS1-F-1']);
    expect((await get('/enrollments?sourceSystem=sis')).items).toHaveLength(5);
    expect((await get('/enrollments?sourceSystem=console')).items).toEqual([]);
  });

  it('come page by page', async () => {
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await get(`/enrollments?limit=2${after}`);
      seen.push(...page.items.map(({ lmsId }) => lmsId));
      if (page.next === undefined) break;
      after = `&after=${page.next}`;
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
  });

  it('that have ended are shown when asked for', async () => {
    await north.sis.put('/sis/v1/enrollments/E6', { userSourcedId: 'P2', orgUnit: 'S2', roles: [{ role: 'Learner' }] });
    const [before] = (await get('/enrollments?sourcedId=E6&orgUnitSourcedId=S2')).items;
    await north.sis.delete('/sis/v1/enrollments/E6');
    expect((await get('/enrollments?userSourcedId=P2&orgUnitSourcedId=S2')).items).toEqual([]);
    const ended = await get('/enrollments?userSourcedId=P2&orgUnitSourcedId=S2&state=ended');
    expect(ended.items).toMatchObject([{ lmsId: before!.lmsId, state: 'ended', supports: [] }]);
  });

  it('rest on no membership that was renamed away or deleted, but of a role that sees all sections', async () => {
    const inOffering = async () => {
      const { items } = await get('/enrollments?userSourcedId=P2&orgUnitSourcedId=O');
      return (items[0]!.supports as Body[]).map(({ sourcedId, roles }) => [sourcedId, roles]);
    };
    await north.sis.put('/sis/v1/enrollments/E7', { userSourcedId: 'P2', orgUnit: 'S2', roles: [{ role: 'Learner' }] });
    await north.sis.post('/sis/v1/enrollments/E7/rename', { newSourcedId: 'E8' });
    const [own, renamed] = await inOffering();
    expect([own![0], renamed]).toEqual(['E3', ['E8', ['Learner']]]);
    await north.sis.delete('/sis/v1/enrollments/E8');
    expect(await inOffering()).toEqual([own]);
  });
});

describe('what waits', () => {
  it('says why, since when and what to do', async () => {
    const { items } = await get('/waiting');
    expect(items.map(({ entity, sourcedId, code, on }) => [entity, sourcedId, code, on])).toEqual([
      ['enrollment', 'E5', 'unmapped_role', 'Wizard'],
      ['enrollment', 'E4', 'waiting_for_user', expect.stringContaining('P9')],
      ['org_unit', 'X', 'unmapped_type', 'FACULTY'],
      ['org_unit', 'S3', 'waiting_for_parent', expect.stringContaining('nowhere')],
      ['user', 'P3', 'unmapped_role', 'Wizard'],
    ]);
    expect(items[0]).toMatchObject({
      kind: 'membership',
      sourceSystem: 'sis',
      lmsId: null,
      links: [],
      messageId: expect.any(String),
      message: expect.stringContaining('"Wizard" is not mapped'),
      advice: expect.stringContaining('role-map'),
    });
    expect(Date.parse(items[0]!.since as string)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('names so much of what it waits for that a person can read it', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `${String(index)}-${'x'.repeat(100)}`);
    const relations = ids.map((sourcedId) => ({ kind: 'guardian', sourcedId }));
    const { body } = await north.sis.put('/sis/v1/users/P7', { userName: 'p7', relations });
    const [said] = body.problems as { code: string; message: string }[];
    expect(said?.code).toBe('waiting_for_agent');
    expect(said?.message.length).toBeLessThan(2_000);
    const { items } = await get('/waiting?entity=relation');
    expect(items).toMatchObject([{ sourcedId: 'P7', on: expect.stringMatching(/^person 0-x.{1000,}\.\.\.$/) }]);
    expect((items[0]?.on as string).length).toBeLessThan(1_300);
    await north.sis.delete('/sis/v1/users/P7');
  });

  it('is found by entity, code, source system and sourced id, and comes page by page', async () => {
    expect(ids(await get('/waiting?entity=user'))).toEqual(['P3']);
    expect(ids(await get('/waiting?code=unmapped_role'))).toEqual(['E5', 'P3']);
    expect(ids(await get('/waiting?sourcedId=S3&sourceSystem=sis'))).toEqual(['S3']);
    expect((await get('/waiting?sourceSystem=console')).items).toEqual([]);
    const first = await get('/waiting?limit=2');
    const second = await get(`/waiting?limit=3&after=${first.next!}`);
    expect([...ids(first), ...ids(second), second.next]).toEqual(['E5', 'E4', 'X', 'S3', 'P3', undefined]);
  });

  it('projects by itself once its word is mapped', async () => {
    await north.admin.put('/api/v1/source-systems/sis/role-map/Wizard', { role: 'teacher' });
    expect(ids(await get('/waiting?code=unmapped_role'))).toEqual([]);
    expect((await get('/users?sourcedId=P3')).items).toMatchObject([{ role: 'teacher' }]);
    expect((await get('/enrollments?sourcedId=E5')).items.map(({ role }) => role)).toEqual(['teacher', 'teacher']);
    await north.admin.put('/api/v1/source-systems/sis/org-unit-type-map/FACULTY', { type: 'department' });
    expect((await get('/org-units?sourcedId=X')).items).toMatchObject([{ type: 'department' }]);
    await north.admin.delete('/api/v1/source-systems/sis/org-unit-type-map/FACULTY');
    expect((await get('/org-units?sourcedId=X')).items).toEqual([]);
    expect(ids(await get('/waiting?code=unmapped_type'))).toEqual(['X']);
  });

  it('a better rank of a role changes who is what', async () => {
    await north.admin.patch('/api/v1/roles/student', { rank: 1 });
    expect((await get('/enrollments?sourcedId=E5&orgUnitSourcedId=S1')).items).toMatchObject([{ role: 'student' }]);
    await north.admin.patch('/api/v1/roles/student', { rank: 20 });
    expect((await get('/enrollments?sourcedId=E5&orgUnitSourcedId=S1')).items).toMatchObject([{ role: 'teacher' }]);
  });
});

describe('an override', () => {
  const path = async (field: string) =>
    `/api/v1/users/${(await get('/users?sourcedId=P2')).items[0]!.lmsId}/overrides/${field}`;
  const shown = async () => (await get('/users?sourcedId=P2')).items[0]!;

  it('of a field that nobody states wins, and goes again', async () => {
    expect((await north.admin.put(await path('nickname'), { value: 'Deuce' })).status).toBe(204);
    expect(await shown()).toMatchObject({
      fields: { nickname: 'Deuce' },
      overrides: [{ field: 'nickname', value: 'Deuce', wins: true, setBy: expect.stringContaining('token') }],
    });
    expect((await north.admin.delete(await path('nickname'))).status).toBe(204);
    expect((await shown()).fields.nickname).toBeUndefined();
    expect((await north.admin.delete(await path('nickname'))).status).toBe(404);
  });

  it('of a field of the SIS loses, visibly, until the organization gives the field to the LMS', async () => {
    await north.admin.put(await path('email'), { value: 'own@example.edu' });
    expect(await shown()).toMatchObject({ fields: { email: 'p2@example.edu' }, overrides: [{ wins: false }] });
    await north.admin.patch('/api/v1/organizations/north', { lmsOwned: { user: ['email'] } });
    expect(await shown()).toMatchObject({ fields: { email: 'own@example.edu' }, overrides: [{ wins: true }] });
    await north.admin.patch('/api/v1/organizations/north', { lmsOwned: null });
    expect(await shown()).toMatchObject({ fields: { email: 'p2@example.edu' }, overrides: [{ wins: false }] });
  });

  it('that says the same as the SIS loses all the same', async () => {
    await north.admin.put(await path('email'), { value: 'p2@example.edu' });
    expect(await shown()).toMatchObject({ fields: { email: 'p2@example.edu' }, overrides: [{ wins: false }] });
    await north.admin.patch('/api/v1/organizations/north', { lmsOwned: { user: ['email'] } });
    expect(await shown()).toMatchObject({ fields: { email: 'p2@example.edu' }, overrides: [{ wins: true }] });
    await north.admin.patch('/api/v1/organizations/north', { lmsOwned: null });
    const unit = (await get('/org-units?sourcedId=O')).items[0]!;
    const place = `/api/v1/org-units/${unit.lmsId}/overrides/name`;
    await north.admin.put(place, { value: 'History, fall' });
    expect((await get('/org-units?sourcedId=O')).items).toMatchObject([
      { overrides: [{ field: 'name', wins: false }] },
    ]);
    await north.admin.delete(place);
  });

  it('wins over a source system that adopted the object and may not overwrite it, even where both say the same', async () => {
    const options = { overwrite: { user: 'no' } };
    const body = { code: 'library', name: 'Library', preset: 'lis', rank: 1, state: 'enabled', options };
    const { id } = (await north.admin.post('/api/v1/source-systems', body)).body as unknown as { id: number };
    const of = { organizationId: north.id, sourceSystemId: id, userName: 'north-library', kind: 'hashed' } as const;
    const { secret } = await world.access.credentials.createCredential(of);
    const library = clientOf(world.url, { authorization: `Basic ${btoa(`north-library:${secret}`)}` });
    const sent = await library.put('/sis/v1/users/L2', { orgDefinedId: 'N-P2', givenName: 'Bea', nickname: 'Deuce' });
    expect(sent).toMatchObject({ status: 201, body: { lmsId: (await shown()).lmsId } });
    expect((await shown()).fields.nickname).toBeUndefined();
    await north.admin.put(await path('nickname'), { value: 'Deuce' });
    expect(await shown()).toMatchObject({ fields: { nickname: 'Deuce' } });
    expect((await shown()).overrides).toContainEqual(expect.objectContaining({ field: 'nickname', wins: true }));
  });

  it('of an org unit works alike', async () => {
    const unit = async () => (await get('/org-units?sourcedId=O')).items[0]!;
    const place = `/api/v1/org-units/${(await unit()).lmsId}/overrides/description`;
    expect((await north.admin.put(place, { value: 'Bring a pen.' })).status).toBe(204);
    expect(await unit()).toMatchObject({ fields: { description: 'Bring a pen.' }, overrides: [{ wins: true }] });
  });

  it('is refused for what is no field, no value or no user', async () => {
    expect((await north.admin.put(await path('password'), { value: 'x' })).status).toBe(400);
    expect(await north.admin.put(await path('active'), { value: 'yes' })).toMatchObject({
      status: 400,
      body: { at: '/value', field: 'active' },
    });
    expect((await north.admin.put(await path('userName'), { value: 'x'.repeat(256) })).status).toBe(400);
    expect((await north.admin.put('/api/v1/users/1/overrides/email', { value: 'x' })).status).toBe(404);
  });
});
