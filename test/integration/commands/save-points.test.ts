import { expect, test } from '@jest/globals';
import type { ListCommand, ListFilter } from '../../../src/domain/command.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { renewEpochs } from '../../../src/state/renew-epochs.ts';
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

type Kind = ListCommand['kind'];
const kinds: Kind[] = ['person', 'group', 'template', 'offering', 'section', 'association', 'membership'];

async function find(kind: Kind, filter: ListFilter = {}, source = 'lis', records = false) {
  const entity = { person: 'user', membership: 'enrollment', association: 'association' }[kind as string] ?? 'org_unit';
  const command = { entity, kind, verb: 'list', sourcedId: '', filter, ...(records && { records }) } as ListCommand;
  const { organization, store } = setting;
  const sis = organization.sources.get(source)!;
  return (await store.write({ ...submission(sis, []), commands: [command] }, sis)).outcomes[0]!;
}

/** The present save point, and a millisecond in which nothing happens. */
async function savePoint(): Promise<string> {
  await pause();
  const { found } = await find('person');
  await pause();
  return found!.savePoint;
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 4));

/** What changed of every kind since then, as `person P1`. */
async function changedSince(savePoint: string, source = 'lis'): Promise<string[]> {
  const all = [];
  for (const kind of kinds) {
    const { found } = await find(kind, { changedSince: savePoint }, source);
    all.push(...found!.sourcedIds.map((id) => `${kind} ${id}`));
  }
  return all;
}

test('what projects late is told: a membership whose person comes, a person whose role is mapped', async () => {
  const { organization } = setting;
  await organization.send('lis', ...courseWithSections('S1'), membership('M1', 'P1', inUnit('section', 'S1')));
  const waiting = await savePoint();
  await organization.send('lis', person('P1'));
  expect(await changedSince(waiting)).toEqual(['person P1', 'membership M1']);

  await organization.send('lis', membership('M2', 'P1', inUnit('section', 'S1'), 'Porter'));
  const unmapped = await savePoint();
  await organization.edit({ edit: 'role', source: 'lis', sisRole: 'Porter', to: 'teacher' });
  // The pair is one enrollment in the LMS, whose role changed: both memberships are it.
  expect(await changedSince(unmapped)).toEqual(['membership M1', 'membership M2']);
  expect(await changedSince(await savePoint())).toEqual([]);
});

test('what the LMS or an administrator changes is told: overrides, roles mapped otherwise, types', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { email: 'p1@example.org' }), ...courseWithSections('S1'));
  await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')), group('G1', 'GUILD'));
  await organization.edit({ edit: 'owned', user: ['email'], orgUnit: ['name'] });
  let since = await savePoint();
  for (const [target, entity, field] of [
    ['lis/person/P1', 'user', 'email'],
    ['lis/section/S1', 'org_unit', 'name'],
  ] as const)
    await organization.edit({ edit: 'override', entity, target, field, value: 'other@example.org' });
  expect(await changedSince(since)).toEqual(['person P1', 'section S1']);
  since = await savePoint();
  await organization.edit({ edit: 'role', source: 'lis', sisRole: 'Learner', to: 'teacher' });
  expect(await changedSince(since)).toEqual(['membership M1']);
  since = await savePoint();
  await organization.edit({ edit: 'type', source: 'lis', sisType: 'GUILD', to: 'department' });
  expect(await changedSince(since)).toEqual(['group G1']);
});

test('what goes with another is told: enrollments of a person who is deleted, org units that lose their parent, and their return', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), ...courseWithSections('S1'));
  await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')));
  await organization.send('lis', membership('M2', 'P2', inUnit(null, 'S1')), association('A1', ['S1']));
  let since = await savePoint();
  await organization.send('lis', remove(person('P1')));
  expect(await changedSince(since)).toEqual(['person P1', 'membership M1']);
  since = await savePoint();
  await organization.send('lis', person('P1'));
  expect(await changedSince(since)).toEqual(['person P1', 'membership M1']);
  since = await savePoint();
  await organization.send('lis', remove(course('template', 'C1')));
  const gone = await changedSince(since);
  expect(gone).toEqual(expect.arrayContaining(['template C1', 'offering O1']));
  since = await savePoint();
  await organization.send('lis', remove(course('section', 'S1')));
  expect(await changedSince(since)).toEqual(
    expect.arrayContaining(['section S1', 'association A1', 'membership M1', 'membership M2']),
  );
});

