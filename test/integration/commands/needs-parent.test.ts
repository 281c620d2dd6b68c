import { expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import { course, remove, under, update } from '../../oracle/commands.ts';
import { useSetting } from '../rules/setting.ts';

const setting = useSetting();

const offering = course('offering', 'O1', { parents: [under('template', 'template', 'C1')] });
/** A section whose offering must be there. */
const section = (id: string, kind: 'offering' | null = 'offering'): RecordCommand => ({
  ...course('section', id, { parents: [under('offering', kind, 'O1')] }),
  wishes: { needsParent: 'offering' },
});

async function became(...commands: RecordCommand[]): Promise<string[]> {
  const outcomes = await setting.organization.send('lis', ...commands);
  return outcomes.map(({ status, problems }) => (status === 'rejected' ? problems[0]!.code : status));
}

test('the parent of a section counts from its own command on, with or without the kind', async () => {
  await became(course('template', 'C1'));
  expect(await became(section('S1'), section('S2', null), offering, section('S3'), section('S4', null))).toEqual([
    'unknown_object',
    'unknown_object',
    'created',
    'created',
    'created',
  ]);
  expect(await became(section('S1'), section('S2', null))).toEqual(['created', 'created']);
});

test('a parent whose own command was refused is not there', async () => {
  const unknown = { ...update(offering), mustExist: true } as RecordCommand;
  expect(await became(unknown, section('S1'), section('S2', null))).toEqual([
    'unknown_object',
    'unknown_object',
    'unknown_object',
  ]);
});

test('a parent that is deleted counts until then; one that stays as it was counts all along', async () => {
  await became(course('template', 'C1'), offering);
  expect(await became(offering, section('S1'), section('S2', null))).toEqual(['unchanged', 'created', 'created']);
  expect(await became(section('S3'), remove(offering), section('S4'), section('S5', null))).toEqual([
    expect.stringMatching(/created|waiting/),
    'deleted',
    'unknown_object',
    'unknown_object',
  ]);
});
