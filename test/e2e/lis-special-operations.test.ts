import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isUsual, operationsOfAll } from './lis-client.ts';
import { groupType, stage, stories, text } from './lis-stories.ts';
import { createLisWorld, done, idsIn, type LisWorld, unknown } from './lis-world.ts';

/** The operations that one manager has and the others do not, called by a client made of our WSDLs. */
let world: LisWorld;

beforeAll(async () => {
  world = await createLisWorld();
}, 60_000);
afterAll(() => world.close());

describe('to a foreign client, memberships', () => {
  const enroll = (sourcedId: string, personSourcedId: string, type: string, collection: string, roleType: string) =>
    world.write('replace', 'Membership', sourcedId, {
      collectionSourcedId: collection,
      membershipIdType: type,
      member: { personSourcedId, role: [{ roleType, status: 'Active' }] },
    });

  beforeAll(async () => {
    await world.write('replace', 'Person', 'P-7', stage.find(({ object }) => object === 'Person')!.content);
    await enroll('M-71', 'P-7', 'courseSection', 'C-S1', 'Learner');
    await enroll('M-72', 'P-7', 'courseSection', 'C-S2', 'Instructor');
    await enroll('M-73', 'P-7', 'group', 'SCI', 'Learner');
  });

  it('are found by person, by person and role, and by collection', async () => {
    const ids = async (operation: string, parameters: object) => idsIn(await world.lis.call(operation, parameters));
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
    expect((await world.lis.call('readMembershipIdsForPerson', { personSourcedId: 'nobody' })).status).toBe(
      'success/status/nosourcedids',
    );
  });

  it('follow a person to another id', async () => {
    await world.lis.call('changePersonIdentifier', { sourcedId: 'P-7', newSourcedId: 'P-8' });
    expect((await world.read('Membership', 'M-71')).content).toMatchObject({ member: { personSourcedId: 'P-8' } });
    const items = await world.seen('enrollments', { userSourcedId: 'P-8' });
    expect(items.length).toBeGreaterThanOrEqual(3);
  });
});

describe('to a foreign client, a person', () => {
  it('has a core', async () => {
    const { status, result } = await world.lis.call('readPersonCore', { sourcedId: 'C-P1' });
    expect(status).toBe(done);
    expect(result).toMatchObject({
      personCore: { sourcedId: 'C-P1', formname: { formattedName: text('Person C-P1') } },
    });
  });

  it('is found by a bare e-mail address', async () => {
    const story = stories.find(({ object }) => object === 'Person')!;
    await world.write('replace', 'Person', 'P-mail', { ...story.replace, ...story.update });
    expect(idsIn(await world.lis.call('discoverPersonIds', { queryObject: 'Zoe.Angstrom@uni.example' }))).toEqual([
      'P-mail',
    ]);
  });
});

describe('to a foreign client, groups', () => {
  it('get and lose a parent', async () => {
    for (const id of ['PROG', 'CLUB'])
      await world.write('replace', 'Group', id, {
        groupType: groupType('DEPARTMENT'),
        description: { shortDescription: id },
      });
    const parent = { relationId: '', relation: 'Parent', sourcedId: 'SCI', label: text('in') };
    expect((await world.lis.call('addGroupRelationship', { sourcedId: 'PROG', relationship: parent })).status).toBe(
      done,
    );
    expect(await world.parentsOf('group', 'PROG')).toEqual(['SCI']);
    const child = { relationId: '', relation: 'Child', sourcedId: 'CLUB', label: text('holds') };
    expect((await world.lis.call('addGroupRelationship', { sourcedId: 'PROG', relationship: child })).status).toBe(
      done,
    );
    expect(await world.parentsOf('group', 'CLUB')).toEqual(['PROG']);
    const { content } = await world.read('Group', 'PROG');
    const [{ relationId } = { relationId: '' }] = (content as { relationship: { relationId: string }[] }).relationship;
    expect((await world.lis.call('removeGroupRelationship', { sourcedId: 'PROG', relationId })).status).toBe(done);
    expect((await world.read('Group', 'PROG')).content).not.toHaveProperty('relationship');
    expect(await world.parentsOf('group', 'PROG')).not.toContain('SCI');
  });
});

