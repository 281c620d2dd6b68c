import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Grace } from '../../../src/domain/grace.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { endLeaves } from '../../../src/runs/end-leaves.ts';
import { workOnRun } from '../../../src/runs/work-on-run.ts';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
import { inLane } from '../../../src/state/in-transaction.ts';
import { endRun } from '../../../src/state/runs/apply/end-run.ts';
import { claimRun, type LeasedRun, LeaseLost } from '../../../src/state/runs/lease.ts';
import { findViolations } from '../../../src/state/doctor/integrity.ts';
import { removeOldRuns } from '../../../src/state/maintenance/old-runs.ts';
import {
  createRunWorld,
  dyingPool,
  filesOf,
  isEnded,
  lines,
  manifest,
  numbered,
  type RunOrganization,
  runParts,
  type RunWorld,
  workUntil,
} from './set-up.ts';

const owner = 'aaaaaaaa-0000-4000-8000-000000000000';
const dayMs = 86_400_000;
const begin = new Date('2036-02-01T04:00:00Z');
const day = (days: number): Date => new Date(begin.getTime() + days * dayMs);

let world: RunWorld;
let administration: RunWorld['administration'];
/** The clock on the wall of the worker. */
let now: Date;

beforeAll(async () => {
  world = await createRunWorld({ now: () => now });
  ({ administration } = world);
});

beforeEach(() => {
  now = begin;
});

afterAll(async () => {
  await world.close();
});

const users = numbered('P', 6);
const campus = { offerings: ['C1', 'C2'], users, enrollments: users.map((user) => [user, 'C1'] as const) };
const without = (...gone: string[]) =>
  filesOf({ ...campus, enrollments: campus.enrollments.filter(([user]) => !gone.includes(user)) });
const snapshot = { kinds: ['membership' as const] };
const twoWeeks: Grace = { others: { days: 14 } };

interface Standing {
  who: string;
  state: 'active' | 'inactive' | 'ended';
  id: string;
}

const standing = (organization: RunOrganization): Promise<Standing[]> =>
  organization.query<Standing>(
    `select u.fields->>'orgDefinedId' as who, e.id::text as id,
            case when e.ended then 'ended' when e.inactive then 'inactive' else 'active' end as state
       from lms_enrollment e join lms_user u on u.id = e.user_id join lms_org_unit o on o.id = e.org_unit_id
      where o.code = 'C1' order by 1`,
  );

async function stateOf(organization: RunOrganization, who: string): Promise<string | undefined> {
  return (await standing(organization)).find((one) => one.who === who)?.state;
}

async function made(grace: Grace, options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  const organization = await world.organization({ grace, ...options });
  await organization.run(filesOf(campus));
  return organization;
}

const changes = (organization: RunOrganization, runId: string): Promise<object[]> =>
  organization.query(
    `select entity, operation, before->>'state' as before, after->>'state' as after from change
      where cause->>'messageId' = '${runId}' order by seq`,
  );

const leaving = async (organization: RunOrganization, runId: string) =>
  (await administration.runs.get(organization.id, runId)).leaving;

