import { expect, test } from '@jest/globals';
import type { RenameCommand, WriteCommand } from '../../../src/domain/command.ts';
import type { Outcome } from '../../../src/domain/outcome.ts';
import { syntheticEnrollmentId } from '../../../src/domain/synthetic-enrollment-id.ts';
import { association, course, group, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import { write } from '../../oracle/harness.ts';
import { courseWithSections, useSetting } from '../rules/setting.ts';

const setting = useSetting();

function rename(kind: RenameCommand['kind'], sourcedId: string, newSourcedId: string): WriteCommand {
  const entity = { person: 'user', membership: 'enrollment', association: 'association' }[kind as string] ?? 'org_unit';
  return { entity, kind, verb: 'rename', sourcedId, newSourcedId } as RenameCommand;
}

const changes = async () => {
  const [row] = await setting.query<{ seq: number }>('select change_seq::integer as seq from lane');
  return row?.seq;
};

test('a person keeps the LMS user and the enrollments under another sourcedId; nothing that the LMS sees changes', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: '1' }), ...courseWithSections('S1'));
  await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')));
  const [before, lmsId] = [await changes(), await setting.lmsId('lis/person/P1')];
  expect(await organization.send('lis', rename('person', 'P1', 'P9'))).toEqual([
    { entity: 'user', kind: 'person', verb: 'rename', sourcedId: 'P1', status: 'updated', problems: [], lmsId },
  ]);
  expect(await setting.lmsId('lis/person/P9')).toBe(lmsId);
  expect(await changes()).toBe(before);
  const { enrollments, live } = await setting.look();
  expect(Object.keys(enrollments)).toContain('lis/person/P9 @ lis/section/S1');
  expect(live).not.toContain('lis/person/P1');
  // The old id is free: another person may come under it.
  expect(await organization.send('lis', person('P1', { orgDefinedId: '2' }))).toMatchObject([{ status: 'created' }]);
  expect(await setting.lmsId('lis/person/P1')).not.toBe(lmsId);
});

test('what has no code or org-defined id of its own is called by its sourcedId, and by the new one after a rename', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), course('template', 'C1'));
  await organization.send('lis', rename('person', 'P1', 'P2'), rename('template', 'C1', 'C2'));
  const { users, orgUnits } = await setting.look();
  expect(users['lis/person/P2']?.seen?.orgDefinedId).toBe('P2');
  expect(orgUnits['lis/template/C2']?.seen?.code).toBe('C2');
});

test('rule 14: a code or org-defined id that may not be overwritten is the first sourcedId, whatever is stated or renamed later', async () => {
  const overwrite = { user: { keep: ['orgDefinedId'] }, orgUnit: { keep: ['code'] } };
  const organization = await setting.found({ lis: { overwrite } });
  const names = async (id: string) => {
    const { users, orgUnits } = await setting.look(organization);
    return [users[`lis/person/${id}`]?.seen?.orgDefinedId, orgUnits[`lis/template/${id}`]?.seen?.code];
  };
  await organization.send('lis', person('A'), course('template', 'A'));
  await organization.send('lis', person('A', { orgDefinedId: 'X' }), course('template', 'A', { code: 'X' }));
  expect(await names('A')).toEqual(['A', 'A']);
  await organization.send('lis', rename('person', 'A', 'B'), rename('template', 'A', 'B'));
  expect(await names('B')).toEqual(['A', 'A']);
  await organization.send('lis', person('B', { orgDefinedId: 'X' }), course('template', 'B', { code: 'X' }));
  expect(await names('B')).toEqual(['A', 'A']);
});

test('an id that is in use is refused, an unknown one too, and nothing is written; a rename to itself changes nothing', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'), person('P3'), remove(person('P3')));
  const outcomes = await organization.send(
    'lis',
    rename('person', 'P1', 'P2'),
    rename('person', 'P3', 'P4'),
    rename('person', 'P5', 'P2'),
    rename('person', 'P1', 'P1'),
  );
  expect(outcomes.map(({ status, problems }) => [status, problems[0]?.code])).toEqual([
    ['rejected', 'id_in_use'],
    ['rejected', 'unknown_object'],
    ['rejected', 'unknown_object'],
    ['unchanged', undefined],
  ]);
});

