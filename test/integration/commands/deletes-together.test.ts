import { afterEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { Cascade, RecordCommand } from '../../../src/domain/command.ts';
import { course, group, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from '../rules/setting.ts';

const setting = useSetting();

afterEach(() => {
  jest.restoreAllMocks();
});

/** How often a statement is sent for one message, and what became of its commands. */
async function sent(name: string, ...commands: RecordCommand[]): Promise<{ times: number; became: string[] }> {
  const spy = jest.spyOn(pg.Client.prototype, 'query');
  spy.mockClear();
  const outcomes = await setting.organization.send('lis', ...commands);
  const names = spy.mock.calls.map(([query]) => (query as { name?: string } | null)?.name);
  return {
    times: names.filter((each) => each === name).length,
    became: outcomes.map(({ status, problems }) => (status === 'rejected' ? problems[0]!.code : status)),
  };
}

async function declaredIds(table: string): Promise<string[]> {
  const rows = await setting.query<{ id: string }>(
    `select sourced_id as id from ${table} where not deleted order by sourced_id`,
  );
  return rows.map(({ id }) => id);
}

function pairDelete(person: string, kind: 'section' | 'offering' | null, unit: string): RecordCommand {
  const pair = { userSourcedId: person, orgUnit: inUnit(kind, unit) };
  return { entity: 'enrollment', kind: 'membership', verb: 'delete', sourcedId: `${person} ${kind} ${unit}`, pair };
}

test('deletes by pair are one statement, each with an outcome of its own', async () => {
  const people = ['P1', 'P2', 'P3'];
  const members = people.flatMap((id) => [
    membership(`${id}-a`, id, inUnit('section', 'S1')),
    membership(`${id}-b`, id, inUnit('section', 'S1')),
    membership(`${id}-c`, id, inUnit('section', 'S2')),
  ]);
  const { organization } = setting;
  await organization.send('lis', ...people.map((id) => person(id)), ...courseWithSections('S1', 'S2'));
  await organization.send('lis', ...members);
  const deletes = [
    pairDelete('P1', 'section', 'S1'),
    pairDelete('P9', 'section', 'S1'),
    pairDelete('P2', 'section', 'S2'),
  ];
  expect(await sent('declared_enrollment_delete_pair', ...deletes)).toEqual({
    times: 1,
    became: ['deleted', 'unchanged', 'deleted'],
  });
  expect(await declaredIds('declared_enrollment')).toEqual(['P1-c', 'P2-a', 'P2-b', 'P3-a', 'P3-b', 'P3-c']);
});

test('the same pair again, and a membership that comes between, keep their order', async () => {
  await setting.organization.send('lis', person('P1'), ...courseWithSections('S1'));
  const member = membership('M1', 'P1', inUnit('section', 'S1'));
  const [one, same] = [pairDelete('P1', 'section', 'S1'), pairDelete('P1', null, 'S1')];
  expect(await sent('declared_enrollment_delete_pair', member, one, same, member, same)).toEqual({
    times: 3,
    became: ['created', 'deleted', 'unchanged', 'created', 'deleted'],
  });
});

function cascading(id: string, ...cascade: Cascade[]): RecordCommand {
  return { ...remove(group(id, 'Group')), wishes: { cascade } };
}

test('deletes of groups that take their memberships along are one batch', async () => {
  const { organization } = setting;
  const ids = ['G1', 'G2', 'G3'];
  await organization.send('lis', person('P1'), ...ids.map((id) => group(id, 'Group')));
  await organization.send('lis', ...ids.map((id) => membership(`M-${id}`, 'P1', inUnit('group', id))));
  const deletes = ids.slice(1).map((id) => cascading(id, 'dependants'));
  expect(await sent('declared_forget', ...deletes)).toEqual({ times: 1, became: ['deleted', 'deleted'] });
  expect(await declaredIds('declared_enrollment')).toEqual(['M-G1']);
});

test('a group that something names is deleted apart: what its children hold back is judged in order', async () => {
  const child = (id: string, parent: string) => group(id, 'Group', { parents: [under('parent', 'group', parent)] });
  const held = (id: string): RecordCommand => ({
    ...remove(group(id, 'Group')),
    wishes: { refuseWhile: ['children'] },
  });
  const { organization } = setting;
  await organization.send('lis', group('G1', 'Group'), child('G2', 'G1'), child('G3', 'G2'), group('G4', 'Group'));
  expect(await sent('declared_org_unit_write', held('G2'), held('G3'), held('G4'), held('G2'), held('G1'))).toEqual({
    times: 3,
    became: ['has_dependants', 'deleted', 'deleted', 'deleted', 'deleted'],
  });
});

test('a semester that takes its offerings along lets go of the group that they name, for the next delete', async () => {
  const { organization } = setting;
  const parents = [
    under('template', 'template', 'C1'),
    under('semester', 'group', 'T1'),
    under('department', 'group', 'D1'),
  ];
  await organization.send('lis', group('T1', 'Group'), group('D1', 'Group'), course('template', 'C1'));
  await organization.send('lis', course('offering', 'O1', { parents }));
  const held: RecordCommand = { ...remove(group('D1', 'Group')), wishes: { refuseWhile: ['children'] } };
  const { became } = await sent('declared_forget', cascading('T1', 'semester'), held);
  expect(became).toEqual(['deleted', 'deleted']);
  expect(await declaredIds('declared_org_unit')).toEqual(['C1']);
});

test('drops and adds that alternate, of one person after the other, are a batch each', async () => {
  const { organization } = setting;
  const people = ['P1', 'P2', 'P3', 'P4'];
  const members = people.map((id) => membership(`${id}-a`, id, inUnit('section', 'S1')));
  await organization.send('lis', ...people.map((id) => person(id)), ...courseWithSections('S1', 'S2'), ...members);
  const moves = (from: string, to: string, as: string) =>
    people.flatMap((id) => [
      pairDelete(id, 'section', from),
      membership(`${id}-${as}`, id, inUnit('section', to)),
      person(id, { nickname: as }),
    ]);
  const became = people.flatMap(() => ['deleted', 'created', 'updated']);
  expect(await sent('declared_enrollment_delete_pair', ...moves('S1', 'S2', 'b'))).toEqual({ times: 1, became });
  expect(await sent('declared_enrollment_write', ...moves('S2', 'S1', 'c'))).toEqual({ times: 1, became });
  expect(await declaredIds('declared_enrollment')).toEqual(people.map((id) => `${id}-c`));
  expect((await setting.store.reproject(organization.id)).changes).toBe(0);
});

test('a drop does not go before a membership that was, or becomes, of its person', async () => {
  const { organization } = setting;
  const people = ['P1', 'P2', 'P3'].map((id) => person(id));
  const [first, second] = [
    membership('M1', 'P1', inUnit('section', 'S1')),
    membership('M2', 'P2', inUnit('section', 'S1')),
  ];
  await organization.send('lis', ...people, ...courseWithSections('S1'), first, second);
  const toAnother = membership('M1', 'P3', inUnit('section', 'S1'));
  const [ofFirst, ofSecond, ofThird] = ['P1', 'P2', 'P3'].map((id) => pairDelete(id, 'section', 'S1'));
  // M1 was of P1 in the declared state, and is of P3 from the second command on.
  expect(await sent('declared_enrollment_delete_pair', ofSecond!, toAnother, ofFirst!, ofThird!, first)).toEqual({
    times: 2,
    became: ['deleted', 'updated', 'unchanged', 'deleted', 'created'],
  });
  expect(await sent('declared_enrollment_delete_pair', ofSecond!, first, second, ofFirst!, toAnother)).toEqual({
    times: 2,
    became: ['unchanged', 'unchanged', 'created', 'deleted', 'created'],
  });
  expect(await declaredIds('declared_enrollment')).toEqual(['M1', 'M2']);
});

test('a drop does not go before anything of an org unit', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), ...courseWithSections('S1', 'S2'));
  const [one, other] = [pairDelete('P1', 'section', 'S1'), pairDelete('P2', 'section', 'S1')];
  const between = course('section', 'S2', { parents: [under('offering', 'offering', 'O1')], name: 'Evening' });
  expect((await sent('declared_enrollment_delete_pair', one, between, other)).times).toBe(2);
});