test('who is absent becomes inactive, and ends when the days are over; the changes are put down to the run', async () => {
  const organization = await made(twoWeeks);
  const ids = (await standing(organization)).map(({ id }) => id);
  const run = await organization.run(without('P1', 'P2'), { snapshot });
  expect(run).toMatchObject({ counters: { membership: { remove: 2 } }, outcomes: {} });
  expect((await standing(organization)).map(({ state }) => state)).toEqual([
    ...['inactive', 'inactive'],
    ...['active', 'active', 'active', 'active'],
  ]);
  const due = day(14).toISOString();
  expect(await leaving(organization, run.id)).toEqual({ waiting: 2, ended: 0, returned: 0, failed: 0, nextAt: due });
  const { items } = await administration.runs.items(organization.id, run.id, { operation: 'remove' }, { limit: 5 });
  expect(items.map(({ leaves }) => leaves)).toEqual([
    { meanwhile: 'inactive', days: 14, dueAt: due, state: 'waiting' },
    { meanwhile: 'inactive', days: 14, dueAt: due, state: 'waiting' },
  ]);
  expect(await changes(organization, run.id)).toEqual([
    { entity: 'enrollment', operation: 'updated', before: null, after: 'inactive' },
    { entity: 'enrollment', operation: 'updated', before: null, after: 'inactive' },
  ]);

  // The same file again has nothing to say, and does not make it longer.
  now = day(7);
  const again = await organization.run(without('P1', 'P2'), { snapshot });
  expect(again).toMatchObject({ items: 0 });
  now = new Date(day(14).getTime() - 1);
  expect(await endLeaves(world.parts)).toBe(0);
  now = day(14);
  expect(await endLeaves(world.parts)).toBe(2);
  expect((await standing(organization)).slice(0, 3).map(({ state }) => state)).toEqual(['ended', 'ended', 'active']);
  expect((await standing(organization)).map(({ id }) => id)).toEqual(ids);
  expect((await changes(organization, run.id)).slice(2)).toEqual([
    { entity: 'enrollment', operation: 'deleted', before: 'inactive', after: null },
    { entity: 'enrollment', operation: 'deleted', before: 'inactive', after: null },
  ]);
  expect(await leaving(organization, run.id)).toMatchObject({ waiting: 0, ended: 2, nextAt: null });
});

test('who comes back in time has lost nothing, whichever way they come', async () => {
  const organization = await made(twoWeeks);
  const before = await standing(organization);
  const run = await organization.run(without('P1', 'P2', 'P3'), { snapshot });
  now = day(10);
  const back = await organization.run(without('P2', 'P3'), { snapshot });
  expect(back).toMatchObject({ counters: { membership: { change: 1 } } });
  expect(await leaving(organization, run.id)).toMatchObject({ waiting: 2, returned: 1 });
  const [p2] = await organization.query<{ sourced_id: string }>(
    `select sourced_id from declared_enrollment where user_sourced_id = 'P2'`,
  );
  await organization.send('sis', {
    entity: 'enrollment',
    kind: 'membership',
    verb: 'update',
    sourcedId: p2!.sourced_id,
    fields: { roles: [{ role: 'Student', active: true }] },
  });
  now = day(14);
  await endLeaves(world.parts);
  expect(await standing(organization)).toEqual(
    before.map((one) => (one.who === 'P3' ? { ...one, state: 'ended' } : one)),
  );
  expect(await leaving(organization, run.id)).toMatchObject({ waiting: 0, returned: 2, ended: 1 });
});

test('whose record leaves with all of the person is inactive as well, and nobody is deleted', async () => {
  const organization = await made(
    { others: { days: 14 } },
    { userDelete: 'delete', guards: { removals: { percent: 90 } } },
  );
  const files = filesOf({ ...campus, users: users.slice(1), enrollments: campus.enrollments.slice(1) });
  await organization.run(files, { snapshot: { kinds: ['person', 'membership'] } });
  const person = () => organization.query(`select state from lms_user where fields->>'orgDefinedId' = 'P1'`);
  expect(await stateOf(organization, 'P1')).toBe('inactive');
  expect(await person()).toEqual([{ state: 'inactive' }]);
  await organization.run(filesOf(campus), { snapshot: { kinds: ['person', 'membership'] } });
  expect(await stateOf(organization, 'P1')).toBe('active');
  await organization.run(files, { snapshot: { kinds: ['person', 'membership'] } });
  now = day(14);
  await endLeaves(world.parts);
  expect(await stateOf(organization, 'P1')).toBe('ended');
  expect(await person()).toEqual([{ state: 'inactive' }]);
});

