import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, type Body, createApiWorld, type Tenant } from '../integration/api-set-up.ts';
import { allOperations, createLisClient, type LisAnswer, type LisClient } from './lis-client.ts';
import { groupType, stage, stories, text, type Story } from './lis-stories.ts';

let world: ApiWorld;
let north: Tenant;
let lis: LisClient;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  const { secret } = (await north.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'lis' })).body;
  lis = await createLisClient(world.url, { userName: 'lis', secret });
  for (const { object, sourcedId, content } of stage) await write('replace', object, sourcedId, content);
}, 60_000);
afterAll(() => world.close());

const done = 'success/status/fullsuccess';
const unknown = 'failure/error/unknownobject';

/** Calls a create, an update or a replace of an object. */
function write(verb: string, object: string, sourcedId: string, content: object): Promise<LisAnswer> {
  return lis.call(`${verb}${object}`, { sourcedId, ...recordOf(object, sourcedId, content) });
}

function recordOf(object: string, sourcedId: string, content: object): object {
  const element = elementOf(object);
  return { [`${element}Record`]: { sourcedGUID: { sourcedId }, [element]: content } };
}

function elementOf(object: string): string {
  return object.charAt(0).toLowerCase() + object.slice(1);
}

const read = async (object: string, sourcedId: string): Promise<LisAnswer & { content: object }> => {
  const answer = await lis.call(`read${object}`, { sourcedId });
  const element = elementOf(object);
  const record = answer.result[`${element}Record`] as Record<string, object> | undefined;
  return { ...answer, content: record?.[element] ?? {} };
};

const idsIn = ({ result }: LisAnswer): readonly string[] => result.sourcedIdSet?.sourcedId ?? [];

/** The records of a read of many: their sourcedIds and what stands in them. */
function recordsIn(object: string, { result }: LisAnswer): { sourcedId: string; content: unknown }[] {
  const element = elementOf(object);
  const set = result[`${element}RecordSet`] as Record<string, Record<string, unknown>[]> | null | undefined;
  return (set?.[`${element}Record`] ?? []).map((record) => ({
    sourcedId: (record.sourcedGUID as { sourcedId: string }).sourcedId,
    content: record[element],
  }));
}

const kinds: Record<string, string> = {
  Group: 'group',
  CourseTemplate: 'template',
  CourseOffering: 'offering',
  CourseSection: 'section',
  SectionAssociation: 'association',
};

/** What the LMS sees of an object; of a membership, of its section. */
async function seen({ object, seen: { path } }: Story, sourcedId: string): Promise<Body[]> {
  const kind = kinds[object] === undefined ? '' : `&kind=${kinds[object]}`;
  const { items } = (await north.admin.get(`/api/v1/${path}?sourceSystem=sis&sourcedId=${sourcedId}${kind}&state=all`))
    .body;
  return object === 'Membership'
    ? items.filter(({ orgUnit }) => (orgUnit as { type: string }).type === 'section')
    : items;
}

const unit = async (kind: string, sourcedId: string): Promise<Body | undefined> =>
  (await north.admin.get(`/api/v1/org-units?sourceSystem=sis&kind=${kind}&sourcedId=${sourcedId}&state=all`)).body
    .items[0];

const parentsOf = async (kind: string, sourcedId: string): Promise<string[]> =>
  ((await unit(kind, sourcedId))?.parents as { code: string }[]).map(({ code }) => code);

