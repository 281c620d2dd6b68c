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
