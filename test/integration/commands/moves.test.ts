import { expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import { course, remove, under } from '../../oracle/commands.ts';
import { submission, write } from '../../oracle/harness.ts';
import { useSetting } from '../rules/setting.ts';

const setting = useSetting();

const template = (id: string) => course('template', id);
const section = (id: string, offering: string, kind: 'offering' | null = 'offering') =>
  course('section', id, { parents: [under('offering', kind, offering)] });
/** An offering that does not move while it has children. */
const offering = (id: string, inTemplate: string): RecordCommand => ({
  ...course('offering', id, { parents: [under('template', 'template', inTemplate)] }),
  wishes: { refuseWhile: ['moved'] },
});

/** What became of them, one message each and all in one transaction. */
async function together(...commands: RecordCommand[]): Promise<string[]> {
  const { organization, store } = setting;
  const sis = organization.sources.get('lis')!;
  const results = await Promise.all(commands.map((command) => write(store, sis, [command])));
  return results.map(({ outcomes }) => outcomes[0]!.status);
}

async function begin(): Promise<void> {
  await setting.organization.send('lis', template('C1'), template('C2'), offering('O1', 'C1'), offering('O2', 'C1'));
}

test('a child that comes in the same transaction holds its parent where it is; one that comes after it does not', async () => {
  await begin();
  expect(await together(section('S1', 'O1'), offering('O1', 'C2'))).toEqual(['created', 'rejected']);
  expect(await together(offering('O2', 'C2'), section('S2', 'O2'))).toEqual(['updated', 'created']);
  expect(await together(offering('O2', 'C1'))).toEqual(['rejected']);
});

test('a child without a kind holds whatever has the id', async () => {
  await begin();
  expect(await together(section('S1', 'O1', null), offering('O1', 'C2'))).toEqual(['created', 'rejected']);
});

test('a child that goes, or moves away, in the same transaction lets its parent move; one that stays does not', async () => {
  await begin();
  await setting.organization.send('lis', section('S1', 'O1'), section('S2', 'O1'));
  expect(await together(remove(section('S1', 'O1')), offering('O1', 'C2'))).toEqual(['deleted', 'rejected']);
  expect(await together(section('S2', 'O2'), offering('O1', 'C2'))).toEqual(['updated', 'updated']);
  expect(await together(remove(section('S2', 'O2')), offering('O2', 'C2'), section('S2', 'O2'))).toEqual([
    'deleted',
    'updated',
    'created',
  ]);
});

test('what was refused itself brings no child', async () => {
  await begin();
  const refused = { ...section('S1', 'O1'), wishes: { needsParent: 'template' as const } };
  const parents = [under('offering', 'offering', 'O1'), under('template', 'template', 'NONE')];
  const command = { ...refused, fields: { ...(refused as { fields: object }).fields, parents } } as RecordCommand;
  expect(await together(command, offering('O1', 'C2'))).toEqual(['rejected', 'updated']);
});

test('one message judges its commands in their order, too', async () => {
  await begin();
  const { organization, store } = setting;
  const sis = organization.sources.get('lis')!;
  const commands = [section('S1', 'O1'), offering('O1', 'C2'), remove(section('S1', 'O1')), offering('O2', 'C2')];
  const { outcomes } = await store.write({ ...submission(sis, []), commands }, sis);
  expect(outcomes.map(({ status }) => status)).toEqual(['created', 'rejected', 'deleted', 'updated']);
});