test('what waited for the new id is projected, whatever referred to the old one follows', async () => {
  const { organization } = setting;
  const offering = course('offering', 'O1', { parents: [under('template', 'template', 'C1')] });
  await organization.send('lis', course('template', 'C1'), offering, course('template', 'C3'));
  await organization.send('lis', course('offering', 'O2', { parents: [under('template', null, 'C2')] }));
  expect((await setting.look()).waits).toEqual({ 'lis/offering/O2': 'waiting_for_parent' });
  await organization.send('lis', rename('template', 'C1', 'C2'));
  const { orgUnits, waits } = await setting.look();
  expect(waits).toEqual({});
  for (const id of ['O1', 'O2']) expect(orgUnits[`lis/offering/${id}`]?.seen?.parents).toEqual(['lis/template/C2']);
  // And what comes in the same message later means the new id.
  await organization.send(
    'lis',
    rename('offering', 'O1', 'O9'),
    course('section', 'S1', { parents: [under('offering', 'offering', 'O9')] }),
  );
  expect((await setting.look()).orgUnits['lis/section/S1']?.seen?.parents).toEqual(['lis/offering/O9']);
});

test('an association names its section by the new id, once', async () => {
  const { organization } = setting;
  await organization.send('lis', ...courseWithSections('S1', 'S2'), association('A1', ['S1', 'S9', 'S2']));
  await organization.send('lis', rename('section', 'S1', 'S9'));
  const sections = await setting.query(
    'select section_sourced_id as id from declared_association where organization_id = $1 order by position',
    [organization.id],
  );
  expect(sections).toEqual([{ id: 'S9' }, { id: 'S2' }]);
  expect((await setting.look()).waits).toEqual({});
});

test('a deleted person gives way under the new id; its LMS user stays what it was, linked to nobody', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: '1' }), person('P2', { orgDefinedId: '2' }));
  const lmsId = await setting.lmsId('lis/person/P1');
  await organization.send('lis', remove(person('P2')));
  expect(await organization.send('lis', rename('person', 'P1', 'P2'))).toMatchObject([{ status: 'updated', lmsId }]);
  const users = await setting.query('select id::text, state from lms_user order by id');
  expect(users).toEqual([
    { id: lmsId, state: 'active' },
    { id: expect.anything(), state: 'inactive' },
  ]);
});

test('a placeholder gives way: what hung below it goes over, and its LMS object is deleted', async () => {
  const { organization } = setting;
  await organization.send('banner', course('section', 'S1', { parents: [under('offering', null, 'C2')] }));
  await organization.send('banner', course('template', 'C1', { name: 'Algebra', code: 'ALG' }));
  const [kept, gone] = [await setting.lmsId('banner/template/C1'), await setting.lmsId('banner/template/C2')];
  await organization.send('banner', rename('template', 'C1', 'C2'));
  expect(await setting.lmsId('banner/template/C2')).toBe(kept);
  expect((await setting.look()).orgUnits['banner/offering/S1']?.seen?.parents).toEqual(['banner/template/C2']);
  expect(await setting.query('select state from lms_org_unit where id = $1', [gone])).toEqual([{ state: 'deleted' }]);
});

test('the offering that a section brings goes with it, and with it who is enrolled there', async () => {
  const { organization } = setting;
  await organization.send(
    'banner',
    person('P1'),
    course('section', 'S1', { parents: [under('offering', null, 'C1')] }),
  );
  await organization.send('banner', membership('M1', 'P1', inUnit('section', 'S1')));
  const lmsId = await setting.lmsId('banner/offering/S1');
  await organization.send('banner', rename('section', 'S1', 'S9'));
  expect(await setting.lmsId('banner/offering/S9')).toBe(lmsId);
  const { enrollments } = await setting.look();
  expect(Object.entries(enrollments).filter(([, view]) => 'ended' in view)).toEqual([]);
  expect(Object.keys(enrollments).sort()).toEqual([
    'banner/person/P1 @ banner/offering/S9',
    'banner/person/P1 @ banner/section/S9',
  ]);
});

