import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSealer } from '../../src/auth/seal.ts';
import { apiRoutes } from '../../src/http/api/routes/index.ts';
import { createUploadStore } from '../../src/state/uploads/upload-store.ts';
import { sealingKey } from './access-set-up.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
  await north.sis.post('/sis/v1/messages', [
    { verb: 'replace', entity: 'org_unit', kind: 'offering', sourcedId: 'O', fields: { code: 'O', name: 'O' } },
    {
      verb: 'replace',
      entity: 'user',
      sourcedId: 'U',
      fields: { userName: 'u' },
    },
    {
      verb: 'replace',
      entity: 'user',
      sourcedId: 'V',
      fields: { userName: 'v', relations: [{ kind: 'parent', sourcedId: 'U' }] },
    },
    {
      verb: 'replace',
      entity: 'enrollment',
      sourcedId: 'E',
      fields: { userSourcedId: 'U', orgUnit: 'O', roles: [{ role: 'Learner' }] },
    },
    {
      verb: 'replace',
      entity: 'user',
      sourcedId: 'W',
      fields: { userName: 'w', roles: [{ role: 'Wizard', primary: true }] },
    },
  ]);
  await north.admin.post('/api/v1/roles', { code: 'northern', name: 'Northern' });
  await north.admin.post('/api/v1/org-unit-types', { code: 'northern', name: 'Northern', base: 'group' });
  await north.admin.post('/api/v1/source-systems', { code: 'northern', name: 'Northern' });
  await north.admin.put('/api/v1/notification-subscriptions/northern', { webhook: 'https://hooks.example.edu/' });
  await requestRun();
});

async function requestRun(): Promise<void> {
  const { pool } = world.database;
  const uploads = createUploadStore({ pool, sealer: createSealer(sealingKey), limitBytes: 1_000 });
  const { id: sourceSystemId } = await world.administration.sourceSystems.get(north.id, 'sis');
  const upload = await uploads.begin(north.id, {
    sourceSystemId,
    name: 'u.csv',
    way: 'rest',
    receivedFrom: 'north-sis',
  });
  await uploads.complete(north.id, upload.id);
  await north.admin.post('/api/v1/runs', { sourceSystem: 'sis', upload: upload.id });
}
afterAll(() => world.close());

const first = async (path: string) => (await north.admin.get(`/api/v1${path}`)).body.items[0]!;

/** What stands for each path parameter: something that exists in the north. */
async function northern(): Promise<Record<string, string>> {
  const source = await north.admin.get('/api/v1/source-systems/northern');
  return {
    '/users/{lmsId}': (await first('/users?sourcedId=U')).lmsId,
    '/org-units/{lmsId}': (await first('/org-units?sourcedId=O')).lmsId,
    '/enrollments/{lmsId}': (await first('/enrollments?sourcedId=E')).lmsId,
    '/relations/{lmsId}': (await first('/relations?userSourcedId=V')).lmsId,
    '/messages/{id}': (await first('/messages')).id,
    '/runs/{id}': (await first('/runs')).id,
    '/tokens/{id}': (await first('/tokens')).id,
    '/reprojections/{id}': '1',
    '/notification-subscriptions/{name}': 'northern',
    // That of a notice is shown in api-notifications.test.ts.
    '/notices/{id}': '01a2006e-f354-7a39-bc3b-ae35d74bfaf1',
    '/roles/{code}': 'northern',
    '/org-unit-types/{code}': 'northern',
    '/organizations/{code}': 'north',
    '/source-systems/{sourceSystem}': source.body.id,
  };
}

const bodies: Record<string, object> = {
  'PUT /source-systems/{sourceSystem}/access-policy': { mechanisms: null, allowedAddresses: null },
  'PUT /source-systems/{sourceSystem}/org-unit-type-map': { items: [] },
  'PUT /source-systems/{sourceSystem}/role-map': { items: [] },
  'PUT /source-systems/{sourceSystem}/org-unit-type-map/{sisType}': { type: 'group' },
  'PUT /source-systems/{sourceSystem}/role-map/{sisRole}': { role: 'student' },
  'PUT /users/{lmsId}/overrides/{field}': { value: 'x' },
  'PUT /org-units/{lmsId}/overrides/{field}': { value: 'x' },
  'PUT /source-systems/{sourceSystem}/variables/{name}': { value: true },
  'PUT /source-systems/{sourceSystem}/extension-points/{point}': { template: 'standard' },
  'PUT /source-systems/{sourceSystem}/endpoints/{type}': {
    address: 'https://sis.example.edu/',
    authentication: 'none',
  },
  'PUT /source-systems/{sourceSystem}/freshness': { maxSilenceMinutes: 60 },
  'POST /source-systems/{sourceSystem}/credentials': { userName: 'thief' },
  'PUT /source-systems/{sourceSystem}/fetches/{name}': {
    address: 'https://sis.example.edu/night.zip',
    fileName: 'night.zip',
    schedule: '0 3 * * *',
    timeZone: 'UTC',
    enabled: false,
    authentication: 'none',
  },
};

