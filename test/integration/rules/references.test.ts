import { describe, expect, test } from '@jest/globals';
import { association, course, group, inUnit, membership, remove, under } from '../../oracle/commands.ts';
import { useSetting } from './setting.ts';

const setting = useSetting();

describe('rule 11 and 12: what goes with what', () => {
  test.each([['placeholder'], ['message']])(
    'rule 12: a unit of a placeholder and of a message that both go (%s first) is inactive',
    async (first) => {
      const organization = await setting.found({ lis: { adoptOrgUnits: true } });
      const section = course('section', 'S1', { parents: [under('template', 'template', 'ENG')] });
      await organization.send('banner', section);
      await organization.send('lis', course('template', 'ENG'));
      await organization.send(...goes(first === 'placeholder'));
      await organization.send(...goes(first !== 'placeholder'));
      const { orgUnits } = await setting.look(organization);
      expect(orgUnits['banner/template/ENG + lis/template/ENG']?.state).toBe('inactive');
    },
  );

  test('rule 11: `forget` follows references as they were until then: by kind, and through placeholders', async () => {
    const organization = await setting.found({ lis: { dependants: 'forget' }, banner: { dependants: 'forget' } });
    const inSection = membership('M1', 'P1', inUnit('section', 'S1'));
    // An offering with the id of its template: the section names the offering, whatever else has its id.
    await organization.send(
      'lis',
      ...[course('template', 'ENG'), course('offering', 'ENG', { parents: [under('template', 'template', 'ENG')] })],
      ...[course('section', 'S1', { parents: [under('offering', 'offering', 'ENG')] }), inSection],
    );
    await organization.send('lis', remove(course('offering', 'ENG')));
    // The section brings its own offering under that template, with an id of the section.
    await organization.send(
      'banner',
      ...[course('template', 'ENG'), course('section', 'S1', { parents: [under('offering', null, 'ENG')] }), inSection],
    );
    await organization.send('banner', remove(course('template', 'ENG')));
    expect(await setting.look(organization)).toMatchObject({ live: ['lis/template/ENG'], waits: {} });
  });

  test('rule 12: a section that gets a declared offering moves there: nothing of it is deleted meanwhile', async () => {
    const { organization } = setting;
    const names = { parents: [under('offering', 'offering', 'O1')] };
    await organization.send('banner', course('section', 'S1', names));
    await organization.send('banner', course('offering', 'O1'));
    expect((await setting.look()).orgUnits['banner/section/S1']).toMatchObject({
      seen: { parents: ['banner/offering/O1'] },
    });
    expect(await setting.query(`select from change where operation = 'deleted'`)).toEqual([]);
  });
});

describe('rule 13: references by an id that several kinds have', () => {
  test('rule 13: the offering of an association’s first section names its template by its own id', async () => {
    const { organization } = setting;
    await organization.send(
      'lis',
      ...[course('template', 'ENG'), course('offering', 'ENG', { parents: [under('template', null, 'ENG')] })],
      ...[course('section', 'S1', { parents: [under('offering', 'offering', 'ENG')] }), association('A1', ['S1'])],
    );
    expect((await setting.look()).orgUnits).toMatchObject({
      'lis/offering/ENG': { seen: { parents: ['lis/template/ENG'] } },
      'lis/association/A1': { seen: { parents: ['lis/template/ENG'] } },
    });
  });

  test('rule 13: an offering that its section no longer means, since a template of its id came, is not superseded', async () => {
    const { organization } = setting;
    await organization.send('lis', course('offering', 'ENG'), association('A1', ['S1']));
    await organization.send('lis', course('section', 'S1', { parents: [under('offering', null, 'ENG')] }));
    expect((await setting.look()).orgUnits['lis/offering/ENG']?.state).toBe('inactive');
    await organization.send('lis', course('template', 'ENG'));
    expect((await setting.look()).orgUnits['lis/offering/ENG']?.state).toBe('active');
  });

  test('a row on two cycles: breaking one frees what was on that one alone', async () => {
    const { organization } = setting;
    const above = (id: string, ...parents: string[]) =>
      course('template', id, { parents: parents.map((parent) => under('parent', 'template', parent)) });
    await organization.send('lis', above('T1', 'T2', 'T4'), above('T2', 'T3'), above('T3', 'T1'), above('T4', 'T1'));
    expect(Object.keys((await setting.look()).waits)).toHaveLength(4);
    await organization.send('lis', course('template', 'T2'));
    expect((await setting.look()).waits).toEqual({
      'lis/template/T1': 'parent_cycle',
      'lis/template/T4': 'parent_cycle',
    });
  });

  test('a new reference that closes a second cycle through rows that wait already is the end of all that is on it', async () => {
    const { organization } = setting;
    const above = (id: string, ...parents: string[]) =>
      course('template', id, { parents: parents.map((parent) => under('parent', 'template', parent)) });
    await organization.send('lis', above('T1', 'T2'), above('T2', 'T1', 'T3'), above('T4', 'T2'));
    expect((await setting.look()).waits).toEqual({
      'lis/template/T1': 'parent_cycle',
      'lis/template/T2': 'parent_cycle',
    });
    await organization.send('lis', above('T3', 'T4'));
    expect(Object.keys((await setting.look()).waits).sort()).toEqual(
      ['T1', 'T2', 'T3', 'T4'].map((id) => `lis/template/${id}`),
    );
  });
});

test('rule 13: what is named as an offering, a template or a semester and is another kind of org unit is no parent', async () => {
  const { organization } = setting;
  await organization.send(
    'lis',
    ...[
      group('TERM', 'TERM'),
      course('template', 'ENG'),
      course('offering', 'O1', { parents: [under('template', 'template', 'ENG')] }),
    ],
    ...[course('section', 'S1', { parents: [under('offering', 'offering', 'TERM')] })],
    ...[course('offering', 'O2', { parents: [under('template', 'template', 'O1')] })],
    course('offering', 'O3', { parents: [under('template', 'template', 'ENG'), under('semester', 'group', 'O1')] }),
  );
  const { waits, orgUnits } = await setting.look();
  expect(waits).toEqual({ 'lis/section/S1': 'wrong_kind', 'lis/offering/O2': 'wrong_kind' });
  expect(orgUnits['lis/offering/O3']).toMatchObject({ seen: { parents: ['lis/template/ENG'] } });
  await organization.send('lis', course('offering', 'TERM', { parents: [under('template', 'template', 'ENG')] }));
  expect((await setting.look()).waits).toEqual({ 'lis/offering/O2': 'wrong_kind' });
});

function goes(isPlaceholder: boolean): Parameters<typeof setting.organization.send> {
  return isPlaceholder ? ['banner', remove(course('section', 'S1'))] : ['lis', remove(course('template', 'ENG'))];
}
