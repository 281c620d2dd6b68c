import { describe, expect, test } from '@jest/globals';
import { course, group, inUnit, membership, person, remove, update } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();

describe('rule 14: overwrite means "set on creation only"', () => {
  test("rule 14: with `no` what is there stays, what is new is set, the status is always the SIS's", async () => {
    const organization = await setting.found({ lis: { overwrite: { user: 'no', orgUnit: 'yes' } } });
    await organization.send('lis', person('P1', { givenName: 'Ann' }));
    await organization.send('lis', person('P1', { givenName: 'Anna', email: 'ann@example.org', active: false }));
    expect((await setting.look(organization)).users['lis/person/P1']).toMatchObject({
      state: 'inactive',
      seen: { fields: { givenName: 'Ann', email: 'ann@example.org' } },
    });
  });

  test('rule 14: named fields are kept, the others follow; so it is for org units', async () => {
    const overwrite = { user: 'yes', orgUnit: { keep: ['name', 'active'] } } as const;
    const organization = await setting.found({
      lis: { overwrite: { ...overwrite, orgUnit: { keep: [...overwrite.orgUnit.keep] } } },
    });
    await organization.send('lis', group('G1', 'TERM', { name: 'Autumn', description: 'one', active: true }));
    await organization.send('lis', update(group('G1', 'TERM', { name: null, description: 'two', active: false })));
    expect((await setting.look(organization)).orgUnits['lis/group/G1']).toMatchObject({
      state: 'active',
      seen: { fields: { name: 'Autumn', description: 'two' } },
    });
  });

  test("rule 14: deletes and enrollments are always the SIS's", async () => {
    const organization = await setting.found({ lis: { overwrite: { user: 'no', orgUnit: 'no' } } });
    await organization.send('lis', person('P1', { givenName: 'Ann' }), ...courseWithSections('S1'));
    await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1'), 'Learner'));
    await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1'), 'Instructor'));
    const name = 'lis/person/P1 @ lis/section/S1';
    expect((await setting.look(organization)).enrollments[name]).toMatchObject({ role: 'teacher' });
    await organization.send('lis', remove(person('P1')));
    expect((await setting.look(organization)).users['lis/person/P1']?.state).toBe('inactive');
    await organization.send('lis', person('P1', { givenName: 'Anna' }));
    expect((await setting.look(organization)).users['lis/person/P1']?.seen?.fields).toEqual({ givenName: 'Anna' });
  });

  test('rule 14: an adopted object is not overwritten by a source system that may not', async () => {
    const organization = await setting.found({ lis: { overwrite: { user: { keep: ['givenName'] }, orgUnit: 'yes' } } });
    await organization.send('banner', person('P1', { givenName: 'Anna', familyName: 'Lee' }));
    await organization.send('lis', person('P1', { givenName: 'Ann', familyName: 'Li' }));
    const name = 'banner/person/P1 + lis/person/P1';
    const fields = async () => (await setting.look(organization)).users[name]?.seen?.fields;
    expect(await fields()).toEqual({ givenName: 'Anna', familyName: 'Li' });
    await organization.send('banner', remove(person('P1')));
    expect(await fields()).toEqual({ givenName: 'Anna', familyName: 'Li' });
  });

  test('rule 14: what is stated exactly as it is there is unchanged: no row is written, nothing changes', async () => {
    const { organization } = setting;
    const commands = [person('P1', { givenName: 'Ann' }), ...courseWithSections('S1')];
    await organization.send('lis', ...commands);
    const versions = () =>
      setting.query(`select xmin::text, sourced_id from declared_user where sourced_id = 'P1'
                     union all select xmin::text, sourced_id from declared_org_unit order by sourced_id`);
    const before = await versions();
    const outcomes = await organization.send('lis', ...commands, person('P2'));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([...commands.map(() => 'unchanged'), 'created']);
    expect(await versions()).toEqual(before);
  });
});

describe('rule 15: edits on the LMS side are overrides', () => {
  const email = {
    edit: 'override',
    entity: 'user',
    target: 'lis/person/P1',
    field: 'email',
    value: 'own@example.org',
  } as const;

  test('rule 15: an override wins where the LMS owns the field, whatever the SIS says', async () => {
    const { organization } = setting;
    const fields = async () => (await setting.look()).users['lis/person/P1']?.seen?.fields;
    await organization.send('lis', person('P1', { email: 'ann@example.org' }));
    await organization.edit({ edit: 'owned', user: ['email'], orgUnit: [] });
    await organization.edit(email);
    expect(await fields()).toEqual({ email: 'own@example.org' });
    await organization.send('lis', person('P1', { email: 'ann2@example.org' }));
    expect(await fields()).toEqual({ email: 'own@example.org' });
    await organization.edit({ ...email, value: null });
    expect(await fields()).toEqual({ email: 'ann2@example.org' });
  });

  test('rule 15: it loses where the SIS states the field, and wins where no source system does', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1', { email: 'ann@example.org' }), course('template', 'C1'));
    await organization.edit(email);
    const name = { ...email, entity: 'org_unit', target: 'lis/template/C1', field: 'name', value: 'Our name' } as const;
    await organization.edit(name);
    const { users, orgUnits } = await setting.look();
    expect(users['lis/person/P1']?.seen?.fields).toEqual({ email: 'ann@example.org' });
    expect(orgUnits['lis/template/C1']?.seen?.fields).toEqual({ name: 'Our name' });
    expect(await setting.query('select field, set_by from override order by field')).toHaveLength(2);
    await organization.send('lis', course('template', 'C1', { name: 'Their name' }));
    expect((await setting.look()).orgUnits['lis/template/C1']?.seen?.fields).toEqual({ name: 'Their name' });
  });

  test('rule 15: it wins over what an adopted row may not overwrite; taken back, it leaves the field as it is', async () => {
    const overwrite = { user: 'yes' as const, orgUnit: { keep: ['name'] } };
    const organization = await setting.found({ lis: { adoptOrgUnits: true, overwrite } });
    const nameOf = async () => Object.values((await setting.look(organization)).orgUnits)[0]?.seen?.fields.name;
    const name = { edit: 'override', entity: 'org_unit', target: 'lis/template/C1', field: 'name' } as const;
    await organization.send('banner', course('template', 'C1', { name: 'One' }));
    await organization.send('lis', course('template', 'C1', { name: 'Two' }));
    await organization.edit({ ...name, value: 'Ours' });
    expect(await nameOf()).toBe('One');
    await organization.send('banner', remove(course('template', 'C1')));
    expect(await nameOf()).toBe('Ours');
    await organization.edit({ ...name, value: null });
    expect(await nameOf()).toBe('Ours');
    await organization.send('banner', course('template', 'C1', { name: 'One' }));
    expect(await nameOf()).toBe('One');
  });
});
