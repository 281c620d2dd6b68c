import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, clientOf, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
});
afterAll(() => world.close());

const ofOrganization = '/api/v1/extension-points/authenticate.inbound';
const ofSource = '/api/v1/source-systems/sis/extension-points/authenticate.inbound';
/** The status of a call of the source system. In a gateway, a notification tells that policies have changed. */
async function call(tenant: Tenant): Promise<number> {
  await world.access.hear(JSON.stringify({ kind: 'access_policy', organizationId: tenant.id }));
  return (await tenant.sis.get('/sis/v1/users/NOBODY')).status;
}

const entries = (...plugins: [string, object?][]) => ({
  entries: plugins.map(([plugin, options], index) => ({ plugin, sortOrder: 10 * index, ...(options && { options }) })),
});
const identifying = (body: unknown): string[] =>
  (body as { entries: { plugin: string; options: { role: string } }[] }).entries
    .filter(({ options }) => options.role !== 'require')
    .map(({ plugin }) => plugin);

describe('the inbound chain as an extension point', () => {
  it('shows the shipped order, the order in force, and what may stand in it', async () => {
    const { status, body } = await north.admin.get(ofOrganization);
    expect(status).toBe(200);
    expect(body).toMatchObject({ kind: 'authenticate', list: { from: 'operator', template: 'operator' } });
    const templates = body.templates as { name: string; entries: { plugin: string }[] }[];
    expect(templates.map(({ name }) => name)).toEqual(['operator', 'shipped', 'ipsis']);
    expect(body.plugins).toContainEqual(
      expect.objectContaining({ name: 'http-basic', alias: 'BasicAuthMessageAuthenticator', stage: 'identify' }),
    );
    expect(identifying(body.list)).toContain('http-basic');
  });

  it('lets in those that the list of a source system names, and nobody else', async () => {
    expect(await call(north)).toBe(404);
    const put = await north.admin.put(ofSource, entries(['api-key']), { 'if-match': '"shipped"' });
    expect(put).toMatchObject({ status: 200, body: { from: 'source_system', template: null } });
    expect(await call(north)).toBe(401);
    expect(await call(south)).toBe(404);
    const policy = await north.admin.get('/api/v1/source-systems/sis/access-policy');
    expect(policy.body).toMatchObject({ mechanisms: ['api-key'], requires: null });
    const stale = await north.admin.put(ofSource, entries(['http-basic']), { 'if-match': '"shipped"' });
    expect(stale.status).toBe(412);
    expect((await north.admin.delete(ofSource)).status).toBe(204);
    expect(await call(north)).toBe(404);
    expect((await north.admin.get(ofSource)).body.list).toMatchObject({ from: 'operator', version: 'shipped' });
  });

  it('adds what must agree, of the organization to that of the source system', async () => {
    await north.admin.put(ofOrganization, entries(['http-basic'], ['api-key', { role: 'require' }]));
    expect((await north.admin.get(ofSource)).body.list).toMatchObject({
      from: 'organization',
      entries: [
        { plugin: 'http-basic', options: { role: 'identify' } },
        { plugin: 'api-key', options: { role: 'require', by: 'organization' } },
      ],
    });
    expect(await call(north)).toBe(401);
    await north.admin.put(ofOrganization, { template: 'operator' });
    expect(await call(north)).toBe(404);
  });

  it('has a link that must only agree agree, wherever it stands in the chain of the operator', async () => {
    await north.admin.put(ofSource, entries(['http-basic'], ['api-key', { role: 'require' }]));
    const keyOf = async (tenant: Tenant, userName: string): Promise<string> => {
      const made = await tenant.admin.post('/api/v1/source-systems/sis/credentials', { userName, kind: 'api_key' });
      await world.access.hear(JSON.stringify({ kind: 'login', userName }));
      return made.body.secret;
    };
    const [own, ofOther, foreign] = [
      await keyOf(north, 'north-sis'),
      await keyOf(north, 'north-other'),
      await keyOf(south, 'south-sis'),
    ];
    await world.access.hear(JSON.stringify({ kind: 'access_policy', organizationId: north.id }));
    const withKey = async (key: string) =>
      (await north.sis.get('/sis/v1/users/NOBODY', { 'x-api-key': key })) as { status: number; body: unknown };
    expect((await withKey(own)).status).toBe(404);
    expect((await withKey(`${own.slice(0, -2)}xx`)).status).toBe(401);
    for (const key of [ofOther, foreign])
      expect(await withKey(key)).toMatchObject({ status: 401, body: { code: 'credentials_conflict' } });
    // Alone it identifies nobody, and a password alone is not enough.
    const alone = await clientOf(world.url, { 'x-api-key': own }).get('/sis/v1/users/NOBODY');
    expect(alone).toMatchObject({ status: 401, body: { code: 'credentials_invalid' } });
    expect(await call(north)).toBe(401);
    await north.admin.delete(ofSource);
    expect(await call(north)).toBe(404);
  });

  it('holds senders to the addresses that a list names', async () => {
    const from = (address: string) => entries(['http-basic'], ['address-list', { addresses: [address] }]);
    await north.admin.put(ofSource, from('192.0.2.0/24'));
    expect(await call(north)).toBe(401);
    await north.admin.put(ofSource, from('127.0.0.0/8'));
    expect(await call(north)).toBe(404);
    await north.admin.delete(ofSource);
  });

  it('refuses what is no address with every reason at once', async () => {
    const addresses = ['192.0.2.0/33', '192.0.2.7', 'no address'];
    const { status, body } = await north.admin.put(ofSource, entries(['http-basik'], ['address-list', { addresses }]));
    expect(status).toBe(422);
    const { reasons } = body as unknown as { reasons: { code: string; message: string }[] };
    expect(reasons.map(({ message }) => message)).toEqual([
      expect.stringContaining('"192.0.2.0/33" is not an address'),
      expect.stringContaining('"no address" is not an address'),
      expect.stringContaining('has no link http-basik'),
      expect.stringContaining('nobody could come in'),
    ]);
  });

  it('says who put it, and when, by whichever way; what nobody restricts was put by nobody', async () => {
    const said = async (path: string) => (await north.admin.get(path)).body.list;
    const put = await north.admin.put(ofOrganization, entries(['http-basic']));
    const byAdmin = { changedAt: expect.stringMatching(/^20\d\d-.*Z$/), changedBy: expect.stringMatching(/\S/) };
    expect(put.body).toMatchObject(byAdmin);
    expect(await said(ofSource)).toMatchObject({ from: 'organization', changedAt: put.body.changedAt });
    await north.admin.put('/api/v1/source-systems/sis/access-policy', {
      mechanisms: ['http-basic'],
      allowedAddresses: null,
    });
    expect(await said(ofSource)).toMatchObject({ from: 'source_system', ...byAdmin });
    await north.admin.delete(ofSource);
    await north.admin.delete(ofOrganization);
    expect(await said(ofSource)).toMatchObject({ from: 'operator', changedAt: null, changedBy: null });
  });

  it('is read of a source system in the shape of the organization, as every point', async () => {
    for (const point of ['authenticate.inbound', 'handle.user.replace', 'translate.lis2.person']) {
      const wide = await north.admin.get(`/api/v1/extension-points/${point}`);
      const narrow = await north.admin.get(`/api/v1/source-systems/sis/extension-points/${point}`);
      expect({ ...narrow.body, list: null }).toEqual({ ...wide.body, list: null });
      expect(Object.keys(narrow.body.list as object)).toEqual(Object.keys(wide.body.list as object));
      expect(narrow.headers.get('etag')).toBe('"shipped"');
    }
    const all = await north.admin.get('/api/v1/extension-points');
    const ofOne = await north.admin.get('/api/v1/source-systems/sis/extension-points');
    expect(Object.keys(ofOne.body)).toEqual(Object.keys(all.body));
  });

  it('refuses a list in another order with the reason, and where the order is made', async () => {
    const { status, body } = await north.admin.put(ofSource, entries(['http-basic'], ['wss-password-digest']));
    expect(status).toBe(422);
    const { reasons } = body as unknown as { reasons: { code: string; message: string }[] };
    expect(reasons).toEqual([
      expect.objectContaining({
        code: 'wrong_order',
        message: expect.stringContaining('PASSERELLE_AUTHENTICATORS'),
      }),
    ]);
  });

  it('refuses a list that would lock everybody out, and a dry run', async () => {
    await north.admin.put(ofOrganization, entries(['http-basic']));
    const { status, body } = await north.admin.put(ofSource, entries(['api-key']));
    expect({ status, message: body.message }).toMatchObject({
      status: 422,
      message: expect.stringContaining('nobody could come in'),
    });
    await north.admin.delete(ofOrganization);
    const tried = await north.admin.post(`${ofOrganization}/dry-run`, { messageId: 'x' });
    expect(tried.body).toMatchObject({ code: 'invalid_request' });
  });

  it('refuses a list of the organization that shuts out a source system by the list of its own, and names it', async () => {
    await north.admin.put(ofSource, entries(['wss-password-text']));
    const { status, body } = await north.admin.put(ofOrganization, entries(['http-basic']));
    expect({ status, message: body.message }).toMatchObject({
      status: 422,
      message: expect.stringContaining('as sis'),
    });
    await north.admin.delete(ofSource);
    expect((await north.admin.put(ofOrganization, entries(['http-basic']))).status).toBe(200);
    await north.admin.delete(ofOrganization);
  });
});
