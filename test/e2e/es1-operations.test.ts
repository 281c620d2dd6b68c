import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import soap from 'soap';
import { es1Descriptions } from '../../src/dialects/ims-es1/index.ts';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from '../integration/api-set-up.ts';
import { callWith, createForeignClient, type ForeignClient } from './foreign-client.ts';

/** Every operation of IMS Enterprise Services 1.0, called by a client that node-soap makes of our WSDLs. */
let world: ApiWorld;
let south: Tenant;
let es1: ForeignClient;
let secret: string;

const done = 'success/status/fullsuccess';
const unknown = 'failure/error/unknownobject';
const codes = ['pms', 'gms', 'mms'] as const;
const operations = codes.flatMap((code) => operationsOf(code));

beforeAll(async () => {
  world = await createApiWorld();
  south = await world.tenant('south');
  const entries = Object.entries({ School: 'department', Course: 'offering' }).map(([sisType, type]) => ({
    sisType,
    type,
  }));
  await world.administration.orgUnitTypeMaps.replace(south.editor, 'sis', entries, {});
  const { body } = await south.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'sync' });
  secret = body.secret;
  const header = {
    content: { syncRequestHeaderInfo: { messageIdentifier: 'e2e' } },
    namespace: 'http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0',
  };
  const services = codes.map((code) => ({ path: `/es1/${code}`, operations: operationsOf(code), header }));
  es1 = await createForeignClient(world.url, services, { userName: 'sync', secret });
}, 60_000);
afterAll(() => world.close());

interface Es1Story {
  readonly object: 'Person' | 'Group' | 'Membership';
  readonly set: string;
  readonly content: (id: string) => object;
  readonly update: (id: string) => object;
  readonly updated: object;
  readonly seen: { readonly path: string; readonly before: object; readonly after: object };
  readonly replace: (id: string) => object;
  readonly gone: string;
  /** An update of what is not there makes it. */
  readonly updateCreates: boolean;
}

const person: Es1Story = {
  object: 'Person',
  set: 'personIdPairSet',
  content: (id) => ({
    formatName: 'Sigrid Berge',
    name: {
      partName: [
        { namePartType: 'First', namePartValue: 'Sigrid' },
        { namePartType: 'Last', namePartValue: 'Bérge & Dahl' },
      ],
    },
    email: `${id}@skole.example`,
    userId: { userIdValue: id },
  }),
  update: (id) => ({ formatName: null, email: `new-${id}@skole.example` }),
  updated: { formatName: 'Sigrid Berge', name: { partName: [{ namePartValue: 'Sigrid' }, {}] } },
  seen: {
    path: 'users',
    before: { fields: { givenName: 'Sigrid', familyName: 'Bérge & Dahl' } },
    after: { fields: { givenName: 'Sigrid', email: expect.stringMatching(/^new-/) as unknown } },
  },
  replace: () => ({ formatName: 'Sigrid' }),
  gone: 'email',
  updateCreates: false,
};

const groupOf = (type: string, name: string) => ({
  groupType: { scheme: 'ItslearningOrganisationTypes', typeValue: [{ type, level: '1' }] },
  description: { descShort: name },
});

const group: Es1Story = {
  object: 'Group',
  set: 'groupIdPairSet',
  content: (id) => ({
    ...groupOf('Course', `Course ${id}`),
    relationship: [{ relation: 'Parent', sourceId: { identifier: 'school' }, label: 'school' }],
    extension: { extensionField: [{ fieldName: 'course/code', fieldType: 'String', fieldValue: 'MAT' }] },
  }),
  update: () => groupOf('Course', 'Maths'),
  updated: { description: { descShort: 'Maths' }, relationship: [{ sourceId: { identifier: 'school' } }] },
  seen: {
    path: 'org-units',
    before: { type: 'offering', parents: [{ code: 'school' }], fields: { attributes: { 'course/code': 'MAT' } } },
    after: { type: 'offering', parents: [{ code: 'school' }], fields: { name: 'Maths' } },
  },
  replace: () => groupOf('Course', 'Maths'),
  gone: 'relationship',
  updateCreates: false,
};

const memberOf = (id: string, role: object) => ({
  groupSourcedId: { identifier: 'course' },
  member: { memberSourcedId: { identifier: `member-${id}` }, idType: '1', role: [role] },
});

const membership: Es1Story = {
  object: 'Membership',
  set: 'membershipIDPairSet',
  content: (id) => memberOf(id, { roleType: '01', subRole: 'Guest', status: 'Active' }),
  update: (id) => memberOf(id, { roleType: '02', status: 'Active' }),
  updated: { groupSourcedId: { identifier: 'course' }, member: { role: [{ roleType: '02' }] } },
  seen: { path: 'enrollments', before: { role: 'student' }, after: { role: 'teacher' } },
  replace: (id) => memberOf(id, { roleType: '01' }),
  gone: 'subRole',
  updateCreates: true,
};

