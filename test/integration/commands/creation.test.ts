import { expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
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
import { write } from '../../oracle/harness.ts';
import { courseWithSections, useSetting } from '../rules/setting.ts';

const setting = useSetting();

const create = (command: RecordCommand) => ({ ...command, mustNotExist: true }) as RecordCommand;
const copy = (command: RecordCommand, copyOf: string) => ({ ...command, copyOf }) as RecordCommand;
const adding = (command: RecordCommand, lists: 'add' | 'remove' = 'add') =>
  ({ ...update(command), lists }) as RecordCommand;

const fieldsOf = async (kind: RecordCommand['kind'], sourcedId: string) => {
  const entity = { person: 'user', membership: 'enrollment', association: 'association' }[kind as string] ?? 'org_unit';
  const read = { entity, kind, sourcedId, verb: 'read' } as never;
  return (await setting.organization.send('lis', read))[0]?.record?.fields;
};

test('what is to be new is refused where its id is in use, and nothing of it is written', async () => {
  const { organization } = setting;
  const all = [
    person('P1', { givenName: 'Ann' }),
    ...courseWithSections('S1'),
    association('A1', ['S1']),
    membership('M1', 'P1', inUnit('section', 'S1')),
  ];
  expect((await organization.send('lis', ...all.map(create))).map(({ status }) => status)).toEqual(
    all.map(() => 'created'),
  );
  const again = await organization.send('lis', create(person('P1', { givenName: 'Bob' })), ...all.slice(1).map(create));
  expect(again.map(({ status, problems }) => [status, problems[0]?.code])).toEqual(
    all.map(() => ['rejected', 'id_in_use']),
  );
  expect(await fieldsOf('person', 'P1')).toEqual({ givenName: 'Ann' });
});

test('what was deleted is made again, and a placeholder is taken over, under the LMS ids that they had', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), membership('M1', 'P1', inUnit('section', 'S1')));
  const userId = await setting.lmsId('lis/person/P1');
  await organization.send('lis', remove(person('P1')), remove(membership('M1', 'P1', inUnit(null, ''))));
  const made = [create(person('P1')), create(membership('M1', 'P1', inUnit('section', 'S1')))];
  expect(await organization.send('lis', ...made)).toMatchObject([
    { status: 'created', lmsId: userId },
    { status: 'waiting' },
  ]);

  await organization.send('banner', course('section', 'S1', { parents: [under('offering', null, 'C1')] }));
  const templateId = await setting.lmsId('banner/template/C1');
  expect(await organization.send('banner', create(course('template', 'C1', { name: 'Algebra' })))).toMatchObject([
    { status: 'created', lmsId: templateId },
  ]);
});

test('a source system in validation learns that an id is in use, and writes nothing', async () => {
  const { organization, store } = setting;
  const source = { ...organization.sources.get('lis')!, state: 'validate' as const };
  const { outcomes } = await write(store, source, [create(person('P1')), create(person('P1'))]);
  expect(outcomes.map(({ status, problems }) => [status, problems.map(({ code }) => code)])).toEqual([
    ['created', ['validate_only']],
    ['rejected', ['id_in_use', 'validate_only']],
  ]);
  expect(await fieldsOf('person', 'P1')).toBeUndefined();
});

test('a copy has the fields of the other, under what is stated; parents are replaced by their roles', async () => {
  const { organization } = setting;
  const parents = [under('semester', 'group', 'T1'), under('template', 'template', 'C1')];
  const one = course('offering', 'O1', {
    name: 'Algebra',
    code: 'ALG',
    attributes: { label: 'A', campus: 'north' },
    parents,
  });
  const changes = course('offering', 'O2', {
    code: 'ALG2',
    attributes: { label: 'B' },
    parents: [under('semester', 'group', 'T2')],
  });
  await organization.send('lis', course('template', 'C1'), one, create(copy(changes, 'O1')));
  expect(await fieldsOf('offering', 'O2')).toEqual({
    type: 'CourseOffering',
    name: 'Algebra',
    code: 'ALG2',
    attributes: { label: 'B', campus: 'north' },
    parents: [under('template', 'template', 'C1'), under('semester', 'group', 'T2')],
  });
  // The other may change in the message that copies it: commands about one object keep their order.
  const renamed = { ...update(course('offering', 'O1', { name: 'Number theory' })) };
  await organization.send('lis', renamed, copy(course('offering', 'O3', { code: 'ALG3' }), 'O1'), remove(one));
  expect(await fieldsOf('offering', 'O3')).toMatchObject({ name: 'Number theory', code: 'ALG3' });
});

