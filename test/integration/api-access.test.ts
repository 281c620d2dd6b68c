import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
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

const credentials = '/api/v1/source-systems/sis/credentials';
const login = (userName: string, secret: string) =>
  clientOf(world.url, { authorization: `Basic ${Buffer.from(`${userName}:${secret}`).toString('base64')}` });

describe('credentials', () => {
  it('show their secret once', async () => {
    const made = await north.admin.post(credentials, { userName: 'north-two' });
    expect(made).toMatchObject({
      status: 201,
      body: { userName: 'north-two', kind: 'hashed', secret: expect.any(String) },
    });
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect((await login('north-two', made.body.secret).put('/sis/v1/users/A', { userName: 'a' })).status).toBe(201);
    const listed = await north.admin.get(credentials);
    expect(listed.body.items.map(({ userName }) => userName)).toEqual(['north-two', 'north-sis']);
    expect(JSON.stringify(listed.body)).not.toContain(made.body.secret);
    expect(JSON.stringify(world.logged)).not.toContain(made.body.secret);
  });

  it('rotate with an overlap', async () => {
    const made = await north.admin.post(credentials, {
      userName: 'north-three',
      kind: 'sealed',
      secret: 'chosen by hand',
    });
    const place = `${credentials}/${made.body.id}`;
    const rotated = await north.admin.post(`${place}/rotate`, { overlapSeconds: 3600 });
    expect(rotated).toMatchObject({ status: 201, body: { userName: 'north-three', kind: 'sealed' } });
    for (const secret of ['chosen by hand', rotated.body.secret]) {
      await world.access.hear(JSON.stringify({ kind: 'login', userName: 'north-three' }));
      expect((await login('north-three', secret).get('/sis/v1/users/A')).status).toBe(200);
    }
    const revoked = await north.admin.delete(place);
    expect(revoked.body).toMatchObject({ id: made.body.id, revokedAt: expect.any(String) });
    await world.access.hear(JSON.stringify({ kind: 'login', userName: 'north-three' }));
    expect((await login('north-three', 'chosen by hand').get('/sis/v1/users/A')).status).toBe(401);
    expect((await login('north-three', rotated.body.secret).get('/sis/v1/users/A')).status).toBe(200);
  });

  it('have user names that are unique over all organizations', async () => {
    const taken = await south.admin.post(credentials, { userName: 'NORTH-two' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'conflict', field: 'userName' } });
    expect((await south.admin.post(credentials, { userName: 'with:colon' })).status).toBe(400);
  });

  it('go with their login, and its name is free again', async () => {
    const { body } = await north.admin.post(credentials, { userName: 'Leaving' });
    const place = '/api/v1/source-systems/sis/logins/leaving';
    expect((await south.admin.delete(place)).status).toBe(404);
    expect((await north.admin.delete(place)).status).toBe(204);
    expect((await north.admin.delete(place)).status).toBe(404);
    await world.access.hear(JSON.stringify({ kind: 'login', userName: 'leaving' }));
    expect((await login('Leaving', body.secret).get('/sis/v1/users/A')).status).toBe(401);
    expect((await south.admin.post(credentials, { userName: 'Leaving' })).status).toBe(201);
  });

  it('belong to one source system', async () => {
    await north.admin.post('/api/v1/source-systems', { code: 'other', name: 'Other' });
    const { items } = (await north.admin.get(credentials)).body;
    const elsewhere = `/api/v1/source-systems/other/credentials/${items[0]!.id}`;
    expect((await north.admin.delete(elsewhere)).status).toBe(404);
    expect((await north.admin.post(`${elsewhere}/rotate`, {})).status).toBe(404);
    expect((await south.admin.delete(`${credentials}/${items[0]!.id}`)).status).toBe(404);
  });
});