const ids = ['one', 'two', 'three'] as const;

async function seen({ seen: { path } }: Es1Story, sourcedId: string): Promise<Body[]> {
  const search = new URLSearchParams({ sourceSystem: 'sis', state: 'all', sourcedId }).toString();
  return (await south.admin.get(`/api/v1/${path}?${search}`)).body.items;
}

const named = (identifier: string) => ({ sourcedId: { identifier } });

describe('the groups that are there', () => {
  it('a school and a course, with three persons', async () => {
    const school = await es1.call('createGroup', { ...named('school'), group: groupOf('School', 'Fjordvik skole') });
    const course = await es1.call('createGroup', { ...named('course'), group: groupOf('Course', 'Norsk') });
    const people = ids.map((id) => ({ ...named(`member-${id}`), person: { formatName: `Member ${id}` } }));
    const persons = await es1.call('createPersons', { personIdPairSet: { personIdPair: people } });
    expect([school.status, course.status, persons.status]).toEqual([done, done, `${done}, ${done}, ${done}`]);
  });
});

describe.each([person, group, membership].map((story) => [story.object, story] as const))(
  'to a foreign client, the operations of a %s',
  (object, story) => {
    const element = object.toLowerCase();
    const pairName = `${element}IdPair`;
    const pair = (id: string, content: object) => ({ ...named(id), [element]: content });
    const pairs = (entries: object[]) => ({ [story.set]: { [pairName]: entries } });
    const own = (id: string): string => `${element}-${id}`;
    const [one, two, three] = ids.map(own) as [string, string, string];
    const read = async (id: string) => {
      const answer = await es1.call(`read${object}`, named(id));
      return { status: answer.status, content: answer.result[element] };
    };

    it('create one, and update it by creating it again', async () => {
      expect((await es1.call(`create${object}`, pair(one, story.content('one')))).status).toBe(done);
      expect(await seen(story, one)).toMatchObject([story.seen.before]);
      expect((await es1.call(`create${object}`, pair(one, story.content('one')))).status).toBe(done);
      expect(await seen(story, one)).toHaveLength(1);
    });

    it('create several, each with a status in its place', async () => {
      const entries = [
        pair(two, story.content('two')),
        pair('x'.repeat(300), story.content('two')),
        pair(three, story.content('three')),
      ];
      const { status, description } = await es1.call(`create${object}s`, pairs(entries));
      expect(status).toBe(`${done}, failure/error/invaliddata, ${done}`);
      expect(description).toContain('300');
      for (const id of [two, three]) expect(await seen(story, id)).toMatchObject([story.seen.before]);
    });

    it('update one and several', async () => {
      expect((await es1.call(`update${object}`, pair(one, story.update('one')))).status).toBe(done);
      expect((await read(one)).content).toMatchObject(story.updated);
      expect(await seen(story, one)).toMatchObject([story.seen.after]);
      const entries = [pair(two, story.update('two')), pair('nobody', story.update('three'))];
      const other = story.updateCreates ? done : unknown;
      expect((await es1.call(`update${object}s`, pairs(entries))).status).toBe(`${done}, ${other}`);
      expect(await seen(story, two)).toMatchObject([story.seen.after]);
      if (story.updateCreates) await es1.call(`delete${object}`, named('nobody'));
    });

    it('read one and several', async () => {
      expect(await read('never')).toEqual({ status: unknown, content: undefined });
      const asked = { sourcedIdSet: { identifier: [two, 'never', one] } };
      const { status, result } = await es1.call(`read${object}s`, asked);
      expect(status).toBe(`${done}, ${unknown}, ${done}`);
      const set = result[story.set] as Record<string, { sourcedId: object }[]>;
      expect(set[pairName]?.map(({ sourcedId }) => sourcedId)).toEqual([{ identifier: two }, { identifier: one }]);
    });

    it('give one and several another identifier', async () => {
      const [projected] = await seen(story, one);
      const change = { ...named(one), newSourcedId: { identifier: `${one}-b` } };
      expect((await es1.call(`change${object}Identifier`, change)).status).toBe(done);
      expect(await seen(story, `${one}-b`)).toMatchObject([{ lmsId: projected?.lmsId }]);
      const identifierPair = [
        { firstId: { identifier: `${one}-b` }, secondId: { identifier: one } },
        { firstId: { identifier: two }, secondId: { identifier: three } },
      ];
      const { status } = await es1.call(`change${object}sIdentifier`, { identifierPairSet: { identifierPair } });
      expect(status).toBe(`${done}, failure/error/idallocinusefail`);
    });

    it('replace one and several as a whole', async () => {
      expect((await es1.call(`replace${object}`, pair(one, story.replace('one')))).status).toBe(done);
      expect(JSON.stringify((await read(one)).content)).not.toContain(`"${story.gone}"`);
      const entries = [pair(two, story.replace('two')), pair(three, story.replace('three'))];
      expect((await es1.call(`replace${object}s`, pairs(entries))).status).toBe(`${done}, ${done}`);
      expect(JSON.stringify((await read(three)).content)).not.toContain(`"${story.gone}"`);
    });
  },
);

