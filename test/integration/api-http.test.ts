import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { type ApiWorld, type Client, clientOf, createApiWorld, type Tenant } from './api-set-up.ts';
import { document } from './check-answer.ts';

let world: ApiWorld;
let north: Tenant;
let anybody: Client;
let ready = true;

beforeAll(async () => {
  world = await createApiWorld({ trustedProxies: ['127.0.0.1'], metricsToken: 'let me see', ready: () => ready });
  north = await world.tenant('north');
  anybody = clientOf(world.url);
});
afterAll(() => world.close());

describe('pages for people', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'keeps a learning management system'],
    ['/docs', 'text/html; charset=utf-8', '/api/v1/source-systems/{sourceSystem}/role-map'],
    ['/docs/style.css', 'text/css; charset=utf-8', 'prefers-color-scheme'],
  ])('%s', async (path, type, text) => {
    const { status, headers, body } = await anybody.get(path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(body.text).toContain(text);
  });

  it('run no script, load nothing from elsewhere, and may not be framed', async () => {
    const { headers, body } = await anybody.get('/docs');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';style-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(body.text).not.toMatch(/<script|style=|https?:\/\//);
  });

  it('document every call, and every schema that they name', async () => {
    const text = (await anybody.get('/docs')).body.text as string;
    for (const path of Object.keys(document.paths ?? {})) expect(text).toContain(`<code>${path}</code>`);
    const anchors = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(target);
  });

  it('the OpenAPI document is the one that is published', async () => {
    const { body } = await anybody.get('/openapi.json');
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
    expect(body.openapi).toBe('3.1.0');
  });
});

describe('for operators', () => {
  it('/healthz says that it is alive, /readyz whether it can work', async () => {
    expect((await anybody.get('/healthz')).body).toEqual({ status: 'ok' });
    expect(await anybody.get('/readyz')).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { database: 'ok' } },
    });
    ready = false;
    expect(await anybody.get('/readyz')).toMatchObject({
      status: 503,
      body: { status: 'not ready', checks: { database: 'away' } },
    });
    ready = true;
  });

  it('/metrics counts messages by door, operation and result', async () => {
    await north.sis.put('/sis/v1/users/M', { userName: 'm' });
    await north.sis.put('/sis/v1/users/M', { userNmae: 'm' });
    const { body, headers } = await anybody.get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    const text = body.text as string;
    expect(text).toContain('passerelle_messages_total{door="rest",operation="PUT users",result="success"} 1');
    expect(text).toContain('passerelle_messages_total{door="rest",operation="unknown",result="invalid_data"} 1');
    expect(text).toContain('passerelle_outcomes_total{door="rest",entity="user",verb="replace",status="created"} 1');
    for (const name of [
      'message_seconds_bucket',
      'queue_depth',
      'database_connections',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text).toContain(`passerelle_${name}`);
    }
  });

  it('/metrics is for this machine, or for who has the token', async () => {
    const forwarded = { 'x-forwarded-for': '203.0.113.5' };
    expect(await anybody.get('/metrics', forwarded)).toMatchObject({
      status: 401,
      body: { code: 'credentials_missing' },
    });
    expect((await anybody.get('/metrics', { ...forwarded, authorization: 'Bearer guess' })).status).toBe(401);
    expect((await anybody.get('/metrics', { ...forwarded, authorization: 'Bearer let me see' })).status).toBe(200);
    // A proxy that nobody declared makes everybody look like this machine.
    expect((await anybody.get('/metrics', { via: '1.1 proxy' })).status).toBe(401);
  });
});