describe.each(stories.map((story) => [story.object, story] as const))(
  'to a foreign client, the operations of a %s',
  (object, story) => {
    let savePoint: string;
    let lmsId: string | undefined;

    it('allocate an id, and the same one to the same record', async () => {
      const record = recordOf(object, '', story.content('by proxy'));
      const first = await lis.call(`createByProxy${object}`, record);
      expect(first.status).toBe('success/status/idalloc');
      const id = first.result.sourcedId!;
      expect(id).not.toBe('');
      expect((await lis.call(`createByProxy${object}`, record)).result.sourcedId).toBe(id);
      expect((await read(object, id)).status).toBe(done);
      expect(await seen(story, id)).toHaveLength(1);
    });

    it('create it once', async () => {
      savePoint = (await lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: '2026-01-01T00:00:00.000' }))
        .savePoint!;
      expect(savePoint).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
      expect((await write('create', object, 'X-1', story.content('first'))).status).toBe(done);
      expect((await write('create', object, 'X-1', story.content('other'))).status).toBe(
        'failure/error/idallocinusefail',
      );
      const [projected] = await seen(story, 'X-1');
      expect(projected).toMatchObject(story.seen.before);
      lmsId = projected?.lmsId;
    });

    it('find it, by all ids, by what changed, by a query', async () => {
      expect(idsIn(await lis.call(`readAll${object}Ids`, {}))).toContain('X-1');
      const since = await lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: savePoint });
      expect(idsIn(since)).toEqual(expect.arrayContaining(['X-1']));
      const query = (asked: object) => lis.call(`discover${object}Ids`, { queryObject: JSON.stringify(asked) });
      expect(idsIn(await query(story.query('first')))).toEqual(['X-1']);
      expect(await query({ ...story.query('first'), 'attributes.nothing': 'x' })).toMatchObject({
        status: 'success/warning/nosourcedids',
      });
      expect((await query({ colour: 'red' })).status).toBe('failure/error/unknownquery');
    });

    it('update what they say and leave the rest', async () => {
      expect((await write('update', object, 'X-1', story.update)).status).toBe(done);
      expect((await read(object, 'X-1')).content).toMatchObject(story.updated);
      expect(await seen(story, 'X-1')).toMatchObject([story.seen.after]);
      expect((await write('update', object, 'never', story.update)).status).toBe(unknown);
    });

    it('give it another id; the LMS object stays the same', async () => {
      const change = { sourcedId: 'X-1', newSourcedId: 'X-2' };
      expect((await lis.call(`change${object}Identifier`, change)).status).toBe(done);
      expect((await read(object, 'X-1')).status).toBe(unknown);
      expect((await read(object, 'X-2')).content).toMatchObject(story.updated);
      expect((await seen(story, 'X-2')).map((each) => each.lmsId)).toEqual([lmsId]);
      expect((await lis.call(`change${object}Identifier`, change)).status).toBe(unknown);
    });

    it('read many, in their order, without those that are not there', async () => {
      const many = await lis.call(`read${object}s`, { sourcedIdSet: { sourcedId: ['never', 'X-2'] } });
      expect(many.status).toBe('success/warning/partialdatastorage');
      expect(recordsIn(object, many)).toEqual([
        { sourcedId: 'X-2', content: expect.objectContaining(comparable(story.updated)) as unknown },
      ]);
      const none = await lis.call(`read${object}s`, { sourcedIdSet: { sourcedId: ['never', 'X-1'] } });
      expect(none.status).toBe(unknown);
    });

    it('replace it as a whole', async () => {
      expect((await write('replace', object, 'X-2', story.replace)).status).toBe(done);
      expect(JSON.stringify((await read(object, 'X-2')).content)).not.toContain(`"${story.gone}"`);
    });

    it('tell what changed since a save point, the deleted ones by their ids', async () => {
      const written = await lis.call(`read${object}sFromSavePoint`, { fromSavePoint: savePoint });
      expect(recordsIn(object, written).map(({ sourcedId }) => sourcedId)).toContain('X-2');
      expect((await lis.call(`delete${object}`, { sourcedId: 'X-2' })).status).toBe(done);
      expect((await lis.call(`delete${object}`, { sourcedId: 'X-2' })).status).toBe('success/warning/unknownobject');
      expect((await read(object, 'X-2')).status).toBe(unknown);
      const after = await lis.call(`read${object}sFromSavePoint`, { fromSavePoint: written.savePoint });
      expect(recordsIn(object, after).map(({ sourcedId }) => sourcedId)).not.toContain('X-2');
      const ids = await lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: written.savePoint });
      expect(idsIn(ids)).toContain('X-2');
      expect(idsIn(await lis.call(`readAll${object}Ids`, {}))).not.toContain('X-2');
      expect((await seen(story, 'X-2')).filter(({ state }) => state === 'active')).toEqual([]);
      const wrong = await lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: 'the day before' });
      expect(wrong.status).toBe('failure/error/savepointerror');
    });
  },
);

/** What must be there, whatever else is. */
function comparable(content: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(content).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) || typeof value !== 'object' || value === null || value instanceof Date
        ? expect.anything()
        : expect.objectContaining(value as Record<string, unknown>),
    ]),
  );
}

