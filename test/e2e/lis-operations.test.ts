import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../integration/api-set-up.ts';
import { isUsual, operationsOfAll } from './lis-client.ts';
import { stories, type Story } from './lis-stories.ts';
import { createLisWorld, done, idsIn, type LisWorld, recordOf, recordsIn, unknown } from './lis-world.ts';

/** The twelve operations that every LIS manager has, of each of the seven objects, called by a client made of our WSDLs. */
let world: LisWorld;

beforeAll(async () => {
  world = await createLisWorld();
}, 60_000);
afterAll(() => world.close());

const kinds: Record<string, string> = {
  Group: 'group',
  CourseTemplate: 'template',
  CourseOffering: 'offering',
  CourseSection: 'section',
  SectionAssociation: 'association',
};

/** What the LMS sees of an object; of a membership, in its section. */
async function seen({ object, seen: { path } }: Story, sourcedId: string): Promise<Body[]> {
  const kind = kinds[object];
  const items = await world.seen(path, { sourcedId, ...(kind === undefined ? {} : { kind }) });
  return object === 'Membership'
    ? items.filter(({ orgUnit }) => (orgUnit as { type: string }).type === 'section')
    : items;
}

describe.each(stories.map((story) => [story.object, story] as const))(
  'to a foreign client, the operations of a %s',
  (object, story) => {
    const [first, second] = [`${object}-1`, `${object}-2`];
    let savePoint: string;
    let lmsId: string | undefined;

    it('allocate an id, and the same one to the same record', async () => {
      const record = recordOf(object, '', story.content('by proxy'));
      const given = await world.lis.call(`createByProxy${object}`, record);
      expect(given.status).toBe('success/status/idalloc');
      const id = given.result.sourcedId!;
      expect(id).not.toBe('');
      expect((await world.lis.call(`createByProxy${object}`, record)).result.sourcedId).toBe(id);
      expect((await world.read(object, id)).status).toBe(done);
      expect(await seen(story, id)).toHaveLength(1);
    });

    it('create it once', async () => {
      savePoint = (await world.lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: '2026-01-01T00:00:00.000' }))
        .savePoint!;
      expect(savePoint).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
      expect((await world.write('create', object, first, story.content('first'))).status).toBe(done);
      expect((await world.write('create', object, first, story.content('other'))).status).toBe(
        'failure/error/idallocinusefail',
      );
      const [projected] = await seen(story, first);
      expect(projected).toMatchObject(story.seen.before);
      lmsId = projected?.lmsId;
    });

    it('find it, by all ids, by what changed, by a query', async () => {
      expect(idsIn(await world.lis.call(`readAll${object}Ids`, {}))).toContain(first);
      const since = await world.lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: savePoint });
      expect(idsIn(since)).toEqual(expect.arrayContaining([first]));
      const query = (asked: object) => world.lis.call(`discover${object}Ids`, { queryObject: JSON.stringify(asked) });
      expect(idsIn(await query(story.query('first')))).toEqual([first]);
      expect(await query({ ...story.query('first'), 'attributes.nothing': 'x' })).toMatchObject({
        status: 'success/warning/nosourcedids',
      });
      expect((await query({ colour: 'red' })).status).toBe('failure/error/unknownquery');
    });

    it('update what they say and leave the rest', async () => {
      expect((await world.write('update', object, first, story.update)).status).toBe(done);
      expect((await world.read(object, first)).content).toMatchObject(story.updated);
      expect(await seen(story, first)).toMatchObject([story.seen.after]);
      expect((await world.write('update', object, 'never', story.update)).status).toBe(unknown);
    });

    it('give it another id; the LMS object stays the same', async () => {
      const change = { sourcedId: first, newSourcedId: second };
      expect((await world.lis.call(`change${object}Identifier`, change)).status).toBe(done);
      expect((await world.read(object, first)).status).toBe(unknown);
      expect((await world.read(object, second)).content).toMatchObject(story.updated);
      expect((await seen(story, second)).map((each) => each.lmsId)).toEqual([lmsId]);
      expect((await world.lis.call(`change${object}Identifier`, change)).status).toBe(unknown);
    });

    it('read many, in their order, without those that are not there', async () => {
      const many = await world.lis.call(`read${object}s`, { sourcedIdSet: { sourcedId: ['never', second] } });
      expect(many.status).toBe('success/warning/partialdatastorage');
      const [only, ...others] = recordsIn(object, many);
      expect([only?.sourcedId, others]).toEqual([second, []]);
      expect(only?.content).toMatchObject(story.updated);
      const none = await world.lis.call(`read${object}s`, { sourcedIdSet: { sourcedId: ['never', first] } });
      expect(none.status).toBe(unknown);
    });

    it('replace it as a whole', async () => {
      expect((await world.write('replace', object, second, story.replace)).status).toBe(done);
      expect(JSON.stringify((await world.read(object, second)).content)).not.toContain(`"${story.gone}"`);
    });

    it('tell what changed since a save point, the deleted ones by their ids', async () => {
      const written = await world.lis.call(`read${object}sFromSavePoint`, { fromSavePoint: savePoint });
      expect(recordsIn(object, written).map(({ sourcedId }) => sourcedId)).toContain(second);
      expect((await world.lis.call(`delete${object}`, { sourcedId: second })).status).toBe(done);
      expect((await world.lis.call(`delete${object}`, { sourcedId: second })).status).toBe(
        'success/warning/unknownobject',
      );
      expect((await world.read(object, second)).status).toBe(unknown);
      const after = await world.lis.call(`read${object}sFromSavePoint`, { fromSavePoint: written.savePoint });
      expect(recordsIn(object, after).map(({ sourcedId }) => sourcedId)).not.toContain(second);
      const ids = await world.lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: written.savePoint });
      expect(idsIn(ids)).toContain(second);
      expect(idsIn(await world.lis.call(`readAll${object}Ids`, {}))).not.toContain(second);
      expect((await seen(story, second)).filter(({ state }) => state === 'active')).toEqual([]);
      const wrong = await world.lis.call(`read${object}IdsFromSavePoint`, { fromSavePoint: 'the day before' });
      expect(wrong.status).toBe('failure/error/savepointerror');
    });
  },
);

it('all of them were done', () => {
  const usual = operationsOfAll().filter(isUsual);
  expect(usual).toHaveLength(7 * 12);
  expect(usual.filter((operation) => !world.lis.succeeded.has(operation))).toEqual([]);
});
