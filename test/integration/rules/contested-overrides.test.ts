import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { course, person, remove } from '../../oracle/commands.ts';
import { useSetting } from './setting.ts';

const setting = useSetting();

describe('rules 6 and 15: an override that asks for what another LMS object has gets it as soon as it is free', () => {
  const ask = (sourcedId: string, value: string | null, field = 'userName') =>
    setting.organization.edit({ edit: 'override', entity: 'user', target: `lis/person/${sourcedId}`, field, value });
  /** What the LMS users of P1, P2 ... are called now. */
  const names = async () => seen(({ userName }) => userName);
  const ids = async () => seen(({ orgDefinedId }) => orgDefinedId);
  const seen = async (pick: (user: { userName: string | null; orgDefinedId: string | null }) => string | null) => {
    const users = Object.entries((await setting.look()).users).sort(([one], [other]) => (one < other ? -1 : 1));
    return users.map(([, user]) => (user.seen == null ? 'deleted' : pick(user.seen)));
  };

  beforeEach(async () => {
    const { organization } = setting;
    await organization.edit({ edit: 'owned', user: ['userName', 'orgDefinedId'], orgUnit: ['code'] });
    await organization.edit({ edit: 'options', source: 'lis', options: { userDelete: 'delete' } });
    await organization.send('lis', person('P1', { userName: 'ann' }), person('P2', { userName: 'bob' }), person('P3'));
  });
  afterEach(async () => {
    expect(await setting.store.reproject(setting.organization.id)).toMatchObject({ changes: 0 });
  });

  test('rule 15: a user name, when its holder is renamed', async () => {
    await ask('P2', ' ANN');
    expect(await names()).toEqual(['ann', 'bob', null]);
    await setting.organization.send('lis', person('P1', { userName: 'annie' }));
    expect(await names()).toEqual(['annie', ' ANN', null]);
    expect((await setting.look()).waits).toEqual({});
  });

  test('rule 15: a user name, when its holder is deleted, also for a user whose rows state none', async () => {
    await ask('P3', 'ann');
    expect(await names()).toEqual(['ann', 'bob', null]);
    await setting.organization.send('lis', remove(person('P1')));
    expect(await names()).toEqual(['deleted', 'bob', 'ann']);
  });

  test('rule 15: a user name that two ask for, when the one who has it goes or asks no more', async () => {
    await ask('P1', 'Chris');
    await ask('P2', 'chris');
    await ask('P3', 'CHRIS');
    expect(await names()).toEqual(['Chris', 'bob', null]);
    await ask('P1', null);
    expect((await names())[0]).toBe('ann');
    expect((await names()).slice(1).filter((name) => name?.toLowerCase() === 'chris')).toHaveLength(1);
    await setting.organization.send('lis', remove(person('P2')));
    expect(await names()).toEqual(['ann', 'deleted', 'CHRIS']);
  });

  test('rule 15: a user name that a new person takes in the message that frees it is the new person’s', async () => {
    await ask('P2', 'ann');
    await setting.organization.send('lis', person('P1', { userName: 'annie' }), person('P4', { userName: 'Ann' }));
    expect(await names()).toEqual(['annie', 'bob', null, 'Ann']);
    await setting.organization.send('lis', person('P4'));
    expect(await names()).toEqual(['annie', 'ann', null, null]);
  });

  test('rule 15: who takes another name by override leaves its own to the override that asks for that', async () => {
    await ask('P3', 'bob');
    await ask('P2', 'ann');
    await setting.organization.send('lis', remove(person('P1')));
    expect(await names()).toEqual(['deleted', 'ann', 'bob']);
  });

  test('rule 15: an org-defined id, when its holder gets another or is deleted', async () => {
    await ask('P2', 'p1', 'orgDefinedId');
    await ask('P3', 'P2', 'orgDefinedId');
    expect(await ids()).toEqual(['P1', 'P2', 'P3']);
    await setting.organization.send('lis', person('P1', { orgDefinedId: 'A1' }));
    expect(await ids()).toEqual(['A1', 'p1', 'P2']);
  });

  test('rule 15: the code of an org unit, when its holder gets another', async () => {
    const { organization } = setting;
    await organization.send('lis', course('template', 'C1'), course('template', 'C2'));
    const target = 'lis/template/C2';
    await organization.edit({ edit: 'override', entity: 'org_unit', target, field: 'code', value: 'c1' });
    await organization.send('lis', course('template', 'C1', { code: 'X' }));
    expect((await setting.look()).orgUnits).toMatchObject({ 'lis/template/C2': { seen: { code: 'c1' } } });
  });

  test('rule 15: the code of an org unit that only an adopted row without a say is left of', async () => {
    const { organization } = setting;
    const options: Partial<SourceSystemOptions> = {
      adoptOrgUnits: true,
      overwrite: { user: 'yes', orgUnit: { keep: ['code'] } },
    };
    await organization.edit({ edit: 'options', source: 'lis', options });
    await organization.send('banner', course('template', 'C1'), course('template', 'C2'));
    await organization.send('lis', course('template', 'C1'));
    await organization.send('banner', remove(course('template', 'C1')));
    const name = 'banner/template/C1 + lis/template/C1';
    const code = async () => (await setting.look()).orgUnits[name]?.seen?.code;
    const target = 'lis/template/C1';
    await organization.edit({ edit: 'override', entity: 'org_unit', target, field: 'code', value: 'c2' });
    expect(await code()).toBe('C1');
    await organization.send('banner', course('offering', 'C3', { code: 'C2' }));
    await organization.send('banner', remove(course('offering', 'C3')));
    expect(await code()).toBe('C1');
    await organization.send('banner', course('template', 'C2', { code: 'X' }));
    expect(await code()).toBe('c2');
  });

  test('rule 15: who comes back while its override is refused has the name and the id that its row states', async () => {
    const { organization } = setting;
    await ask('P1', 'bob');
    await ask('P1', 'p2', 'orgDefinedId');
    await organization.send('lis', remove(person('P1')));
    await organization.send('lis', person('P1', { userName: 'anna' }));
    expect(await names()).toEqual(['anna', 'bob', null]);
    expect(await ids()).toEqual(['P1', 'P2', 'P3']);
    await organization.send('lis', remove(person('P2')));
    expect(await names()).toEqual(['bob', 'deleted', null]);
    expect(await ids()).toEqual(['p2', 'deleted', 'P3']);
  });

  test('rule 15: the name that it falls back on is not given to another meanwhile', async () => {
    const { organization } = setting;
    await ask('P1', 'bob');
    await organization.send('lis', remove(person('P1')));
    await organization.send('lis', person('P1', { userName: 'ann' }), person('P3', { userName: 'Ann' }));
    expect(await names()).toEqual(['ann', 'bob', null]);
    await organization.send('lis', person('P2', { userName: 'bobby' }));
    expect(await names()).toEqual(['bob', 'bobby', 'Ann']);
    expect((await setting.look()).waits).toEqual({});
  });

  test('rule 15: the name that it does not fall back on is another’s at once', async () => {
    const { organization } = setting;
    await ask('P1', 'Chris');
    await ask('P1', 'C1', 'orgDefinedId');
    await organization.send('lis', remove(person('P1')));
    const third = person('P3', { orgDefinedId: 'P1', userName: 'Ann' });
    await organization.send('lis', person('P1', { userName: 'ann' }), third);
    expect(await names()).toEqual(['Chris', 'bob', 'Ann']);
    expect(await ids()).toEqual(['C1', 'P2', 'P1']);
    expect((await setting.look()).waits).toEqual({});
  });

  test('rule 15: of two that come back the one whose row states a name has it, not the one whose override asks for it', async () => {
    const { organization } = setting;
    const [ann, bob] = [person('P1', { userName: 'ann' }), person('P2', { userName: 'bob' })];
    await ask('P1', 'bob');
    await organization.send('lis', remove(ann), remove(bob));
    await organization.send('lis', ann, bob);
    expect(await names()).toEqual(['ann', 'bob', null]);
  });

  test('rule 15: so it is with the codes of org units', async () => {
    const { organization } = setting;
    const [one, two] = [course('template', 'C1'), course('template', 'C2')];
    const codes = async () => {
      const { orgUnits } = await setting.look();
      return { C1: orgUnits['lis/template/C1']?.seen?.code, C2: orgUnits['lis/template/C2']?.seen?.code };
    };
    await organization.send('lis', one, two);
    const target = 'lis/template/C1';
    await organization.edit({ edit: 'override', entity: 'org_unit', target, field: 'code', value: 'c2' });
    await organization.send('lis', remove(one), remove(two));
    await organization.send('lis', one, two);
    expect(await codes()).toEqual({ C1: 'C1', C2: 'C2' });
    await organization.send('lis', remove(two));
    expect(await codes()).toEqual({ C1: 'c2' });
  });
});
