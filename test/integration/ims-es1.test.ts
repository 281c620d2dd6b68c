import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';
import { statusOf, type Visitor, visitorOf } from './soap-visitor.ts';

let world: ApiWorld;
let south: Tenant;
let sync: Visitor;

const fixtures = join(import.meta.dirname, '../fixtures/ims-es1');
const fixture = (name: string): string => readFileSync(join(fixtures, name, 'request.xml'), 'utf8');
const bare = (name: string): string => fixture(name).replace(/<wsse:Security[\s\S]*<\/wsse:Security>/, '');
const done = 'success / status / fullsuccess';

beforeAll(async () => {
  world = await createApiWorld();
  south = await world.tenant('south');
  const types = { School: 'department', Course: 'offering', CourseGroup: 'group' };
  const entries = Object.entries(types).map(([sisType, type]) => ({ sisType, type }));
  await world.administration.orgUnitTypeMaps.replace(south.editor, 'sis', entries, {});
  sync = await visitorOf(world, south);
});
afterAll(() => world.close());

describe('a school that synchronises as with itslearning', () => {
  it('creates its groups, persons and memberships, each at an address of its service', async () => {
    expect(statusOf(await sync.post('/es1/gms', bare('create-group-school')))).toBe(done);
    expect(statusOf(await sync.post('/es1/gms', bare('create-group-course')))).toBe(done);
    expect(statusOf(await sync.post('/es1/pms', bare('create-person')))).toBe(done);
    expect(statusOf(await sync.post('/es1/mms', bare('create-membership')))).toBe(done);
    expect(await sync.units('c-7')).toMatchObject([
      { type: 'offering', code: 'c-7', state: 'active', fields: { name: 'Matte 7A' } },
    ]);
    expect(await sync.users('p-31')).toMatchObject([
      { state: 'active', fields: { userName: 'sunniva.aasen', givenName: 'Sunniva', email: 'sunniva@skole.example' } },
    ]);
    expect(JSON.stringify(await sync.users('p-31'))).not.toMatch(/never-kept|2009-05-04/);
    expect(await sync.enrollments('p-31')).toEqual(['c-7 student']);
  });

  it('creates again what is there: it is updated', async () => {
    const again = bare('create-person').replace('Aasen', 'Aasen Dahl').replace('sunniva@skole.example', '');
    expect(statusOf(await sync.post('/es1', again))).toBe(done);
    expect(await sync.users('p-31')).toMatchObject([
      { fields: { familyName: 'Aasen Dahl', email: 'sunniva@skole.example' } },
    ]);
  });

  it('updates in part, and is told of what is not there', async () => {
    expect(statusOf(await sync.post('/es1', bare('update-person-in-part')))).toBe(done);
    expect(await sync.users('p-31')).toMatchObject([
      { fields: { familyName: 'Aasen Dahl', email: 'new@skole.example' } },
    ]);
    expect(statusOf(await sync.post('/es1', bare('update-group-name')))).toBe(done);
    expect(await sync.units('c-7')).toMatchObject([{ fields: { name: 'Matte 7B' } }]);
    const stranger = bare('update-person-in-part').replace('p-31', 'p-77');
    expect(statusOf(await sync.post('/es1', stranger))).toBe('failure / error / unknownobject');
  });

  it('sends several at a time: one status each, in their order', async () => {
    const reply = await sync.post('/es1', bare('create-persons').replace('Staff', 'Faculty'));
    expect(statusOf(reply)).toBe(`${done}, failure / error / incompletedata, ${done}`);
    expect(await sync.users('p-33')).toMatchObject([{ state: 'active', fields: { userName: 'iver.moe' } }]);
    // The first of them is enrolled already, under another membership.
    expect(statusOf(await sync.post('/es1', bare('update-memberships')))).toBe(`${done}, ${done}`);
    expect(await sync.enrollments('p-33')).toEqual(['c-7 teacher']);
  });

  it('reads back what it said, several at a time and one', async () => {
    const reply = await sync.post('/es1', bare('read-persons'));
    expect(statusOf(reply)).toBe(`${done}, failure / error / unknownobject`);
    expect(reply.match(/<personIdPair>/g)).toHaveLength(1);
    expect(await sync.post('/es1', bare('read-group'))).toContain('<descShort>Matte 7B</descShort>');
  });

  it('reads who belongs where', async () => {
    const ids = (reply: string): string[] =>
      [...reply.matchAll(/<sourcedId><identifier [^>]*>([^<]*)</g)].map(([, id = '']) => id);
    expect(ids(await sync.post('/es1', bare('read-persons-for-group')))).toEqual(['p-31', 'p-33']);
    expect(ids(await sync.post('/es1', bare('read-groups-for-person')))).toEqual(['c-7']);
    expect(ids(await sync.post('/es1', bare('read-memberships-for-group')))).toEqual(['itsla-2b1f', 'm-1', 'm-2']);
    const memberships = await sync.post('/es1', bare('read-memberships-for-person'));
    expect(ids(memberships)).toEqual(['itsla-2b1f', 'm-1']);
    expect(memberships).toContain('<roleType>01</roleType>');
  });

  it('reads all persons page by page', async () => {
    const page = async (index: number): Promise<string> =>
      sync.post(
        '/es1',
        bare('read-all-persons-second-page')
          .replace('<m:PageIndex>2<', `<m:PageIndex>${String(index)}<`)
          .replace('<m:PageSize>2<', '<m:PageSize>1<')
          .replace('2026-08-01', '1990-01-01'),
      );
    const pages = await Promise.all([1, 2, 3].map(page));
    expect(pages.map((each) => /<identifier [^>]*>([^<]*)</.exec(each)?.[1])).toEqual(['p-31', 'p-33', undefined]);
    for (const each of pages) expect(each).toContain('<virtualCount>2</virtualCount>');
    expect(await page(0)).toContain('This is not a number of pages or persons, counted from 1');
  });

  it('changes identifiers, also in memberships', async () => {
    expect(statusOf(await sync.post('/es1', bare('change-persons-identifier')))).toBe(`${done}, ${done}`);
    expect(await sync.enrollments('p-3300')).toEqual(['c-7 teacher']);
    const back = bare('change-persons-identifier')
      .replace(/p-31(?!0)/, 'x')
      .replace('p-3100', 'p-31')
      .replace('>x<', '>p-3100<')
      .replace(/p-33(?!0)/, 'x')
      .replace('p-3300', 'p-33')
      .replace('>x<', '>p-3300<');
    expect(statusOf(await sync.post('/es1', back))).toBe(`${done}, ${done}`);
  });

  it('deletes', async () => {
    expect(statusOf(await sync.post('/es1', bare('delete-memberships')))).toBe(`${done}, ${done}`);
    expect(await sync.enrollments('p-33')).toEqual([]);
    expect(statusOf(await sync.post('/es1', bare('delete-persons')))).toBe(
      `${done}, success / warning / unknownobject`,
    );
    expect(await sync.users('p-31')).toMatchObject([{ state: 'inactive' }]);
  });
});

