import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';

/** What becomes of passwords that a SIS sends: by the rule of the organization, in every dialect that can carry one. */
let world: ApiWorld;
let north: Tenant;
let authorization: string;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  const { body } = await north.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'registrar' });
  authorization = `Basic ${btoa(`registrar:${body.secret}`)}`;
}, 60_000);
afterAll(() => world.close());

const secret = 'Hunter-2-hunter';
const soap = (body: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
const text = (value: string) => `<language>en</language><textString>${value}</textString>`;
const lisPerson = (id: string) =>
  `<personRecord><sourcedGUID><sourcedId>${id}</sourcedId></sourcedGUID><person><formname><formattedName>${text('Ada')}</formattedName></formname><roles><userId><userIdValue>${text(id)}</userIdValue><password>${text(secret)}</password></userId></roles></person></personRecord>`;

interface Way {
  readonly path: string;
  readonly type: string;
  readonly method?: string;
  readonly body: (id: string) => string;
}

const ways: Readonly<Record<string, Way>> = {
  'LIS 2.0': {
    path: '/lis/pms',
    type: 'text/xml',
    body: (id) => soap(`<replacePersonRequest><sourcedId>${id}</sourcedId>${lisPerson(id)}</replacePersonRequest>`),
  },
  'a bare LIS record': { path: '/lis/record', type: 'application/xml', body: lisPerson },
  'PeopleSoft SAIP': {
    path: '/saip/pms',
    type: 'text/xml',
    body: (id) =>
      soap(
        `<replacePersonRequest><sourcedId>${id}</sourcedId><person><sourcedId>${id}</sourcedId><formname><formattedName><text>Ada</text></formattedName></formname><extension><extensionField><fieldName>InitialPassword</fieldName><fieldType>String</fieldType><fieldValue>${secret}</fieldValue></extensionField></extension></person></replacePersonRequest>`,
      ),
  },
  'a snapshot of PeopleSoft': {
    path: '/saip/pms',
    type: 'text/xml',
    body: (id) =>
      `<enterprise><person><sourcedId>${id}</sourcedId><formname><formattedname><text>Ada</text></formattedname></formname><extension><extensionfield><fieldname>password</fieldname><fieldvalue>${secret}</fieldvalue></extensionfield></extension></person></enterprise>`,
  },
  'Enterprise Services 1.0': {
    path: '/es1/pms',
    type: 'text/xml',
    body: (id) =>
      soap(
        `<replacePersonRequest><sourcedId><identifier>${id}</identifier></sourcedId><person><formatName>Ada</formatName><userId><userIdValue>${id}</userIdValue><passWord>${secret}</passWord><pwEncryptionType>MD5</pwEncryptionType></userId></person></replacePersonRequest>`,
      ),
  },
  'IMS Enterprise': {
    path: '/enterprise',
    type: 'application/xml',
    body: (id) =>
      `<enterprise><person recstatus="1"><sourcedid><source>S</source><id>${id}</id></sourcedid><userid password="${secret}">${id}</userid><userid useridtype="Password">${secret}</userid><userid useridtype="PIN">${secret}</userid><name><fn>Ada</fn></name></person></enterprise>`,
  },
  'REST, beside the fields': {
    path: '/sis/v1/users/',
    method: 'PUT',
    type: 'application/json',
    body: () => JSON.stringify({ formattedName: 'Ada', password: secret }),
  },
  'REST, among the attributes': {
    path: '/sis/v1/users/',
    method: 'PUT',
    type: 'application/json',
    body: () => JSON.stringify({ formattedName: 'Ada', attributes: { passwd: secret, hall: 'West' } }),
  },
  'REST, under a word beside others': {
    path: '/sis/v1/users/',
    method: 'PUT',
    type: 'application/json',
    body: () => JSON.stringify({ formattedName: 'Ada', attributes: { PWD_HASH: secret, user_pwd: secret } }),
  },
  'LIS 2.0, with signs between its letters': {
    path: '/lis/record',
    type: 'application/xml',
    body: (id) => lisPerson(id).replaceAll('password>', 'Pass-Word>'),
  },
};

const kinds = Object.entries(ways).map(([name, way], index) => ({ name, way, index }));

async function send({ path, type, method = 'POST', body }: Way, id: string): Promise<string> {
  const headers = { authorization, 'content-type': `${type}; charset=utf-8` };
  const url = world.url + path + (method === 'PUT' ? id : '');
  return (await fetch(url, { method, headers, body: body(id) })).text();
}

async function obey(value: string | null): Promise<void> {
  const { status } = await north.admin.put('/api/v1/source-systems/sis/variables/password-rule', { value });
  expect(status).toBe(200);
}

const person = async (id: string): Promise<Body[]> =>
  (await north.admin.get(`/api/v1/users?state=all&sourcedId=${id}`)).body.items;

describe('a password that is sent with a person', () => {
  it.each(kinds)('in $name is dropped silently, unless the organization says otherwise', async ({ way, index }) => {
    const answer = await send(way, `ignored-${index}`);
    expect(answer).not.toMatch(/password/i);
    expect(await person(`ignored-${index}`)).toMatchObject([{ state: 'active', fields: { formattedName: 'Ada' } }]);
  });

  it.each(kinds)('in $name is told of, if it says so', async ({ way, index }) => {
    await obey('warn');
    const answer = await send(way, `warned-${index}`);
    expect(answer).toContain('password_not_accepted');
    expect(await person(`warned-${index}`)).toMatchObject([{ state: 'active' }]);
  });

  it.each(kinds)('in $name makes the record refused, if it says so', async ({ way, index }) => {
    await obey('refuse');
    const answer = await send(way, `refused-${index}`);
    expect(answer).toContain('password_not_accepted');
    expect(answer).toContain('Send the record without it.');
    expect(await person(`refused-${index}`)).toEqual([]);
  });

  it('an empty one is none', async () => {
    await obey('refuse');
    const empty = {
      ...ways['Enterprise Services 1.0']!,
      body: (id: string) => ways['Enterprise Services 1.0']!.body(id).replace(secret, ' '),
    };
    expect(await send(empty, 'nothing-sent')).toContain('fullsuccess');
  });

  it('is nowhere to be read: in the state, the journal, the changes, the log', async () => {
    const { items } = (await north.admin.get('/api/v1/messages?limit=100')).body;
    expect(items.length).toBeGreaterThan(3 * kinds.length);
    const views = await Promise.all(
      items.flatMap(({ id }) => [
        north.admin.get(`/api/v1/messages/${id}`),
        north.admin.get(`/api/v1/messages/${id}/body`),
      ]),
    );
    const shown = views.map(({ body }) => JSON.stringify(body)).join('\n');
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain(secret);
    const changes = (await north.admin.get('/api/v1/changes?limit=500')).body;
    expect(changes.items.length).toBeGreaterThan(0);
    const users = (await north.admin.get('/api/v1/users?state=all&limit=100')).body;
    expect(JSON.stringify([changes, users, world.logged])).not.toContain(secret);
    const { rows } = await world.database.pool.query<{ all: string }>(
      `with own as materialized (select set_config('passerelle.organization_id', $1, false))
       select coalesce((select json_agg(d)::text from own, declared_user d), '')
           || coalesce((select json_agg(c)::text from own, change c), '')
           || coalesce((select json_agg(u)::text from own, lms_user u), '') as all`,
      [String(north.id)],
    );
    expect(rows[0]?.all).toContain('warned-0');
    expect(rows[0]?.all).not.toContain(secret);
  });

  it('the rule is one of three words', async () => {
    const path = '/api/v1/variables/password-rule';
    for (const value of [true, 'encrypt', ''])
      expect(await north.admin.put(path, { value })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', message: 'password-rule is ignore, warn or refuse.' },
      });
    expect((await north.admin.put(path, { value: 'warn' })).body).toMatchObject({
      value: 'warn',
      setAt: 'organization',
      default: 'ignore',
      values: ['ignore', 'warn', 'refuse'],
    });
    expect((await north.admin.get(`${path}/history`)).body.items[0]).toMatchObject({ before: null, after: 'warn' });
    expect(await north.admin.put('/api/v1/variables/require.offering-semester', { value: 'yes' })).toMatchObject({
      status: 400,
      body: { message: 'require.offering-semester is true or false.' },
    });
  });
});