test('a copy into another term takes over neither the dates and the status of the former one, nor the offering of a section', async () => {
  const { organization } = setting;
  const [t1, t2] = [under('semester', 'group', 'T1'), under('semester', 'group', 'T2')];
  const dated = { startsAt: '2020-01-01T00:00:00.000Z', endsAt: '2020-06-01T00:00:00.000Z', active: false };
  const inOffering = under('offering', 'offering', 'O1');
  await organization.send(
    'lis',
    course('template', 'C1'),
    course('offering', 'O1', { ...dated, name: 'Algebra', parents: [under('template', 'template', 'C1'), t1] }),
    course('section', 'S1', { ...dated, name: 'One', parents: [inOffering] }),
    copy(course('offering', 'O2', { parents: [t2] }), 'O1'),
    copy(course('offering', 'O3', { parents: [t1] }), 'O1'),
    copy(course('offering', 'O4', { parents: [t2], active: false }), 'O1'),
    copy(course('section', 'S3', { parents: [t1] }), 'S1'),
    copy(course('section', 'S4', { parents: [t2, under('offering', 'offering', 'O2')] }), 'S1'),
  );
  expect(await organization.send('lis', copy(course('section', 'S2', { parents: [t2] }), 'S1'))).toMatchObject([
    { status: 'waiting', problems: [{ code: 'waiting_for_parent' }] },
  ]);
  const [offering, section] = [
    { type: 'CourseOffering', name: 'Algebra' },
    { type: 'CourseSection', name: 'One' },
  ];
  const template = under('template', 'template', 'C1');
  expect(await fieldsOf('offering', 'O2')).toEqual({ ...offering, parents: [template, t2] });
  expect(await fieldsOf('offering', 'O3')).toEqual({ ...offering, ...dated, parents: [template, t1] });
  expect(await fieldsOf('offering', 'O4')).toEqual({ ...offering, active: false, parents: [template, t2] });
  expect(await fieldsOf('section', 'S2')).toEqual({ ...section, parents: [t2] });
  expect(await fieldsOf('section', 'S3')).toEqual({ ...section, ...dated, parents: [inOffering, t1] });
  expect(await fieldsOf('section', 'S4')).toEqual({ ...section, parents: [t2, under('offering', 'offering', 'O2')] });
});

test('a copy into another term of a section that brings its own offering stays in its course', async () => {
  const parents = (term: string) => [under('offering', null, 'C1'), under('semester', 'group', term)];
  await setting.organization.send('banner', course('section', 'S1', { active: false, parents: parents('T1') }));
  const [outcome] = await setting.organization.send(
    'banner',
    copy(course('section', 'S2', { parents: parents('T2').slice(1) }), 'S1'),
  );
  expect(outcome).toMatchObject({ status: 'created' });
  expect((await setting.look()).orgUnits['banner/offering/S2']).toMatchObject({ state: 'active' });
});

test('a copy of what is not there is refused as unknown: never sent, deleted, of another kind, or a placeholder', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), remove(person('P1')), course('template', 'C1'));
  await organization.send('banner', course('section', 'S1', { parents: [under('offering', null, 'C1')] }));
  const outcomes = [
    ...(await organization.send('lis', copy(person('P2'), 'P1'), copy(course('offering', 'O1'), 'C1'))),
    ...(await organization.send('banner', copy(course('template', 'C2'), 'C1'))),
  ];
  expect(outcomes.map(({ status, problems }) => [status, problems[0]?.code])).toEqual(
    outcomes.map(() => ['rejected', 'unknown_object']),
  );
  expect((await setting.look()).live).not.toContain('lis/person/P2');
});

