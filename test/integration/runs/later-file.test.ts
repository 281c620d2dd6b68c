import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WriteCommand } from '../../../src/domain/command.ts';
import { readRun } from '../../../src/runs/read-run.ts';
import { releaseHolds } from '../../../src/runs/release-holds.ts';
import { claimRun } from '../../../src/state/runs/lease.ts';
import {
  createRunWorld,
  enrolls,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

const during = new Date('2036-12-12T10:00:00Z');
const after = new Date('2036-12-19T05:00:00Z');
const exams = { name: 'Exam weeks', from: '2036-12-10T18:00', until: '2036-12-19T06:00' };

let world: RunWorld;
let administration: RunWorld['administration'];
let now = during;

beforeAll(async () => {
  world = await createRunWorld({ now: () => now });
  ({ administration } = world);
});

afterAll(async () => {
  await world.close();
});

const users = numbered('P', 30);
const campus = { offerings: ['PHYS-1'], users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) };

async function approve(organization: RunOrganization, run: string, hold = 1): Promise<void> {
  await administration.runs.decide({ organizationId: organization.id, actor: 'test' }, run, hold, {
    state: 'approved',
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
}

const holdsOf = (organization: RunOrganization, run: string): Promise<object[]> =>
  organization.query(
    `select number, guard, items::integer, state from run_hold where run_id = '${run}' order by number`,
  );

/** Persons with another given name. */
function named(given: string, ids: readonly string[] = ['P1']): Record<string, string> {
  const files = filesOf({ ...campus, offerings: [], users: ids, enrollments: [] });
  return { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replaceAll(/First P\d+/g, given) };
}

const givenName = async (organization: RunOrganization, id = 'P1'): Promise<string | undefined> =>
  (
    await organization.query<{ name: string }>(
      `select fields->>'givenName' as name from declared_user where sourced_id = '${id}'`,
    )
  )[0]?.name;

test('what an older file has deleted in a window for adds stays when a newer one states it', async () => {
  now = during;
  const organization = await world.organization({ windows: { timeZone: 'Europe/Paris', addsOnly: [exams] } });
  await organization.run(filesOf(campus));
  const monday = filesOf(campus);
  for (const user of ['P1', 'P2'])
    monday['08-Enrollments.csv'] = (monday['08-Enrollments.csv'] ?? '').replace(
      `UPDATE,${user},Student`,
      `DELETE,${user},Student`,
    );
  const one = await organization.run(monday);
  expect(await holdsOf(organization, one.id)).toEqual([{ number: 1, guard: 'adds_only', items: 2, state: 'held' }]);
  const two = await organization.run(filesOf({ ...campus, enrollments: [['P1', 'PHYS-1']] }));
  expect(two).toMatchObject({ items: 0 });
  expect(await holdsOf(organization, one.id)).toEqual([
    { number: 1, guard: 'adds_only', items: 1, state: 'held' },
    { number: 2, guard: 'adds_only', items: 1, state: 'superseded' },
  ]);
  now = after;
  expect(await releaseHolds(world.parts)).toBe(1);
  await workUntil(world.parts, async () => isEnded(await organization.get(one.id)));
  expect(
    await organization.query(`select user_sourced_id as who from declared_enrollment where deleted order by 1`),
  ).toEqual([{ who: 'P2' }]);
});

test('of two changes that are held, the newer one is decided on', async () => {
  const organization = await world.organization({ guards: { changes: { count: 0, floor: 0 } } });
  await organization.run(filesOf(campus));
  const one = await organization.run(named('Monday', ['P1', 'P2']));
  const two = await organization.run(named('Tuesday'));
  expect(await holdsOf(organization, one.id)).toMatchObject([
    { items: 1, state: 'held' },
    { items: 1, state: 'superseded' },
  ]);
  await approve(organization, one.id);
  await approve(organization, two.id);
  expect((await organization.get(two.id)).outcomes).toEqual({});
  expect(await givenName(organization)).toBe('Tuesday');
  expect(await givenName(organization, 'P2')).toBe('Monday');
  const three = await organization.run(named('Wednesday'));
  await organization.run(named('Thursday'));
  expect(await holdsOf(organization, three.id)).toMatchObject([{ items: 1, state: 'superseded' }]);
});

test('a file that was made before, and came later, is no newer one; nor is a run that only plans', async () => {
  const organization = await world.organization({ guards: { changes: { count: 0, floor: 0 } } });
  await organization.run(filesOf(campus));
  const made = new Date(Date.now() - 20).toISOString();
  const tuesday = await organization.run(named('Tuesday'));
  await organization.run(named('Nothing'), { mode: 'plan' });
  const monday = await organization.run(named('Monday'), { asOf: made });
  expect(await holdsOf(organization, tuesday.id)).toMatchObject([{ items: 1, state: 'held' }]);
  await approve(organization, monday.id);
  await approve(organization, tuesday.id);
  expect((await organization.get(tuesday.id)).outcomes).toEqual({});
  expect(await givenName(organization)).toBe('Tuesday');
});

test('memberships are held no more when a file that was made later names them', async () => {
  const organization = await world.organization({ guards: { messages: { removals: { count: 2 } } } });
  await organization.run(filesOf(campus));
  const rows = await organization.query<{ sourced_id: string }>(
    `select sourced_id from declared_enrollment where user_sourced_id in ('P1', 'P2', 'P3', 'P4', 'P5') order by user_sourced_id`,
  );
  for (const { sourced_id: sourcedId } of rows) {
    const command: WriteCommand = { entity: 'enrollment', kind: 'membership', sourcedId, verb: 'delete' };
    await organization.send('sis', command);
  }
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  const run = held?.id ?? '';
  expect(await holdsOf(organization, run)).toMatchObject([{ items: 3, state: 'held' }]);
  await organization.run(filesOf({ ...campus, enrollments: campus.enrollments.slice(0, 4) }));
  expect(await holdsOf(organization, run)).toMatchObject([
    { items: 1, state: 'held' },
    { items: 2, state: 'superseded' },
  ]);
  await approve(organization, run);
  expect(
    await organization.query(`select user_sourced_id as who from declared_enrollment where deleted order by 1`),
  ).toEqual([{ who: 'P5' }]);
});

test('a message takes the place of what is held of an older file, also where it says nothing new', async () => {
  const organization = await world.organization({ guards: { changes: { count: 0, floor: 0 } } });
  await organization.run(filesOf(campus));
  const tuesday = await organization.run(named('Tuesday', ['P1', 'P2', 'P3']));
  expect(await holdsOf(organization, tuesday.id)).toMatchObject([{ items: 3, state: 'held' }]);
  const [outcome] = await organization.send('sis', {
    entity: 'user',
    kind: 'person',
    sourcedId: 'P1',
    verb: 'update',
    fields: { givenName: 'First P1' },
  });
  expect(outcome).toMatchObject({ status: 'unchanged' });
  expect(await holdsOf(organization, tuesday.id)).toMatchObject([
    { items: 2, state: 'held' },
    { items: 1, state: 'superseded' },
  ]);
  const [superseded] = await organization.query<{ by: string }>(
    `select decided_by as by from run_hold where run_id = '${tuesday.id}' and number = 2`,
  );
  expect(superseded?.by).toMatch(/^message [0-9a-f-]{36}$/u);
  await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P4', verb: 'delete' });
  await approve(organization, tuesday.id);
  expect(await givenName(organization, 'P1')).toBe('First P1');
  expect(await givenName(organization, 'P2')).toBe('Tuesday');
});

test('what messages take out of a hold of a file is one part of it, and each item says by which', async () => {
  const organization = await world.organization({ guards: { changes: { count: 0, floor: 0 } } });
  await organization.run(filesOf(campus));
  const tuesday = await organization.run(named('Tuesday', users.slice(0, 8)));
  const update = (sourcedId: string): WriteCommand => {
    return { entity: 'user', kind: 'person', sourcedId, verb: 'update', fields: { givenName: `First ${sourcedId}` } };
  };
  for (const sourcedId of users.slice(0, 4)) await organization.send('sis', update(sourcedId));
  await organization.run(named('Wednesday', ['P5']));
  await organization.send('sis', update('P6'), update('P7'));
  expect(await holdsOf(organization, tuesday.id)).toMatchObject([
    { items: 1, state: 'held' },
    { items: 6, state: 'superseded' },
    { items: 1, state: 'superseded' },
  ]);
  const messages = await organization.query<{ id: string }>(
    `select id from message where id not in (select id from run) order by id`,
  );
  const { items } = await administration.runs.items(organization.id, tuesday.id, { noteworthy: true }, { limit: 9 });
  const by = items.map(({ sourcedId, hold, outcome }) => [sourcedId, hold, outcome?.problems[0]?.message.slice(4, 48)]);
  const told = ['P1', 'P2', 'P3', 'P4'].map((id, index) => [id, 2, `message ${messages[index]?.id ?? ''}`]);
  const [last] = messages.slice(-1);
  expect(by).toEqual([...told, ['P6', 2, `message ${last?.id ?? ''}`], ['P7', 2, `message ${last?.id ?? ''}`]]);
  const [part] = (await administration.runs.holds(organization.id, tuesday.id)).filter(({ number }) => number === 2);
  expect(part).toMatchObject({ finding: { partOf: 1 }, decidedBy: `message ${last?.id ?? ''}` });
  await approve(organization, tuesday.id);
  expect((await organization.get(tuesday.id)).outcomes).toEqual({ overtaken: 6 });
  expect(await givenName(organization, 'P8')).toBe('Tuesday');
});

const blackout = { windows: { timeZone: 'Europe/Paris', blackouts: [exams] } };

/** Approves in a blackout: it waits to be applied. */
async function approveInBlackout(organization: RunOrganization, run: string): Promise<void> {
  now = during;
  await administration.runs.decide({ organizationId: organization.id, actor: 'test' }, run, 1, { state: 'approved' });
  await workUntil(world.parts, async () => (await administration.runs.get(organization.id, run)).waits?.until != null);
}

async function endBlackout(organization: RunOrganization, run: string): Promise<void> {
  now = after;
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
}

test.each([1, 120])(
  'what was approved of a file, %d items, and waits, gives way to a message that says nothing new',
  async (count) => {
    now = after;
    const organization = await world.organization({ ...blackout, guards: { removals: { count: 0, floor: 0 } } });
    const many = { ...campus, users: numbered('P', 150) };
    const all = { ...many, enrollments: many.users.map((user) => [user, 'PHYS-1'] as const) };
    await organization.run(filesOf(all));
    const stay = { ...all, enrollments: all.enrollments.slice(count) };
    const monday = await organization.run(filesOf(stay), { snapshot: { kinds: ['membership'] } });
    expect(await holdsOf(organization, monday.id)).toMatchObject([{ items: count, state: 'held' }]);
    await approveInBlackout(organization, monday.id);
    const [first] = await organization.query<{ id: string }>(
      `select sourced_id as id from declared_enrollment where user_sourced_id = 'P1'`,
    );
    expect(await organization.send('sis', enrolls(first!.id, 'PHYS-1'))).toMatchObject([{ status: 'unchanged' }]);
    await endBlackout(organization, monday.id);
    expect((await organization.get(monday.id)).outcomes).toEqual({ overtaken: 1 });
    const gone = await organization.query<{ who: string }>(
      `select user_sourced_id as who from declared_enrollment where deleted`,
    );
    expect(gone).toHaveLength(count - 1);
    expect(gone).not.toContainEqual({ who: 'P1' });
  },
);

test('so does what was approved of an earlier message', async () => {
  now = after;
  const guards = { messages: { removals: { count: 0 } } };
  const organization = await world.organization({ ...blackout, guards });
  await organization.run(filesOf(campus));
  const [first] = await organization.query<{ id: string }>(
    `select sourced_id as id from declared_enrollment where user_sourced_id = 'P1'`,
  );
  const deletes: WriteCommand = { entity: 'enrollment', kind: 'membership', sourcedId: first!.id, verb: 'delete' };
  expect(await organization.send('sis', deletes)).toMatchObject([{ status: 'held' }]);
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  await approveInBlackout(organization, held!.id);
  expect(await organization.send('sis', enrolls(first!.id, 'PHYS-1'))).toMatchObject([{ status: 'unchanged' }]);
  await endBlackout(organization, held!.id);
  expect((await organization.get(held!.id)).outcomes).toEqual({ overtaken: 1 });
  expect(await organization.query(`select from declared_enrollment where deleted`)).toEqual([]);
});

test('a file that is never planned takes the place of nothing', async () => {
  const guards = { changes: { count: 0, floor: 0 }, messages: { removals: { count: 2 } } };
  const organization = await world.organization({ guards });
  await organization.run(filesOf(campus));
  for (const sourcedId of ['P1', 'P2', 'P3', 'P4'])
    await organization.send('sis', { entity: 'user', kind: 'person', sourcedId, verb: 'delete' });
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  const run = held?.id ?? '';
  const before = await holdsOf(organization, run);
  expect(before).toMatchObject([{ items: 2, state: 'held' }]);
  const id = await organization.request(named('Tuesday', users));
  // The end of reading cannot write its hold.
  await organization.query(
    `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at)
     values (${String(organization.id)}, '${id}', 1, 'changes', 'person', '{}', 0, 'discarded', now()) returning number`,
  );
  const leased = await claimRun(world.database.pool, organization.id, randomUUID(), id);
  if (leased === undefined) throw new Error('the run is not there');
  await expect(readRun(world.parts, leased, new AbortController().signal)).rejects.toThrow('duplicate key');
  expect(await holdsOf(organization, run)).toEqual(before);
});

test('what was held of a message is as new as the message when it is approved, and not as the first that was held', async () => {
  const organization = await world.organization({ guards: { messages: { changes: { count: 1 } } } });
  await organization.run(filesOf(campus));
  const change = async (sourcedId: string, givenName: string): Promise<void> => {
    await organization.send('sis', {
      entity: 'user',
      kind: 'person',
      sourcedId,
      verb: 'update',
      fields: { givenName },
    });
  };
  await change('P1', 'Let through');
  await change('P2', 'Before the file');
  await pause();
  const made = new Date().toISOString();
  await pause();
  await change('P3', 'After the file');
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  await approve(organization, held?.id ?? '');
  expect(await givenName(organization, 'P3')).toBe('After the file');
  const run = await organization.run(named('Of the file', ['P2', 'P3']), { asOf: made });
  expect(await organization.query(`select code, sourced_id from run_problem where run_id = '${run.id}'`)).toEqual([
    { code: 'overtaken', sourced_id: 'P3' },
  ]);
  expect(await givenName(organization, 'P2')).toBe('Of the file');
  expect(await givenName(organization, 'P3')).toBe('After the file');
});

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
