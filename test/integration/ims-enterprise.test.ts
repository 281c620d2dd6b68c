import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from './api-set-up.ts';

const root = join(import.meta.dirname, '../fixtures/ims-enterprise');
const request = (name: string): string => readFileSync(join(root, name, 'request.xml'), 'utf8');
const xml = { 'content-type': 'text/xml; charset=utf-8' };
const json = { ...xml, accept: 'application/json' };

let world: ApiWorld;
let lake: Tenant;

beforeAll(async () => {
  world = await createApiWorld({ bodyLimitBytes: 200_000 });
  lake = await withMaps('lake');
});
afterAll(() => world.close());

/** The words of Luminis, mapped; sections bring their own offering. */
async function withMaps(code: string): Promise<Tenant> {
  const tenant = await world.tenant(code, 'banner-ilp');
  const map = await world.administration.orgUnitTypeMaps.get(tenant.id, 'sis');
  const college = { sisType: 'College', type: 'group' };
  await world.administration.orgUnitTypeMaps.replace(tenant.editor, 'sis', [...map.items, college], {});
  return tenant;
}

const send = (tenant: Tenant, body: string, headers: Record<string, string> = json, query = '') =>
  tenant.sis.post(`/enterprise${query}`, body, headers);
const statuses = ({ outcomes }: Body): string[] => outcomes.map(({ status }) => status);
const units = async (tenant: Tenant, kind: string, sourcedId: string): Promise<Body[]> =>
  (await tenant.admin.get(`/api/v1/org-units?kind=${kind}&sourcedId=${sourcedId}&state=all`)).body.items;
const enrollments = async (tenant: Tenant, person: string): Promise<string[]> => {
  const { items } = (await tenant.admin.get(`/api/v1/enrollments?userSourcedId=${person}`)).body;
  return items.map(({ orgUnit, role }) => `${(orgUnit as Body).code} ${String(role)}`).sort();
};