test('each role has its own period, the longest holds; some never end by absence, some stay active', async () => {
  const organization = await world.organization({
    grace: {
      roles: [
        { roles: ['STUDENT'], days: 14 },
        { roles: ['Instructor'], days: 'never', meanwhile: 'active' },
        { roles: ['TA'], days: 30, meanwhile: 'active' },
      ],
    },
    guards: { removals: { percent: 100 } },
  });
  const files = filesOf(campus);
  const roles = new Map([
    ['P1', 'Student'],
    ['P2', 'Instructor'],
    ['P3', 'TA'],
    ['P4', 'Guest'],
  ]);
  const [any] = await organization.query<{ code: string }>(`select code from role order by rank limit 1`);
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  for (const sisRole of ['Guest', 'TA', 'Instructor'])
    await administration.roleMaps.put(editor, 'sis', { sisRole, role: any!.code });
  const enrollments = [...roles].map(([user, role]) => `enrollment,UPDATE,${user},${role},C1`);
  const header = 'type,action,child_code,role_name,parent_code';
  await organization.run({
    ...files,
    '08-Enrollments.csv': lines(header, ...enrollments, 'enrollment,UPDATE,P5,Student,C1'),
  });
  const run = await organization.run(
    { ...files, '08-Enrollments.csv': lines(header, 'enrollment,UPDATE,P5,Student,C1') },
    { snapshot, force: true },
  );
  const states = async () => Object.fromEntries((await standing(organization)).map(({ who, state }) => [who, state]));
  expect(await states()).toEqual({ P1: 'inactive', P2: 'active', P3: 'active', P4: 'ended', P5: 'active' });
  now = day(14);
  await endLeaves(world.parts);
  expect(await states()).toMatchObject({ P1: 'ended', P3: 'active' });
  now = day(30);
  await endLeaves(world.parts);
  expect(await states()).toMatchObject({ P3: 'ended', P2: 'active' });
  now = day(30_000);
  expect(await endLeaves(world.parts)).toBe(0);
  expect(await leaving(organization, run.id)).toEqual({ waiting: 1, ended: 2, returned: 0, failed: 0, nextAt: null });
});

test('a file that deletes by name deletes at once, unless the option says otherwise', async () => {
  const file = {
    ...manifest,
    '08-Enrollments.csv': lines('type,action,child_code,role_name,parent_code', 'enrollment,DELETE,P1,,C1'),
  };
  const strict = await made(twoWeeks);
  await strict.run(file);
  expect(await stateOf(strict, 'P1')).toBe('ended');
  const gentle = await made({ ...twoWeeks, fileDeletes: true });
  await gentle.run(file);
  expect(await stateOf(gentle, 'P1')).toBe('inactive');
  expect(await gentle.run(file)).toMatchObject({ items: 0 });
  now = day(14);
  await endLeaves(world.parts);
  expect(await stateOf(gentle, 'P1')).toBe('ended');
});

test('what has begun to leave keeps its date when the option changes', async () => {
  const organization = await made(twoWeeks);
  await organization.run(without('P1'), { snapshot });
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  await administration.sourceSystems.update(editor, 'sis', { options: { grace: {} } }, {});
  expect(await organization.run(without('P1', 'P2'), { snapshot })).toMatchObject({ items: 1 });
  expect((await standing(organization)).slice(0, 2).map(({ state }) => state)).toEqual(['inactive', 'ended']);
  now = day(14);
  await endLeaves(world.parts);
  expect(await stateOf(organization, 'P1')).toBe('ended');
});

test('a message that deletes does so at once, also of what is leaving', async () => {
  const organization = await made(twoWeeks);
  const run = await organization.run(without('P1'), { snapshot });
  const [p1] = await organization.query<{ sourced_id: string }>(
    `select sourced_id from declared_enrollment where user_sourced_id = 'P1'`,
  );
  await organization.send('sis', {
    entity: 'enrollment',
    kind: 'membership',
    verb: 'delete',
    sourcedId: p1!.sourced_id,
  });
  expect(await stateOf(organization, 'P1')).toBe('ended');
  now = day(14);
  await endLeaves(world.parts);
  expect(await leaving(organization, run.id)).toMatchObject({ ended: 1, waiting: 0 });
});