test('an enrollment without an id of its own is the same one under the new ids of its person and its org unit', async () => {
  const { organization } = setting;
  const unit = inUnit('section', 'S1');
  await organization.send('lis', person('P1'), ...courseWithSections('S1'));
  await organization.send('lis', membership(syntheticEnrollmentId('P1', unit), 'P1', unit));
  await organization.send('lis', rename('person', 'P1', 'P2'), rename('section', 'S1', 'S2'));
  const moved = inUnit('section', 'S2');
  const again = membership(syntheticEnrollmentId('P2', moved), 'P2', moved);
  expect(await organization.send('lis', again, remove(again))).toMatchObject([
    { status: 'unchanged' },
    { status: 'deleted' },
  ]);
  const { enrollments } = await setting.look();
  expect(enrollments['lis/person/P2 @ lis/section/S2']).toEqual({ ended: true });
});

test('a person who takes the sourcedId of one who was deleted keeps the own membership of a pair that both have', async () => {
  const { organization } = setting;
  const unit = inUnit('section', 'S1');
  const of = (id: string, role: string) => membership(syntheticEnrollmentId(id, unit), id, unit, role);
  await organization.send('lis', person('P1'), person('P2'), ...courseWithSections('S1'));
  await organization.send('lis', of('P1', 'Learner'), of('P2', 'Instructor'), remove(person('P2')));
  await organization.send('lis', rename('person', 'P1', 'P2'));
  const { enrollments } = await setting.look();
  expect(enrollments['lis/person/P2 @ lis/section/S1']).toMatchObject({ role: 'student' });
  // What was stated of the new id before anybody had it was meant for whoever comes to have it.
  await organization.send('lis', of('P3', 'Instructor'), rename('person', 'P2', 'P3'));
  expect((await setting.look()).enrollments['lis/person/P3 @ lis/section/S1']).toMatchObject({ role: 'teacher' });
});

test('a renamed membership that waits is told of its roles that are not mapped, as a replaced one is', async () => {
  const { organization } = setting;
  await organization.send('lis', ...courseWithSections('S1'));
  const roles = [{ role: 'Learner' }, { role: 'Nobody mapped it' }];
  const stated = membership('M1', 'P1', inUnit('section', 'S1'), ...roles);
  const [replaced] = await organization.send('lis', stated);
  const [renamed] = await organization.send('lis', rename('membership', 'M1', 'M2'));
  const codes = (outcome?: Outcome) => outcome?.problems.map(({ code }) => code);
  expect(codes(replaced)).toEqual(['waiting_for_user', 'unmapped_role']);
  expect(codes(renamed)).toEqual(['waiting_for_user', 'unmapped_role']);
});

test('memberships, groups and associations are renamed as well', async () => {
  const { organization } = setting;
  await organization.send(
    'lis',
    person('P1'),
    group('G1', 'DEPARTMENT'),
    ...courseWithSections('S1'),
    association('A1', ['S1']),
  );
  await organization.send('lis', membership('M1', 'P1', inUnit('association', 'A1')));
  const before = await setting.query('select id from lms_enrollment');
  const renames = [rename('membership', 'M1', 'M2'), rename('association', 'A1', 'A2'), rename('group', 'G1', 'G2')];
  expect(await organization.send('lis', ...renames)).toMatchObject(
    renames.map(() => ({ status: 'updated', lmsId: expect.anything() })),
  );
  expect(await setting.query('select id from lms_enrollment')).toEqual(before);
  expect(await organization.send('lis', remove(membership('M1', '', inUnit(null, ''))))).toMatchObject([
    { problems: [{ code: 'unknown_object' }] },
  ]);
});

test('a source system in validation learns what a rename would do, and it is not done', async () => {
  const { organization, store } = setting;
  await organization.send('lis', person('P1'), person('P2'));
  const source = { ...organization.sources.get('lis')!, state: 'validate' as const };
  const { outcomes } = await write(store, source, [rename('person', 'P1', 'P3'), rename('person', 'P2', 'P3')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['updated', 'rejected']);
  expect((await setting.look()).live).toEqual(['lis/person/P1', 'lis/person/P2']);
});

test('the journal finds a rename by either id', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'));
  await organization.send('lis', rename('person', 'P1', 'P2'));
  expect(await setting.query('select sourced_ids from message where cardinality(sourced_ids) = 2')).toEqual([
    { sourced_ids: ['P1', 'P2'] },
  ]);
});
