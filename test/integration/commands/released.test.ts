import { expect, test } from '@jest/globals';
import type { RenameCommand, WriteCommand } from '../../../src/domain/command.ts';
import { course, group, person, remove, under } from '../../oracle/commands.ts';
import { useSetting } from '../rules/setting.ts';

/* What a delete releases: the source system has no record of it any more, and the LMS keeps its object (ADR 31). */

const setting = useSetting();

const release = (command: Parameters<typeof remove>[0]): WriteCommand => ({
  ...remove(command),
  wishes: { lms: 'leave' },
});
const rename = (sourcedId: string, newSourcedId: string) =>
  ({ entity: 'user', kind: 'person', verb: 'rename', sourcedId, newSourcedId }) as RenameCommand;
const isSeen = async (table: 'lms_user' | 'lms_org_unit', lmsId: string | undefined) => {
  const [row] = await setting.query<{ state: string }>(`select state from ${table} where id = $1`, [lmsId]);
  return row?.state;
};

test('is not deleted by the delete of its semester that cascades', async () => {
  const { organization } = setting;
  const kept = course('offering', 'O1', { parents: [under('semester', 'group', 'FALL')] });
  const gone = course('offering', 'O2', { parents: [under('semester', 'group', 'FALL')] });
  await organization.send('lis', group('FALL', 'TERM'), kept, gone);
  const [first, second] = [await setting.lmsId('lis/offering/O1'), await setting.lmsId('lis/offering/O2')];
  await organization.send('lis', release(kept));
  await organization.send('lis', { ...remove(group('FALL', 'TERM')), wishes: { cascade: ['semester', 'dependants'] } });
  expect(await isSeen('lms_org_unit', first)).toBe('active');
  expect(await isSeen('lms_org_unit', second)).not.toBe('active');
});

test('cannot be renamed, and nothing else may take its id by a rename', async () => {
  const { organization } = setting;
  await organization.send('lis', person('P1'), person('P2'));
  const lmsId = await setting.lmsId('lis/person/P1');
  await organization.send('lis', release(person('P1')));
  expect(await organization.send('lis', rename('P1', 'P3'), rename('P2', 'P1'))).toMatchObject([
    { status: 'rejected', problems: [{ code: 'unknown_object' }] },
    { status: 'rejected', problems: [{ code: 'id_in_use', message: expect.stringContaining('left in the LMS') }] },
  ]);
  expect(await isSeen('lms_user', lmsId)).toBe('active');
});
