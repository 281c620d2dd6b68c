import { expect, test } from '@jest/globals';
import { course, person, remove, update } from '../../oracle/commands.ts';
import { useSetting } from './setting.ts';

const setting = useSetting();

test('rule 6: a person is matched once by the org-defined id, whatever its case and composition', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: 'E\u0301LODIE-1' }));
  await organization.send('banner', person('B7', { orgDefinedId: ' \u00e9lodie-1' }));
  expect(await setting.lmsId('banner/person/B7')).toBe(await setting.lmsId('lis/person/P1'));
});

test('rule 6: or by the user name, if the source system says so', async () => {
  const organization = await setting.found({ banner: { identityRule: 'user_name' } });
  await organization.send('lis', person('P1', { userName: 'Ann' }));
  await organization.send('banner', person('B7', { userName: 'ann' }), person('P1', { userName: 'bob' }));
  const ids = await Promise.all(
    ['lis/person/P1', 'banner/person/B7', 'banner/person/P1'].map((row) => setting.lmsId(row, organization)),
  );
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

test('rule 6: at most one automatic link per source system to an LMS user: the second waits', async () => {
  const { organization } = setting;
  const outcomes = await organization.send(
    'lis',
    person('P1', { orgDefinedId: 'A1' }),
    person('P2', { orgDefinedId: 'A1' }),
  );
  expect(outcomes).toMatchObject([
    { status: 'created' },
    { status: 'waiting', problems: [{ code: 'identity_conflict' }] },
  ]);
  await organization.send('lis', person('P1', { orgDefinedId: 'A2' }));
  expect((await setting.look()).waits).toEqual({});
});

test('rule 6: of two that wait for one identity the first to have come takes it', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: 'A1' }));
  await organization.send('lis', person('P3', { orgDefinedId: 'A1' }));
  await organization.send('lis', person('P2', { orgDefinedId: 'A1' }));
  await organization.send('lis', person('P1', { orgDefinedId: 'A9' }));
  expect((await setting.look()).waits).toEqual({ 'lis/person/P2': 'identity_conflict' });
});

test('rule 6: a later change of the matching field never relinks', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: 'A1' }), person('P2', { orgDefinedId: 'A2' }));
  const [first, second] = [await setting.lmsId('lis/person/P1'), await setting.lmsId('lis/person/P2')];
  expect(await organization.send('lis', person('P2', { orgDefinedId: 'A1' }))).toMatchObject([
    { lmsId: second, problems: [{ code: 'identity_conflict' }] },
  ]);
  expect([await setting.lmsId('lis/person/P1'), await setting.lmsId('lis/person/P2')]).toEqual([first, second]);
  expect((await setting.look()).users['lis/person/P2']).toMatchObject({
    state: 'active',
    seen: { orgDefinedId: 'A2' },
  });
});

test('rule 6: a taken code waits; with the option the org unit is adopted', async () => {
  const { organization } = setting;
  await organization.send('lis', course('template', 'C1', { code: 'ENG-101' }));
  expect(await organization.send('banner', course('template', 'X9', { code: 'eng-101' }))).toMatchObject([
    { status: 'waiting', problems: [{ code: 'code_in_use' }] },
  ]);
  await organization.edit({ edit: 'options', source: 'banner', options: { adoptOrgUnits: true } });
  expect((await setting.look()).waits).toEqual({});
  expect(await setting.lmsId('banner/template/X9')).toBe(await setting.lmsId('lis/template/C1'));
});

test('rule 6: a code that becomes free goes to the row that waits for it, in the same message', async () => {
  const { organization } = setting;
  await organization.send('lis', course('template', 'C1', { code: 'X' }));
  await organization.send('lis', course('template', 'C2', { code: 'X' }));
  await organization.send('lis', remove(course('template', 'C1')));
  expect((await setting.look()).orgUnits['lis/template/C2']).toMatchObject({ state: 'active', seen: { code: 'X' } });
});

test('rule 6: an object that comes back has its LMS id; reproject leaves links alone', async () => {
  const { organization, store } = setting;
  await organization.send('lis', person('P1', { orgDefinedId: 'A1' }), course('template', 'C1'));
  const ids = [await setting.lmsId('lis/person/P1'), await setting.lmsId('lis/template/C1')];
  await organization.send('lis', remove(person('P1')), remove(course('template', 'C1')));
  await organization.send('lis', person('P1', { orgDefinedId: 'another' }), course('template', 'C1', { code: 'Y' }));
  expect(await store.reproject(organization.id)).toMatchObject({ changes: 0 });
  expect([await setting.lmsId('lis/person/P1'), await setting.lmsId('lis/template/C1')]).toEqual(ids);
});

test.each([
  ['lis', 'banner'],
  ['banner', 'lis'],
])('rule 7: each field comes from the best-ranked source system that states it (%s first)', async (first, second) => {
  const { organization } = setting;
  const statements = {
    lis: person('P1', { orgDefinedId: 'A1', givenName: 'Ann', email: null }),
    banner: person('P1', { orgDefinedId: 'A1', givenName: 'Anna', familyName: 'Lee', email: 'a@example.org' }),
  } as const;
  await organization.send(first, statements[first as 'lis']);
  await organization.send(second, statements[second as 'lis']);
  const user = Object.values((await setting.look()).users)[0];
  expect(user?.seen?.fields).toEqual({ givenName: 'Ann', familyName: 'Lee' });
});

test('rule 7: when the best-ranked row goes, the next one is seen; an update leaves what it does not name', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1', { givenName: 'Ann', familyName: 'Li' }));
  await organization.send('banner', person('P1', { givenName: 'Anna' }));
  await organization.send('lis', update(person('P1', { givenName: 'Annie' })));
  const name = 'banner/person/P1 + lis/person/P1';
  expect((await setting.look()).users[name]?.seen?.fields).toEqual({ givenName: 'Annie', familyName: 'Li' });
  await organization.send('lis', remove(person('P1')));
  expect((await setting.look()).users[name]?.seen?.fields).toEqual({ givenName: 'Anna' });
  expect((await setting.look()).users[name]?.state).toBe('active');
});