describe('tokens', () => {
  it('show themselves once, and act until they are revoked', async () => {
    const made = await north.admin.post('/api/v1/tokens', { label: 'LMS', scopes: ['roster:read'] });
    expect(made).toMatchObject({
      status: 201,
      body: { label: 'LMS', scopes: ['roster:read'], token: expect.any(String) },
    });
    const lms = clientOf(world.url, { authorization: `Bearer ${made.body.token}` });
    expect((await lms.get('/api/v1/users')).status).toBe(200);
    const listed = await north.admin.get('/api/v1/tokens');
    expect(listed.body.items[0]).toMatchObject({ id: made.body.id, label: 'LMS' });
    expect(JSON.stringify([listed.body, world.logged])).not.toContain(made.body.token);
    expect((await north.admin.delete(`/api/v1/tokens/${made.body.id}`)).body.revokedAt).toEqual(expect.any(String));
    const refused = await lms.get('/api/v1/users');
    expect(refused).toMatchObject({ status: 401, body: { code: 'credentials_invalid' } });
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="passerelle"');
  });

  it('end when they expire', async () => {
    const expiresAt = new Date(Date.now() + 700).toISOString();
    const made = await north.admin.post('/api/v1/tokens', { label: 'short', scopes: ['roster:read'], expiresAt });
    const brief = clientOf(world.url, { authorization: `Bearer ${made.body.token}` });
    expect((await brief.get('/api/v1/users')).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect((await brief.get('/api/v1/users')).status).toBe(401);
  });

  it.each([
    ['admin:read', 'get', '/roles', 200],
    ['admin:read', 'post', '/roles', 403],
    ['roster:read', 'get', '/roles', 403],
    ['roster:write', 'get', '/users', 200],
    ['roster:read', 'get', '/messages', 403],
    ['messages:read', 'get', '/messages', 200],
    ['admin:write', 'get', '/users', 403],
  ] as const)('of the scope %s: %s %s -> %d', async (scope, method, path, status) => {
    const client = await world.client(north.id, [scope]);
    const answer = await client[method](`/api/v1${path}`);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body).toMatchObject({ code: 'forbidden', message: expect.stringContaining(':') });
  });

  it('give no more than they have', async () => {
    const limited = await world.client(north.id, ['admin:write']);
    const wish = { label: 'more', scopes: ['admin:read', 'messages:read'] };
    expect(await limited.post('/api/v1/tokens', wish)).toMatchObject({
      status: 403,
      body: { code: 'forbidden', field: 'scopes' },
    });
    expect((await limited.post('/api/v1/tokens', { label: 'less', scopes: ['admin:read'] })).status).toBe(201);
    expect((await limited.post('/api/v1/tokens', { label: 'odd', scopes: ['everything'] })).status).toBe(400);
  });

  it('make none that outlives them', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await north.admin.post('/api/v1/tokens', { label: 'hour', scopes: ['admin:write'], expiresAt });
    const brief = clientOf(world.url, { authorization: `Bearer ${made.body.token}` });
    const expiryOf = async (wish: object): Promise<unknown> =>
      (await brief.post('/api/v1/tokens', { label: 'heir', scopes: ['admin:read'], ...wish })).body.expiresAt;
    const earlier = new Date(Date.now() + 60_000).toISOString();
    expect(await expiryOf({})).toBe(expiresAt);
    expect(await expiryOf({ expiresAt: new Date(Date.now() + 7_200_000).toISOString() })).toBe(expiresAt);
    expect(await expiryOf({ expiresAt: earlier })).toBe(earlier);
  });

  it('of an operator are listed apart, and no organization can revoke them', async () => {
    const { items } = (await world.operator.get('/api/v1/tokens')).body;
    expect(items).toHaveLength(1);
    expect((await north.admin.delete(`/api/v1/tokens/${items[0]!.id}`)).status).toBe(404);
    const own = await world.operator.get('/api/v1/tokens', { 'passerelle-organization': 'south' });
    expect(own.body.items.map(({ id }) => id)).toEqual(
      (await south.admin.get('/api/v1/tokens')).body.items.map(({ id }) => id),
    );
  });
});