test('deletes of persons that forget go before other persons, unless these name them', async () => {
  const organization = await setting.found({ lis: { dependants: 'forget' } });
  const statements = async (...commands: RecordCommand[]) => {
    const spy = jest.spyOn(pg.Client.prototype, 'query');
    spy.mockClear();
    const became = (await organization.send('lis', ...commands)).map(({ status }) => status);
    const names = spy.mock.calls.map(([query]) => (query as { name?: string } | null)?.name);
    return { times: names.filter((name) => name === 'declared_forget').length, became };
  };
  const old = ['P1', 'P2', 'P3'].map((id) => person(id));
  await organization.send('lis', ...old, membership('M1', 'P1', inUnit('section', 'S1')));
  const alternating = old.flatMap((each, index) => [remove(each), person(`Q${index}`)]);
  expect(await statements(...alternating)).toEqual({
    times: 1,
    became: alternating.map(({ verb }) => (verb === 'delete' ? 'deleted' : 'created')),
  });

  const naming = person('Q9', { relations: [{ kind: 'auditor', sourcedId: 'P2' }] });
  await organization.send('lis', ...old);
  expect(await statements(remove(old[0]!), naming, remove(old[1]!), remove(old[2]!))).toEqual({
    times: 2,
    became: ['deleted', 'created', 'deleted', 'deleted'],
  });
  expect(await setting.query('select from declared_relation', [], organization)).toEqual([]);
});