describe('IMS Enterprise over POST /enterprise', () => {
  it('brings a term of Luminis, in whatever order its messages come', async () => {
    const order = ['members', 'section', 'person', 'course', 'department-and-college', 'term'];
    for (const name of order) expect((await send(lake, request(`luminis-${name}`))).status).toBe(200);

    const [section] = await units(lake, 'section', '30117.202710');
    expect(section).toMatchObject({ type: 'section', code: '30117.202710', state: 'active' });
    expect(section?.fields).toMatchObject({ name: 'Freshwater Ecology, with field days', shortName: 'BIO-210-001' });
    const [offering] = await units(lake, 'offering', '30117.202710');
    const parents = (unit: Body | undefined) => (unit?.parents as Body[]).map(({ code }) => code);
    expect(parents(section)).toEqual(['30117.202710']);
    expect(parents(offering)).toEqual(['CRSBIO-210', '202710']);
    const [template] = await units(lake, 'template', 'CRSBIO-210');
    expect(template?.fields.name).toBe('Freshwater Ecology');
    expect(parents(template)).toEqual(['DEPBIO', 'COLSCI']);
    const [term] = await units(lake, 'group', '202710');
    expect(term).toMatchObject({
      type: 'semester',
      fields: { name: 'Spring 2027', startsAt: '2027-01-11T00:00:00.000Z' },
    });

    const [person] = (await lake.admin.get('/api/v1/users?sourcedId=2000417')).body.items;
    expect(person).toMatchObject({ fields: { userName: 'ines.okafor', givenName: 'Ines', familyName: 'Okafor' } });
    expect(await enrollments(lake, '2000417')).toEqual(['30117.202710 teacher', '30117.202710 teacher']);
  });

  it('enrolls and drops the members of one membership one by one', async () => {
    const people = `<person><sourcedid><id>2000588</id></sourcedid><name><fn>Jonah Petrov</fn></name></person>`;
    await send(lake, people);
    expect(await enrollments(lake, '2000588')).toEqual(['30117.202710 student', '30117.202710 student']);
    const { body } = await send(lake, request('luminis-drop'));
    expect(statuses(body)).toEqual(['deleted', 'waiting']);
    expect(await enrollments(lake, '2000588')).toEqual([]);
  });

  it('changes by recstatus 2 what the record names, and leaves the rest', async () => {
    const { body } = await send(lake, request('updates'));
    expect(statuses(body)).toEqual(['updated', 'updated']);
    const [person] = (await lake.admin.get('/api/v1/users?sourcedId=2000588')).body.items;
    expect(person?.fields).toMatchObject({ formattedName: 'Jonah Petrov', email: 'jonah.petrov@lakeside.example' });
    const [section] = await units(lake, 'section', '30117.202710');
    expect(section?.fields).toMatchObject({
      name: 'Freshwater Ecology, with field days',
      startsAt: '2027-01-11T00:00:00.000Z',
      endsAt: '2027-06-04T00:00:00.000Z',
    });
    expect(section?.fields.attributes).toMatchObject({ crn: '30117', deliverysystem: 'SHORE', endRestrict: 'true' });
    expect((section?.parents as Body[]).map(({ code }) => code)).toEqual(['30117.202710']);
  });

  it('answers one outcome a record, with its code and its path; the readable ones are done', async () => {
    const { status, body } = await send(lake, request('partly-unreadable'));
    expect(status).toBe(200);
    expect(body.outcomes).toHaveLength(14);
    expect(body.outcomes[0]).toEqual({
      verb: null,
      entity: 'user',
      kind: 'person',
      sourcedId: '2000595',
      status: 'rejected',
      at: '/enterprise/person[1]',
      problems: [
        {
          code: 'incomplete_data',
          message: 'The name of the person is missing or empty: /enterprise/person[1]/name/fn must have a value.',
          at: '/enterprise/person[1]/name/fn',
        },
      ],
    });
    expect(body.outcomes[2]).toMatchObject({ status: 'created', sourcedId: '2000597', at: '/enterprise/person[3]' });
    expect(body.outcomes[11]).toMatchObject({ status: 'created', at: '/enterprise/membership[1]/member[6]' });
    expect(await enrollments(lake, '2000597')).toHaveLength(2);
  });

  it('of which nothing can be read says so of each record, and journals it as refused', async () => {
    const { status, body } = await send(lake, request('nothing-readable'));
    expect(status).toBe(200);
    expect(statuses(body)).toEqual(['rejected']);
    const stored = await lake.admin.get(`/api/v1/messages/${body.messageId}`);
    expect(stored.body).toMatchObject({ operation: 'POST enterprise', result: expect.stringMatching(/refused/) });
  });

  it('takes fragments without a root, shows them without secrets, and sends them again', async () => {
    const { body } = await send(lake, request('poor-form'));
    expect(statuses(body)).toEqual(['created', 'created', 'created']);
    const stored = await lake.admin.get(`/api/v1/messages/${body.messageId}`);
    expect(stored.body).toMatchObject({ dialect: 'ims-enterprise', operation: 'POST enterprise' });
    const replayed = await lake.admin.post(`/api/v1/messages/${body.messageId}/replay`, {});
    expect(replayed.body.outcomes.map(({ status }) => status)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    const person = await send(lake, request('luminis-person'));
    const shown = JSON.stringify((await lake.admin.get(`/api/v1/messages/${person.body.messageId}/body`)).body);
    expect(shown).not.toMatch(/never-kept|1988/);
  });

  it.each(readdirSync(root).filter((name) => existsSync(join(root, name, 'reply.xml'))))(
    '%s is answered as documented',
    async (name) => {
      const tenant = await withMaps(`reply-${name}`);
      const { body } = await send(tenant, request(name), xml);
      const report = String(body.text)
        .replace(/messageId="[^"]+"/, 'messageId="r-1"')
        .replace(/ lmsId="\d+"/g, ' lmsId="1"');
      expect(report).toBe(readFileSync(join(root, name, 'reply.xml'), 'utf8'));
    },
  );
});

describe('a cross-list', () => {
  const section = (id: string): string =>
    `<group><sourcedid><id>${id}</id></sourcedid><grouptype><scheme>Luminis</scheme><typevalue>CourseSection</typevalue></grouptype><description><short>${id}</short></description></group>`;
  const member = (id: string, recstatus: number): string =>
    `<member><sourcedid><id>${id}</id></sourcedid><idtype>2</idtype><role recstatus="${recstatus}"/></member>`;
  const membership = (...members: string[]): string =>
    `<membership><sourcedid><id>XLS1</id></sourcedid><type>merge</type>${members.join('')}</membership>`;

  it('gathers the sections that are its members, and lets those go that leave it', async () => {
    const tenant = await withMaps('cross');
    await send(tenant, section('1.27') + section('2.27') + section('3.27'));
    const { body } = await send(tenant, membership(member('1.27', 1), member('2.27', 1)));
    expect(statuses(body)).toEqual(['created']);
    const parentOf = async (id: string): Promise<string[]> => {
      const [unit] = await units(tenant, 'section', id);
      return (unit?.parents as Body[]).map(({ code }) => code);
    };
    expect(await parentOf('1.27')).toEqual(['XLS1']);
    expect(await parentOf('2.27')).toEqual(['XLS1']);
    expect(await parentOf('3.27')).toEqual(['3.27']);

    const changed = await send(tenant, membership(member('3.27', 1), member('2.27', 3)));
    expect(statuses(changed.body)).toEqual(['updated', 'updated']);
    expect(await parentOf('1.27')).toEqual(['XLS1']);
    expect(await parentOf('2.27')).toEqual(['2.27']);
    expect(await parentOf('3.27')).toEqual(['XLS1']);

    const again = await send(tenant, membership(member('3.27', 1)));
    expect(statuses(again.body)).toEqual(['unchanged']);
  });
});

describe('the answer', () => {
  const person = '<person><sourcedid><id>P-9</id></sourcedid><name><fn>Nine</fn></name></person>';

  it('is a report in XML, or in JSON, as Accept or the address asks', async () => {
    const plain = await send(lake, person, xml);
    expect(plain.headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(plain.body.text).toMatch(/<report messageId="[^"]+">\n  <outcome status="created" at="\/person"/);
    expect((await send(lake, person, { ...xml, accept: 'text/xml' })).headers.get('content-type')).toMatch(
      /^text\/xml/,
    );
    expect((await send(lake, person, xml, '?reply=json')).body.outcomes).toHaveLength(1);
    expect((await send(lake, person, json, '?reply=xml')).headers.get('content-type')).toMatch(/xml/);
  });

  it.each([
    ['the address', { ...xml }, '?reply=empty'],
    ['a header', { ...xml, prefer: 'return=minimal' }, ''],
  ])(
    'is empty with 200, as Luminis expects, when %s asks for it, whatever became of the records',
    async (_, headers, query) => {
      const empty = await send(lake, request('partly-unreadable'), headers, query);
      expect(empty.status).toBe(200);
      expect(empty.body.text).toBe('');
      expect(empty.headers.get('passerelle-message-id')).toMatch(/-7/);
      expect((await send(lake, ' ', headers, query)).status).toBe(400);
    },
  );

  it.each([
    ['an empty message', '', xml, '', 400, 'invalid_request'],
    ['other XML', '<tests/><tests/>', xml, '', 400, 'invalid_request'],
    ['broken XML', '<enterprise>', xml, '', 400, 'malformed_xml'],
    ['a DTD with entities', '<!DOCTYPE a [<!ENTITY b "c">]><a/>', xml, '', 400, 'forbidden_xml'],
    ['too deep XML', '<a>'.repeat(200), xml, '', 400, 'forbidden_xml'],
    ['too many bytes', `<a>${' '.repeat(200_001)}</a>`, xml, '', 413, 'payload_too_large'],
    ['too many records', person.repeat(1_001), xml, '', 413, 'payload_too_large'],
    ['JSON', '{}', { 'content-type': 'application/json' }, '', 415, 'unsupported_media_type'],
    ['a compressed message', person, { ...xml, 'content-encoding': 'gzip' }, '', 415, 'unsupported_media_type'],
    ['a parameter without meaning', person, xml, '?mode=full', 400, 'invalid_request'],
    ['an operation in the address', person, xml, '?operation=delete', 400, 'invalid_request'],
    ['an unknown form of answer', person, xml, '?reply=pdf', 400, 'invalid_request'],
    ['another source system in the address', person, xml, '?source=other', 400, 'invalid_request'],
  ])('to %s is a problem', async (_, body, headers, query, status, code) => {
    expect(await send(lake, body, headers, query)).toMatchObject({ status, body: { code } });
  });

  it('asks for credentials, and tells them wrong, as everywhere', async () => {
    const nobody = await fetch(`${world.url}/enterprise`, { method: 'POST', headers: xml, body: person });
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toMatch(/^Basic/);
    expect((await fetch(`${world.url}/enterprise`)).status).toBe(405);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
    'is given to XML that is announced as %s, but not from a page in a browser',
    async (type) => {
      const headers = { 'content-type': type, accept: 'application/json' };
      expect((await send(lake, person, headers)).status).toBe(200);
      expect((await send(lake, person, { ...headers, origin: 'https://evil.example' })).status).toBe(415);
    },
  );

  it('is the first one under an Idempotency-Key', async () => {
    const headers = { ...json, 'idempotency-key': 'night-1' };
    const first = await send(lake, request('several-documents'), headers);
    expect((await send(lake, request('several-documents'), headers)).body).toEqual(first.body);
  });
});
