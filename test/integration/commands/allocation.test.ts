import { expect, test } from '@jest/globals';
import type { RenameCommand, WriteCommand } from '../../../src/domain/command.ts';
import { course, group, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import { createStore, write } from '../../oracle/harness.ts';
import { useSetting } from '../rules/setting.ts';

const setting = useSetting();

/** The command as a sender that has no sourcedId of its own says it. */
const byProxy = (command: WriteCommand) => ({ ...command, sourcedId: '', allocate: true }) as WriteCommand;
const uuidv7 = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/) as unknown;
const ann = byProxy(person('', { userName: 'ann', givenName: 'Ann' }));

test('the gateway gives a sourcedId; the journal knows it; what refers to it is projected', async () => {
  const { organization } = setting;
  const [made] = await organization.send('lis', ann);
  expect(made).toMatchObject({ status: 'created', verb: 'replace', sourcedId: uuidv7, lmsId: expect.anything() });
  expect(await setting.query('select sourced_ids from message')).toEqual([{ sourced_ids: [made!.sourcedId] }]);
  const template = byProxy(course('template', '', { code: 'ALG' }));
  const [unit] = await organization.send('lis', template);
  const enrollment = byProxy(membership('', made!.sourcedId, inUnit('template', unit!.sourcedId)));
  expect(await organization.send('lis', enrollment)).toMatchObject([{ status: 'created', sourcedId: uuidv7 }]);
  expect(await organization.send('lis', enrollment)).toMatchObject([{ status: 'unchanged', lmsId: expect.anything() }]);
});

test('the same record again gets the first id and changes nothing, whatever became of the object meanwhile', async () => {
  const { organization } = setting;
  const [first] = await organization.send('lis', ann);
  const update = { ...person(first!.sourcedId, { givenName: 'Anna' }), verb: 'update' } as WriteCommand;
  await organization.send('lis', update);
  const sameInAnotherOrder = byProxy(person('', { givenName: 'Ann', userName: 'ann' }));
  expect(await organization.send('lis', sameInAnotherOrder)).toEqual([{ ...first, status: 'unchanged' }]);
  expect((await setting.look()).users[`lis/person/${first!.sourcedId}`]?.seen?.fields).toEqual({ givenName: 'Anna' });
});

test('another record, kind or source system gets an id of its own', async () => {
  const { organization } = setting;
  const [one, two] = await organization.send('lis', ann, byProxy(person('', { userName: 'bob' })));
  const [three] = await organization.send('banner', ann);
  const units = [byProxy(group('', 'TERM', { code: 'A' })), byProxy(course('template', '', { code: 'A' }))];
  const [four, five] = await organization.send('lis', ...units);
  expect(new Set([one, two, three, four, five].map((each) => each!.sourcedId)).size).toBe(5);
});

test('two of the same record in one message are one object', async () => {
  const [first, second] = await setting.organization.send('lis', ann, ann);
  expect(first).toMatchObject({ status: 'created' });
  expect(second).toEqual({ ...first, status: 'unchanged' });
});

test('the same record from many senders at once, in two processes, is one object', async () => {
  const { organization, store, database } = setting;
  const other = createStore(database.pool);
  const source = organization.sources.get('lis')!;
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, at) => write(at % 2 === 0 ? store : other, source, [ann])),
  );
  await other.close();
  const outcomes = results.flatMap((result) => result.outcomes);
  expect(new Set(outcomes.map(({ sourcedId }) => sourcedId)).size).toBe(1);
  expect(outcomes.filter(({ status }) => status === 'created')).toHaveLength(1);
  expect(outcomes.filter(({ status }) => status === 'unchanged')).toHaveLength(39);
});

test('what was deleted is made again under its id; when the window is over, the record gets an id of its own', async () => {
  const { organization } = setting;
  const [first] = await organization.send('lis', ann);
  await organization.send('lis', remove({ entity: 'user', kind: 'person', sourcedId: first!.sourcedId }));
  const [second] = await organization.send('lis', ann);
  expect(second).toEqual(first);

  const none = await setting.found({ lis: { replayWindowMinutes: 0 } });
  const term = byProxy(group('', 'TERM'));
  const [one] = await none.send('lis', term);
  const [two] = await none.send('lis', term);
  expect(one!.sourcedId).not.toBe(two!.sourcedId);
});

test('an object that was given another sourcedId since is answered under that', async () => {
  const { organization } = setting;
  const [first] = await organization.send('lis', ann);
  const rename = { entity: 'user', kind: 'person', verb: 'rename', sourcedId: first!.sourcedId, newSourcedId: 'P1' };
  await organization.send('lis', rename as RenameCommand);
  expect(await organization.send('lis', ann)).toMatchObject([{ status: 'unchanged', sourcedId: 'P1' }]);
});

test('a record that is refused leaves no id behind; one that waits keeps its id', async () => {
  const { organization } = setting;
  const copy = { ...ann, copyOf: 'P9' } as WriteCommand;
  expect(await organization.send('lis', copy, copy)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  await organization.send('lis', person('P9', { email: 'nine@example.org' }));
  const [made] = await organization.send('lis', copy);
  expect(made).toMatchObject({ status: 'created' });
  expect(await organization.send('lis', copy)).toEqual([{ ...made, status: 'unchanged' }]);

  const waiting = byProxy(course('offering', '', { parents: [under('template', 'template', 'C1')] }));
  const [first] = await organization.send('lis', waiting);
  const [second] = await organization.send('lis', waiting);
  expect(first).toMatchObject({ status: 'waiting' });
  expect(second).toEqual(first);
});

test('a source system in validation is told an id, and nothing is kept of it', async () => {
  const { organization, store } = setting;
  const source = organization.sources.get('lis')!;
  const trial = await write(store, { ...source, state: 'validate' }, [ann]);
  expect(trial.outcomes).toMatchObject([{ status: 'created', sourcedId: uuidv7 }]);
  const [real] = await organization.send('lis', ann);
  expect(real).toMatchObject({ status: 'created' });
  expect(real!.sourcedId).not.toBe(trial.outcomes[0]!.sourcedId);
});

test('what the same transaction deletes is made again, under its id', async () => {
  const { organization } = setting;
  const [first] = await organization.send('lis', ann);
  const outcomes = await organization.send('lis', ann, remove(person(first!.sourcedId)), ann, ann);
  expect(outcomes.map(({ status, sourcedId }) => [status, sourcedId === first!.sourcedId])).toEqual([
    ['unchanged', true],
    ['deleted', true],
    ['created', true],
    ['unchanged', true],
  ]);
});
