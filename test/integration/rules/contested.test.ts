import { describe, expect, test } from '@jest/globals';
import { course, person, remove } from '../../oracle/commands.ts';
import { useSetting } from './setting.ts';

const setting = useSetting();

describe('rule 6: a user name, an org-defined id, a code are one LMS object’s', () => {
  /** Every user name that is in use, and every code of a template. */
  const namesInUse = async () =>
    Object.values((await setting.look()).users).flatMap(({ seen }) => seen?.userName ?? []);
  const codesInUse = async () =>
    Object.values((await setting.look()).orgUnits).flatMap(({ seen }) => seen?.code.toLowerCase() ?? []);

  test('rule 6: a person who asks for the id and the name of others gets neither, and each as soon as it is free', async () => {
    const { organization } = setting;
    const [ann, bob] = [person('P1', { orgDefinedId: 'A1', userName: 'ann' }), person('P2', { userName: 'bob' })];
    await organization.send('lis', ann, bob, person('P3'));
    await organization.send('lis', person('P3', { orgDefinedId: 'A1', userName: 'bob' }));
    expect(await setting.look()).toMatchObject({
      users: { 'lis/person/P3': { seen: { orgDefinedId: 'P3', userName: null } } },
      waits: { 'lis/person/P3': 'identity_conflict' },
    });
    await organization.send('lis', person('P2'));
    expect(await setting.look()).toMatchObject({
      users: { 'lis/person/P3': { seen: { orgDefinedId: 'P3', userName: 'bob' } } },
      waits: { 'lis/person/P3': 'identity_conflict' },
    });
    await organization.send('lis', person('P1', { orgDefinedId: 'A9' }));
    expect(await setting.look()).toMatchObject({
      users: { 'lis/person/P3': { seen: { orgDefinedId: 'A1' } } },
      waits: {},
    });
  });

  test('rule 6: who asks for the id and the name of another gets the name that this message sets free', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1', { orgDefinedId: 'A1', userName: 'ann' }), person('P2'));
    await organization.send(
      'lis',
      person('P1', { orgDefinedId: 'A1' }),
      person('P2', { orgDefinedId: 'A1', userName: 'ann' }),
    );
    expect((await setting.look()).users['lis/person/P2']).toMatchObject({
      seen: { orgDefinedId: 'P2', userName: 'ann' },
    });
  });

  test('rule 6: two who swap their names wait for each other, are told the way out, and it is one', async () => {
    const { organization } = setting;
    const send = (...people: ReturnType<typeof person>[]) => organization.send('lis', ...people);
    await send(person('P1', { userName: 'ann' }), person('P2', { userName: 'bob' }));
    const wayOut = expect.stringContaining('send a temporary one for one of them first');
    expect(await send(person('P1', { userName: 'bob' }), person('P2', { userName: 'ann' }))).toMatchObject([
      { status: 'updated', problems: [{ code: 'identity_conflict', message: wayOut }] },
      { status: 'updated', problems: [{ code: 'identity_conflict', message: wayOut }] },
    ]);
    await send(person('P1', { userName: 'temporary' }));
    expect(await send(person('P1', { userName: 'bob' }))).toMatchObject([{ status: 'updated', problems: [] }]);
    expect(await setting.look()).toMatchObject({
      users: { 'lis/person/P1': { seen: { userName: 'bob' } }, 'lis/person/P2': { seen: { userName: 'ann' } } },
      waits: {},
    });
  });

  test('rule 6: two courses that swap their codes, likewise', async () => {
    const { organization } = setting;
    const template = (sourcedId: string, code: string) => course('template', sourcedId, { code });
    await organization.send('lis', template('C1', 'X'), template('C2', 'Y'));
    const wayOut = expect.stringContaining('send a temporary one for one of them first');
    expect(await organization.send('lis', template('C1', 'Y'), template('C2', 'X'))).toMatchObject([
      { problems: [{ code: 'code_in_use', message: wayOut }] },
      { problems: [{ code: 'code_in_use', message: wayOut }] },
    ]);
    await organization.send('lis', template('C1', 'temporary'));
    await organization.send('lis', template('C1', 'Y'));
    expect(await setting.look()).toMatchObject({
      orgUnits: { 'lis/template/C1': { seen: { code: 'Y' } }, 'lis/template/C2': { seen: { code: 'X' } } },
      waits: {},
    });
  });

  test('rule 6: a name that a row states and another takes is not given to it when the better-ranked row goes', async () => {
    const { organization } = setting;
    await organization.send('banner', person('B1', { orgDefinedId: 'A1', userName: 'ann' }));
    await organization.send('lis', person('P1', { orgDefinedId: 'A1', userName: 'annie' }));
    await organization.send('lis', person('P2', { userName: 'ann' }));
    expect((await setting.look()).waits).toEqual({});
    await organization.send('lis', remove(person('P1')));
    expect((await namesInUse()).sort()).toEqual(['ann', 'annie']);
    expect((await setting.look()).waits).toEqual({ 'banner/person/B1': 'identity_conflict' });
    await organization.send('lis', person('P2'));
    expect((await setting.look()).users['banner/person/B1 + lis/person/P1']).toMatchObject({
      seen: { userName: 'ann' },
    });
  });

  test('rule 6: a code that a row states and another takes is not given to it when the better-ranked row goes', async () => {
    const organization = await setting.found({ lis: { adoptOrgUnits: true } });
    const look = () => setting.look(organization);
    await organization.send('banner', course('template', 'C1', { code: 'X' }));
    await organization.send('lis', course('template', 'T1', { code: 'X' }));
    await organization.send('lis', course('template', 'T1', { code: 'Y' }));
    await organization.send('lis', course('template', 'T2', { code: 'X' }));
    await organization.send('lis', remove(course('template', 'T1')));
    expect((await look()).orgUnits).toMatchObject({
      'banner/template/C1 + lis/template/T1': { seen: { code: 'Y' } },
      'lis/template/T2': { seen: { code: 'X' } },
    });
    expect((await look()).waits).toEqual({ 'banner/template/C1': 'code_in_use' });
    await organization.send('lis', course('template', 'T2'));
    expect((await look()).orgUnits['banner/template/C1 + lis/template/T1']).toMatchObject({ seen: { code: 'X' } });
  });

  test('rule 6: a new user comes before one that would only be renamed, and two that swap codes keep theirs', async () => {
    const { organization } = setting;
    await organization.send('lis', person('P1'), course('template', 'C1'), course('template', 'C2'));
    await organization.send(
      'lis',
      ...[person('P2', { userName: 'ann' }), person('P1', { userName: 'Ann' })],
      ...[course('template', 'C1', { code: 'C2' }), course('template', 'C2', { code: 'C1' })],
    );
    expect(await namesInUse()).toEqual(['ann']);
    expect((await codesInUse()).sort()).toEqual(['c1', 'c2']);
    expect((await setting.look()).waits).toEqual({
      'lis/person/P1': 'identity_conflict',
      'lis/template/C1': 'code_in_use',
      'lis/template/C2': 'code_in_use',
    });
  });

  test('rule 6: when a deleted LMS object comes back through one row, the others that are linked to it are with it', async () => {
    const organization = await setting.found({ banner: { userDelete: 'delete' }, lis: { userDelete: 'delete' } });
    const [ann, annie] = [
      person('P1', { orgDefinedId: 'A1', userName: 'ann' }),
      person('B1', { orgDefinedId: 'A1', userName: 'annie' }),
    ];
    await organization.send('lis', ann);
    await organization.send('banner', annie);
    await organization.send('banner', remove(annie));
    await organization.send('lis', remove(ann), person('P2', { userName: 'annie' }));
    await organization.send('banner', annie);
    expect((await setting.look(organization)).waits).toEqual({ 'banner/person/B1': 'identity_conflict' });
    await organization.send('lis', ann);
    const { live, waits } = await setting.look(organization);
    expect(live).toEqual(['banner/person/B1', 'lis/person/P1', 'lis/person/P2']);
    expect(waits).toEqual({});
  });

  test('rule 6: an id that no row states stays what it is where an adopted row may not overwrite it', async () => {
    const organization = await setting.found({
      banner: { overwrite: { user: 'no', orgUnit: 'no' }, adoptOrgUnits: true },
    });
    await organization.send('lis', person('P1', { orgDefinedId: 'A1' }), course('template', 'C1', { code: 'X' }));
    await organization.send('banner', person('B1', { orgDefinedId: 'A1' }), course('template', 'T1', { code: 'X' }));
    await organization.send('lis', person('P1'), course('template', 'C1'));
    const { users, orgUnits } = await setting.look(organization);
    expect(users['banner/person/B1 + lis/person/P1']).toMatchObject({ seen: { orgDefinedId: 'A1' } });
    expect(orgUnits['banner/template/T1 + lis/template/C1']).toMatchObject({ seen: { code: 'X' } });
  });

  test('rule 6: users who share an id when it comes to be unique keep it, and nothing changes when projected again', async () => {
    const organization = await setting.found({ lis: { identityRule: 'user_name' } });
    await organization.send('lis', person('P1'), person('P2', { orgDefinedId: 'P1' }));
    await organization.edit({ edit: 'options', source: 'lis', options: { identityRule: 'org_defined_id' } });
    expect((await setting.look(organization)).waits).toEqual({});
    expect(await setting.store.reproject(organization.id)).toMatchObject({ changes: 0 });
  });
});
