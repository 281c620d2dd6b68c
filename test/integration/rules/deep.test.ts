import { expect, test } from '@jest/globals';
import type { WriteCommand } from '../../../src/domain/command.ts';
import { uuidv7 } from '../../../src/domain/ids.ts';
import { applySteps, type Step } from '../../../src/state/apply.ts';
import { inLane } from '../../../src/state/in-transaction.ts';
import { onCycles } from '../../../src/state/projection/org-units-cycles.ts';
import { group, under } from '../../oracle/commands.ts';
import { useSetting } from './setting.ts';

/* Departments each below the next: what is above them is looked at once, and not from each of them anew. */

const setting = useSetting();

/** `D1` is at the top, unless it is below another one. */
const departments = (count: number, top?: string): WriteCommand[] =>
  Array.from({ length: count }, (_, at) => {
    const parent = at === 0 ? top : `D${at}`;
    return group(`D${at + 1}`, 'DEPARTMENT', {
      parents: parent === undefined ? [] : [under('parent', 'group', parent)],
    });
  });

/** @returns how often references were looked up */
async function declare(commands: readonly WriteCommand[]): Promise<number> {
  const { id, sources } = await setting.found({});
  const messageId = uuidv7();
  const sourceSystemId = sources.get('lis')?.id ?? 0;
  const steps = commands.map((command): Step => ({ command, messageId, sourceSystemId, answer: () => undefined }));
  return inLane(setting.database.pool, id, { reason: 'message', messageId }, async (lane) => {
    const scans = async (): Promise<number> => {
      const { rows } = await lane.client.query<{ scans: string }>(
        `select idx_scan as scans from pg_stat_xact_user_tables where relname = 'declared_parent'`,
      );
      return Number(rows[0]?.scans);
    };
    const before = await scans();
    await applySteps(lane, steps);
    return (await scans()) - before;
  });
}

test('twice as many departments below each other are twice the work, and not four times', async () => {
  const [some, twice] = [await declare(departments(150)), await declare(departments(300))];
  expect(twice).toBeLessThan(2.5 * some);
});

test('of many departments those wait that are on a cycle, and no others', async () => {
  // The first hundred are below each other; the others are below those.
  const { organization } = setting;
  await organization.send('lis', ...departments(200, 'D100'));
  const waiting = await setting.query<{ id: string }>(
    `select sourced_id as id from declared_org_unit where wait_code = 'parent_cycle'`,
  );
  expect(waiting.map(({ id }) => id).sort()).toEqual(Array.from({ length: 100 }, (_, at) => `D${at + 1}`).sort());
  // Cut, it is one no more.
  await organization.send('lis', ...departments(200).slice(0, 1));
  expect(await setting.query(`select from declared_org_unit where wait_code is not null`)).toEqual([]);
});

test('cycles, and what lies between two of them, are what is left of references', () => {
  const references = [
    ['leaf', 'a'],
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'between'],
    ['between', 'c'],
    ['c', 'c'],
    ['c', 'above'],
    ['above', 'top'],
    ['beside', 'top'],
  ] as const;
  expect([...onCycles(references)].sort()).toEqual(['a', 'b', 'between', 'c']);
  expect([...onCycles([])]).toEqual([]);
});
