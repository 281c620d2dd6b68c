import type { ListEntry } from '../../src/domain/extension-points.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
});
afterAll(() => world.close());

const semester = 'require.offering-semester';

function offering(sourcedId: string, parents: object[] = []) {
  return north.sis.put(`/sis/v1/org-units/${sourcedId}`, {
    type: 'CourseOffering',
    code: sourcedId,
    name: 'Algebra',
    parents,
  });
}

describe('variables', () => {
  it('are listed with what each is for, its default and where it was set', async () => {
    const { status, body } = await north.admin.get('/api/v1/variables');
    expect(status).toBe(200);
    expect(body.items).toContainEqual({
      name: semester,
      value: false,
      setAt: null,
      default: false,
      scope: 'source_system',
      description: expect.stringContaining('semester'),
    });
  });

  it('of a source system win over those of its organization, whose turn it is again once they are not set', async () => {
    await north.admin.put(`/api/v1/variables/${semester}`, { value: true });
    const own = `/api/v1/source-systems/sis/variables/${semester}`;
    expect((await north.admin.put(own, { value: false })).body).toMatchObject({ value: false, setAt: 'source_system' });
    expect((await offering('A1')).status).toBe(201);
    expect((await north.admin.put(own, { value: null })).body).toMatchObject({ value: true, setAt: 'organization' });
    const refused = await offering('A2');
    expect(refused).toMatchObject({ status: 422, body: { code: 'incomplete_data' } });
    expect(refused.body.message).toContain('names no semester');
    expect((await offering('A2', [{ role: 'semester', kind: 'group', sourcedId: '202610' }])).status).toBeLessThan(300);
    await north.admin.put(`/api/v1/variables/${semester}`, { value: null });
    expect((await offering('A3')).status).toBe(201);
  });

  it('asks for the parents that a course has in the end: taken out of its list, kept by its list of handlers', async () => {
    const required = '/api/v1/source-systems/sis/variables/require.template-department';
    await north.admin.put(required, { value: true });
    const parents = [{ role: 'department', kind: 'group', sourcedId: 'D9' }];
    const put = (fields: object) => north.sis.put('/sis/v1/org-units/T9?kind=template', fields);
    expect((await put({ name: 'Art', parents })).status).toBe(201);
    const taken = { verb: 'update', lists: 'remove', entity: 'org_unit', kind: 'template', sourcedId: 'T9' };
    const { body } = await north.sis.post('/sis/v1/messages', { messages: [{ ...taken, fields: { parents } }] });
    expect(JSON.stringify(body)).toContain('names no department');
    expect((await put({ name: 'Arts' })).status).toBe(422);

    const point = '/api/v1/source-systems/sis/extension-points/handle.course_template.replace';
    const { body: view } = await north.admin.get(point);
    const { entries: all } = view.list as { entries: ListEntry[] };
    const shipped = all.map(({ plugin, sortOrder }) => ({ plugin, sortOrder }));
    const entries = [...shipped, { plugin: 'retain-existing-department', sortOrder: 35 }];
    expect(await north.admin.put(point, { entries })).toMatchObject({ status: 200 });
    expect((await put({ name: 'Arts' })).status).toBe(200);
    await north.admin.delete(point);
    await north.admin.put(required, { value: null });
  });

  it('keep who set them, and when', async () => {
    const { body } = await north.admin.get(`/api/v1/variables/${semester}/history?limit=2`);
    expect(body.items).toMatchObject([
      { sourceSystem: null, before: true, after: null },
      { sourceSystem: 'sis', before: false, after: null },
    ]);
    const rest = await north.admin.get(`/api/v1/variables/${semester}/history?limit=2&after=${body.next}`);
    expect(rest.body.items).toMatchObject([
      { sourceSystem: 'sis', before: null, after: false },
      { sourceSystem: null, before: null, after: true },
    ]);
    expect(rest.body.next).toBeUndefined();
    expect((await south.admin.get(`/api/v1/variables/${semester}/history`)).body.items).toEqual([]);
  });

  it('of a source system have a history of their own', async () => {
    const path = `/api/v1/source-systems/sis/variables/${semester}/history`;
    const { status, body } = await north.admin.get(`${path}?limit=1`);
    expect(status).toBe(200);
    expect(body.items).toMatchObject([{ sourceSystem: 'sis', before: false, after: null }]);
    const rest = await north.admin.get(`${path}?limit=1&after=${body.next}`);
    expect(rest.body.items).toMatchObject([{ sourceSystem: 'sis', before: null, after: false }]);
    expect(rest.body.next).toBeUndefined();
    expect((await south.admin.get(path)).body.items).toEqual([]);
    const nowhere = `/api/v1/source-systems/none/variables/${semester}/history`;
    expect((await north.admin.get(nowhere)).status).toBe(404);
  });

  it('of one organization leave others alone; what is unknown, or not a source system’s to set, is refused', async () => {
    await north.admin.put('/api/v1/variables/tool.replay', { value: false });
    const { body } = await south.admin.get('/api/v1/variables');
    expect(body.items).toContainEqual(expect.objectContaining({ name: 'tool.replay', value: true, setAt: null }));
    await north.admin.put('/api/v1/variables/tool.replay', { value: null });
    expect((await north.admin.put('/api/v1/variables/no.such', { value: true })).status).toBe(400);
    expect((await north.admin.put(`/api/v1/variables/${semester}`, { value: 'yes' })).status).toBe(400);
    expect(await north.admin.put(`/api/v1/variables/${semester}`, { value: 1 })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('`/value` must be true or false, or one of the words') },
    });
    const ofOne = await north.admin.put('/api/v1/source-systems/sis/variables/tool.replay', { value: false });
    expect(ofOne).toMatchObject({ status: 400, body: { code: 'invalid_request', field: 'name' } });
  });

  it('switch an adapter off for an organization: its messages are refused and journaled, nothing is written', async () => {
    await north.admin.put('/api/v1/variables/adapter.sis-rest', { value: false });
    const refused = await offering('B1');
    expect(refused).toMatchObject({ status: 403, body: { code: 'unauthorized_request' } });
    expect(refused.body.message).toContain('adapter.sis-rest');
    const { body } = await north.admin.get('/api/v1/messages?result=refused&limit=1');
    expect(body.items).toMatchObject([{ refusal: { code: 'unauthorized_request' } }]);
    await north.admin.put('/api/v1/variables/adapter.sis-rest', { value: true });
    expect((await offering('B1')).status).toBe(201);
  });

  it('switch tools off: bodies are withheld, nothing is replayed', async () => {
    const { body: found } = await north.admin.get('/api/v1/messages?result=success&limit=1');
    const path = `/api/v1/messages/${String(found.items[0]?.id)}`;
    expect((await north.admin.get(path)).body).toHaveProperty('body');
    await north.admin.put('/api/v1/variables/tool.message-bodies', { value: false });
    await north.admin.put('/api/v1/variables/tool.replay', { value: false });
    const shown = await north.admin.get(path);
    expect(shown.body).not.toHaveProperty('body');
    expect(shown.body.bodyWithheld).toContain('tool.message-bodies');
    expect(await north.admin.post(`${path}/replay`)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
