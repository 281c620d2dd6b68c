import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sign, X509Certificate } from 'node:crypto';
import { certificateHints } from '../../src/auth/certificate.ts';
import { findPinned, type NamedCertificate } from '../../src/auth/pinned-certificates.ts';
import { fold } from '../../src/domain/source-system.ts';
import { createLoginStore } from '../../src/state/access/login-store.ts';
import { makeCertificate } from '../../src/testing/certificates.ts';
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
const hear = (userName: string) => world.access.hear(JSON.stringify({ kind: 'login', userName }));
const withKey = (key: unknown) => clientOf(world.url, { 'x-api-key': String(key) });
const statusOf = async (key: unknown) => (await withKey(key).get('/sis/v1/users/nobody')).status;
const [KNOWN, UNKNOWN] = [404, 401];

describe('an API key', () => {
  it('is shown once, comes in by either header, and is stored as a hash', async () => {
    const made = await north.admin.post(credentials, { userName: 'north-key', kind: 'api_key' });
    expect(made).toMatchObject({ status: 201, body: { kind: 'api_key', secret: expect.stringMatching(/^psk_/) } });
    const { secret } = made.body;
    expect((await withKey(secret).put('/sis/v1/users/K', { userName: 'k' })).status).toBe(201);
    const scheme = clientOf(world.url, { authorization: `ApiKey ${secret}` });
    expect((await scheme.get('/sis/v1/users/K')).status).toBe(200);
    const stored = await world.database.pool.query('select row_to_json(k)::text as text from login_key k');
    const listed = await north.admin.get(credentials);
    expect(JSON.stringify([stored.rows, listed.body, world.logged])).not.toContain(secret.slice(-43));
  });

  it('of one tenant says nothing to another, and none can be seen or ended there', async () => {
    const made = await north.admin.post(credentials, { userName: 'north-alone', kind: 'api_key' });
    expect((await south.admin.delete(`${credentials}/${made.body.id}`)).status).toBe(404);
    expect((await south.admin.post(`${credentials}/${made.body.id}/rotate`, {})).status).toBe(404);
    await withKey(made.body.secret).put('/sis/v1/users/ALONE', { userName: 'alone' });
    expect((await south.sis.get('/sis/v1/users/ALONE')).status).toBe(404);
  });

  it('rotates by itself, and a revoked one ends at once', async () => {
    const userName = 'north-keys';
    const one = (await north.admin.post(credentials, { userName, kind: 'api_key' })).body;
    const two = (await north.admin.post(credentials, { userName, kind: 'api_key' })).body;
    const next = await north.admin.post(`${credentials}/${one.id}/rotate`, { overlapSeconds: 0 });
    expect(next).toMatchObject({ status: 201, body: { userName, kind: 'api_key' } });
    await hear(userName);
    expect([await statusOf(one.secret), await statusOf(two.secret), await statusOf(next.body.secret)]).toEqual([
      UNKNOWN,
      KNOWN,
      KNOWN,
    ]);
    expect((await north.admin.delete(`${credentials}/${two.id}`)).body.revokedAt).toEqual(expect.any(String));
    await hear(userName);
    expect(await statusOf(two.secret)).toBe(UNKNOWN);
    expect(
      (await world.database.pool.query('select from login_key where user_name_key = $1', [userName])).rowCount,
    ).toBe(1);
  });

  it('may stand beside the password of its user name; of two passwords the second is refused', async () => {
    const userName = 'north-sis';
    const key = await north.admin.post(credentials, { userName, kind: 'api_key' });
    expect(key.status).toBe(201);
    await hear(userName);
    expect(await statusOf(key.body.secret)).toBe(KNOWN);
    expect((await north.sis.get('/sis/v1/users/nobody')).status).toBe(KNOWN);
    expect((await north.admin.post(credentials, { userName })).status).toBe(409);
    expect((await south.admin.post(credentials, { userName, kind: 'api_key' })).status).toBe(409);
  });

  it('is refused beside the credentials of somebody else', async () => {
    const key = (await south.admin.post(credentials, { userName: 'south-key', kind: 'api_key' })).body.secret;
    const answer = await north.sis.get('/sis/v1/users/nobody', { 'x-api-key': key });
    expect(answer).toMatchObject({ status: 401, body: { code: 'credentials_conflict' } });
  });

  it('that is guessed locks the pair of its login and the address, as a password does', async () => {
    const { secret, userName } = (await south.admin.post(credentials, { userName: 'south-guess', kind: 'api_key' }))
      .body;
    const guess = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    for (let attempt = 0; attempt < 10; attempt++) expect(await statusOf(guess)).toBe(UNKNOWN);
    expect(await statusOf(secret)).toBe(429);
    await world.access.lockout.clearLockout(String(userName), '127.0.0.1');
    expect(await statusOf(secret)).toBe(KNOWN);
  });

  it('cannot be chosen by hand, nor become a password', async () => {
    const chosen = { userName: 'north-chosen', kind: 'api_key', secret: 'chosen by hand' };
    expect(await north.admin.post(credentials, chosen)).toMatchObject({ status: 400, body: { field: 'secret' } });
    const made = await north.admin.post(credentials, { userName: 'north-stays', kind: 'api_key' });
    const rotated = await north.admin.post(`${credentials}/${made.body.id}/rotate`, { kind: 'hashed' });
    expect(rotated).toMatchObject({ status: 400, body: { field: 'kind' } });
  });
});

/** Whom messages come from that are signed with a certificate. */
async function holdersOf(named: NamedCertificate): Promise<string[]> {
  const store = createLoginStore({ pool: world.database.pool });
  const logins = { find: (name: string) => store.find(fold(name), new Date()) };
  const found = await findPinned(named, logins, { find: (key) => store.findByKey(key), forget: () => undefined });
  return found.map(({ userName }) => userName);
}

