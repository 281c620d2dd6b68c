import { expect, test } from '@jest/globals';
import type { ListCommand, ListFilter, WriteCommand } from '../../../src/domain/command.ts';
import { uuidv7Floor } from '../../../src/domain/ids.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { findPage } from '../../../src/state/list/find-page.ts';
import {
  association,
  course,
  group,
  inUnit,
  membership,
  person,
  remove,
  under,
  update,
} from '../../oracle/commands.ts';
import { createStore, submission, write } from '../../oracle/harness.ts';
import { courseWithSections, useSetting } from '../rules/setting.ts';

const setting = useSetting();

function list(kind: ListCommand['kind'], filter: ListFilter = {}, records?: true): ListCommand {
  const entity = { person: 'user', membership: 'enrollment', association: 'association' }[kind as string] ?? 'org_unit';
  return { entity, kind, verb: 'list', sourcedId: '', filter, ...(records && { records }) } as ListCommand;
}

async function find(command: ListCommand, source = 'lis') {
  const { organization, store } = setting;
  const sis = organization.sources.get(source)!;
  const { outcomes } = await store.write({ ...submission(sis, []), commands: [command] }, sis);
  return outcomes[0]!;
}
const idsOf = async (kind: ListCommand['kind'], filter: ListFilter = {}, source = 'lis') =>
  (await find(list(kind, filter), source)).found?.sourcedIds;

test('all that a source system declared of a kind and has not deleted is found, by sourcedId; nothing of others', async () => {
  const { organization } = setting;
  await organization.send('lis', person('b'), person('B'), person('a'), person('c'), remove(person('c')));
  await organization.send('lis', group('G1', 'TERM'), ...courseWithSections('S1'), association('A1', ['S1']));
  await organization.send('banner', person('P1'));
  expect(await find(list('person'))).toMatchObject({
    status: 'read',
    sourcedId: '',
    found: { sourcedIds: ['B', 'a', 'b'] },
  });
  for (const [kind, id] of [
    ['group', 'G1'],
    ['template', 'C1'],
    ['section', 'S1'],
    ['association', 'A1'],
  ] as const)
    expect(await idsOf(kind)).toEqual([id]);
});

test('records come with the ids if they are asked for, as a read would tell them; placeholders are not found', async () => {
  const { organization } = setting;
  const section = course('section', 'S1', { name: 'Algebra', parents: [under('offering', null, 'C1')] });
  await organization.send('banner', section);
  expect(await idsOf('offering', {}, 'banner')).toEqual([]);
  expect(await idsOf('template', {}, 'banner')).toEqual([]);
  const { found } = await find(list('section', {}, true), 'banner');
  expect(found?.records).toEqual([
    {
      entity: 'org_unit',
      kind: 'section',
      sourcedId: 'S1',
      lmsId: await setting.lmsId('banner/section/S1'),
      fields: { type: 'CourseSection', name: 'Algebra', parents: [under('offering', null, 'C1')] },
    },
  ]);
});

test('memberships, and the members of a collection: by person, by collection, by role, by whether they are active, and by all of these', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), ...courseWithSections('S1', 'S2'), group('S1', 'TERM'));
  await organization.send(
    'lis',
    membership('M1', 'P1', inUnit('section', 'S1'), 'Learner'),
    membership('M2', 'P1', inUnit('section', 'S2'), 'Instructor'),
    membership('M3', 'P2', inUnit('section', 'S1'), { role: 'LEARNER ', active: false }),
    membership('M4', 'P2', inUnit('group', 'S1'), 'Learner'),
    membership('M5', 'P2', inUnit(null, 'S2'), 'Learner'),
  );
  expect(await idsOf('membership', { userSourcedId: 'P1' })).toEqual(['M1', 'M2']);
  expect(await idsOf('membership', { orgUnit: inUnit('section', 'S1') })).toEqual(['M1', 'M3']);
  expect(await idsOf('membership', { orgUnit: inUnit('section', 'S2') })).toEqual(['M2', 'M5']);
  expect(await idsOf('membership', { orgUnit: inUnit(null, 'S1') })).toEqual(['M1', 'M3', 'M4']);
  expect(await idsOf('person', { orgUnit: inUnit('section', 'S1') })).toEqual(['P1', 'P2']);
  expect(await idsOf('person', { orgUnit: inUnit('group', 'S1') })).toEqual(['P2']);
  expect(await idsOf('membership', { role: 'learner' })).toEqual(['M1', 'M3', 'M4', 'M5']);
  expect(await idsOf('membership', { active: false })).toEqual(['M3']);
  expect(await idsOf('membership', { userSourcedId: 'P2', role: 'Learner', active: true })).toEqual(['M4', 'M5']);
});

