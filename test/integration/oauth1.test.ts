import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let north: Tenant;
let secret: string;
const credentials = '/api/v1/source-systems/sis/credentials';

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  secret = (await north.admin.post(credentials, { userName: 'outcomes', kind: 'sealed' })).body.secret;
});
afterAll(() => world.close());

/** A signer of RFC 5849 for requests without a query; keys and values here need no more encoding than this. */
function sign(method: string, path: string, body: string): Record<string, string> {
  const parameters: [string, string][] = [
    ['oauth_body_hash', createHash('sha256').update(body).digest('base64')],
    ['oauth_consumer_key', 'outcomes'],
    ['oauth_nonce', randomBytes(12).toString('hex')],
    ['oauth_signature_method', 'HMAC-SHA256'],
    ['oauth_timestamp', String(Math.floor(Date.now() / 1000))],
    ['oauth_version', '1.0'],
  ];
  const normalized = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const base = [method, world.url + path, normalized].map(encodeURIComponent).join('&');
  const signature = createHmac('sha256', `${secret}&`).update(base).digest('base64');
  const header = [...parameters, ['oauth_signature', signature]].map(
    ([name, value]) => `${name}="${encodeURIComponent(value!)}"`,
  );
  return { authorization: `OAuth ${header.join(',')}` };
}

async function send(method: string, path: string, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(world.url + path, { method, headers: { 'content-type': 'application/json', ...headers }, body });
}

describe('OAuth 1.0a with a body hash', () => {
  const path = '/sis/v1/users/O';

  it('lets a signed request in, once; its copy and a changed body are refused', async () => {
    const body = '{"userName":"é"}';
    const headers = sign('PUT', path, body);
    expect((await send('PUT', path, '{"userName":"x"}', headers)).status).toBe(401);
    expect((await send('PUT', path, body, headers)).status).toBe(201);
    const copy = await send('PUT', path, body, headers);
    expect([copy.status, ((await copy.json()) as { code: string }).code]).toEqual([401, 'credentials_invalid']);
    expect((await send('PUT', path, body, sign('PUT', path, body))).status).toBe(200);
    expect(JSON.stringify(world.logged)).not.toContain(secret);
  });

  it('works at the SOAP door, over the bytes as they came', async () => {
    const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>\r\n<readGroupRequest xmlns="http://www.imsglobal.org/services/lis/gms2p0/wsdl11/sync/imsgms_v2p0"><sourcedId>é</sourcedId></readGroupRequest></s:Body></s:Envelope>`;
    const headers = { ...sign('POST', '/lis/gms', envelope), 'content-type': 'text/xml; charset=utf-8' };
    expect((await send('POST', '/lis/gms', envelope, headers)).status).toBe(200);
  });

  it('locks its pair after too many wrong signatures', async () => {
    const right = secret;
    secret = 'wrong';
    for (let guess = 0; guess < 10; guess++) await send('PUT', path, '{}', sign('PUT', path, '{}'));
    secret = right;
    expect((await send('PUT', path, '{}', sign('PUT', path, '{}'))).status).toBe(429);
  });
});