/** What cannot be said in a body. */
const queries: Record<string, string> = { 'POST /source-systems/{sourceSystem}/uploads': '?name=night.zip' };

const withParameters = apiRoutes
  .map(({ contract }) => ({ method: contract.method, path: contract.path.replace('/api/v1', '') }))
  // The names of variables and extension points are everybody's; api-variables.test.ts and api-extension-points.test.ts
  // show that their values are not.
  .filter(({ path }) => path.includes('{') && !/^\/(?:variables|extension-points)\//.test(path))
  // A subscription of the same name would be the south's own.
  .filter(({ method, path }) => method !== 'put' || path !== '/notification-subscriptions/{name}');

describe('what belongs to another organization is not there', () => {
  it.each(withParameters.map(({ method, path }) => [method, path] as const))('%s %s', async (method, path) => {
    const there = await northern();
    const known = Object.keys(there).find((prefix) => path.startsWith(prefix))!;
    const place = path
      .replace(known, known.replace(/\{\w+\}/, there[known]!))
      .replace('{id}', '01a2006e-f354-7a39-bc3b-ae35d74bfaf1')
      .replace('{number}', '1')
      .replace('{name}', path.includes('/fetches/') ? 'nightly' : 'require.offering-semester')
      .replace('{point}', 'handle.user.replace')
      .replace('{type}', 'outcome')
      .replace('{field}', path.startsWith('/users') ? 'email' : 'name')
      .replace(/\{sis(?:Type|Role)\}/, 'Learner')
      .concat(queries[`${method.toUpperCase()} ${path}`] ?? '');
    const body = bodies[`${method.toUpperCase()} ${path}`] ?? {};
    const answer =
      method === 'get' || method === 'delete'
        ? await south.admin[method](`/api/v1${place}`)
        : await south.admin[method](`/api/v1${place}`, body);
    expect([answer.status, answer.body.code]).toEqual(
      path.startsWith('/organizations') && method === 'delete' ? [403, 'forbidden'] : [404, 'not_found'],
    );
  });

  it.each([
    '/users',
    '/org-units?kind=offering',
    '/enrollments',
    '/relations',
    '/waiting',
    '/messages',
    '/changes',
    '/reprojections',
    '/users?sourcedId=U',
    '/messages?sourcedId=U',
    '/changes?sourcedId=U',
    '/runs',
  ])('GET %s', async (path) => {
    expect((await south.admin.get(`/api/v1${path}`)).body.items).toEqual([]);
  });

  it('and the lists of configuration hold only the own', async () => {
    for (const path of ['/roles', '/org-unit-types', '/source-systems']) {
      const { items } = (await south.admin.get(`/api/v1${path}`)).body;
      expect(items.length).toBeGreaterThan(0);
      expect(items.map(({ code }) => code)).not.toContain('northern');
    }
    expect((await south.admin.get('/api/v1/users?sourceSystem=northern')).status).toBe(404);
  });

  it('and a cursor of another organization is of another history', async () => {
    const { cursor } = (await north.admin.get('/api/v1/snapshot')).body;
    expect((await south.admin.get(`/api/v1/changes?after=${cursor}`)).status).toBe(410);
  });

  it('and a SIS reads and changes only what its own source system declared', async () => {
    expect((await south.sis.get('/sis/v1/users/U')).status).toBe(404);
    await south.sis.put('/sis/v1/users/U', { userName: 'u', email: 'south@example.edu' });
    expect((await north.sis.get('/sis/v1/users/U')).body.fields).toEqual({ userName: 'u' });
  });
});

describe('an operator', () => {
  it('names the organization by its code', async () => {
    const { body } = await world.operator.get('/api/v1/roles', { 'passerelle-organization': 'north' });
    expect(body.items.map(({ code }) => code)).toContain('northern');
    expect(await world.operator.get('/api/v1/roles')).toMatchObject({
      status: 400,
      body: { field: 'Passerelle-Organization' },
    });
    const unknown = await world.operator.get('/api/v1/roles', { 'passerelle-organization': 'nowhere' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('alone may name another one', async () => {
    expect((await south.admin.get('/api/v1/roles', { 'passerelle-organization': 'south' })).status).toBe(200);
    const foreign = await south.admin.get('/api/v1/roles', { 'passerelle-organization': 'north' });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});