test('org units by what they refer to, by who is a member, by whether they are active', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), ...courseWithSections('S1', 'S2'), course('section', 'S3'));
  await organization.send('lis', group('G1', 'TERM', { active: false }), group('G2', 'TERM', { active: null }));
  await organization.send(
    'lis',
    membership('M1', 'P1', inUnit('group', 'G2')),
    membership('M2', 'P1', inUnit(null, 'S1')),
  );
  expect(await idsOf('section', { parent: { role: 'offering', sourcedId: 'O1' } })).toEqual(['S1', 'S2']);
  expect(await idsOf('section', { parent: { role: 'semester', sourcedId: 'O1' } })).toEqual([]);
  expect(await idsOf('offering', { parent: { role: 'template', sourcedId: 'C1' } })).toEqual(['O1']);
  expect(await idsOf('group', { userSourcedId: 'P1' })).toEqual(['G2']);
  expect(await idsOf('section', { userSourcedId: 'P1' })).toEqual(['S1']);
  expect(await idsOf('group', { active: true })).toEqual(['G2']);
  expect(await idsOf('group', { active: false })).toEqual(['G1']);
});

test('texts are compared folded, by the names of the fields; ids byte by byte', async () => {
  const { organization } = setting;
  await organization.send(
    'lis',
    person('P1', { userName: 'Ann', email: 'ANN@example.org', familyName: 'Ruiz', attributes: { campus: 'North' } }),
    person('P2', { userName: 'bob', email: 'bob@example.org', familyName: 'RUIZ' }),
    course('template', 'C1', { code: 'Alg', attributes: { label: 'x' } }),
  );
  expect(await idsOf('person', { equals: { email: ' ann@EXAMPLE.org' } })).toEqual(['P1']);
  expect(await idsOf('person', { equals: { userName: 'BOB' } })).toEqual(['P2']);
  expect(await idsOf('person', { equals: { familyName: 'ruiz' } })).toEqual(['P1', 'P2']);
  expect(await idsOf('person', { equals: { familyName: 'ruiz', 'attributes.campus': 'north' } })).toEqual(['P1']);
  expect(await idsOf('person', { equals: { sourcedId: 'p1' } })).toEqual([]);
  expect(await idsOf('person', { equals: { constructor: 'x', "o'brien": 'y' } })).toEqual([]);
  expect(await idsOf('template', { equals: { code: 'ALG', 'attributes.label': 'X' } })).toEqual(['C1']);
  const enrollment = membership('M1', 'P1', inUnit('template', 'C1'));
  const seated = { ...update(enrollment), fields: { attributes: { seat: 'A' } } } as WriteCommand;
  await organization.send('lis', enrollment, seated);
  expect(await idsOf('membership', { equals: { userSourcedId: 'P1', 'attributes.seat': 'a' } })).toEqual(['M1']);
  expect(await idsOf('membership', { equals: { familyName: 'ruiz' } })).toEqual([]);
});

test('what a filter asks of another kind of object finds nothing', async () => {
  await setting.organization.send('lis', person('P1'), course('template', 'C1'));
  expect(await idsOf('person', { parent: { role: 'parent', sourcedId: 'C1' } })).toEqual([]);
  expect(await idsOf('template', { orgUnit: inUnit(null, 'C1') })).toEqual([]);
  expect(await idsOf('membership', { parent: { role: 'parent', sourcedId: 'C1' } })).toEqual([]);
});

test('since a save point: what was declared, changed, deleted and renamed; deleted ones by their ids alone', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), person('P3'), person('P4'), person('P5'));
  const { savePoint } = (await find(list('person'))).found!;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await organization.send('lis', person('P2'), update(person('P3', { email: 'p3@example.org' })), remove(person('P4')));
  const rename = { entity: 'user', kind: 'person', verb: 'rename', sourcedId: 'P5', newSourcedId: 'P6' };
  await organization.send('lis', rename as WriteCommand);
  const { found } = await find(list('person', { changedSince: savePoint }, true));
  expect(found?.sourcedIds).toEqual(['P3', 'P4', 'P5', 'P6']);
  expect(found?.records?.map(({ sourcedId }) => sourcedId)).toEqual(['P3', 'P6']);
  expect(found!.savePoint > savePoint).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await idsOf('person', { changedSince: (await find(list('person'))).found!.savePoint })).toEqual([]);
});

test('a list finds what its message said before it, and nothing of what it says after it', async () => {
  const { organization, store } = setting;
  const sis = organization.sources.get('lis')!;
  const commands = [person('P1'), list('person'), remove(person('P1')), person('P2'), list('person')];
  const { outcomes } = await store.write({ ...submission(sis, []), commands }, sis);
  expect([outcomes[1]?.found?.sourcedIds, outcomes[4]?.found?.sourcedIds]).toEqual([['P1'], ['P2']]);
  const journaled = await setting.query<{ outcomes: object[] }>('select outcomes from message');
  expect(journaled[0]!.outcomes[1]).not.toHaveProperty('found');
});

