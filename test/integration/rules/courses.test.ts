import { describe, expect, test } from '@jest/globals';
import { association, course, group, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();

/** A section as Banner sends it: a catalogue course, a term and a department that nobody sends. */
function bannerSection(sourcedId: string, name = 'Poetry') {
  const parents = [
    under('offering', 'offering', 'ENG.101'),
    under('semester', 'group', '201740'),
    under('department', 'group', 'ENG', 'English'),
  ];
  return course('section', sourcedId, { name, parents, attributes: { label: `ENG-101-${sourcedId}` } });
}

describe('rule 12: a placeholder lives while a live row names it', () => {
  test('rule 12: a section brings its own offering under template, department and semester', async () => {
    const { organization } = setting;
    await organization.send('banner', person('P1'), bannerSection('10001'));
    await organization.send('banner', membership('M1', 'P1', inUnit('section', '10001')));
    const { orgUnits, enrollments, waits } = await setting.look();
    expect(waits).toEqual({});
    expect(orgUnits).toMatchObject({
      'banner/group/201740': { type: 'semester', seen: { code: '201740', parents: ['organization'] } },
      'banner/group/ENG': { type: 'department', seen: { fields: { name: 'English' } } },
      'banner/template/ENG.101': { type: 'course_template', seen: { parents: ['banner/group/ENG'] } },
      'banner/offering/10001': {
        type: 'course_offering',
        seen: {
          code: 'ENG-101-10001',
          fields: { name: 'Poetry' },
          parents: ['banner/template/ENG.101', 'banner/group/201740'],
        },
      },
      'banner/section/10001': { type: 'course_section', seen: { parents: ['banner/offering/10001'] } },
    });
    expect(Object.keys(enrollments)).toHaveLength(2);
  });

  test('rule 12: a section brings what it needs beside others whose offering was sent', async () => {
    const { organization } = setting;
    const offering = course('offering', 'A-OFFERING', { parents: [under('department', 'group', 'ENG')] });
    const section = course('section', '00001', { parents: [under('offering', 'offering', 'A-OFFERING')] });
    await organization.send('banner', group('ENG', 'DEPARTMENT'), offering, section);
    await organization.send('banner', bannerSection('10001'));
    const { orgUnits, waits } = await setting.look();
    expect(waits).toEqual({});
    expect(orgUnits['banner/template/ENG.101']?.state).toBe('active');
  });

  test('rule 12: without a section that names it it is inactive, its link kept; it comes back under its id', async () => {
    const { organization } = setting;
    await organization.send('banner', bannerSection('10001'), bannerSection('10002'));
    const id = await setting.lmsId('banner/template/ENG.101');
    await organization.send('banner', remove(bannerSection('10001')));
    expect((await setting.look()).orgUnits['banner/template/ENG.101']?.state).toBe('active');
    await organization.send('banner', remove(bannerSection('10002')));
    expect((await setting.look()).orgUnits).toMatchObject({
      'banner/template/ENG.101': { state: 'inactive' },
      'banner/group/ENG': { state: 'inactive' },
      'banner/offering/10001': { state: 'inactive' },
      'banner/section/10001': { state: 'deleted' },
    });
    await organization.send('banner', bannerSection('10003'));
    expect((await setting.look()).orgUnits['banner/template/ENG.101']?.state).toBe('active');
    expect(await setting.lmsId('banner/template/ENG.101')).toBe(id);
  });

  test('rule 12: its own message takes it over under the same LMS id', async () => {
    const { organization } = setting;
    await organization.send('banner', bannerSection('10001'));
    const ids = [await setting.lmsId('banner/template/ENG.101'), await setting.lmsId('banner/group/ENG')];
    await organization.send(
      'banner',
      group('ENG', 'DEPARTMENT', { name: 'School of English', code: 'SOE' }),
      course('template', 'ENG.101', { name: 'Introduction to Poetry' }),
    );
    await organization.send('banner', remove(bannerSection('10001')));
    const { orgUnits } = await setting.look();
    expect(orgUnits['banner/template/ENG.101']).toMatchObject({
      state: 'active',
      seen: { fields: { name: 'Introduction to Poetry' }, parents: ['organization'] },
    });
    expect(orgUnits['banner/group/ENG']).toMatchObject({ seen: { code: 'SOE' } });
    expect([await setting.lmsId('banner/template/ENG.101'), await setting.lmsId('banner/group/ENG')]).toEqual(ids);
  });

  test('rule 12: a message of another type does not take it over: it waits', async () => {
    const { organization } = setting;
    await organization.send('banner', bannerSection('10001'));
    expect(await organization.send('banner', group('ENG', 'TERM'))).toMatchObject([
      { status: 'waiting', problems: [{ code: 'type_conflict' }] },
    ]);
    await organization.send('banner', group('ENG', 'DEPARTMENT'));
    expect((await setting.look()).waits).toEqual({});
  });

  test('rule 12: a delete of a mere placeholder warns and changes nothing', async () => {
    const { organization } = setting;
    await organization.send('banner', bannerSection('10001'));
    const before = await setting.look();
    expect(await organization.send('banner', remove(course('template', 'ENG.101')))).toMatchObject([
      { problems: [{ code: 'unknown_object' }] },
    ]);
    expect(await setting.look()).toEqual(before);
  });

  test('rule 12: a date that the section states as null is stated as null of its offering, too', async () => {
    const startsAt = '2026-09-01T00:00:00.000Z';
    const brings = { semesterType: 'TERM', departmentType: 'DEPARTMENT' };
    const organization = await setting.found({ lis: { sectionBringsOffering: brings, adoptOrgUnits: true } });
    const dates = async () => Object.values((await setting.look(organization)).orgUnits)[0]?.seen?.fields;
    await organization.send('banner', course('offering', '10001', { name: 'Poetry', startsAt }));
    await organization.send('lis', course('section', '10001', { name: 'Poetry' }));
    expect(await dates()).toEqual({ name: 'Poetry', startsAt });
    await organization.send('lis', course('section', '10001', { name: 'Poetry', startsAt: null }));
    expect(await dates()).toEqual({ name: 'Poetry' });
  });

  test('rule 12: an offering that has its own message is the offering, and none is brought', async () => {
    const { organization } = setting;
    await organization.send('banner', course('offering', 'ENG.101'), bannerSection('10001'));
    const { orgUnits } = await setting.look();
    expect(Object.keys(orgUnits).sort()).toEqual(['banner/offering/ENG.101', 'banner/section/10001']);
    expect(orgUnits['banner/section/10001']).toMatchObject({ seen: { parents: ['banner/offering/ENG.101'] } });
  });

  test('rule 12: without the option a section waits for its offering', async () => {
    const { organization } = setting;
    expect(await organization.send('lis', bannerSection('10001'))).toMatchObject([
      { status: 'waiting', problems: [{ code: 'waiting_for_parent' }] },
    ]);
  });
});

describe('rule 13: a section association is the parent of its sections', () => {
  test('rule 13: every association that names a section is its parent, else its declared parent is', async () => {
    const { organization } = setting;
    await organization.send('lis', ...courseWithSections('S1', 'S2'), person('P1'));
    await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')));
    await organization.send('lis', association('A1', ['S1', 'S2']), association('A2', ['S1']));
    const { orgUnits, enrollments } = await setting.look();
    expect(orgUnits).toMatchObject({
      'lis/section/S1': { seen: { parents: ['lis/association/A1', 'lis/association/A2'] } },
      'lis/section/S2': { seen: { parents: ['lis/association/A1'] } },
      'lis/association/A1': { type: 'course_offering', seen: { parents: ['lis/template/C1'] } },
    });
    expect(enrollments).toMatchObject({
      'lis/person/P1 @ lis/association/A1': { role: 'student' },
      'lis/person/P1 @ lis/association/A2': { role: 'student' },
      'lis/person/P1 @ lis/offering/O1': { ended: true },
    });
    await organization.send('lis', remove(association('A1', [])), remove(association('A2', [])));
    expect((await setting.look()).orgUnits['lis/section/S2']).toMatchObject({ seen: { parents: ['lis/offering/O1'] } });
  });

  test('rule 13: of sections that are groups, too: their members are in the offering, or in the associations (IPSIS: EnrollLMSOffering)', async () => {
    const { organization } = setting;
    const parents = [under('offering', 'offering', 'O1')];
    const groups = ['S1', 'S2'].map((id) => course('section', id, { type: 'CourseGroup', parents }));
    const [member, teacher] = [
      membership('M1', 'P1', inUnit('section', 'S1')),
      membership('M2', 'P2', inUnit('section', 'S1'), 'Instructor'),
    ];
    await organization.send('lis', ...courseWithSections(), ...groups, person('P1'), person('P2'), member, teacher);
    const enrolled = async () =>
      Object.entries((await setting.look()).enrollments)
        .flatMap(([pair, view]) => ('ended' in view ? [] : [pair.replaceAll(/lis\/\w+\//g, '')]))
        .sort();
    expect(await enrolled()).toEqual(['P1 @ O1', 'P1 @ S1', 'P2 @ O1', 'P2 @ S1']);
    await organization.send('lis', association('A1', ['S1', 'S2']));
    expect(await enrolled()).toEqual(['P1 @ A1', 'P1 @ S1', 'P2 @ A1', 'P2 @ S1']);
    await organization.send('lis', remove(member), remove(teacher));
    expect(await enrolled()).toEqual(['P2 @ A1']);
  });

  test('rule 13: an offering whose sections are all taught elsewhere is inactive, never deleted', async () => {
    const { organization } = setting;
    const state = async () => (await setting.look()).orgUnits['lis/offering/O1']?.state;
    await organization.send('lis', ...courseWithSections('S1', 'S2'));
    await organization.send('lis', association('A1', ['S1']));
    expect(await state()).toBe('active');
    await organization.send('lis', association('A1', ['S1', 'S2']));
    expect(await state()).toBe('inactive');
    await organization.send('lis', association('A1', ['S2']));
    expect(await state()).toBe('active');
  });

  test('rule 13: what an association takes from its sections stays, once it may not be overwritten, unless another states it', async () => {
    const startsAt = '2026-09-01T00:00:00.000Z';
    const organization = await setting.found({ lis: { adoptOrgUnits: true } });
    const fields = async () => (await setting.look(organization)).orgUnits[name]?.seen?.fields;
    const name = 'banner/offering/S2 + lis/association/S2';
    await organization.send('banner', course('section', 'S2'));
    await organization.send('lis', course('section', 'S2', { startsAt }), association('S2', ['S2']));
    expect(await fields()).toMatchObject({ startsAt });
    const overwrite = { user: 'yes', orgUnit: 'no' } as const;
    await organization.edit({ edit: 'options', source: 'lis', options: { overwrite } });
    expect(await fields()).toMatchObject({ startsAt });
    await organization.send('banner', course('section', 'S2', { startsAt: null }));
    expect(await fields()).not.toHaveProperty('startsAt');
  });

  test('rule 13: unknown sections wait one by one', async () => {
    const { organization } = setting;
    const waits = (on: string) => [
      { status: 'waiting', problems: [{ code: 'waiting_for_section', message: expect.stringContaining(` ${on}. `) }] },
    ];
    const one = association('A1', ['S1', 'S9']);
    const [none] = await organization.send('lis', one);
    expect([none]).toMatchObject(waits('S1, S9'));
    expect(none?.problems[0]?.message).toContain('The association waits as a whole');
    expect(none).not.toHaveProperty('lmsId');
    await organization.send('lis', ...courseWithSections('S1'));
    const { orgUnits } = await setting.look();
    expect(orgUnits['lis/section/S1']).toMatchObject({ seen: { parents: ['lis/association/A1'] } });
    const [some] = await organization.send('lis', one);
    expect([some]).toMatchObject(waits('S9'));
    expect(some?.problems[0]?.message).toContain('the others are in');
    await organization.send('lis', course('section', 'S9'));
    expect((await setting.look()).orgUnits['lis/section/S9']).toMatchObject({
      seen: { parents: ['lis/association/A1'] },
    });
    expect(await organization.send('lis', one)).toMatchObject([{ status: 'unchanged', problems: [] }]);
  });

  test('rule 13: an association that names an unknown section applies to the others, and says which one waits', async () => {
    const { organization } = setting;
    await organization.send('lis', ...courseWithSections('S1'));
    const reads = () =>
      setting.query(`select live, wait_code, wait_on from declared_org_unit where kind = 'association'`);
    expect(await organization.send('lis', association('A1', ['S9', 'S1']))).toMatchObject([
      { status: 'waiting', lmsId: expect.any(String), problems: [{ code: 'waiting_for_section' }] },
    ]);
    expect(await reads()).toEqual([{ live: true, wait_code: 'waiting_for_section', wait_on: 'S9' }]);
    expect((await setting.look()).orgUnits).toMatchObject({
      'lis/association/A1': { state: 'active' },
      'lis/section/S1': { seen: { parents: ['lis/association/A1'] } },
    });
    await organization.send('lis', course('section', 'S9'));
    expect(await reads()).toEqual([{ live: true, wait_code: null, wait_on: null }]);
    await organization.send('lis', remove(course('section', 'S9')));
    expect(await reads()).toMatchObject([{ live: true, wait_on: 'S9' }]);
  });
});
