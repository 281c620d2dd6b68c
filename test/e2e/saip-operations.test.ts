import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../integration/api-set-up.ts';
import { saipStories, type SaipStory, text, groupOf } from './saip-stories.ts';
import { createSaipWorld, elementOf, fileIn, idsIn, saipOperations, type SaipWorld } from './saip-world.ts';

/** Every operation of PeopleSoft SAIP, called by a client that node-soap makes of our WSDLs. */
let world: SaipWorld;

beforeAll(async () => {
  world = await createSaipWorld();
}, 60_000);
afterAll(() => world.close());

const done = 'success/status/fullsuccess';
const unknown = 'failure/error/unknownobject';

/** What the LMS sees of an object; of a membership, in its section. */
async function seen({ object, seen: { path, kind } }: SaipStory, sourcedId: string): Promise<Body[]> {
  const items = await world.seen(path, { sourcedId, ...(kind === undefined ? {} : { kind }) });
  return object === 'Membership'
    ? items.filter(({ orgUnit }) => (orgUnit as { type: string }).type === 'section')
    : items;
}

describe.each(saipStories.map((story) => [story.object, story] as const))(
  'to a client of PeopleSoft, the operations of a %s',
  (object, story) => {
    const [first, second] = [`${object}-1`, `${object}-2`];
    let savePoint: string;
    let lmsId: string | undefined;

    it('allocate an id', async () => {
      const record = { [elementOf(object)]: { sourcedId: '', ...story.content('by proxy') } };
      const given = await world.saip.call(`createByProxy${object}`, record);
      expect(given.status).toBe('success/status/idalloc');
      const id = String(given.result.sourcedId);
      expect((await world.read(object, id)).status).toBe(done);
      expect(await seen(story, id)).toHaveLength(1);
    });

    it('create it once', async () => {
      const since = await world.saip.call(`read${object}IdsFromSavePoint`, { fromSavePoint: '2026-01-01T00:00:00' });
      savePoint = savePointIn(since.raw);
      expect((await world.write('create', object, first, story.content('first'))).status).toBe(done);
      expect((await world.write('create', object, first, story.content('other'))).status).toBe(
        'failure/error/idallocinusefail',
      );
      const [projected] = await seen(story, first);
      expect(projected).toMatchObject(story.seen.before);
      lmsId = projected?.lmsId;
    });

    it('find it, by all ids, by what changed, by a query', async () => {
      expect(idsIn(await world.saip.call(`readAll${object}Ids`, {}))).toContain(first);
      expect(idsIn(await world.saip.call(`read${object}IdsFromSavePoint`, { fromSavePoint: savePoint }))).toContain(
        first,
      );
      const query = (asked: object) => world.saip.call(`discover${object}Ids`, { queryObject: JSON.stringify(asked) });
      expect(idsIn(await query(story.query('first')))).toEqual([first]);
      // The draft has no word for "nothing was found".
      const nothing = await query({ ...story.query('first'), 'attributes.nothing': 'x' });
      expect([nothing.status, idsIn(nothing)]).toEqual([done, []]);
      expect((await query({ colour: 'red' })).status).toBe('failure/error/unknownquery');
    });

    it('update what they say', async () => {
      expect((await world.write('update', object, first, story.update)).status).toBe(done);
      expect((await world.read(object, first)).content).toMatchObject({
        sourcedId: sourcedIdOf(object, first),
        ...story.updated,
      });
      expect(await seen(story, first)).toMatchObject([story.seen.after]);
    });

    it('give it another id; the LMS object stays the same', async () => {
      const change = { sourcedId: first, newSourcedId: second };
      expect((await world.saip.call(`change${object}Identifier`, change)).status).toBe(done);
      expect((await world.read(object, first)).status).toBe(unknown);
      expect((await seen(story, second)).map((each) => each.lmsId)).toEqual([lmsId]);
    });

    it('answer several as a file, which can be posted back', async () => {
      const many = await world.saip.call(`read${object}s`, { sourcedIdSet: { sourcedId: [second, 'never'] } });
      expect(many.status).toBe('success/warning/partialdatastorage');
      const file = fileIn(many);
      expect(file).toMatch(/^<\?xml [^>]*>\s*<enterprise xmlns="http:/);
      expect(file).toContain(`<sourcedId>${second}</sourcedId>`);
      expect(await world.post('/saip/pms', file)).toContain('fullsuccess');
      expect(await seen(story, second)).toMatchObject([story.seen.after]);
      const all = await world.saip.call(`read${object}s`, {});
      expect([all.status, fileIn(all).includes(second)]).toEqual([done, true]);
      const none = await world.saip.call(`read${object}s`, { sourcedIdSet: { sourcedId: ['never'] } });
      expect([none.status, none.result]).toEqual([unknown, {}]);
    });

    it('replace it as a whole', async () => {
      expect((await world.write('replace', object, second, story.replace)).status).toBe(done);
      expect(JSON.stringify((await world.read(object, second)).content)).not.toContain(`"${story.gone}"`);
    });

    it('tell what changed since a save point, the deleted ones by their ids', async () => {
      const from = (fromSavePoint: string) => world.saip.call(`read${object}sFromSavePoint`, { fromSavePoint });
      const written = await from(savePoint);
      expect(fileIn(written)).toContain(`<sourcedId>${second}</sourcedId>`);
      expect((await world.saip.call(`delete${object}`, { sourcedId: second })).status).toBe(done);
      expect((await world.saip.call(`delete${object}`, { sourcedId: second })).status).toBe(
        'success/warning/unknownobject',
      );
      const after = await from(savePointIn(written.raw));
      expect(fileIn(after)).not.toContain(`<sourcedId>${second}</sourcedId>`);
      expect(after.description).toContain('deleted');
      const ids = { fromSavePoint: savePointIn(written.raw) };
      expect(idsIn(await world.saip.call(`read${object}IdsFromSavePoint`, ids))).toContain(second);
      expect(idsIn(await world.saip.call(`readAll${object}Ids`, {}))).not.toContain(second);
      expect((await seen(story, second)).filter(({ state }) => state === 'active')).toEqual([]);
      expect((await from('the day before')).status).toBe('failure/error/savepointerror');
    });
  },
);

describe('to a client of PeopleSoft', () => {
  const ids = async (operation: string, parameters: object) => idsIn(await world.saip.call(operation, parameters));

  it('a person has a core', async () => {
    const { status, result } = await world.saip.call('readPersonCore', { sourcedId: 'PS-P1' });
    expect([status, result]).toMatchObject([
      done,
      { personCore: { sourcedId: 'PS-P1', formname: { formattedName: text('Person PS-P1') } } },
    ]);
  });

  it('memberships are found by person, role and collection, groups by person', async () => {
    const enroll = (sourcedId: string, type: string, collection: string, roleType: string) =>
      world.write('replace', 'Membership', sourcedId, {
        CollectionSourcedID: collection,
        membershipIdType: type,
        members: [{ sourcedId: 'PS-P2', idType: 'Person', role: [{ roleType }] }],
      });
    await enroll('PS-S2-P2', 'courseSection', 'PS-S2', 'Learner');
    await enroll('SCI-P2', 'group', 'SCI', 'Instructor');
    const personSourcedId = 'PS-P2';
    expect(await ids('readMembershipIdsForPerson', { personSourcedId })).toEqual(['PS-S2-P2', 'SCI-P2']);
    const role = { roleType: 'instructor' };
    expect(await ids('readMembershipIdsForPersonWithRole', { personSourcedId, role })).toEqual(['SCI-P2']);
    const collection = { groupSourcedId: 'PS-S2', collection: 'courseSection' };
    expect(await ids('readMembershipIdsForCollection', collection)).toEqual(['PS-S2-P2']);
    expect(await ids('readGroupIdsForPerson', { personSourcedId })).toEqual(['SCI']);
  });

  it('groups get and lose a parent', async () => {
    await world.write('replace', 'Group', 'PS-PROG', groupOf('DEPARTMENT', 'Programme'));
    const relationship = { relation: 'Parent', sourcedId: 'SCI' };
    const parents = async () =>
      (await world.seen('org-units', { kind: 'group', sourcedId: 'PS-PROG' })).map((each) => each.parents);
    expect((await world.saip.call('addGroupRelationship', { sourcedId: 'PS-PROG', relationship })).status).toBe(done);
    expect(await parents()).toMatchObject([[{ code: 'SCI' }]]);
    const { content } = await world.read('Group', 'PS-PROG');
    const [{ relationId } = { relationId: '' }] = (content as { relationship: { relationId: string }[] }).relationship;
    const remove = { sourcedId: 'PS-PROG', relationId };
    expect((await world.saip.call('removeGroupRelationship', remove)).status).toBe(done);
    expect(JSON.stringify(await parents())).not.toContain('"SCI"');
  });

  it('courses are found by what they belong to, and copied into another term', async () => {
    expect(await ids('readCourseOfferingIdsForCourseTemplate', { sourcedId: 'PS-T' })).toContain('PS-O');
    expect(await ids('readCourseSectionIdsForCourseOffering', { sourcedId: 'PS-O' })).toEqual(
      expect.arrayContaining(['PS-S1', 'PS-S2']),
    );
    const academicSession = text('PS-TERM-2');
    const offering = { sourcedId: 'PS-O', academicSession, newSourcedId: 'PS-O2' };
    expect((await world.saip.call('createCourseOfferingFromCourseOffering', offering)).status).toBe(done);
    expect(await ids('readAllActiveCourseOfferingIdsForAcademicSession', { academicSession })).toEqual(['PS-O2']);
    expect((await world.read('CourseOffering', 'PS-O2')).content).toMatchObject({ title: text('Rocks, fall') });
    const section = { sourcedId: 'PS-S1', academicSession, newSourcedId: 'PS-S1-2' };
    // Which offering of the new term is its own nobody has said.
    expect((await world.saip.call('createCourseSectionFromCourseSection', section)).status).toMatch(
      /partialdatastorage/i,
    );
    await world.write('update', 'CourseSection', 'PS-S1-2', { parentOfferingId: 'PS-O2' });
    expect(await world.seen('org-units', { kind: 'section', sourcedId: 'PS-S1-2' })).toMatchObject([
      { state: 'active', fields: { name: 'Rocks PS-S1' } },
    ]);
  });

  it('courses become inactive, and sections enter an association and leave it', async () => {
    for (const [kind, sourcedId] of [
      ['Offering', 'PS-O2'],
      ['Section', 'PS-S1-2'],
    ] as const) {
      const status = await world.saip.call(`updateCourse${kind}Status`, { sourcedId, status: 'Inactive' });
      expect(status.status).toBe(done);
      expect(await world.seen('org-units', { kind: kind.toLowerCase(), sourcedId })).toMatchObject([
        { state: 'inactive' },
      ]);
    }
    const content = { title: text('Together'), courseSectionIdList: { courseSectionId: ['PS-S1'] } };
    await world.write('replace', 'SectionAssociation', 'PS-X', content);
    const sections = async () => (await world.read('SectionAssociation', 'PS-X')).content;
    const change = { sectionAssociationSourcedId: 'PS-X', courseSectionSourcedId: 'PS-S2' };
    expect((await world.saip.call('addCourseSectionId', change)).status).toBe(done);
    expect(await sections()).toMatchObject({ courseSectionIdList: { courseSectionId: ['PS-S1', 'PS-S2'] } });
    expect((await world.saip.call('removeCourseSectionId', change)).status).toBe(done);
    expect(await sections()).toMatchObject({ courseSectionIdList: { courseSectionId: ['PS-S1'] } });
  });

  it('all operations were done', () => {
    expect(saipOperations()).toHaveLength(7 * 12 + 16);
    expect(saipOperations().filter((operation) => !world.saip.succeeded.has(operation))).toEqual([]);
  });
});

function savePointIn(raw: string): string {
  return /<savePoint>([^<]*)</.exec(raw)?.[1] ?? '';
}

/** The schema of a person lets the sourcedId come several times. */
function sourcedIdOf(object: string, sourcedId: string): string | string[] {
  return object === 'Person' ? [sourcedId] : sourcedId;
}
