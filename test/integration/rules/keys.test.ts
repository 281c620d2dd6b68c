import { expect, test } from '@jest/globals';
import { syntheticEnrollmentId } from '../../../src/domain/synthetic-enrollment-id.ts';
import { course, group, inUnit, membership, person, remove } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();

test('rule 4: one sourcedId names different things in different services and source systems', async () => {
  const { organization } = setting;
  await organization.send('lis', person('X'), group('X', 'TERM'), course('template', 'X'));
  await organization.send('banner', person('X', { orgDefinedId: 'another X' }));
  const { live } = await setting.look();
  expect(live).toEqual(['banner/person/X', 'lis/group/X', 'lis/person/X', 'lis/template/X']);
});

test('rule 4: sourcedIds compare byte by byte', async () => {
  const { organization } = setting;
  await organization.send('lis', person('a'), person('A'), person('e\u0301'), person('\u00e9'));
  const { waits } = await setting.look();
  // Declared apart; as org-defined ids they fold to the same two identities.
  expect(Object.keys(waits).sort()).toEqual(['lis/person/A', 'lis/person/\u00e9']);
});

test('rule 4: a membership whose type is missing or wrong means the only thing with that id', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), ...courseWithSections('S1'));
  await organization.send(
    'lis',
    membership('M1', 'P1', inUnit(null, 'S1')),
    membership('M2', 'P1', inUnit('group', 'C1')),
  );
  const { enrollments } = await setting.look();
  expect(Object.keys(enrollments).sort()).toEqual([
    'lis/person/P1 @ lis/offering/O1',
    'lis/person/P1 @ lis/section/S1',
    'lis/person/P1 @ lis/template/C1',
  ]);
});

test('rule 4: of several things with that id the stated type chooses; without one it waits as ambiguous', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), group('X', 'TERM'), course('template', 'X'));
  await organization.send('lis', membership('M1', 'P1', inUnit('template', 'X')));
  expect(await organization.send('lis', membership('M2', 'P1', inUnit('section', 'X')))).toMatchObject([
    { status: 'waiting', problems: [{ code: 'ambiguous' }] },
  ]);
  const { enrollments, waits } = await setting.look();
  expect(Object.keys(enrollments)).toEqual(['lis/person/P1 @ lis/template/X']);
  expect(waits).toEqual({ 'lis/membership/M2': 'ambiguous' });

  await organization.send('lis', remove(group('X', 'TERM')));
  expect((await setting.look()).waits).toEqual({});
});

test('rule 5: an enrollment without an id of its own is the same one whenever its pair is sent', async () => {
  const { organization } = setting;
  const unit = inUnit('section', 'S1');
  const id = syntheticEnrollmentId('P1', unit);
  await organization.send('lis', person('P1'), ...courseWithSections('S1'));
  await organization.send('lis', membership(id, 'P1', unit, 'Learner'));
  expect(await organization.send('lis', membership(id, 'P1', unit, 'Instructor'))).toMatchObject([
    { status: 'updated' },
  ]);
  expect((await setting.look()).enrollments['lis/person/P1 @ lis/section/S1']).toMatchObject({ role: 'teacher' });
});

test('rule 5: the delete of a pair removes all enrollments of this source system for it, and no others', async () => {
  const { organization } = setting;
  const unit = inUnit('section', 'S1');
  await organization.send('lis', person('P1'), person('P2'), ...courseWithSections('S1', 'S2'));
  await organization.send(
    'lis',
    membership('M1', 'P1', unit, 'Learner'),
    membership('M2', 'P1', inUnit(null, 'S1'), 'Learner'),
    membership('M3', 'P1', inUnit('section', 'S2')),
    membership('M4', 'P2', unit),
  );
  const sourcedId = syntheticEnrollmentId('P1', unit);
  const pair = { userSourcedId: 'P1', orgUnit: unit };
  const head = { entity: 'enrollment', kind: 'membership', sourcedId, verb: 'delete' } as const;
  expect(await organization.send('lis', { ...head, pair })).toMatchObject([{ status: 'deleted' }]);

  const rows = await setting.query<{ sourced_id: string }>(
    'select sourced_id from declared_enrollment where not deleted order by 1',
  );
  expect(rows.map((row) => row.sourced_id)).toEqual(['M3', 'M4']);
  expect((await setting.look()).enrollments['lis/person/P1 @ lis/section/S1']).toEqual({ ended: true });
  expect(await organization.send('lis', { ...head, pair })).toMatchObject([{ problems: [{ code: 'unknown_object' }] }]);
});

test('rule 8: a membership that changes its person or its course leaves the former pair', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), ...courseWithSections('S1'), course('offering', 'O2'));
  await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')));
  await organization.send('lis', membership('M1', 'P2', inUnit('offering', 'O2')));
  expect((await setting.look()).enrollments).toMatchObject({
    'lis/person/P1 @ lis/section/S1': { ended: true },
    'lis/person/P1 @ lis/offering/O1': { ended: true },
    'lis/person/P2 @ lis/offering/O2': { role: 'student' },
  });
});

test('rule 8: what fans out too far is queued with its message, and worked off', async () => {
  const { organization, store } = setting;
  const sections = Array.from({ length: 11 }, (_, index) => `S${index}`);
  await organization.send('lis', person('P1'), ...courseWithSections(...sections));
  for (const section of sections) {
    const memberships = Array.from({ length: 500 }, (_, index) =>
      membership(`M-${section}-${index}`, 'P1', inUnit('section', section), 'Mentor'),
    );
    await organization.send('lis', ...memberships);
  }
  expect(Object.keys((await setting.look()).enrollments)).toEqual([]);

  const { applyEdit } = await import('../../oracle/edits.ts');
  const edit = { edit: 'role', source: 'lis', sisRole: 'Mentor', to: 'assistant' } as const;
  await applyEdit(store, organization.id, organization.sources, edit);
  expect(await setting.query('select total, done from reprojection where finished_at is null')).toEqual([
    { total: 5500, done: 0 },
  ]);
  while (await store.workOff(organization.id));
  const { enrollments, waits } = await setting.look();
  expect(Object.keys(enrollments)).toHaveLength(sections.length + 1);
  expect(waits).toEqual({});
  expect(await setting.query('select from reprojection where finished_at is null')).toEqual([]);
});
