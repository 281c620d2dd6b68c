import { describe, expect, test } from '@jest/globals';
import type { RecordCommand, RenameCommand } from '../../../src/domain/command.ts';
import type { Relation } from '../../../src/domain/entities.ts';
import { person, remove, update } from '../../oracle/commands.ts';
import { feedFaults } from '../../oracle/feed.ts';
import { useSetting } from './setting.ts';

const setting = useSetting();

const auditor = (sourcedId: string): Relation => ({ kind: 'auditor', sourcedId });
const parent = (sourcedId: string): Relation => ({ kind: 'parent', sourcedId });
const watched = (...relations: Relation[]): RecordCommand => person('P1', { givenName: 'Zoé', relations });
const nameOf = (kind: string, agent: string, source = 'lis') =>
  `${source}/person/P1 has ${kind} ${source}/person/${agent}`;
const standing = async (): Promise<string[]> => {
  const { relations } = await setting.look();
  return Object.keys(relations)
    .filter((name) => relations[name]?.ended === false)
    .sort();
};
const rename = (sourcedId: string, newSourcedId: string): RenameCommand => ({
  entity: 'user',
  kind: 'person',
  verb: 'rename',
  sourcedId,
  newSourcedId,
});

describe('relations between people', () => {
  test('each record asserts the full set: who is left out is removed', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), person('A2'), watched(auditor('A1'), parent('A2')));
    expect(await standing()).toEqual([nameOf('auditor', 'A1'), nameOf('parent', 'A2')]);
    await organization.send('lis', watched(parent('A2')));
    expect(await standing()).toEqual([nameOf('parent', 'A2')]);
    await organization.send('lis', watched());
    expect(await standing()).toEqual([]);
    expect(await feedFaults(setting.database.pool, organization.id)).toEqual([]);
  });

  test('an update leaves them, clears them, adds to them or takes out of them', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), person('A2'), watched(auditor('A1')));
    await organization.send('lis', update(person('P1', { email: 'zoe@example.edu' })));
    expect(await standing()).toEqual([nameOf('auditor', 'A1')]);
    const lists = (way: 'add' | 'remove', relation: Relation) =>
      ({ ...update(person('P1', { relations: [relation] })), lists: way }) as RecordCommand;
    await organization.send('lis', lists('add', parent('A2')));
    expect(await standing()).toHaveLength(2);
    await organization.send('lis', lists('remove', auditor('A1')));
    expect(await standing()).toEqual([nameOf('parent', 'A2')]);
    await organization.send('lis', update(person('P1', { relations: null })));
    expect(await standing()).toEqual([]);
  });

  test('rule 9: one who has not come is waited for; the record is taken with a warning, and the relation makes itself', async () => {
    const { organization } = setting;
    const [outcome] = await organization.send('lis', watched(auditor('A1'), parent('A1')));
    expect(outcome).toMatchObject({ status: 'created', problems: [{ code: 'waiting_for_agent' }] });
    expect(outcome?.problems[0]?.message).toContain('person A1 (auditor), person A1 (parent)');
    // The same again says so again.
    expect(await organization.send('lis', watched(auditor('A1'), parent('A1')))).toMatchObject([
      { status: 'unchanged', problems: [{ code: 'waiting_for_agent' }] },
    ]);
    await organization.send('lis', person('A1'));
    expect(await standing()).toHaveLength(2);
    expect((await setting.look()).waits).toEqual({});
  });

  test('rule 11: deleting either person detaches the relation, which comes back with its LMS id', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), watched(auditor('A1')));
    const ids = () => setting.query<{ id: string }>('select id::text from lms_relation');
    const before = await ids();
    for (const one of [person('A1'), watched(auditor('A1'))]) {
      await organization.send('lis', remove(one));
      expect(await standing()).toEqual([]);
      await organization.send('lis', one);
      expect(await standing()).toEqual([nameOf('auditor', 'A1')]);
    }
    await organization.send('lis', remove(person('A1')));
    expect((await setting.look()).waits).toEqual({ 'lis/person/P1 auditor A1': 'detached' });
    expect(await organization.send('lis', watched(auditor('A1')))).toMatchObject([
      { problems: [{ code: 'detached' }] },
    ]);
    expect(await ids()).toEqual(before);
  });

  test('one that several source systems state ends with the last of them', async () => {
    const { organization } = setting;
    const both = (source: string) =>
      organization.send(
        source,
        person('A1', { orgDefinedId: 'a' }),
        person('P1', { orgDefinedId: 'p', relations: [auditor('A1')] }),
      );
    await both('lis');
    await both('banner');
    expect(Object.keys((await setting.look()).relations)).toHaveLength(1);
    await organization.send('lis', person('P1', { orgDefinedId: 'p' }));
    expect(await standing()).toHaveLength(1);
    await organization.send('banner', person('P1', { orgDefinedId: 'p' }));
    expect(await standing()).toEqual([]);
  });

  test('nobody is related to themselves, and it is nothing to wait for', async () => {
    const [outcome] = await setting.organization.send('lis', watched(auditor('P1')));
    expect(outcome).toMatchObject({ status: 'created', problems: [] });
    expect((await setting.look()).relations).toEqual({});
  });

  test('a renamed person keeps their relations, as the one who states them and as the one who is named', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), watched(auditor('A1'), auditor('A9')));
    const before = await setting.query('select from change');
    await organization.send('lis', rename('A1', 'A9'));
    await organization.send('lis', rename('P1', 'P7'));
    expect(await standing()).toEqual(['lis/person/P7 has auditor lis/person/A9']);
    expect(await setting.query('select fields from declared_user where sourced_id = $1', ['P7'])).toEqual([
      { fields: { givenName: 'Zoé', relations: [auditor('A9')] } },
    ]);
    // For the LMS nothing has changed but what an org-defined id says that is not stated.
    const since = await setting.query<{ entity: string }>('select entity from change order by seq offset $1', [
      before.length,
    ]);
    expect(since.filter(({ entity }) => entity === 'relation')).toEqual([]);
  });

  test('option forget: with a deleted person go the relations that name them, for good', async () => {
    const organization = await setting.found({ lis: { dependants: 'forget' } });
    await organization.send('lis', person('A1'), person('A2'), watched(auditor('A1'), parent('A2')));
    await organization.send('lis', remove(person('A1')));
    await organization.send('lis', person('A1'));
    const { relations } = await setting.look(organization);
    expect(relations[nameOf('auditor', 'A1')]).toEqual({ ended: true });
    expect(relations[nameOf('parent', 'A2')]).toEqual({ ended: false });
  });

  test('the wish of a delete is about the kinds that it names', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), watched(auditor('A1'), parent('A1')));
    const wishes = { forgetRelations: ['parent'] as const };
    await organization.send('lis', { ...remove(person('A1')), wishes }, person('A1'));
    expect(await standing()).toEqual([nameOf('auditor', 'A1')]);
  });

  test("IPSIS's rule: one who is not there is left out with a warning, one who came before in the same message is not", async () => {
    const { organization } = setting;
    const wishing = (command: RecordCommand) => ({ ...command, wishes: { needsAgent: ['auditor'] as const } });
    const missing = wishing(watched(auditor('A1'), auditor('A2'), parent('A3')));
    const [, outcome] = await organization.send('lis', person('A2'), missing, person('A1'));
    expect(outcome).toMatchObject({
      status: 'created',
      problems: [
        { code: 'waiting_for_agent', message: expect.stringContaining('A3') },
        { code: 'unknown_object', message: expect.stringContaining('"A1"') },
      ],
    });
    await organization.send('lis', person('A3'));
    expect(await standing()).toEqual([nameOf('auditor', 'A2'), nameOf('parent', 'A3')]);
    await organization.send('lis', missing);
    expect(await standing()).toEqual([nameOf('auditor', 'A1'), nameOf('auditor', 'A2'), nameOf('parent', 'A3')]);
  });

  test('one whose own message was refused is not there, nor is one who was deleted before', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'));
    const unknown = { ...update(person('A2', { givenName: 'Ida' })), mustExist: true } as RecordCommand;
    const wishing = { ...watched(auditor('A1'), auditor('A2')), wishes: { needsAgent: ['auditor'] as const } };
    const [, , outcome] = await organization.send('lis', remove(person('A1')), unknown, wishing);
    expect(outcome).toMatchObject({
      status: 'created',
      problems: ['"A1"', '"A2"'].map((named) => ({
        code: 'unknown_object',
        message: expect.stringContaining(named),
      })),
    });
    await organization.send('lis', person('A1'), person('A2'));
    expect(await standing()).toEqual([]);
  });

  test('kinds that nobody takes are passed over, and stay as they are', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), person('A2'), watched(auditor('A1')));
    const wishes = { leaveRelations: ['auditor'] as const };
    await organization.send('lis', { ...watched(auditor('A2'), parent('A2')), wishes });
    expect(await standing()).toEqual([nameOf('auditor', 'A1'), nameOf('parent', 'A2')]);
    await organization.send('lis', { ...person('P1'), wishes });
    expect(await standing()).toEqual([nameOf('auditor', 'A1')]);
  });

  test("rule 14: they are the SIS's, unless they are listed among what it may not overwrite", async () => {
    const mayNot = await setting.found({ lis: { overwrite: { user: 'no', orgUnit: 'yes' } } });
    const listed = await setting.found({ lis: { overwrite: { user: { keep: ['relations'] }, orgUnit: 'yes' } } });
    for (const organization of [mayNot, listed]) {
      await organization.send('lis', person('A1'), watched(auditor('A1')));
      await organization.send('lis', watched());
    }
    expect((await setting.look(mayNot)).relations).toEqual({ [nameOf('auditor', 'A1')]: { ended: true } });
    expect((await setting.look(listed)).relations).toEqual({ [nameOf('auditor', 'A1')]: { ended: false } });
  });
});