describe('to a foreign client, memberships', () => {
  const enroll = (sourcedId: string, personSourcedId: string, type: string, collection: string, roleType: string) =>
    write('replace', 'Membership', sourcedId, {
      collectionSourcedId: collection,
      membershipIdType: type,
      member: { personSourcedId, role: [{ roleType, status: 'Active' }] },
    });

  beforeAll(async () => {
    await write('replace', 'Person', 'P-7', stage.find(({ object }) => object === 'Person')!.content);
    await enroll('M-71', 'P-7', 'courseSection', 'C-S1', 'Learner');
    await enroll('M-72', 'P-7', 'courseSection', 'C-S2', 'Instructor');
    await enroll('M-73', 'P-7', 'group', 'SCI', 'Learner');
  });

  it('are found by person, by person and role, and by collection', async () => {
    const ids = async (operation: string, parameters: object) => idsIn(await lis.call(operation, parameters));
    const person = { personSourcedId: 'P-7' };
    expect(await ids('readMembershipIdsForPerson', person)).toEqual(['M-71', 'M-72', 'M-73']);
    expect(await ids('readMembershipIdsForPersonWithRole', { ...person, role: { roleType: 'learner' } })).toEqual([
      'M-71',
      'M-73',
    ]);
    const collection = { groupSourcedId: 'C-S2', collection: 'courseSection' };
    expect(await ids('readMembershipIdsForCollection', collection)).toEqual(['M-72']);
    expect(await ids('readMembershipIdsForCollection', { ...collection, collection: 'courseOffering' })).toEqual([]);
    expect(await ids('readGroupIdsForPerson', person)).toEqual(['SCI']);
    expect((await lis.call('readMembershipIdsForPerson', { personSourcedId: 'nobody' })).status).toBe(
      'success/status/nosourcedids',
    );
  });

  it('follow a person to another id', async () => {
    await lis.call('changePersonIdentifier', { sourcedId: 'P-7', newSourcedId: 'P-8' });
    expect((await read('Membership', 'M-71')).content).toMatchObject({ member: { personSourcedId: 'P-8' } });
    const { items } = (await north.admin.get('/api/v1/enrollments?userSourcedId=P-8')).body;
    expect(items.length).toBeGreaterThanOrEqual(3);
  });
});

describe('to a foreign client, a person', () => {
  it('has a core', async () => {
    const { status, result } = await lis.call('readPersonCore', { sourcedId: 'C-P1' });
    expect(status).toBe(done);
    expect(result).toMatchObject({
      personCore: { sourcedId: 'C-P1', formname: { formattedName: text('Person C-P1') } },
    });
  });

  it('is found by a bare e-mail address', async () => {
    const story = stories.find(({ object }) => object === 'Person')!;
    await write('replace', 'Person', 'P-mail', { ...story.replace, ...story.update });
    expect(idsIn(await lis.call('discoverPersonIds', { queryObject: 'Zoe.Angstrom@uni.example' }))).toEqual(['P-mail']);
  });
});

describe('to a foreign client, groups', () => {
  it('get and lose a parent', async () => {
    for (const id of ['PROG', 'CLUB'])
      await write('replace', 'Group', id, {
        groupType: groupType('DEPARTMENT'),
        description: { shortDescription: id },
      });
    const parent = { relationId: '', relation: 'Parent', sourcedId: 'SCI', label: text('in') };
    expect((await lis.call('addGroupRelationship', { sourcedId: 'PROG', relationship: parent })).status).toBe(done);
    expect(await parentsOf('group', 'PROG')).toEqual(['SCI']);
    const child = { relationId: '', relation: 'Child', sourcedId: 'CLUB', label: text('holds') };
    expect((await lis.call('addGroupRelationship', { sourcedId: 'PROG', relationship: child })).status).toBe(done);
    expect(await parentsOf('group', 'CLUB')).toEqual(['PROG']);
    const { content } = await read('Group', 'PROG');
    const [{ relationId } = { relationId: '' }] = (content as { relationship: { relationId: string }[] }).relationship;
    expect((await lis.call('removeGroupRelationship', { sourcedId: 'PROG', relationId })).status).toBe(done);
    expect((await read('Group', 'PROG')).content).not.toHaveProperty('relationship');
    expect(await parentsOf('group', 'PROG')).not.toContain('SCI');
  });
});