describe('to a foreign client', () => {
  const identifiersIn = (result: Readonly<Record<string, unknown>>, set: string, pair: string): string[] => {
    const found = result[set] as Record<string, { sourcedId: { identifier: string } }[]> | null | undefined;
    return (found?.[pair] ?? []).map(({ sourcedId }) => sourcedId.identifier);
  };

  it('what belongs to a group or a person is found', async () => {
    const group = { groupSourcedId: { identifier: 'course' } };
    const person = { personSourcedId: { identifier: 'member-one' } };
    const persons = await es1.call('readPersonsForGroup', group);
    expect(identifiersIn(persons.result, 'personIdPairSet', 'personIdPair')).toEqual([
      'member-one',
      'member-three',
      'member-two',
    ]);
    const groups = await es1.call('readGroupsForPerson', person);
    expect(identifiersIn(groups.result, 'groupIdPairSet', 'groupIdPair')).toEqual(['course']);
    const ofPerson = await es1.call('readMembershipsForPerson', person);
    expect(identifiersIn(ofPerson.result, 'membershipIDPairSet', 'membershipIdPair')).toEqual(['membership-one']);
    const ofGroup = await es1.call('readMembershipsForGroup', group);
    expect(identifiersIn(ofGroup.result, 'membershipIDPairSet', 'membershipIdPair')).toHaveLength(3);
  });

  it('all persons come in pages', async () => {
    const page = async (PageIndex: number) => {
      const { status, result } = await es1.call('readAllPersons', { PageIndex, PageSize: 4 });
      expect([status, result.virtualCount]).toEqual([done, 6]);
      return identifiersIn(result, 'personIdPairSet', 'personIdPair');
    };
    expect([...(await page(1)), ...(await page(2))]).toEqual([
      'member-one',
      'member-three',
      'member-two',
      'person-one',
      'person-three',
      'person-two',
    ]);
    expect(await page(3)).toEqual([]);
    const manually = { PageIndex: 1, PageSize: 4, OnlyManuallyCreatedUsers: true };
    expect((await es1.call('readAllPersons', manually)).status).toBe('unsupported/status/unsupported');
    const sinceNow = { PageIndex: 1, PageSize: 4, CreatedFrom: new Date().toISOString() };
    expect((await es1.call('readAllPersons', sinceNow)).result).toMatchObject({ virtualCount: 0 });
    const future = { PageIndex: 1, PageSize: 4, CreatedFrom: '2100-01-01T00:00:00Z' };
    expect((await es1.call('readAllPersons', future)).status).toMatch(/^failure/);
  });

  it('a message as WCF sends it, with a UsernameToken and a timestamp that must be understood, is taken', async () => {
    const client = await soap.createClientAsync(`${world.url}/es1?wsdl`);
    client.setSecurity(new soap.WSSecurity('sync', secret, { hasTimeStamp: true, mustUnderstand: true }));
    expect((await callWith(client, 'readGroup', named('school'))).status).toBe(done);
    expect(client.lastRequest).toMatch(/mustUnderstand="1"[\s\S]*<wsu:Timestamp/);
  });

  it('every answer carries a timestamp that must be understood', async () => {
    const { raw } = await es1.call('readPerson', named('person-one'));
    const [, created = '', expires = ''] =
      /<o:Security [^>]*soap:mustUnderstand="1"[^>]*>.*<u:Created>(.*)<\/u:Created><u:Expires>(.*)<\/u:Expires>/.exec(
        raw,
      ) ?? [];
    expect(Date.parse(expires) - Date.parse(created)).toBe(300_000);
  });

  it.each([
    ['Membership', 'enrollments'],
    ['Group', 'org-units'],
    ['Person', 'users'],
  ] as const)('a %s is deleted, and several are', async (object, path) => {
    const [one, two] = [`${object.toLowerCase()}-one`, `${object.toLowerCase()}-two`];
    expect((await es1.call(`delete${object}`, named(one))).status).toBe(done);
    const { status } = await es1.call(`delete${object}s`, { sourcedIdSet: { identifier: [one, two] } });
    expect(status).toBe(`success/warning/unknownobject, ${done}`);
    for (const sourcedId of [one, two]) {
      const items = await seen({ ...person, seen: { ...person.seen, path } }, sourcedId);
      expect(items.filter(({ state }) => state === 'active')).toEqual([]);
    }
  });

  it('all operations were done', () => {
    expect(operations).toHaveLength(3 * 12 + 5);
    expect(operations.filter((operation) => !es1.succeeded.has(operation))).toEqual([]);
  });
});

function operationsOf(code: (typeof codes)[number]): string[] {
  return es1Descriptions[code].managers.flatMap((manager) => manager.operations.map(({ name }) => name));
}
