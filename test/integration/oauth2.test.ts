import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createAccessTokens } from '../../src/auth/oauth2/access-tokens.ts';
import { createSealer } from '../../src/auth/seal.ts';
import { type ApiWorld, clientOf, createApiWorld, type Tenant } from './api-set-up.ts';
import { sealingKey } from './access-set-up.ts';
import { checkAnswer } from './check-answer.ts';

let world: ApiWorld;
let north: Tenant;
let south: Tenant;
const credentials = '/api/v1/source-systems/sis/credentials';
const hear = (userName: string) => world.access.hear(JSON.stringify({ kind: 'login', userName }));

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  south = await world.tenant('south');
});
afterAll(() => world.close());

type TokenAnswer = { status: number; headers: Headers; body: Record<string, unknown> };

async function ask(form: Record<string, string> | string, headers: Record<string, string> = {}): Promise<TokenAnswer> {
  const response = await fetch(`${world.url}/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  });
  const answer = {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
  checkAnswer('POST', '/oauth2/token', answer);
  return answer;
}

const grant = { grant_type: 'client_credentials' };
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});
const bearer = (token: unknown) => clientOf(world.url, { authorization: `Bearer ${String(token)}` });
const statusOf = async (token: unknown) => (await bearer(token).get('/sis/v1/users/nobody')).status;
const [KNOWN, REFUSED] = [404, 401];

async function makeClient(tenant: Tenant, userName: string, secret?: string) {
  const made = await tenant.admin.post(credentials, { userName, ...(secret === undefined ? {} : { secret }) });
  await hear(userName);
  return { id: made.body.id, clientId: userName, secret: made.body.secret };
}

describe('the token endpoint (RFC 6749)', () => {
  it('gives a token for the client id and secret, in the header or in the form', async () => {
    const { clientId, secret } = await makeClient(north, 'north-client');
    for (const answer of [
      await ask(grant, basic(clientId, secret)),
      await ask({ ...grant, client_id: clientId, client_secret: secret }),
    ]) {
      expect(answer).toMatchObject({
        status: 200,
        body: { token_type: 'Bearer', expires_in: 3600, access_token: expect.stringMatching(/^psa_/) },
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await bearer(answer.body.access_token).put('/sis/v1/users/T', { userName: 't' })).status).toBeLessThan(
        202,
      );
      expect(JSON.stringify(world.logged)).not.toContain(answer.body.access_token);
      // Node's decoder reads over what is no base64url.
      expect(await statusOf(`${String(answer.body.access_token)}=`)).toBe(REFUSED);
      expect(await statusOf(`${String(answer.body.access_token)}!`)).toBe(REFUSED);
    }
    expect(JSON.stringify(world.logged)).not.toContain(secret);
    expect((await south.sis.get('/sis/v1/users/T')).status).toBe(404);
  });

  it('reads the id and the secret of the header as a form encodes them', async () => {
    const { clientId, secret } = await makeClient(north, 'Éva + Co', 'pass word%41:+ü');
    expect((await ask(grant, basic(clientId, secret))).status).toBe(200);
  });

  it.each([
    ['no client', grant, {}, 401, 'invalid_client'],
    ['an unknown client', { ...grant, client_id: 'nobody', client_secret: 'secret' }, {}, 401, 'invalid_client'],
    ['a wrong secret', { ...grant, client_id: 'north-sis', client_secret: 'secret' }, {}, 401, 'invalid_client'],
    ['no secret', { ...grant, client_id: 'north-sis' }, {}, 401, 'invalid_client'],
    ['no grant type', { client_id: 'north-sis', client_secret: 'x' }, {}, 400, 'invalid_request'],
    ['another grant type', { grant_type: 'password' }, {}, 400, 'unsupported_grant_type'],
    ['a scope', { ...grant, scope: 'roster' }, {}, 400, 'invalid_scope'],
    ['a parameter given twice', 'grant_type=client_credentials&client_id=a&client_id=b', {}, 400, 'invalid_request'],
    [
      'two ways to authenticate',
      { ...grant, client_id: 'a', client_secret: 'b' },
      basic('a', 'b'),
      400,
      'invalid_request',
    ],
    ['JSON', grant, { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['too much', `grant_type=client_credentials&x=${'x'.repeat(20_000)}`, {}, 413, 'invalid_request'],
  ] as const)('refuses %s', async (_, form, headers, status, error) => {
    const answer = await ask(form, headers);
    expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
    expect(answer.headers.get('www-authenticate')?.startsWith('Basic') ?? false).toBe(status === 401);
  });

  it('locks the pair of client and address after too many wrong secrets', async () => {
    const { clientId, secret } = await makeClient(south, 'south-client');
    for (let guess = 0; guess < 10; guess++) await ask(grant, basic(clientId, `guess ${guess}`));
    const locked = await ask(grant, basic(clientId, secret));
    expect(locked).toMatchObject({ status: 429, body: { error: 'invalid_client' } });
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);
    await world.access.lockout.clearLockout(clientId, '127.0.0.1');
  });

  it('says where a client without credentials puts them', async () => {
    expect((await ask(grant, {})).body.error_description).toContain('client_id and client_secret');
  });

  it('takes POST only', async () => {
    const answer = await fetch(`${world.url}/oauth2/token`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('a bearer token (RFC 6750)', () => {
  it('that is none of ours, or of the administration, is refused with invalid_token', async () => {
    const { token } = await world.access.apiTokens.createToken({
      label: 'x',
      organizationId: null,
      scopes: ['admin:read'],
    });
    const foreign = createAccessTokens({ sealer: createSealer(randomBytes(32)), lifetimeS: 60 });
    for (const wrong of ['x', 'psa_', 'psa_AAAA', token, foreign.issue('north-sis', 'c').token]) {
      const answer = await bearer(wrong).get('/sis/v1/users/nobody');
      expect(answer.status).toBe(REFUSED);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="Passerelle", error="invalid_token"/);
    }
  });

  it('ends with its time, with its credential, and for whoever is called like its user later', async () => {
    const { id, clientId, secret } = await makeClient(north, 'north-brief');
    const token = (await ask(grant, basic(clientId, secret))).body.access_token;
    expect(await statusOf(token)).toBe(KNOWN);
    const sealer = createSealer(sealingKey);
    const past = createAccessTokens({ sealer, lifetimeS: 60, now: () => Date.now() - 61_000 });
    expect(await statusOf(past.issue(clientId, id).token)).toBe(REFUSED);
    await north.admin.delete(`${credentials}/${id}`);
    await hear(clientId);
    expect(await statusOf(token)).toBe(REFUSED);
    await north.admin.delete(`/api/v1/source-systems/sis/logins/${clientId}`);
    await makeClient(south, clientId);
    expect(await statusOf(token)).toBe(REFUSED);
    await world.access.lockout.clearLockout(clientId, '127.0.0.1');
  });

  it('is taken at the SOAP door as well, and refused there in its own words', async () => {
    const { clientId, secret } = await makeClient(north, 'north-soap');
    const token = (await ask(grant, basic(clientId, secret))).body.access_token;
    const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><readGroupRequest xmlns="http://www.imsglobal.org/services/lis/gms2p0/wsdl11/sync/imsgms_v2p0"><sourcedId>none</sourcedId></readGroupRequest></s:Body></s:Envelope>`;
    const post = (authorization: string) =>
      fetch(`${world.url}/lis/gms`, {
        method: 'POST',
        headers: { 'content-type': 'text/xml', authorization },
        body: envelope,
      });
    expect((await post(`Bearer ${String(token)}`)).status).toBe(200);
    const refused = await post('Bearer psa_wrong');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ]);
  });

  it('needs a source system that may use it', async () => {
    const { clientId, secret } = await makeClient(south, 'south-limited');
    const path = '/api/v1/source-systems/sis/access-policy';
    const changed = () => world.access.hear(JSON.stringify({ kind: 'access_policy', organizationId: south.id }));
    const token = (await ask(grant, basic(clientId, secret))).body.access_token;
    await south.admin.put(path, { mechanisms: ['http-basic'], allowedAddresses: null });
    await changed();
    expect((await ask(grant, basic(clientId, secret))).status).toBe(401);
    expect(await statusOf(token)).toBe(REFUSED);
    await south.admin.put(path, { mechanisms: ['oauth2-bearer'], allowedAddresses: ['192.0.2.0/24'] });
    await changed();
    expect((await ask(grant, basic(clientId, secret))).status).toBe(401);
    await south.admin.put(path, { mechanisms: ['oauth2-bearer'], allowedAddresses: ['127.0.0.1'] });
    await changed();
    expect((await ask(grant, basic(clientId, secret))).status).toBe(200);
    expect(await statusOf(token)).toBe(KNOWN);
  });
});
