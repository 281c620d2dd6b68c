import { describe, expect, test } from '@jest/globals';
import type { BatchItem } from '../../../src/pipeline/ports.ts';
import { rejectUnmapped } from '../../../src/handlers/reject-unmapped.ts';
import { course, group, inUnit, membership, person, remove, under, update } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();
const inSection = inUnit('section', 'S1');
const [atSection, atOffering] = ['lis/person/P1 @ lis/section/S1', 'lis/person/P1 @ lis/offering/O1'];

describe('rule 9: what is not mapped is declared and waits', () => {
  test('rule 9: an unmapped membership role waits, and projects once it is mapped', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'));
    expect(await organization.send('lis', membership('M1', 'P1', inSection, 'Mentor'))).toMatchObject([
      { status: 'waiting', problems: [{ code: 'unmapped_role' }] },
    ]);
    await organization.edit({ edit: 'role', source: 'lis', sisRole: ' MENTOR', to: 'assistant' });
    expect((await setting.look()).enrollments).toMatchObject({ [atSection]: { role: 'assistant' } });
    await organization.edit({ edit: 'role', source: 'lis', sisRole: 'Mentor', to: null });
    expect((await setting.look()).enrollments).toMatchObject({ [atSection]: { ended: true } });
  });

  test('rule 9: a membership with a mapped and an unmapped role is enrolled and says what lacks', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'));
    const [outcome] = await organization.send('lis', membership('M1', 'P1', inSection, 'Mentor', 'Learner'));
    expect(outcome!.problems).toMatchObject([{ code: 'unmapped_role' }]);
    expect((await setting.look()).enrollments).toMatchObject({ [atSection]: { role: 'student' } });
  });

  test('rule 9: a membership that waits for its person tells of the unmapped role as well, whenever it is sent', async () => {
    const { organization } = setting;
    await organization.send('lis', ...courseWithSections('S1'));
    const mentor = membership('M1', 'P1', inSection, 'Mentor', 'Learner');
    const both = [
      { code: 'waiting_for_user' },
      { code: 'unmapped_role', message: expect.stringContaining('"Mentor"') },
    ];
    expect(await organization.send('lis', mentor)).toMatchObject([{ status: 'waiting', problems: both }]);
    expect(await organization.send('lis', mentor)).toMatchObject([{ status: 'waiting', problems: both }]);
    expect(await organization.send('lis', person('P2'), mentor)).toMatchObject([{}, { problems: both }]);
    expect(await organization.send('lis', membership('M2', 'P1', inUnit('section', 'S9'), 'Learner'))).toMatchObject([
      { problems: [{ code: 'waiting_for_user' }] },
    ]);
    expect(await organization.send('lis', remove(mentor))).toMatchObject([{ status: 'deleted', problems: [] }]);
  });

  test('rule 9: it still tells of it when its person comes in the same message and its org unit does not', async () => {
    const { organization } = setting;
    const mentor = membership('M1', 'P1', inSection, 'Mentor');
    expect(await organization.send('lis', person('P1'), mentor)).toMatchObject([
      { status: 'created' },
      { status: 'waiting', problems: [{ code: 'waiting_for_org_unit' }, { code: 'unmapped_role' }] },
    ]);
    // Stated again beside its section: it is placed anew, and only the role is left to say.
    expect(await organization.send('lis', ...courseWithSections('S1'), mentor)).toMatchObject([
      {},
      {},
      {},
      { status: 'waiting', problems: [{ code: 'unmapped_role' }] },
    ]);
  });

  test('rule 9: an unmapped institution role or org unit type waits, with all that hangs on it', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1', { roles: [{ role: 'Alumni', primary: true }] }), group('G1', 'CLUB'));
    await organization.send('lis', membership('M1', 'P1', inUnit('group', 'G1')));
    expect((await setting.look()).waits).toEqual({
      'lis/person/P1': 'unmapped_role',
      'lis/group/G1': 'unmapped_type',
      'lis/membership/M1': 'waiting_for_user',
    });
    await organization.edit({ edit: 'role', source: 'lis', sisRole: 'Alumni', to: 'student' });
    await organization.edit({ edit: 'type', source: 'lis', sisType: 'CLUB', to: 'department' });
    const { waits, enrollments } = await setting.look();
    expect(waits).toEqual({});
    expect(enrollments).toMatchObject({ 'lis/person/P1 @ lis/group/G1': { role: 'student' } });
  });

  test('rule 9: the option `reject` refuses it instead, as IPSIS does', () => {
    const { organization } = setting;
    const lis = organization.sources.get('lis')!;
    const item: BatchItem = { command: membership('M1', 'P1', inSection, 'Mentor'), warnings: [] };
    rejectUnmapped.handle([item], { ...lis, options: { ...lis.options, unmapped: 'reject' } });
    expect(item.refusal).toMatchObject({ code: 'unmapped_role' });
  });
});