describe('to a foreign client, courses', () => {
  it('are found by what they belong to', async () => {
    const offerings = idsIn(await world.lis.call('readCourseOfferingIdsForCourseTemplate', { sourcedId: 'C-T' }));
    expect(offerings).toContain('C-O');
    const sections = idsIn(await world.lis.call('readCourseSectionIdsForCourseOffering', { sourcedId: 'C-O' }));
    expect(sections).toEqual(expect.arrayContaining(['C-S1', 'C-S2']));
  });

  it('are copied into another term', async () => {
    const offering = { sourcedId: 'C-O', academicSession: text('TERM-2'), newSourcedId: 'C-O-2' };
    expect((await world.lis.call('createCourseOfferingFromCourseOffering', offering)).status).toBe(done);
    expect((await world.read('CourseOffering', 'C-O-2')).content).toMatchObject({
      title: text('Maps, autumn'),
      parentTemplateId: 'C-T',
      academicSession: text('TERM-2'),
    });
    expect(await world.parentsOf('offering', 'C-O-2')).toEqual(['C-T', 'TERM-2']);
    expect((await world.lis.call('createCourseOfferingFromCourseOffering', offering)).status).toBe(
      'failure/error/idallocinusefail',
    );
    const section = { sourcedId: 'C-S1', academicSession: text('TERM-2'), newSourcedId: 'C-S1-2' };
    // Which offering of the new term is its own nobody has said.
    expect((await world.lis.call('createCourseSectionFromCourseSection', section)).status).toBe(
      'success/warning/partialdatastorage',
    );
    await world.write('update', 'CourseSection', 'C-S1-2', { parentOfferingId: 'C-O-2' });
    expect(await world.parentsOf('section', 'C-S1-2')).toEqual(['C-O-2']);
    expect(await world.unit('section', 'C-S1-2')).toMatchObject({ state: 'active', fields: { name: 'Maps C-S1' } });
    expect(
      (await world.lis.call('createCourseSectionFromCourseSection', { ...section, sourcedId: 'never' })).status,
    ).toMatch(/^failure/);
  });

  it('are active in a term until their status says otherwise', async () => {
    const active = async () =>
      idsIn(
        await world.lis.call('readAllActiveCourseOfferingIdsForAcademicSession', {
          academicSession: text('TERM-2'),
        }),
      );
    expect(await active()).toContain('C-O-2');
    const status = (of: string, sourcedId: string, word: string) =>
      world.lis.call(`updateCourse${of}Status`, { sourcedId, status: word });
    expect((await status('Offering', 'C-O-2', 'Inactive')).status).toBe(done);
    expect(await active()).not.toContain('C-O-2');
    expect(await world.unit('offering', 'C-O-2')).toMatchObject({ state: 'inactive' });
    expect((await status('Section', 'C-S1-2', 'Inactive')).status).toBe(done);
    expect(await world.unit('section', 'C-S1-2')).toMatchObject({ state: 'inactive', fields: { name: 'Maps C-S1' } });
    expect((await status('Section', 'C-S1-2', 'Cancelled')).status).toBe('failure/error/invaliddata');
    expect((await status('Section', 'never', 'Active')).status).toBe(unknown);
  });

  it('enter an association and leave it', async () => {
    const content = { title: text('Together'), courseSectionIdList: { courseSectionId: ['C-S1'] } };
    await world.write('replace', 'SectionAssociation', 'X-9', content);
    const change = { sectionAssociationSourcedId: 'X-9', courseSectionSourcedId: 'C-S2' };
    const sections = async () => (await world.read('SectionAssociation', 'X-9')).content;
    expect((await world.lis.call('addCourseSectionId', change)).status).toBe(done);
    expect(await sections()).toMatchObject({ courseSectionIdList: { courseSectionId: ['C-S1', 'C-S2'] } });
    expect(await world.parentsOf('section', 'C-S2')).toContain('X-9');
    expect((await world.lis.call('removeCourseSectionId', change)).status).toBe(done);
    expect(await sections()).toMatchObject({ courseSectionIdList: { courseSectionId: ['C-S1'] } });
    expect(await world.parentsOf('section', 'C-S2')).not.toContain('X-9');
    expect(
      (await world.lis.call('addCourseSectionId', { ...change, sectionAssociationSourcedId: 'never' })).status,
    ).toBe(unknown);
  });
});

it('all of them were done', () => {
  const special = operationsOfAll().filter((operation) => !isUsual(operation));
  expect(special.filter((operation) => !world.lis.succeeded.has(operation))).toEqual([]);
});