describe('an access policy', () => {
  const path = '/api/v1/source-systems/sis/access-policy';
  const hear = () => world.access.hear(JSON.stringify({ kind: 'access_policy', organizationId: south.id }));

  it('restricts where the messages of a source system may come from', async () => {
    expect((await south.admin.get(path)).body).toEqual({ mechanisms: null, allowedAddresses: null, requires: null });
    await south.admin.put(path, { mechanisms: null, allowedAddresses: ['192.0.2.0/24'] });
    await hear();
    expect((await south.sis.get('/sis/v1/users/A')).body.code).toBe('credentials_invalid');
    await south.admin.put(path, { mechanisms: null, allowedAddresses: ['127.0.0.0/8'] });
    await hear();
    expect((await south.sis.get('/sis/v1/users/A')).body.code).toBe('unknown_object');
  });

  it('of the organization holds for all its source systems', async () => {
    const policy = { mechanisms: ['wss-x509'], allowedAddresses: null, requires: null };
    expect((await south.admin.put('/api/v1/access-policy', policy)).body).toEqual(policy);
    await hear();
    expect((await south.sis.get('/sis/v1/users/A')).status).toBe(401);
    await south.admin.put('/api/v1/access-policy', { mechanisms: null, allowedAddresses: null });
    await hear();
    expect((await south.sis.get('/sis/v1/users/A')).status).toBe(404);
  });

  it('is refused when it names a link that the chain does not have, which would lock everybody out', async () => {
    for (const links of [{ mechanisms: ['http-basik'] }, { mechanisms: null, requires: ['no such link'] }]) {
      const answer = await south.admin.put(path, { allowedAddresses: null, ...links });
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
      expect(answer.body.message).toContain('Links: wss-x509, ');
    }
  });

  it('is refused when it is malformed', async () => {
    const { body } = await south.admin.put(path, {
      mechanisms: null,
      allowedAddresses: ['a.example', '10.0.0.1', '10/33'],
    });
    expect(body).toMatchObject({ message: expect.stringContaining('"a.example", "10/33": no address') });
    for (const allowedAddresses of [['example.edu'], [], '10.0.0.1']) {
      expect((await south.admin.put(path, { mechanisms: null, allowedAddresses })).status).toBe(400);
    }
  });
});

describe('lock-outs', () => {
  it('are seen and cleared by the organization that they concern, and by operators', async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) await login('north-sis', 'wrong').get('/sis/v1/users/A');
    expect((await login('north-sis', 'wrong').get('/sis/v1/users/A')).status).toBe(429);
    await world.access.lockout.refresh();
    const { items } = (await north.admin.get('/api/v1/lockouts')).body;
    expect(items).toMatchObject([{ userName: 'north-sis', address: '127.0.0.1', failures: expect.any(Number) }]);
    expect((await south.admin.get('/api/v1/lockouts')).body.items).toEqual([]);
    expect((await world.operator.get('/api/v1/lockouts')).body.items.length).toBeGreaterThan(0);
    const pair = '/api/v1/lockouts?userName=north-sis&address=127.0.0.1';
    expect((await south.admin.delete(pair)).status).toBe(404);
    expect((await north.admin.delete(pair)).status).toBe(204);
    expect((await north.sis.get('/sis/v1/users/A')).status).toBe(200);
    expect((await north.admin.delete(pair)).status).toBe(404);
  });
});

it('an edit of the configuration is told to all processes', async () => {
  const listener = new pg.Client(world.database.address);
  await listener.connect();
  try {
    const heard: unknown[] = [];
    listener.on('notification', ({ payload }) => void heard.push(JSON.parse(payload ?? '')));
    await listener.query('listen passerelle_config');
    const { id } = (await north.admin.get('/api/v1/source-systems/sis')).body;
    await north.admin.patch('/api/v1/source-systems/sis', { name: 'Registrar' });
    await north.admin.put('/api/v1/source-systems/sis/role-map/Tutor', { role: 'teacher' });
    await listener.query('select 1');
    const told = { kind: 'source_system', organizationId: north.id, sourceSystemId: id };
    expect(heard).toEqual([told, told]);
  } finally {
    await listener.end();
  }
});