describe('to a foreign client, courses', () => {
  it('are found by what they belong to', async () => {
    const offerings = idsIn(await lis.call('readCourseOfferingIdsForCourseTemplate', { sourcedId: 'C-T' }));
    expect(offerings).toContain('C-O');
    const sections = idsIn(await lis.call('readCourseSectionIdsForCourseOffering', { sourcedId: 'C-O' }));
    expect(sections).toEqual(expect.arrayContaining(['C-S1', 'C-S2']));
  });

  it('are copied into another term', async () => {
    const offering = { sourcedId: 'C-O', academicSession: text('TERM-2'), newSourcedId: 'C-O-2' };
    expect((await lis.call('createCourseOfferingFromCourseOffering', offering)).status).toBe(done);
    expect((await read('CourseOffering', 'C-O-2')).content).toMatchObject({
      title: text('Maps, autumn'),
      parentTemplateId: 'C-T',
      academicSession: text('TERM-2'),
    });
    expect(await parentsOf('offering', 'C-O-2')).toEqual(['C-T', 'TERM-2']);
    expect((await lis.call('createCourseOfferingFromCourseOffering', offering)).status).toBe(
      'failure/error/idallocinusefail',
    );
    const section = { sourcedId: 'C-S1', academicSession: text('TERM-2'), newSourcedId: 'C-S1-2' };
    expect((await lis.call('createCourseSectionFromCourseSection', section)).status).toBe(done);
    expect(await unit('section', 'C-S1-2')).toMatchObject({ state: 'active', fields: { name: 'Maps C-S1' } });
    expect((await lis.call('createCourseSectionFromCourseSection', { ...section, sourcedId: 'never' })).status).toMatch(
      /^failure/,
    );
  });

  it('are active in a term until their status says otherwise', async () => {
    const active = async () =>
      idsIn(
        await lis.call('readAllActiveCourseOfferingIdsForAcademicSession', {
          academicSession: text('TERM-2'),
        }),
      );
    expect(await active()).toContain('C-O-2');
    const status = (of: string, sourcedId: string, word: string) =>
      lis.call(`updateCourse${of}Status`, { sourcedId, status: word });
    expect((await status('Offering', 'C-O-2', 'Inactive')).status).toBe(done);
    expect(await active()).not.toContain('C-O-2');
    expect(await unit('offering', 'C-O-2')).toMatchObject({ state: 'inactive' });
    expect((await status('Section', 'C-S1-2', 'Inactive')).status).toBe(done);
    expect(await unit('section', 'C-S1-2')).toMatchObject({ state: 'inactive', fields: { name: 'Maps C-S1' } });
    expect((await status('Section', 'C-S1-2', 'Cancelled')).status).toBe('failure/error/invaliddata');
    expect((await status('Section', 'never', 'Active')).status).toBe(unknown);
  });

  it('enter an association and leave it', async () => {
    const content = { title: text('Together'), courseSectionIdList: { courseSectionId: ['C-S1'] } };
    await write('replace', 'SectionAssociation', 'X-9', content);
    const change = { sectionAssociationSourcedId: 'X-9', courseSectionSourcedId: 'C-S2' };
    const sections = async () => (await read('SectionAssociation', 'X-9')).content;
    expect((await lis.call('addCourseSectionId', change)).status).toBe(done);
    expect(await sections()).toMatchObject({ courseSectionIdList: { courseSectionId: ['C-S1', 'C-S2'] } });
    expect(await parentsOf('section', 'C-S2')).toContain('X-9');
    expect((await lis.call('removeCourseSectionId', change)).status).toBe(done);
    expect(await sections()).toMatchObject({ courseSectionIdList: { courseSectionId: ['C-S1'] } });
    expect(await parentsOf('section', 'C-S2')).not.toContain('X-9');
    expect((await lis.call('addCourseSectionId', { ...change, sectionAssociationSourcedId: 'never' })).status).toBe(
      unknown,
    );
  });
});

it('every operation of the four services was done at least once', () => {
  expect(allOperations().filter((operation) => !lis.succeeded.has(operation))).toEqual([]);
});
