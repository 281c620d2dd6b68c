import { afterEach, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { RecordCommand } from '../../../src/domain/command.ts';
import { applySteps } from '../../../src/state/apply.ts';
import { inLane } from '../../../src/state/in-transaction.ts';
import { project } from '../../../src/state/projection/project.ts';
import { nothingTouched } from '../../../src/state/touched.ts';
import { association, course, group, remove, under, update } from '../../oracle/commands.ts';
import { useSetting } from './setting.ts';

/* What a message about one org unit makes the gateway judge, where many others hang together with it. */

const setting = useSetting();

afterEach(() => {
  jest.restoreAllMocks();
});

/** How many org units are judged for a message. */
async function judgedFor(...commands: RecordCommand[]): Promise<number> {
  const spy = jest.spyOn(pg.Client.prototype, 'query');
  await setting.organization.send('lis', ...commands);
  const judged = spy.mock.calls
    .map(([query]) => query as { name?: string; values?: unknown[][] } | null)
    .filter((query) => query?.name === 'project_org_unit_judge')
    .reduce((sum, query) => sum + (query?.values?.[3]?.length ?? 0), 0);
  spy.mockRestore();
  return judged;
}

/** Applies commands in a transaction that projects few dependants itself (rule 8). */
async function applied(fanOutLimit: number, ...commands: RecordCommand[]): Promise<void> {
  const { id, sources } = setting.organization;
  const messageId = '00000000-0000-7000-8000-000000000000';
  const sourceSystemId = sources.get('lis')!.id;
  const steps = commands.map((command) => ({ command, messageId, sourceSystemId, answer: () => undefined }));
  await inLane(setting.database.pool, id, { reason: 'message' }, (lane) => applySteps(lane, steps), fanOutLimit);
}

async function queued(): Promise<number> {
  return (await setting.query('select from reprojection_key')).length;
}

async function workedOff(): Promise<number> {
  let chunks = 0;
  while (await setting.store.workOff(setting.organization.id)) chunks += 1;
  return chunks;
}

async function waiting(): Promise<string[]> {
  const { waits } = await setting.look();
  return Object.keys(waits)
    .filter((key) => waits[key] === 'parent_cycle')
    .map((key) => key.split('/')[2]!)
    .sort();
}

function department(id: string, ...parents: string[]): RecordCommand {
  return group(id, 'DEPARTMENT', { parents: parents.map((parent) => under('parent', 'group', parent)) });
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const pairs = 40;

async function pairsOnCycles(): Promise<void> {
  await setting.organization.send(
    'lis',
    ...numbers(pairs).flatMap((n) => [department(`A${n}`, `B${n}`), department(`B${n}`, `A${n}`)]),
  );
  expect(await waiting()).toHaveLength(2 * pairs);
}

test('org units on cycles are left alone by a message about another one, and by one about another cycle', async () => {
  await pairsOnCycles();
  expect(await judgedFor(department('X'))).toBe(1);
  expect(await judgedFor(department('A0'))).toBeLessThan(6);
  expect(await waiting()).toHaveLength(2 * pairs - 2);
  expect(await judgedFor(department('A0', 'B1'), department('A1', 'B0'))).toBeLessThan(12);
  expect((await setting.store.reproject(setting.organization.id)).changes).toBe(0);
});

test('what is on a cycle and comes from the queue puts nothing into the queue', async () => {
  await pairsOnCycles();
  const { id, sources } = setting.organization;
  const orgUnits = numbers(10).map((n) => ({
    sourceSystemId: sources.get('lis')!.id,
    kind: 'group' as const,
    sourcedId: `A${n}`,
  }));
  const chunk = { ...nothingTouched, orgUnits };
  await inLane(setting.database.pool, id, { reason: 'reproject' }, (lane) => project(lane, chunk), 2);
  expect(await queued()).toBe(0);
});

test('a cycle that is more than a transaction projects is closed and broken, and the queue ends', async () => {
  const ring = numbers(9).map((n) => `R${n}`);
  // One in the middle is on another cycle, too, and one is of a type that is not mapped: they do not turn.
  const around = (n: number): RecordCommand => {
    const parents = [ring[(n + 1) % ring.length]!, ...(n === 4 ? ['SIDE'] : [])];
    return n === 6
      ? group(ring[n]!, 'NOT-MAPPED', { parents: parents.map((parent) => under('parent', 'group', parent)) })
      : department(ring[n]!, ...parents);
  };
  await applied(2, department('SIDE', 'R4'), department('TOP'), ...numbers(9).slice(1).map(around));
  await workedOff();
  expect(await waiting()).toEqual(['R4', 'SIDE']);
  await applied(2, around(0));
  expect(await workedOff()).toBeLessThan(20);
  expect(await waiting()).toEqual([...ring.filter((id) => id !== 'R6'), 'SIDE']);

  await applied(2, department('R0', 'TOP'));
  expect(await workedOff()).toBeLessThan(20);
  expect(await waiting()).toEqual(['R4', 'SIDE']);
  expect((await setting.store.reproject(setting.organization.id)).changes).toBe(0);

  await applied(2, remove(department('SIDE')));
  expect(await workedOff()).toBeLessThan(20);
  expect(await waiting()).toEqual([]);
  expect((await setting.store.reproject(setting.organization.id)).changes).toBe(0);
});

test('a semester, department or template that gets another name leaves all that is in it alone', async () => {
  const parents = [under('template', 'template', 'T1'), under('semester', 'group', 'FALL')];
  const { organization } = setting;
  await organization.send('lis', group('FALL', 'TERM'), department('D1'), course('template', 'T1'));
  await organization.send(
    'lis',
    ...numbers(20).map((n) => course('offering', `O${n}`, { parents })),
    ...numbers(20).map((n) => department(`D1-${n}`, 'D1')),
    ...numbers(20).map((n) => course('section', `S${n}`, { parents: [under('offering', 'offering', 'O0')] })),
  );
  expect(await judgedFor(update(group('FALL', 'TERM', { name: 'Fall' })))).toBe(1);
  expect(await judgedFor(update(course('template', 'T1', { name: 'Algebra' })))).toBe(1);
  expect(await judgedFor(update(course('offering', 'O0', { name: 'Algebra I' })))).toBe(1);
  expect(await judgedFor(update(group('D1', 'DEPARTMENT', { name: 'Mathematics' })))).toBe(1);
  const names = await setting.query<{ name: string }>(
    `select fields->>'name' as name from lms_org_unit where fields->>'name' in ('Fall', 'Algebra', 'Algebra I', 'Mathematics')`,
  );
  expect(names).toHaveLength(4);
  expect(await judgedFor(remove(group('FALL', 'TERM')))).toBeGreaterThan(20);
  expect((await setting.store.reproject(organization.id)).changes).toBe(0);
});

test('an offering that leaves its semester leaves the others of it alone; an association follows the names of its sections', async () => {
  const parents = [under('semester', 'group', 'FALL')];
  const { organization } = setting;
  await organization.send('lis', group('FALL', 'TERM'));
  await organization.send(
    'lis',
    ...numbers(20).map((n) => course('offering', `O${n}`, { parents })),
    course('section', 'S1', { parents: [under('offering', 'offering', 'O0')] }),
    association('A1', ['S1'], { name: null }),
  );
  expect(await judgedFor(course('offering', 'O1'))).toBeLessThan(6);
  await organization.send('lis', update(course('section', 'S1', { name: 'Evening' })));
  expect(await setting.query(`select from lms_org_unit where fields->>'name' = 'Evening'`)).toHaveLength(2);
  expect((await setting.store.reproject(organization.id)).changes).toBe(0);
});

test('a section that comes leaves its offering alone where no association has to do with it', async () => {
  const { organization } = setting;
  const section = (id: string, offering: string) =>
    course('section', id, { parents: [under('offering', 'offering', offering)] });
  const superseded = async (): Promise<string[]> => {
    const rows = await setting.query<{ sourced_id: string }>(
      'select sourced_id from declared_org_unit where superseded order by sourced_id',
    );
    return rows.map((row) => row.sourced_id);
  };
  await organization.send('lis', ...['O1', 'O2'].map((id) => course('offering', id)));
  expect(await judgedFor(section('S1', 'O1'))).toBe(1);
  await organization.send('lis', section('S1', 'O2'));
  expect(await superseded()).toEqual([]);
  await organization.send('lis', association('A1', ['S1']));
  expect(await superseded()).toEqual(['O2']);
  await organization.send('lis', section('S2', 'O2'));
  expect(await superseded()).toEqual([]);
  await organization.send('lis', section('S2', 'O1'));
  expect(await superseded()).toEqual(['O2']);
  await organization.send('lis', section('S1', 'O1'));
  expect(await superseded()).toEqual([]);
  await organization.send('lis', remove(section('S2', 'O1')));
  expect(await superseded()).toEqual(['O1']);
  expect((await setting.store.reproject(organization.id)).changes).toBe(0);
});