describe('rule 10: one enrollment per user and org unit', () => {
  test('rule 10: its role is the best-ranked active one of all that support it', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'));
    await organization.send(
      'lis',
      membership('M1', 'P1', inSection, 'Learner', { role: 'Instructor', active: false }),
      membership('M2', 'P1', inUnit('offering', 'O1'), { subRole: 'Lead', startsAt: '2020-01-01T00:00:00Z' }),
    );
    const one = await setting.look();
    expect(one.enrollments).toMatchObject({ [atSection]: { role: 'student' }, [atOffering]: { subRole: 'Lead' } });

    await organization.send('lis', membership('M1', 'P1', inSection, 'Learner', 'Instructor'));
    const other = await setting.look();
    expect(other.enrollments).toMatchObject({ [atSection]: { role: 'teacher' }, [atOffering]: { role: 'teacher' } });
  });

  test('rule 10: it ends with its last support, and comes back under its id', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1', 'S2'));
    const [one, other] = [membership('M1', 'P1', inSection), membership('M2', 'P1', inUnit('section', 'S2'))];
    await organization.send('lis', one, other);
    const id = () =>
      setting.query<{ id: string }>(`select id::text from lms_enrollment e join link l on l.lms_id = e.org_unit_id
                                                     where l.sourced_id = 'O1' and not ended`);
    const [before] = await id();
    await organization.send('lis', remove(one));
    expect(await id()).toEqual([before]);
    await organization.send('lis', membership('M2', 'P1', inUnit('section', 'S2'), { active: false }));
    expect((await setting.look()).enrollments[atOffering]).toEqual({ ended: true });
    await organization.send('lis', one);
    expect(await id()).toEqual([before]);
  });

  test('rule 10: who may see all sections stays in the offering when the section enrollment is deleted', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'));
    await organization.send('lis', membership('M1', 'P1', inSection, 'Instructor'));
    await organization.send('lis', remove(membership('M1', 'P1', inSection)));
    const { enrollments } = await setting.look();
    expect(enrollments).toMatchObject({ [atSection]: { ended: true }, [atOffering]: { role: 'teacher' } });
    await organization.send('lis', remove(course('section', 'S1')));
    expect((await setting.look()).enrollments[atOffering]).toEqual({ ended: true });
  });

  test('rule 10: dates are data: a past enrollment is enrolled', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'));
    await organization.send('lis', membership('M1', 'P1', inSection, { endsAt: '2001-01-31T00:00:00Z' }));
    expect((await setting.look()).enrollments[atSection]).toMatchObject({ endsAt: '2001-01-31T00:00:00.000Z' });
  });
});

describe('rule 11: a delete tombstones its own row', () => {
  test('rule 11: what depends on it is detached, and revives when it is declared again', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'), membership('M1', 'P1', inSection));
    const before = await setting.look();
    await organization.send('lis', remove(course('template', 'C1')));
    const { waits, orgUnits, enrollments } = await setting.look();
    expect(waits).toEqual({
      'lis/offering/O1': 'detached',
      'lis/section/S1': 'waiting_for_parent',
      'lis/membership/M1': 'waiting_for_org_unit',
    });
    expect(Object.values(orgUnits).map((unit) => unit.state)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(Object.values(enrollments)).toEqual([{ ended: true }, { ended: true }]);

    await organization.send('lis', course('template', 'C1'));
    expect(await setting.look()).toEqual(before);
  });

  test('rule 11: with the option `forget` dependants are tombstoned, too', async () => {
    const organization = await setting.found({ lis: { dependants: 'forget' } });
    await organization.send('lis', person('P1'), ...courseWithSections('S1'), membership('M1', 'P1', inSection));
    await organization.send('lis', remove(course('template', 'C1')));
    expect((await setting.look(organization)).waits).toEqual({});
    await organization.send('lis', course('template', 'C1'));
    expect((await setting.look(organization)).live).toEqual(['lis/person/P1', 'lis/template/C1']);
  });

  test('rule 11: deleting what was never declared warns and leaves nothing pending', async () => {
    const { organization } = setting;
    expect(await organization.send('lis', remove(person('P1')), remove(course('section', 'S1')))).toMatchObject([
      { problems: [{ code: 'unknown_object' }] },
      { problems: [{ code: 'unknown_object' }] },
    ]);
    expect(await setting.query('select from declared_user union all select from declared_org_unit')).toEqual([]);
    await organization.send('lis', person('P1'));
    expect((await setting.look()).live).toEqual(['lis/person/P1']);
  });

  test.each([
    ['inactivate', 'inactive'],
    ['delete', 'deleted'],
  ] as const)('rule 11: the option userDelete `%s` leaves the user %s', async (userDelete, state) => {
    const organization = await setting.found({ lis: { userDelete } });
    await organization.send('lis', person('P1'));
    await organization.send('lis', remove(person('P1')));
    expect((await setting.look(organization)).users).toEqual({ 'lis/person/P1': { state } });
  });

  test('rule 11: an update of what was deleted brings its former fields back, a replace starts afresh', async () => {
    const { organization } = setting;
    const one = person('P1', { givenName: 'Ann', familyName: 'Lee' });
    await organization.send('lis', one);
    await organization.send('lis', remove(one));
    await organization.send('lis', update(person('P1', { givenName: 'Anna' })));
    const fields = async () => (await setting.look()).users['lis/person/P1']?.seen?.fields;
    expect(await fields()).toEqual({ givenName: 'Anna', familyName: 'Lee' });
    await organization.send('lis', remove(one));
    await organization.send('lis', person('P1', { givenName: 'Anna' }));
    expect(await fields()).toEqual({ givenName: 'Anna' });
  });

  test('rule 11: a late parent, a changed parent: nothing is lost because of the order', async () => {
    const { organization } = setting;
    await organization.send('lis', membership('M1', 'P1', inSection));
    for (const command of [...courseWithSections('S1').reverse(), person('P1')])
      await organization.send('lis', command);
    expect((await setting.look()).waits).toEqual({});
    const moved = course('section', 'S1', { parents: [under('offering', 'offering', 'O2')] });
    expect(await organization.send('lis', moved)).toMatchObject([
      { status: 'waiting', problems: [{ code: 'waiting_for_parent' }] },
    ]);
  });
});