test('more than the limit is refused, never cut', async () => {
  const { organization } = setting;
  const people = Array.from({ length: 5_001 }, (_, at) => person(`P${String(at)}`, { orgDefinedId: String(at) }));
  await organization.send('lis', ...people);
  expect((await find(list('person'))).found?.sourcedIds).toHaveLength(5_001);
  const refused = await find(list('person', {}, true));
  expect(refused).toMatchObject({ status: 'rejected', problems: [{ code: 'too_many_results' }] });
  expect(refused.problems[0]?.message).toContain('5000');
  await organization.send('lis', remove(people[0]!));
  expect((await find(list('person', {}, true))).found?.records).toHaveLength(5_000);

  await setting.database.pool.query(`
    begin; set local passerelle.organization_id = '${String(organization.id)}';
    insert into declared_org_unit (organization_id, source_system_id, sourced_id, kind, fields, message_id)
    select ${String(organization.id)}, ${String(organization.sources.get('lis')!.id)}, n, 'group', '{}', gen_random_uuid() from generate_series(1, 250001) n;
    commit`);
  expect(await find(list('group'))).toMatchObject({ status: 'rejected', problems: [{ code: 'too_many_results' }] });
}, 60_000);

test('pages tell their own ids and records, and how many there are: of any number', async () => {
  const { organization, database } = setting;
  const [id, lis] = [String(organization.id), String(organization.sources.get('lis')!.id)];
  await database.pool.query(`
    begin; set local passerelle.organization_id = '${id}';
    insert into declared_user (organization_id, source_system_id, sourced_id, fields, deleted, message_id, declared_at)
    select ${id}, ${lis}, 'P' || lpad(n::text, 6, '0'), '{"familyName": "Doe"}', n % 1000 = 0, gen_random_uuid(), '2026-01-01' from generate_series(1, 260000) n;
    commit`);
  const pageAt = async (from: number, size: number, filter: ListFilter = {}) => {
    const { status, found } = await find({ ...list('person', filter, true), page: { from, size } });
    expect(status).toBe('read');
    expect(found?.records?.map(({ sourcedId }) => sourcedId)).toEqual(found?.sourcedIds);
    return { ids: found?.sourcedIds, total: found?.total };
  };
  expect(await pageAt(0, 2)).toEqual({ ids: ['P000001', 'P000002'], total: 259_740 });
  expect(await pageAt(998, 2)).toEqual({ ids: ['P000999', 'P001001'], total: 259_740 });
  expect(await pageAt(259_739, 1_000)).toEqual({ ids: ['P259999'], total: 259_740 });
  expect(await pageAt(300_000, 1_000)).toEqual({ ids: [], total: 259_740 });

  const { savePoint } = (await find({ ...list('person'), slice: { after: '', size: 1 } })).found!;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await organization.send('lis', person('Q1'), person('Q2'), person('Q3'), remove(person('P000005')));
  expect(await pageAt(1, 2, { changedSince: savePoint })).toEqual({ ids: ['Q2', 'Q3'], total: 3 });
  // So many changes since, that each row is asked whether it changed.
  const many = { sort: 'kept', at: savePoint, firstSeq: '1', firstId: uuidv7Floor(0), changes: 20_000 } as const;
  const command = list('person', { changedSince: savePoint }, true);
  const asked = await inOrganization(database.pool, organization.id, (client) =>
    findPage({ client, organizationId: organization.id }, Number(lis), command, { from: 1, size: 2 }, many),
  );
  expect(asked).toEqual({ sourcedIds: ['Q2', 'Q3'], total: 3 });
  expect(await pageAt(0, 2, { equals: { familyName: 'doe' } })).toMatchObject({ total: 259_739 });
}, 60_000);

test('a reader who comes back with the save point misses nothing that many writers commit meanwhile', async () => {
  const { organization, store, database } = setting;
  const sis = organization.sources.get('lis')!;
  const others = [createStore(database.pool), createStore(database.pool)];
  const writers = [store, ...others];
  const writing = new AbortController();
  const seen = new Map<string, number>();
  let savePoint: string | undefined;
  const look = async () => {
    const { found } = await find(list('person', savePoint === undefined ? {} : { changedSince: savePoint }, true));
    savePoint = found!.savePoint;
    for (const record of found!.records!)
      seen.set(record.sourcedId, Number((record.fields as { nickname: string }).nickname));
  };
  const following = (async () => {
    while (!writing.signal.aborted) await look();
  })();
  const last = new Map<string, number>();
  await Promise.all(
    Array.from({ length: 60 }, async (_, lane) => {
      for (let round = 0; round < 12; round += 1) {
        const id = `W${String(lane)}`;
        await write(writers[lane % 3]!, sis, [person(id, { orgDefinedId: id, nickname: String(round) })]);
        last.set(id, round);
      }
    }),
  );
  writing.abort();
  await following;
  await look();
  expect(seen).toEqual(last);
  await Promise.all(others.map((other) => other.close()));
});