test('taking a run back brings back what it let leave, and what it had brought back leaves again', async () => {
  const organization = await made(twoWeeks);
  const run = await organization.run(without('P1', 'P2'), { snapshot });
  const back = await organization.run(without('P2'), { snapshot });
  expect(await stateOf(organization, 'P1')).toBe('active');
  const takeBack = async (runId: string): Promise<void> => {
    const id = await createRunStore(world.database.pool).requestRollback({
      organizationId: organization.id,
      runId,
      mode: 'apply',
      options: {},
      requestedBy: 'test',
    });
    await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  };
  now = day(3);
  await takeBack(back.id);
  expect(await stateOf(organization, 'P1')).toBe('inactive');
  const due = await organization.query<{ due: Date }>(
    `select due_at as due from run_leave where state = 'waiting' order by 1`,
  );
  expect(due.map((one) => one.due.toISOString())).toEqual([day(14).toISOString(), day(14).toISOString()]);
  now = day(14);
  await endLeaves(world.parts);
  expect(await stateOf(organization, 'P1')).toBe('ended');
  await takeBack(run.id);
  expect(await stateOf(organization, 'P2')).toBe('active');
});

test('what is due waits for the end of a blackout, of a window for adds alone, and for its source system', async () => {
  const organization = await made(twoWeeks);
  await organization.run(without('P1'), { snapshot });
  now = day(14);
  const window = { name: 'Exams', from: '2036-02-10T00:00', until: '2036-02-20T00:00' };
  const source = (await world.parts.sourceSystem(organization.id, organization.sources.get('sis')!.id))!;
  const as = (options: Partial<SourceSystemOptions>, state: 'enabled' | 'disabled' = 'enabled') => ({
    ...world.parts,
    sourceSystem: () => Promise.resolve({ ...source, state, options: { ...source.options, ...options } }),
  });
  expect(await endLeaves(as({ windows: { blackouts: [window] } }))).toBe(0);
  expect(await endLeaves(as({ windows: { addsOnly: [window] } }))).toBe(0);
  expect(await endLeaves(as({}, 'disabled'))).toBe(0);
  expect(await stateOf(organization, 'P1')).toBe('inactive');
  now = day(19);
  expect(await endLeaves(as({ windows: { blackouts: [window] } }))).toBe(1);
  expect(await stateOf(organization, 'P1')).toBe('ended');
});

test('what waits ends also when the record of its run is kept no more', async () => {
  const organization = await made(twoWeeks);
  const run = await organization.run(without('P1'), { snapshot });
  await removeOldRuns(world.database.pool, new Date(Date.now() + dayMs));
  expect(await organization.get(run.id)).toBeUndefined();
  now = day(14);
  expect(await endLeaves(world.parts)).toBe(1);
  expect(await stateOf(organization, 'P1')).toBe('ended');
});

test('a worker that dies between any two transactions: everybody leaves once, and ends once', async () => {
  const organization = await made(twoWeeks);
  const id = await organization.request(without('P1', 'P2', 'P3'), { snapshot });
  for (let transactions = 1; !isEnded(await organization.get(id)); transactions += 1) {
    if (transactions > 200) throw new Error('it never ends');
    const run = await claimRun(world.database.pool, organization.id, owner, null, now);
    const parts = {
      ...runParts(dyingPool(world.database.pool, transactions)),
      now: () => now,
      sourceSystem: world.parts.sourceSystem,
    };
    await workOnRun(parts, { ...run!, attempts: 0 }, new AbortController().signal);
    await organization.query(
      `update run set owned_until = now() - interval '1 second' where owner is not null returning id`,
    );
  }
  expect(await leaving(organization, id)).toMatchObject({ waiting: 3 });
  now = day(14);
  let deaths = 0;
  for (let transactions = 1, died = true; died; transactions += 1) {
    const parts = { ...world.parts, pool: dyingPool(world.database.pool, transactions) };
    died = await endLeaves(parts).then(
      () => false,
      () => true,
    );
    deaths += died ? 1 : 0;
  }
  expect(deaths).toBeGreaterThan(1);
  expect((await standing(organization)).map(({ state }) => state)).toEqual([
    ...['ended', 'ended', 'ended'],
    ...['active', 'active', 'active'],
  ]);
  expect(await changes(organization, id)).toHaveLength(6);
  expect(await leaving(organization, id)).toMatchObject({ waiting: 0, ended: 3 });
});