describe('every error has one body', () => {
  it.each([
    ['GET', '/nothing', 404, 'not_found'],
    ['GET', '/api/v1/nothing', 404, 'not_found'],
    ['GET', '/api/v1/Roles', 404, 'not_found'],
    ['DELETE', '/api/v1/roles', 405, 'method_not_allowed'],
    ['POST', '/healthz', 405, 'method_not_allowed'],
    ['POST', '/docs', 405, 'method_not_allowed'],
    ['GET', '/api/v1/users/%FF', 400, 'invalid_request'],
    ['GET', '/api/v1/users?limit=0', 400, 'invalid_request'],
    ['GET', '/api/v1/users?limit=1001', 400, 'invalid_request'],
    ['GET', '/api/v1/users?limt=5', 400, 'invalid_request'],
    ['GET', '/api/v1/users?limit=5&limit=6', 400, 'invalid_request'],
    ['GET', '/api/v1/users?sourcedId=%00', 400, 'invalid_request'],
    ['GET', '/api/v1/users?after=!', 400, 'invalid_request'],
    ['GET', '/api/v1/source-systems?after=WyI5OTk5OTk5OTk5OTk5OTk5OTkiXQ', 400, 'invalid_request'],
    ['GET', '/api/v1/roles?after=WyJcdTAwMDAiXQ', 400, 'invalid_request'],
    ['GET', '/api/v1/organizations/a%00b', 400, 'invalid_request'],
    ['DELETE', '/api/v1/source-systems/sis/role-map/%01', 400, 'invalid_request'],
    ['GET', '/api/v1/snapshot?x=1', 400, 'invalid_request'],
    ['POST', '/api/v1/roles', 415, 'unsupported_media_type'],
  ])('%s %s', async (method, path, status, code) => {
    const response = await fetch(world.url + path, { method, headers: await bearer() });
    const body: unknown = await response.json();
    expect([response.status, body]).toEqual([
      status,
      expect.objectContaining({
        code,
        message: expect.any(String),
        messageId: expect.stringMatching(/^[\da-f-]{36}$/),
      }),
    ]);
    expect(response.headers.get('passerelle-message-id')).toBe((body as { messageId: string }).messageId);
  });

  it.each(['/api/v1/roles', '/metrics'])(
    '%s: two Authorization headers are refused, whichever is right',
    async (path) => {
      const { authorization: right = '' } =
        path === '/metrics' ? { authorization: 'Bearer let me see' } : await bearer();
      for (const values of [
        [right, 'Bearer other'],
        ['Bearer other', right],
        [right, right],
      ]) {
        const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
        request(world.url + path, { headers: { Authorization: values } }, resolve)
          .on('error', reject)
          .end();
        const response = await promise;
        expect([response.statusCode, await json(response)]).toMatchObject([401, { code: 'credentials_conflict' }]);
        expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
      }
    },
  );

  it('a 405 says what is allowed, and OPTIONS does too', async () => {
    const refused = await north.admin.delete('/api/v1/roles');
    expect(refused.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
    const asked = await fetch(`${world.url}/api/v1/roles`, { method: 'OPTIONS' });
    expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
  });

  it('of what is not JSON, or too large, says so', async () => {
    expect(await north.admin.post('/api/v1/roles', '{"code": ')).toMatchObject({
      status: 400,
      body: { code: 'malformed_json' },
    });
    expect(await north.admin.post('/api/v1/roles', `{"code": "${'x'.repeat(1_100_000)}"}`)).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    });
    expect(await north.admin.post('/api/v1/roles', '{"__proto__": {}}')).toMatchObject({
      body: { code: 'invalid_data' },
    });
  });

  it('a mistake of ours tells nothing but the id under which the log has it', async () => {
    const { feed } = world.administration;
    const currentCursor = feed.currentCursor.bind(feed);
    feed.currentCursor = () => Promise.reject(new Error('secret detail'));
    const { status, body } = await north.admin.get('/api/v1/snapshot');
    feed.currentCursor = currentCursor;
    expect([status, body.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(body)).not.toContain('secret detail');
    const line = world.logged.find(({ fields }) => fields.messageId === body.messageId);
    expect(line).toMatchObject({ level: 'error', fields: { err: new Error('secret detail') } });
  });
});

describe('tokens in clear text', () => {
  it('are refused from beyond this machine, and accepted where a declared proxy says https', async () => {
    const far = { 'x-forwarded-for': '203.0.113.5' };
    expect(await north.admin.get('/api/v1/roles', far)).toMatchObject({
      status: 403,
      body: { code: 'clear_text_refused' },
    });
    expect((await north.admin.get('/api/v1/roles', { ...far, 'x-forwarded-proto': 'https' })).status).toBe(200);
    expect(await north.sis.get('/sis/v1/users/M', far)).toMatchObject({
      status: 403,
      body: { code: 'clear_text_refused' },
    });
    expect((await north.sis.get('/sis/v1/users/M', { ...far, 'x-forwarded-proto': 'https' })).status).toBe(200);
  });

  it('the journal keeps the address that the declared proxy names', async () => {
    const far = { 'x-forwarded-for': '203.0.113.5', 'x-forwarded-proto': 'https' };
    const { body } = await north.sis.put('/sis/v1/users/F', { userName: 'f' }, far);
    const stored = await north.admin.get(`/api/v1/messages/${body.messageId}`);
    expect(stored.body.remoteAddress).toBe('203.0.113.5');
  });
});

it('HEAD answers the headers of GET', async () => {
  const response = await fetch(`${world.url}/api/v1/roles/student`, { method: 'HEAD', headers: await bearer() });
  expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([200, '"1"', '']);
});

it('a sender that goes away in the middle of its message leaves no trace', async () => {
  await new Promise<void>((resolve) => {
    const sending = request(`${world.url}/sis/v1/users/gone`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'content-length': '100' },
    });
    sending.on('error', () => resolve());
    sending.write('{"userName"');
    setTimeout(() => sending.destroy(new Error('gone')), 100);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(world.logged.filter(({ level, fields }) => level === 'error' && fields.path === '/sis/v1/users/gone')).toEqual(
    [],
  );
  expect((await anybody.get('/healthz')).status).toBe(200);
});

let header: Record<string, string> | undefined;
async function bearer(): Promise<Record<string, string>> {
  if (header === undefined) {
    const { token } = await world.access.apiTokens.createToken({
      label: 'raw',
      organizationId: north.id,
      scopes: ['admin:write', 'roster:write', 'messages:write'],
    });
    header = { authorization: `Bearer ${token}` };
  }
  return header;
}