describe('a client of itslearning', () => {
  it('sends a UsernameToken to the addresses of itslearning and finds the Timestamp in the answer', async () => {
    const { secret } = (await south.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'sync' })).body;
    const message = fixture('create-person').replace('secret-of-the-fixture', secret);
    for (const path of [
      'PersonManagementServiceSync',
      'ImsEnterpriseServicesPort',
      'ExtendedPersonManagementServiceSync',
    ]) {
      const response = await fetch(`${world.url}/WCFServiceLibrary/${path}.svc`, {
        method: 'POST',
        headers: {
          'content-type': 'text/xml; charset=utf-8',
          soapaction: '"http://www.imsglobal.org/soap/pms/createPerson"',
        },
        body: message,
      });
      const reply = await response.text();
      expect(statusOf(reply)).toBe(done);
      expect(reply).toMatch(/<o:Security [^>]*soap:mustUnderstand="1"><u:Timestamp /);
      expect(reply).toContain('<messageIdRef>5f0c</messageIdRef>');
    }
  });

  it('finds the descriptions, with their schemas', async () => {
    const wsdl = await (await fetch(`${world.url}/es1?wsdl`)).text();
    for (const operation of ['readAllPersons', 'replaceGroups', 'readMembershipsForGroup'])
      expect(wsdl).toContain(
        `soapAction="http://www.imsglobal.org/soap/`.concat(
          operation === 'readAllPersons' ? 'pms' : operation === 'replaceGroups' ? 'gms' : 'mms',
          `/${operation}"`,
        ),
      );
    const schema = await (await fetch(`${world.url}/es1/pms?xsd`)).text();
    expect(schema).toContain('schemaLocation="?xsd=common.xsd"');
    const common = await (await fetch(`${world.url}/es1/pms?xsd=common.xsd`)).text();
    expect(common).toContain('<xs:maxLength value="1024"/>');
  });
});