describe('a certificate', () => {
  const pem = makeCertificate({ subject: 'sis.north.example.edu' });

  it('is pinned with what it says of itself, without a secret', async () => {
    const made = await north.admin.post(credentials, {
      userName: 'north-cert',
      kind: 'certificate',
      certificate: pem.cert,
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        kind: 'certificate',
        certificate: {
          subject: expect.stringContaining('sis.north.example.edu'),
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
          notAfter: expect.any(String),
          pin: 'certificate',
        },
      },
    });
    expect(made.body.secret).toBeUndefined();
    const { items } = (await north.admin.get(credentials)).body;
    expect(items.find(({ id }) => id === made.body.id)).toMatchObject({ certificate: { pin: 'certificate' } });
  });

  it('whose key is pinned for another login is refused, until that one is revoked', async () => {
    const renewed = makeCertificate({ subject: 'sis.north.example.edu', from: pem });
    const wish = { userName: 'south-cert', kind: 'certificate', certificate: renewed.cert };
    expect(await south.admin.post(credentials, wish)).toMatchObject({ status: 409, body: { field: 'certificate' } });
    const own = await north.admin.post(credentials, { ...wish, userName: 'north-cert', pin: 'public_key' });
    expect(own.status).toBe(201);
    for (const { id, userName } of (await north.admin.get(credentials)).body.items) {
      if (userName === 'north-cert') await north.admin.delete(`${credentials}/${id}`);
    }
    expect((await south.admin.post(credentials, wish)).status).toBe(201);
  });

  it('whose key somebody else has pinned goes to whom the holder of the private key says, and stays there', async () => {
    const owned = makeCertificate({ subject: 'sis.south.example.edu' });
    const wish = (userName: string, certificate = owned.cert) => ({ userName, kind: 'certificate', certificate });
    const proofFor = (userName: string) => {
      const text = `passerelle: what this key signs comes from the user name ${userName}`;
      return sign('sha256', Buffer.from(text), owned.key).toString('base64');
    };
    expect((await north.admin.post(credentials, wish('north-squat'))).status).toBe(201);
    const renewed = makeCertificate({ subject: 'sis.south.example.edu', from: owned }).cert;
    expect((await north.admin.post(credentials, wish('north-squat', renewed))).status).toBe(201);
    expect((await south.admin.post(credentials, wish('south-own'))).body).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('proof'),
    });
    const stolen = { ...wish('south-own'), proof: proofFor('somebody-else') };
    expect(await south.admin.post(credentials, stolen)).toMatchObject({ status: 400, body: { field: 'proof' } });
    const proven = { ...wish('South-Own'), proof: proofFor('south-own') };
    const made = await south.admin.post(credentials, proven);
    expect(made.status).toBe(201);
    await hear('north-squat');
    await hear('south-own');
    const [ownCertificate, renewal] = [owned.cert, renewed].map((pem) => new X509Certificate(pem));
    expect(await holdersOf({ der: ownCertificate!.raw })).toEqual(['South-Own']);
    expect(await holdersOf({ hint: certificateHints(ownCertificate!)[0]! })).toEqual(['South-Own']);
    // Another certificate of the same key, which was pinned as well, leads nowhere.
    expect(await holdersOf({ der: renewal!.raw })).toEqual([]);
    expect(await holdersOf({ hint: certificateHints(renewal!)[0]! })).toEqual([]);
    // Proven is proven: neither pinning nor another proof takes it away, nor does a new certificate lose it.
    const again = { ...wish('north-squat-2'), proof: proofFor('north-squat-2') };
    expect((await north.admin.post(credentials, again)).status).toBe(409);
    const rotated = await south.admin.post(`${credentials}/${made.body.id}/rotate`, {
      certificate: renewed,
      overlapSeconds: 0,
    });
    expect(rotated.status).toBe(201);
    expect((await north.admin.post(credentials, again)).status).toBe(409);
  });

  it.each([
    [{ kind: 'certificate' }, 'certificate'],
    [{ kind: 'hashed', proof: 'x' }, 'proof'],
    [{ kind: 'certificate', certificate: 'PEM' }, 'certificate'],
    [{ kind: 'certificate', certificate: pem.cert, secret: 'a secret too' }, 'secret'],
    [{ kind: 'hashed', certificate: pem.cert }, 'certificate'],
    [{ kind: 'api_key', pin: 'public_key' }, 'pin'],
  ])('is refused as %j', async (wish, field) => {
    expect(await north.admin.post(credentials, { userName: 'north-odd', ...wish })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field },
    });
  });
});

describe('an access policy', () => {
  it('may require another link beside the one that identifies; of another login it has not agreed', async () => {
    const path = '/api/v1/source-systems/sis/access-policy';
    const policy = { mechanisms: null, allowedAddresses: null, requires: ['api-key'] };
    expect((await south.admin.put(path, policy)).body).toEqual(policy);
    await world.access.hear(JSON.stringify({ kind: 'access_policy', organizationId: south.id }));
    const own = await south.admin.post(credentials, { userName: 'south-sis', kind: 'api_key' });
    await hear('south-sis');
    expect((await south.sis.get('/sis/v1/users/nobody')).status).toBe(UNKNOWN);
    expect((await south.sis.get('/sis/v1/users/nobody', { 'x-api-key': own.body.secret })).status).toBe(KNOWN);
    await south.admin.put(path, { mechanisms: null, allowedAddresses: null });
    await world.access.hear(JSON.stringify({ kind: 'access_policy', organizationId: south.id }));
    expect((await south.sis.get('/sis/v1/users/nobody')).status).toBe(KNOWN);
  });
});