test('projecting everything again changes nothing of what is leaving', async () => {
  const organization = await made(twoWeeks);
  await organization.run(without('P1', 'P2'), { snapshot });
  const before = await standing(organization);
  await organization.query(`update lms_enrollment set inactive = not inactive returning id`);
  await world.store.reproject(organization.id);
  expect(await standing(organization)).toEqual(before);
});

test('what is leaving ends also under another id, its own or that of its person', async () => {
  const organization = await made(twoWeeks);
  const run = await organization.run(without('P1', 'P2'), { snapshot });
  const [p1] = await organization.query<{ sourced_id: string }>(
    `select sourced_id from declared_enrollment where user_sourced_id = 'P1'`,
  );
  await organization.send(
    'sis',
    { entity: 'enrollment', kind: 'membership', verb: 'rename', sourcedId: p1!.sourced_id, newSourcedId: 'M-1' },
    { entity: 'user', kind: 'person', verb: 'rename', sourcedId: 'P2', newSourcedId: 'P-2' },
  );
  const states = async () => (await standing(organization)).slice(0, 2).map(({ state }) => state);
  expect(await states()).toEqual(['inactive', 'inactive']);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
  now = day(14);
  await endLeaves(world.parts);
  expect(await states()).toEqual(['ended', 'ended']);
  expect(await leaving(organization, run.id)).toMatchObject({ waiting: 0, ended: 2 });
});

test('many leave, and many come back', async () => {
  const organization = await world.organization({ grace: twoWeeks });
  const many = numbered('Q', 140);
  const all = { offerings: ['C1'], users: many, enrollments: many.map((user) => [user, 'C1'] as const) };
  await organization.run(filesOf(all));
  const before = await standing(organization);
  const few = filesOf({ ...all, enrollments: all.enrollments.slice(130) });
  const run = await organization.run(few, { snapshot, force: true });
  expect(await leaving(organization, run.id)).toMatchObject({ waiting: 130 });
  const states = async () => Object.groupBy(await standing(organization), ({ state }) => state);
  expect((await states()).inactive).toHaveLength(130);
  const back = await organization.run(filesOf({ ...all, enrollments: all.enrollments.slice(10) }), { snapshot });
  expect(back).toMatchObject({ counters: { membership: { change: 120 } } });
  expect((await states()).inactive).toHaveLength(10);
  now = day(14);
  await endLeaves(world.parts);
  expect((await states()).ended).toHaveLength(10);
  expect((await standing(organization)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
});

test('a run that ends while somebody decides on what is leaving waits for the lane, and not in a circle', async () => {
  const organization = await made(twoWeeks);
  await organization.run(without('P1', 'P2', 'P3'), { snapshot });
  const back = await organization.run(without(), { snapshot });
  await organization.query(`update run_leave set state = 'waiting', decided_at = null returning number`);
  const { pool } = world.database;
  const decide = (client: pg.ClientBase, which: 'asc' | 'desc') =>
    client.query(
      `update run_leave set decided_at = now() where (run_id, number) = (
         select run_id, number from run_leave where organization_id = $1 order by sourced_id ${which} limit 1)`,
      [organization.id],
    );
  const leased = {
    organizationId: organization.id,
    sourceSystemId: organization.sources.get('sis')!.id,
    id: back.id,
    owner,
  };
  let ending: Promise<unknown> = Promise.resolve();
  await inLane(pool, organization.id, { reason: 'message' }, async ({ client }) => {
    await decide(client, 'desc');
    ending = endRun(pool, leased as LeasedRun).catch((error: unknown) => error);
    await setTimeout(200);
    await decide(client, 'asc');
  });
  // It is finished already: nobody works on it.
  expect(await ending).toBeInstanceOf(LeaseLost);
  expect(await organization.query(`select state from run_leave`)).toEqual(Array(3).fill({ state: 'returned' }));
});