test('entries are added to lists and taken out of them, and the projection follows', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), ...courseWithSections('S1', 'S2'), association('A1', ['S1']));
  await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1'), 'Learner'));
  await organization.send('lis', adding(association('A1', ['S2'])));
  expect(await fieldsOf('association', 'A1')).toEqual({ sections: ['S1', 'S2'] });
  expect((await setting.look()).orgUnits['lis/section/S2']?.seen?.parents).toEqual(['lis/association/A1']);

  const instructor = {
    ...membership('M1', '', inUnit(null, '')),
    fields: { roles: [{ role: 'Instructor', active: true }] },
  };
  const pair = 'lis/person/P1 @ lis/section/S1';
  await organization.send('lis', adding(instructor as never));
  expect((await setting.look()).enrollments[pair]).toMatchObject({ role: 'teacher' });
  await organization.send('lis', adding(instructor as never, 'remove'), adding(association('A1', ['S1']), 'remove'));
  expect((await setting.look()).enrollments[pair]).toMatchObject({ role: 'student' });
  expect(await fieldsOf('association', 'A1')).toEqual({ sections: ['S2'] });

  const learner = { ...instructor, fields: { roles: [{ role: 'learner', active: true }] } };
  expect(await organization.send('lis', adding(learner as never, 'remove'))).toMatchObject([
    { status: 'updated', problems: [] },
  ]);
  const { enrollments, waits } = await setting.look();
  expect(enrollments[pair]).toEqual({ ended: true });
  expect(waits).toEqual({});
});

test('a list does not grow beyond its limit, bit by bit or by a copy; what is refused changes nothing', async () => {
  const { organization } = setting;
  const texts = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${String(from + n)}`, 'x']));
  const roles = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ role: 'Learner', subRole: String(from + n) }));
  const groups = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => under('parent', 'group', `G${String(from + n)}`));
  const sections = (from: number, count: number) => Array.from({ length: count }, (_, n) => `S${String(from + n)}`);
  const unit = inUnit('section', 'S1');
  await organization.send(
    'lis',
    person('P1', { attributes: texts(0, 499) }),
    membership('M1', 'P1', unit, ...roles(0, 99)),
    group('G', 'DEPARTMENT', { parents: groups(0, 99) }),
    association('A1', sections(0, 4_999)),
    course('template', 'C1', { attributes: texts(0, 300) }),
  );
  const one = [
    person('P1', { attributes: texts(499, 1) }),
    membership('M1', 'P1', unit, ...roles(99, 1)),
    group('G', 'DEPARTMENT', { parents: groups(99, 1) }),
    association('A1', sections(4_999, 1)),
  ];
  const again = [
    person('P1', { attributes: texts(500, 1) }),
    membership('M1', 'P1', unit, ...roles(100, 1)),
    group('G', 'DEPARTMENT', { parents: groups(100, 1) }),
    association('A1', sections(5_000, 1)),
  ];
  const outcomes = await organization.send(
    'lis',
    ...one.map((each) => adding(each)),
    ...again.map((each) => adding(each)),
  );
  expect(outcomes.map(({ status, problems }) => [status, problems[0]?.code, problems[0]?.field]).slice(4)).toEqual([
    ['rejected', 'value_too_long', 'attributes'],
    ['rejected', 'value_too_long', 'roles'],
    ['rejected', 'value_too_long', 'parents'],
    ['rejected', 'value_too_long', 'sections'],
  ]);
  expect(outcomes.slice(0, 4).every(({ status }) => status === 'updated' || status === 'waiting')).toBe(true);
  // What is there already is not one more; what does not grow is not judged.
  const harmless = await organization.send(
    'lis',
    ...one.map((each) => adding(each)),
    update(person('P1', { nickname: 'Pi' })),
  );
  expect(harmless.map(({ status }) => status)).not.toContain('rejected');
  const copied = copy(course('template', 'C2', { attributes: texts(300, 201) }), 'C1');
  expect(await organization.send('lis', copied)).toMatchObject([
    { status: 'rejected', problems: [{ code: 'value_too_long', field: 'attributes' }] },
  ]);
  expect(await setting.lmsId('lis/template/C2')).toBeUndefined();
});