test("another source system's changes are told to whoever declared the same object, and nobody else's objects", async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: '1', userName: 'ann' }), person('P2'));
  await organization.send('banner', person('B1', { orgDefinedId: '1', userName: 'ann' }), person('B2'));
  expect(await setting.lmsId('banner/person/B1')).toBe(await setting.lmsId('lis/person/P1'));
  const since = await savePoint();
  await organization.send('lis', update(person('P1', { givenName: 'Ann' })));
  expect(await changedSince(since, 'banner')).toEqual(['person B1']);
  expect(await changedSince(since, 'lis')).toEqual(['person P1']);
});

test('records and filters go with what changed; what is deleted is told once, by its id', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), ...courseWithSections('S1', 'S2'));
  await organization.send(
    'lis',
    membership('M1', 'P1', inUnit('section', 'S1')),
    membership('M2', 'P1', inUnit('section', 'S2'), 'Instructor'),
    membership('M3', 'P9', inUnit('section', 'S2'), 'Instructor'),
  );
  const since = await savePoint();
  await organization.send('lis', person('P9', { orgDefinedId: '9' }));
  const { found } = await find('membership', { changedSince: since, role: 'instructor' }, 'lis', true);
  expect(found).toMatchObject({ sourcedIds: ['M3'], records: [{ sourcedId: 'M3', lmsId: expect.any(String) }] });
  expect((await find('membership', { changedSince: since, role: 'learner' })).found!.sourcedIds).toEqual([]);
  await organization.send('lis', remove(membership('M3', 'P9', inUnit('section', 'S2'))));
  expect((await find('membership', { changedSince: since }, 'lis', true)).found).toMatchObject({
    sourcedIds: ['M3'],
    records: [],
  });
  const after = await savePoint();
  await organization.send('lis', remove(person('P9')));
  expect(await changedSince(after)).toEqual(['person P9']);
});

test('a save point from before the changes that are kept is answered with everything, and says so', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), remove(person('P2')));
  const old = await savePoint();
  await organization.send('lis', person('P3'));
  const recent = await savePoint();
  await inOrganization(setting.database.pool, organization.id, (client) =>
    client.query('update lane set removed_seq = change_seq, removed_before = $1', [recent]),
  );
  const { status, found, problems } = await find('person', { changedSince: old });
  expect({ status, ids: found!.sourcedIds }).toEqual({ status: 'read', ids: ['P1', 'P2', 'P3'] });
  expect(problems).toMatchObject([{ code: 'save_point_expired', message: expect.stringContaining(recent) }]);
  await organization.send('lis', person('P4'));
  expect(await find('person', { changedSince: recent })).toMatchObject({ problems: [], found: { sourcedIds: ['P4'] } });
});

test('a save point in the future is none of ours', async () => {
  expect(await find('person', { changedSince: '2999-01-01T00:00:00.000Z' })).toMatchObject({
    status: 'rejected',
    problems: [{ code: 'save_point_invalid' }],
  });
});

test('a save point that a restore took back is refused; those before it and after it go on', async () => {
  const { organization, database } = setting;
  await organization.send('lis', person('P1'));
  const before = (await find('person')).found!.savePoint;
  await organization.send('lis', person('P2'));
  // The backup ended here; what was told from now on is undone by the restore.
  const told = await savePoint();
  await renewEpochs(database.pool);
  const after = await savePoint();
  await organization.send('lis', person('P3'));
  expect(await find('person', { changedSince: told })).toMatchObject({
    status: 'rejected',
    problems: [{ code: 'save_point_expired', message: expect.stringContaining('restored') }],
  });
  expect((await find('person', { changedSince: '2026-01-01T00:00:00Z' })).found!.sourcedIds).toEqual([
    'P1',
    'P2',
    'P3',
  ]);
  expect((await find('person', { changedSince: before })).found!.sourcedIds).toEqual(
    expect.arrayContaining(['P2', 'P3']),
  );
  expect((await find('person', { changedSince: after })).found!.sourcedIds).toEqual(['P3']);
  await renewEpochs(database.pool);
  expect((await find('person', { changedSince: told })).status).toBe('rejected');
  const empty = await setting.found({});
  const [lane] = await setting.query<{ undone: string }>('select undone from lane', [], empty);
  expect(lane!.undone).toBe('{}');
});

