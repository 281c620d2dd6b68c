import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
});
afterAll(() => world.close());

describe('organizations', () => {
  it('are created, read, changed and removed by an operator', async () => {
    const created = await world.operator.post('/api/v1/organizations', { code: 'east', name: 'East' });
    expect(created).toMatchObject({
      status: 201,
      body: { code: 'east', name: 'East', version: 1, lmsOwned: { user: [], orgUnit: [] } },
    });
    expect(created.headers.get('etag')).toBe('"1"');
    const changed = await world.operator.patch(
      '/api/v1/organizations/east',
      { lmsOwned: { user: ['email'] } },
      { 'if-match': '"1"' },
    );
    expect(changed.body).toMatchObject({ name: 'East', version: 2, lmsOwned: { user: ['email'], orgUnit: [] } });
    const cleared = await world.operator.patch('/api/v1/organizations/east', { lmsOwned: null });
    expect(cleared.body).toMatchObject({ version: 3, lmsOwned: { user: [], orgUnit: [] } });
    expect((await world.operator.delete('/api/v1/organizations/east')).status).toBe(204);
    expect((await world.operator.get('/api/v1/organizations/east')).status).toBe(404);
  });

  it('have codes of their own', async () => {
    const again = await world.operator.post('/api/v1/organizations', { code: 'north', name: 'Other' });
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const odd = await world.operator.post('/api/v1/organizations', { code: 'no spaces', name: 'Other' });
    expect(odd).toMatchObject({ status: 400, body: { code: 'invalid_request', at: '/code', field: 'code' } });
  });

  it('are removed with all they hold only when the code is repeated', async () => {
    const { sis, id } = await world.tenant('doomed');
    await sis.put('/sis/v1/users/U1', { userName: 'ada' });
    await inOrganization(id, (client) =>
      client.query(
        `insert into association_history (organization_id, source_system_id, sourced_id, message_id, added, removed)
         select $1, id, 'A1', gen_random_uuid(), '{S1}', '{}' from source_system where organization_id = $1 limit 1`,
        [id],
      ),
    );
    const refused = await world.operator.delete('/api/v1/organizations/doomed');
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', field: 'confirm' } });
    expect((await world.operator.delete('/api/v1/organizations/doomed?confirm=doomed')).status).toBe(204);
    expect((await sis.get('/sis/v1/users/U1')).body.code).toMatch(/source_system_disabled|credentials_invalid/);
    for (const table of await tenantTables()) expect([table, await countRows(id, table)]).toEqual([table, 0]);
  });

  it('are listed page by page', async () => {
    for (const code of ['p1', 'p2', 'p3']) await world.operator.post('/api/v1/organizations', { code, name: code });
    const codes: string[] = [];
    let after = '';
    do {
      const { body } = await world.operator.get(`/api/v1/organizations?limit=2${after}`);
      codes.push(...body.items.map((item: { code: string }) => item.code));
      after = body.next === undefined ? '' : `&after=${body.next}`;
    } while (after !== '');
    expect(codes).toEqual(expect.arrayContaining(['north', 'p1', 'p2', 'p3']));
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('a token of one organization', () => {
  it('sees its own organization and no other', async () => {
    await world.tenant('hidden');
    const { body } = await north.admin.get('/api/v1/organizations');
    expect(body.items.map((item: { code: string }) => item.code)).toEqual(['north']);
    expect((await north.admin.get('/api/v1/organizations/hidden')).status).toBe(404);
    expect((await north.admin.patch('/api/v1/organizations/hidden', { name: 'Mine' })).status).toBe(404);
    expect((await north.admin.post('/api/v1/organizations', { code: 'x', name: 'x' })).status).toBe(403);
    expect((await north.admin.delete('/api/v1/organizations/hidden?confirm=hidden')).status).toBe(403);
  });
});

describe('source systems', () => {
  it('are created with a preset, and changed option by option', async () => {
    const created = await north.admin.post('/api/v1/source-systems', {
      code: 'banner',
      name: 'Banner',
      preset: 'banner-ilp',
    });
    expect(created).toMatchObject({
      status: 201,
      body: {
        code: 'banner',
        state: 'enabled',
        rank: 100,
        options: {},
        effectiveOptions: {
          sectionBringsOffering: { semesterType: 'TERM', departmentType: 'DEPARTMENT' },
          unmapped: 'wait',
        },
      },
    });
    const options = { unmapped: 'reject', sectionBringsOffering: false, overwrite: { user: { keep: ['email'] } } };
    const changed = await north.admin.patch('/api/v1/source-systems/banner', { rank: 7, options });
    expect(changed.body).toMatchObject({
      version: 2,
      rank: 7,
      options,
      effectiveOptions: { ...options, overwrite: { user: { keep: ['email'] }, orgUnit: 'yes' } },
    });
    const reset = await north.admin.patch('/api/v1/source-systems/banner', {
      options: { sectionBringsOffering: null },
    });
    expect(reset.body.options).toEqual({ unmapped: 'reject', overwrite: { user: { keep: ['email'] } } });
    expect(reset.body.effectiveOptions.sectionBringsOffering).toEqual({
      semesterType: 'TERM',
      departmentType: 'DEPARTMENT',
    });
    const cleared = await north.admin.patch('/api/v1/source-systems/banner', { options: null });
    expect(cleared.body.options).toEqual({});
  });

  it('have quirks, which are judged when they are set', async () => {
    await north.admin.post('/api/v1/source-systems', { code: 'quirky', name: 'Quirky' });
    const quirks = {
      dateOffsetDays: -1,
      timeZone: 'America/Detroit',
      ignoreZones: true,
      labelPattern: '{term} {code}',
      trimPadding: { character: '0', side: 'start' },
      excelCsv: true,
    };
    const set = await north.admin.patch('/api/v1/source-systems/quirky', { options: { quirks } });
    expect(set.body).toMatchObject({ options: { quirks }, effectiveOptions: { quirks } });
    const wrong = [
      { dateOffsetDays: 400 },
      { timeZone: 'Detroit' },
      { labelPattern: '{a}{b}' },
      { labelPattern: '(a+)+$' },
      { trimPadding: { character: '00', side: 'start' } },
      { colour: 'red' },
    ];
    for (const quirk of wrong) {
      const answer = await north.admin.patch('/api/v1/source-systems/quirky', { options: { quirks: quirk } });
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    }
    const reset = await north.admin.patch('/api/v1/source-systems/quirky', { options: { quirks: null } });
    expect(reset.body).toMatchObject({ options: {}, effectiveOptions: { quirks: {} } });
  });

  it('are named by code or by the number of their id', async () => {
    const { body } = await north.admin.get('/api/v1/source-systems/sis');
    expect((await north.admin.get(`/api/v1/source-systems/${body.id}`)).body).toEqual(body);
    expect(await north.admin.get('/api/v1/source-systems/nobody')).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });

  it.each([
    [{ code: '5', name: 'x' }, '/code'],
    [{ code: 'x' }, '/name'],
    [{ code: 'x', name: 'x', preset: 'oracle' }, '/preset'],
    [{ code: 'x', name: 'x', options: { unmaped: 'wait' } }, '/options/unmaped'],
    [{ code: 'x', name: 'x', options: { overwrite: { user: 'maybe' } } }, '/options/overwrite/user'],
    [{ code: 'x', name: 'x', secret: 'x' }, '/secret'],
  ])('are refused when malformed: %j', async (body, at) => {
    expect(await north.admin.post('/api/v1/source-systems', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', at },
    });
  });
});

describe('a version', () => {
  it('that has passed is refused with 412, and nothing is changed', async () => {
    const { body, headers } = await north.admin.get('/api/v1/roles/student');
    const stale = { 'if-match': '"99"' };
    const refused = await north.admin.patch('/api/v1/roles/student', { name: 'Pupil' }, stale);
    expect(refused).toMatchObject({ status: 412, body: { code: 'conflict', field: 'If-Match' } });
    expect((await north.admin.get('/api/v1/roles/student')).body).toEqual(body);
    const changed = await north.admin.patch(
      '/api/v1/roles/student',
      { name: 'Pupil' },
      { 'if-match': headers.get('etag')! },
    );
    expect(changed.body).toMatchObject({ name: 'Pupil', version: body.version + 1 });
    expect(changed.headers.get('etag')).toBe(`"${String(body.version + 1)}"`);
    expect((await north.admin.patch('/api/v1/roles/student', { name: 'Student' }, { 'if-match': '*' })).status).toBe(
      200,
    );
  });

  it('is an entity tag: what is none is refused instead of compared', async () => {
    for (const tag of ['banana', '3', '"1", "2"', '"1']) {
      expect(await north.admin.patch('/api/v1/roles/student', { name: 'X' }, { 'if-match': tag })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', field: 'If-Match' },
      });
    }
  });

  it('of a map is that of its content', async () => {
    const path = '/api/v1/source-systems/sis/role-map';
    const { body, headers } = await north.admin.get(path);
    const etag = headers.get('etag')!;
    const more = { items: [...body.items, { sisRole: 'Mentor', role: 'teacher' }] };
    expect((await north.admin.put(path, more, { 'if-match': '"other"' })).status).toBe(412);
    const replaced = await north.admin.put(path, more, { 'if-match': etag });
    expect(replaced.body.items).toEqual(expect.arrayContaining(more.items));
    expect((await north.admin.put(path, body, { 'if-match': etag })).status).toBe(412);
    expect((await north.admin.put(path, body)).headers.get('etag')).toBe(etag);
  });
});

describe('types, roles and maps', () => {
  it('refuse to go while they are in use', async () => {
    expect(await north.admin.delete('/api/v1/roles/student')).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect(await north.admin.delete('/api/v1/org-unit-types/section')).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    await north.admin.post('/api/v1/roles', { code: 'guest', name: 'Guest' });
    expect((await north.admin.delete('/api/v1/roles/guest')).status).toBe(204);
    await north.admin.post('/api/v1/org-unit-types', { code: 'lab', name: 'Lab', base: 'course_section' });
    expect((await north.admin.patch('/api/v1/org-unit-types/lab', { base: 'group' })).status).toBe(400);
    expect((await north.admin.patch('/api/v1/org-unit-types/lab', { name: 'Laboratory' })).body).toMatchObject({
      name: 'Laboratory',
    });
    expect((await north.admin.delete('/api/v1/org-unit-types/lab')).status).toBe(204);
    expect((await north.admin.get('/api/v1/org-unit-types/lab')).status).toBe(404);
  });

  it('take one entry at a time, whose word compares without regard to case', async () => {
    const path = '/api/v1/source-systems/sis/role-map';
    expect((await north.admin.put(`${path}/urn%3Aims%2Frole`, { role: 'student' })).body).toEqual({
      sisRole: 'urn:ims/role',
      role: 'student',
    });
    expect((await north.admin.put(`${path}/URN%3AIMS%2Frole`, { role: 'teacher' })).status).toBe(200);
    const mapped = (await north.admin.get(path)).body.items;
    expect(mapped.filter(({ sisRole }) => /urn/i.test(sisRole))).toEqual([
      { sisRole: 'URN:IMS/role', role: 'teacher' },
    ]);
    expect((await north.admin.delete(`${path}/urn:ims%2FROLE`)).status).toBe(204);
    expect((await north.admin.delete(`${path}/urn:ims%2FROLE`)).status).toBe(404);
  });

  it('refuse a target that does not exist, and a word mapped twice', async () => {
    const path = '/api/v1/source-systems/sis/org-unit-type-map';
    expect(await north.admin.put(`${path}/LAB`, { type: 'nothing' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field: 'type' },
    });
    const items = [
      { sisType: 'Lab', type: 'section' },
      { sisType: 'LAB ', type: 'group' },
    ];
    expect(await north.admin.put(path, { items })).toMatchObject({ status: 400, body: { at: '/items/1' } });
  });
});

/** Every table whose rows belong to an organization. */
async function tenantTables(): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ tablename: string }>(
    `select tablename from pg_policies where policyname = 'tenant' order by tablename`,
  );
  return rows.map(({ tablename }) => tablename);
}

function countRows(organizationId: number, table: string): Promise<number> {
  return inOrganization(organizationId, async (client) => {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${table} where organization_id = $1`, [
      organizationId,
    ]);
    return Number(rows[0]!.count);
  });
}

async function inOrganization<Result>(
  organizationId: number,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await world.database.pool.connect();
  try {
    await client.query(`begin; set local passerelle.organization_id = '${String(organizationId)}'`);
    return await work(client);
  } finally {
    await client.query('commit');
    client.release();
  }
}