test('who follows by save points sees each LMS object as it is last, whoever changes it in whatever order', async () => {
  const { organization, store, database } = setting;
  const sis = organization.sources.get('lis')!;
  const other = createStore(database.pool);
  const people = Array.from({ length: 20 }, (_, n) => `P${String(n)}`);
  await organization.send('lis', ...courseWithSections('S1'));
  const writing = new AbortController();
  const seen = new Set<string>();
  let since = '2026-01-01T00:00:00Z';
  const look = async () => {
    const { found } = await find('membership', { changedSince: since }, 'lis', true);
    since = found!.savePoint;
    for (const record of found!.records!) if (record.lmsId !== undefined) seen.add(record.sourcedId);
  };
  const following = (async () => {
    while (!writing.signal.aborted) await look();
  })();
  // Memberships first: each is projected by another message than its own, of another process.
  await Promise.all(
    people.map(async (id) => {
      await write(store, sis, [membership(`M-${id}`, id, inUnit('section', 'S1'))]);
      await write(other, sis, [person(id, { orgDefinedId: id })]);
    }),
  );
  writing.abort();
  await following;
  await look();
  expect([...seen].sort()).toEqual(people.map((id) => `M-${id}`).sort());
  await other.close();
});

test('where very much changed, slices ask each row, and find the same', async () => {
  const { organization, store, database } = setting;
  const members = ['P1', 'P2', 'P3', 'P4'];
  await organization.send('lis', ...members.map((id) => person(id, { orgDefinedId: id })), ...courseWithSections('S1'));
  await organization.send('lis', ...members.map((id) => membership(`M-${id}`, id, inUnit(null, 'S1'))));
  await organization.send('lis', association('A1', ['S1']), group('G1', 'TERM'), group('G2', 'GUILD'));
  const since = await savePoint();
  await organization.send('lis', remove(person('P1')), update(person('P2', { email: 'p2@example.org' })));
  await organization.send('lis', remove(membership('M-P3', 'P3', inUnit(null, 'S1'))), group('G3', 'TERM'));
  await organization.edit({ edit: 'type', source: 'lis', sisType: 'GUILD', to: 'department' });
  await organization.send('lis', remove(course('template', 'C1')));
  const expected = await changedSince(since);
  expect(expected).toEqual(
    expect.arrayContaining(['person P1', 'group G2', 'group G3', 'membership M-P1', 'membership M-P3']),
  );
  await inOrganization(database.pool, organization.id, (client) =>
    client.query(
      `with made as (
         insert into change (organization_id, id, seq, entity, lms_id, operation, cause)
         select l.organization_id, (left(c.id::text, 24) || lpad(to_hex(l.change_seq + n), 12, '0'))::uuid, l.change_seq + n, 'user', 1, 'updated', '{}'
           from lane l join change c on c.organization_id = l.organization_id and c.seq = l.change_seq, generate_series(1, 20000) n
          where l.organization_id = $1)
       update lane set change_seq = change_seq + 20000 where organization_id = $1`,
      [organization.id],
    ),
  );
  const sis = organization.sources.get('lis')!;
  const found: string[] = [];
  for (const kind of kinds) {
    const entity =
      { person: 'user', membership: 'enrollment', association: 'association' }[kind as string] ?? 'org_unit';
    for (let after: string | undefined = ''; after !== undefined;) {
      const slice = { after, size: 2 };
      const command = {
        entity,
        kind,
        verb: 'list',
        sourcedId: '',
        filter: { changedSince: since },
        slice,
      } as ListCommand;
      const { outcomes } = await store.write({ ...submission(sis, []), commands: [command] }, sis);
      found.push(...outcomes[0]!.found!.sourcedIds.map((id) => `${kind} ${id}`));
      after = outcomes[0]!.found!.next;
    }
  }
  expect(found).toEqual(expected);
});

test('sections that come alone are told with what they bring', async () => {
  const { organization } = setting;
  await organization.send('banner', course('section', 'S1', { name: 'A', parents: [under('offering', null, 'C1')] }));
  const since = await savePoint();
  await organization.send('banner', course('template', 'C1', { name: 'Algebra' }));
  const changed = await changedSince(since, 'banner');
  expect(changed).toContain('template C1');
  expect(changed).not.toContain('offering S1');
});
