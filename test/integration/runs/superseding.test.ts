import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { releaseHolds } from '../../../src/runs/release-holds.ts';
import { workOnRun } from '../../../src/runs/work-on-run.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { readHeldBefore, supersedeHeld } from '../../../src/state/runs/guard/supersede-held.ts';
import { claimRun } from '../../../src/state/runs/lease.ts';
import { createReadingMemory } from '../../../src/state/runs/plan/planning.ts';
import {
  createRunWorld,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

const before = new Date('2036-12-10T10:00:00Z');
const during = new Date('2036-12-12T10:00:00Z');
const after = new Date('2036-12-19T05:00:00Z');
const exams = { name: 'Exam weeks', from: '2036-12-10T18:00', until: '2036-12-19T06:00' };

let world: RunWorld;
let administration: RunWorld['administration'];
let now = before;

beforeAll(async () => {
  world = await createRunWorld({ now: () => now });
  ({ administration } = world);
});

beforeEach(() => {
  now = before;
});

afterAll(async () => {
  await world.close();
});

const users = numbered('P', 30);
const campus = { offerings: ['PHYS-1'], users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) };
const snapshot = { kinds: ['membership' as const] };
const noRemovals = { guards: { removals: { count: 0, floor: 0 } } };
const editor = ({ id }: RunOrganization) => ({ organizationId: id, actor: 'test' });

/** A snapshot that leaves out the first enrollments, and brings somebody. */
const without = (count: number): Record<string, string> =>
  filesOf({ ...campus, users: [...users, 'P99'], enrollments: campus.enrollments.slice(count) });

function named(given: string, ids: readonly string[]): Record<string, string> {
  const files = filesOf({ ...campus, offerings: [], users: ids, enrollments: [] });
  return { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replaceAll(/First P\d+/g, given) };
}

const holdsOf = (organization: RunOrganization, run: string): Promise<object[]> =>
  organization.query(
    `select guard, items::integer, state, decided_by as by from run_hold where run_id = '${run}' order by number`,
  );

const live = async (organization: RunOrganization): Promise<number> =>
  (await organization.query(`select from declared_enrollment where not deleted`)).length;

async function givenNames(organization: RunOrganization, ...ids: string[]): Promise<(string | undefined)[]> {
  const rows = await organization.query<{ id: string; name: string }>(
    `select sourced_id as id, fields->>'givenName' as name from declared_user`,
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.name);
}

const ended = (organization: RunOrganization, run: string): Promise<void> =>
  workUntil(world.parts, async () => isEnded(await organization.get(run)));

async function approve(organization: RunOrganization, run: string, hold = 1): Promise<void> {
  await administration.runs.decide(editor(organization), run, hold, { state: 'approved' });
  await ended(organization, run);
}

async function rollback(organization: RunOrganization, run: string, only?: string[]): Promise<string> {
  const wish = { mode: 'apply' as const, force: true, ...(only === undefined ? {} : { only }) };
  const { id } = await administration.runs.rollback(editor(organization), run, wish);
  await ended(organization, id);
  return id;
}

test('what is held of a run that is taken back is held no more, and no end of a window applies it', async () => {
  now = during;
  const organization = await world.organization({ windows: { timeZone: 'Europe/Paris', addsOnly: [exams] } });
  await organization.run(filesOf(campus));
  const bad = await organization.run(without(3), { snapshot });
  expect(await holdsOf(organization, bad.id)).toMatchObject([{ guard: 'adds_only', items: 3, state: 'held' }]);
  const back = await rollback(organization, bad.id);
  expect(await holdsOf(organization, bad.id)).toMatchObject([{ items: 3, state: 'superseded', by: `run ${back}` }]);
  now = after;
  expect(await releaseHolds(world.parts)).toBe(0);
  expect(await live(organization)).toBe(30);
});

test('of a run of which a selection is taken back, the rest stays held', async () => {
  const organization = await world.organization({ guards: { changes: { count: 0, floor: 0 } } });
  await organization.run(filesOf(campus));
  const files = named('Monday', ['P1', 'P2', 'P3']);
  const monday = await organization.run({
    ...files,
    '02-Departments.csv': filesOf({ ...campus, departments: ['SCI', 'ART'] })['02-Departments.csv'] ?? '',
  });
  await rollback(organization, monday.id, ['P1', 'P3', 'ART']);
  expect(await holdsOf(organization, monday.id)).toMatchObject([
    { items: 1, state: 'held' },
    { items: 2, state: 'superseded' },
  ]);
  await approve(organization, monday.id);
  expect(await givenNames(organization, 'P1', 'P2', 'P3')).toEqual(['First P1', 'Monday', 'First P3']);
});

test('nobody approves what is held of a run that was taken back', async () => {
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(campus));
  const bad = await organization.run(without(3), { snapshot });
  await rollback(organization, bad.id);
  // As of a run that was taken back before holds were superseded by that.
  await organization.query(`update run_hold set state = 'held' where run_id = '${bad.id}' returning number`);
  await expect(
    administration.runs.decide(editor(organization), bad.id, 1, { state: 'approved' }),
  ).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('taken back') as unknown });
  expect(await live(organization)).toBe(30);
});

test('a run that is taken back takes no place of what is held of newer files, and overtakes them not', async () => {
  const organization = await world.organization({ guards: { changes: { count: 1, floor: 0 } } });
  await organization.run(filesOf(campus));
  const monday = await organization.run(named('Monday', ['P1']));
  const tuesday = await organization.run(named('Tuesday', ['P1', 'P2']));
  await rollback(organization, monday.id);
  expect(await givenNames(organization, 'P1', 'P2')).toEqual(['First P1', 'First P2']);
  expect(await holdsOf(organization, tuesday.id)).toMatchObject([{ items: 2, state: 'held' }]);
  await approve(organization, tuesday.id);
  expect((await organization.get(tuesday.id)).outcomes).toEqual({});
  expect(await givenNames(organization, 'P1', 'P2')).toEqual(['Tuesday', 'Tuesday']);
});

test('a file that was made before an older one was taken back counts; one that is older still does not', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const sunday = await nextMoment();
  const monday = await organization.run(named('Monday', ['P1', 'P2']));
  const tuesday = await nextMoment();
  await rollback(organization, monday.id);
  const { id } = await organization.run(named('Tuesday', ['P1']), { asOf: tuesday });
  await organization.run(named('Sunday', ['P2']), { asOf: sunday });
  expect(await organization.query(`select from run_problem where run_id = '${id}'`)).toEqual([]);
  expect(await givenNames(organization, 'P1', 'P2')).toEqual(['Tuesday', 'First P2']);
});

test('it counts as well where taking that back was taken back', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const monday = await organization.run(named('Monday', ['P1', 'P2']));
  const tuesday = await nextMoment();
  await rollback(organization, await rollback(organization, monday.id));
  expect(await givenNames(organization, 'P1', 'P2')).toEqual(['Monday', 'Monday']);
  await organization.run(named('Tuesday', ['P1']), { asOf: tuesday });
  expect(await givenNames(organization, 'P1', 'P2')).toEqual(['Tuesday', 'Monday']);
});

test('nor does it of what is held of messages that came later', async () => {
  const organization = await world.organization({ guards: { messages: { changes: { count: 1 } } } });
  await organization.run(filesOf(campus));
  const monday = await organization.run(named('Monday', ['P1']));
  for (const sourcedId of ['P2', 'P1']) {
    const fields = { givenName: 'Of a message' };
    await organization.send('sis', { entity: 'user', kind: 'person', sourcedId, verb: 'update', fields });
  }
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  await rollback(organization, monday.id);
  expect(await holdsOf(organization, held?.id ?? '')).toMatchObject([{ items: 1, state: 'held' }]);
});

test('what is approved while a newer file is read is not applied after that', async () => {
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(campus));
  const deletes = filesOf(campus);
  for (const user of ['P1', 'P2'])
    deletes['08-Enrollments.csv'] = (deletes['08-Enrollments.csv'] ?? '').replace(
      `UPDATE,${user},Student`,
      `DELETE,${user},Student`,
    );
  const monday = await organization.run(deletes);
  expect(await holdsOf(organization, monday.id)).toMatchObject([{ items: 2, state: 'held' }]);
  const tuesday = await organization.request(filesOf({ ...campus, enrollments: [['P1', 'PHYS-1']] }));
  const leased = await claimRun(world.database.pool, organization.id, randomUUID(), tuesday);
  if (leased === undefined) throw new Error('the run is not there');
  await administration.runs.decide(editor(organization), monday.id, 1, { state: 'approved' });
  await workOnRun(world.parts, leased, new AbortController().signal);
  await ended(organization, monday.id);
  expect(await holdsOf(organization, monday.id)).toMatchObject([
    { items: 1, state: 'approved' },
    { items: 1, state: 'superseded', by: `run ${tuesday}` },
  ]);
  expect(
    await organization.query(`select user_sourced_id as who from declared_enrollment where deleted order by 1`),
  ).toEqual([{ who: 'P2' }]);
});

test('so is what is approved of an older snapshot', async () => {
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(campus), { snapshot });
  const monday = await organization.run(without(3), { snapshot });
  const tuesday = await organization.request(without(0), { snapshot });
  const leased = await claimRun(world.database.pool, organization.id, randomUUID(), tuesday);
  if (leased === undefined) throw new Error('the run is not there');
  await administration.runs.decide(editor(organization), monday.id, 1, { state: 'approved' });
  await workOnRun(world.parts, leased, new AbortController().signal);
  await ended(organization, monday.id);
  expect(await holdsOf(organization, monday.id)).toMatchObject([{ items: 3, state: 'superseded' }]);
  expect(await live(organization)).toBe(30);
});

test('a snapshot that names nothing of a kind takes the place of nothing of it', async () => {
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(campus), { snapshot });
  const monday = await organization.run(without(3), { snapshot });
  const broken = await organization.run(without(30), { snapshot });
  expect(await organization.query(`select code from run_problem where run_id = '${broken.id}'`)).toEqual([
    { code: 'empty_snapshot' },
  ]);
  expect(await holdsOf(organization, monday.id)).toMatchObject([{ items: 3, state: 'held' }]);
});

test.each([true, { kinds: ['membership' as const] }])(
  'nor does one that was cut off, but of what it names; asked for as %j',
  async (wish) => {
    const asked = { snapshot: wish as typeof snapshot };
    const organization = await world.organization(noRemovals);
    await organization.run(filesOf(campus), asked);
    const deletes = await organization.run(without(3), asked);
    expect(await holdsOf(organization, deletes.id)).toMatchObject([{ guard: 'removals', items: 3, state: 'held' }]);
    // All of them stand in the file but the first.
    const short = await organization.run(
      filesOf({ ...campus, users: [...users, 'P99'], enrollments: campus.enrollments.slice(1, 6) }),
      asked,
    );
    expect(await holdsOf(organization, short.id)).toMatchObject([{ guard: 'short_file', items: 25, state: 'held' }]);
    expect(await holdsOf(organization, deletes.id)).toMatchObject([
      { items: 1, state: 'held' },
      { items: 2, state: 'superseded' },
    ]);
    const whole = await organization.run(without(2), asked);
    expect(await holdsOf(organization, deletes.id)).toMatchObject([
      { state: 'superseded', by: `run ${whole.id}` },
      { state: 'superseded' },
    ]);
  },
);

test('a snapshot below a semester takes the place of nothing that is held of another one', async () => {
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(campus));
  const other = filesOf({ ...campus, offerings: ['CHEM-1'], semester: '2028-S1', enrollments: [['P1', 'CHEM-1']] });
  await organization.run(other);
  const scoped = { snapshot: { ...snapshot, under: '2027-S1' } };
  const files = without(2);
  const deleting = `${files['08-Enrollments.csv'] ?? ''}enrollment,DELETE,P1,Student,CHEM-1\n`;
  const monday = await organization.run({ ...files, '08-Enrollments.csv': deleting }, scoped);
  expect(await holdsOf(organization, monday.id)).toMatchObject([{ items: 3, state: 'held' }]);
  await organization.run(without(1), scoped);
  expect(await holdsOf(organization, monday.id)).toMatchObject([
    { items: 1, state: 'held' },
    { items: 2, state: 'superseded' },
  ]);
});

test('a file that was no snapshot is none, also where that was said', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const late = filesOf({ ...campus, users: ['P31'], enrollments: [['P31', 'PHYS-1']] });
  const wish = { snapshot: false as unknown as typeof snapshot };
  await rollback(organization, (await organization.run(late, wish)).id);
  const again = await organization.run(late, wish);
  await organization.run(without(0), { snapshot });
  expect(await holdsOf(organization, again.id)).toMatchObject([
    { guard: 'taken_back', items: 1, state: 'held' },
    { guard: 'taken_back', items: 1, state: 'held' },
  ]);
});

test('what somebody takes out of a hold and approves, while the plan comes to be, gives way as well', async () => {
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(campus));
  const monday = await organization.run(without(3), { snapshot });
  const id = await organization.request(filesOf(campus));
  const leased = await claimRun(world.database.pool, organization.id, randomUUID(), id);
  if (leased === undefined) throw new Error('the run is not there');
  const rows = await organization.query<{ id: string }>(
    `select sourced_id as id from run_item where run_id = '${monday.id}' and hold = 1 order by number`,
  );
  const [one, other] = rows.map((row) => row.id);
  const { said } = createReadingMemory();
  for (const sourcedId of [one, other])
    said.add({ entity: 'enrollment', kind: 'membership', sourcedId: sourcedId ?? '', verb: 'delete' });
  const held = await readHeldBefore(world.database.pool, leased, said, new Set());
  await administration.runs.decide(editor(organization), monday.id, 2, { state: 'approved', sourcedIds: [one ?? ''] });
  await inOrganization(world.database.pool, organization.id, (client) => supersedeHeld(client, leased, held));
  expect(await holdsOf(organization, monday.id)).toMatchObject([
    { items: 1, state: 'held' },
    { items: 1, state: 'superseded' },
    { items: 1, state: 'superseded' },
  ]);
});

test('of a large hold that gives way in part, no transaction moves more than a message can wait for', async () => {
  const many = numbered('P', 4_600);
  const enrolled = { ...campus, users: many, enrollments: many.map((user) => [user, 'PHYS-1'] as const) };
  const organization = await world.organization(noRemovals);
  await organization.run(filesOf(enrolled));
  const deletes = filesOf(enrolled);
  deletes['08-Enrollments.csv'] = (deletes['08-Enrollments.csv'] ?? '').replaceAll('UPDATE,P', 'DELETE,P');
  const monday = await organization.run(deletes);
  expect(await holdsOf(organization, monday.id)).toMatchObject([{ items: 4_600, state: 'held' }]);
  await world.database.pool.query(`
    create table moved (at xid8, items bigint);
    create function note_moved() returns trigger language plpgsql as $$
      begin insert into moved select pg_current_xact_id(), count(*) from now_held; return null; end $$;
    create trigger note_moved after update on run_item referencing new table as now_held for each statement execute function note_moved();`);
  const tuesday = await organization.run(filesOf({ ...enrolled, enrollments: enrolled.enrollments.slice(0, 4_500) }));
  const { rows } = await world.database.pool.query<{ items: string }>(
    'select sum(items) as items from moved group by at order by min(at)',
  );
  await world.database.pool.query('drop trigger note_moved on run_item; drop function note_moved; drop table moved');
  expect(rows.map(({ items }) => Number(items))).toEqual([2_000, 2_000, 500]);
  expect(await holdsOf(organization, monday.id)).toMatchObject([
    { items: 100, state: 'held' },
    { items: 4_500, state: 'superseded', by: `run ${tuesday.id}` },
  ]);
  await approve(organization, monday.id);
  expect(await live(organization)).toBe(4_500);
}, 60_000);

test('nor does it where all of it was held of messages', async () => {
  const many = numbered('P', 4_600);
  const organization = await world.organization({ guards: { messages: { changes: { count: 0 } } } });
  await organization.run(filesOf({ ...campus, users: many, enrollments: [] }));
  const fields = { givenName: 'Of a message' };
  await organization.send(
    'sis',
    ...many.map((sourcedId) => ({ entity: 'user', kind: 'person', sourcedId, verb: 'update', fields }) as const),
  );
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  const messages = held?.id ?? '';
  await world.database.pool.query(`
    create table written (at xid8, items bigint);
    create function note_written() returns trigger language plpgsql as $$
      begin insert into written select pg_current_xact_id(), count(*) from now_written; return null; end $$;
    create trigger note_moved after update on run_item referencing new table as now_written for each statement execute function note_written();
    create trigger note_told after insert on run_outcome referencing new table as now_written for each statement execute function note_written();`);
  const tuesday = await organization.run(filesOf({ ...campus, users: many.slice(0, 4_500), enrollments: [] }));
  const { rows } = await world.database.pool.query<{ items: string }>(
    'select sum(items) as items from written group by at order by min(at)',
  );
  await world.database.pool.query(
    'drop trigger note_moved on run_item; drop trigger note_told on run_outcome; drop function note_written; drop table written',
  );
  expect(rows.map(({ items }) => Number(items))).toEqual([2_000, 2_000, 500]);
  expect(await holdsOf(organization, messages)).toMatchObject([
    { items: 100, state: 'held' },
    { items: 4_500, state: 'superseded', by: `run ${tuesday.id}` },
  ]);
  // What comes later is held with what is left, and not with what gave way.
  await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P1', verb: 'update', fields });
  expect(await holdsOf(organization, messages)).toMatchObject([
    { items: 101, state: 'held' },
    { items: 4_499, state: 'superseded', by: `run ${tuesday.id}` },
  ]);
  await approve(organization, messages);
  expect(await givenNames(organization, 'P1', 'P2', 'P4600')).toEqual(['Of a message', 'First P2', 'Of a message']);
}, 60_000);

test('nor is what is approved of a message that came before that file was made', async () => {
  const organization = await world.organization({ guards: { messages: { changes: { count: 1 } } } });
  await organization.run(filesOf(campus));
  for (const sourcedId of ['P1', 'P2', 'P3']) {
    const fields = { givenName: 'Of a message' };
    await organization.send('sis', { entity: 'user', kind: 'person', sourcedId, verb: 'update', fields });
  }
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  const messages = held?.id ?? '';
  const tuesday = await organization.request(filesOf({ ...campus, users: ['P2'], enrollments: [] }));
  const leased = await claimRun(world.database.pool, organization.id, randomUUID(), tuesday);
  if (leased === undefined) throw new Error('the run is not there');
  await administration.runs.decide(editor(organization), messages, 1, { state: 'approved' });
  await workOnRun(world.parts, leased, new AbortController().signal);
  await ended(organization, messages);
  expect(await holdsOf(organization, messages)).toMatchObject([
    { items: 1, state: 'approved' },
    { items: 1, state: 'superseded', by: `run ${tuesday}` },
  ]);
  expect(await givenNames(organization, 'P2', 'P3')).toEqual(['First P2', 'Of a message']);
});

/** Later than what was done before, and before what is done next. */
async function nextMoment(): Promise<string> {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  await pause();
  const moment = new Date().toISOString();
  await pause();
  return moment;
}

test('whether a file is short, or was taken back, is judged once', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus), { snapshot });
  const asked = { short: 0, takenBack: 0 };
  const query = pg.Client.prototype.query as unknown as (this: pg.Client, ...given: unknown[]) => unknown;
  (pg.Client.prototype as { query: unknown }).query = function (this: pg.Client, ...given: unknown[]) {
    const text = typeof given[0] === 'string' ? given[0] : (given[0] as { text?: string }).text;
    if (text?.includes(`->>'refusedAsides'`)) asked.short += 1;
    if (text?.includes('join upload same')) asked.takenBack += 1;
    return query.apply(this, given);
  };
  try {
    const { id } = await organization.run(without(20), { snapshot });
    expect(await holdsOf(organization, id)).toMatchObject([{ guard: 'short_file', items: 20 }]);
    expect(asked).toEqual({ short: 1, takenBack: 1 });
  } finally {
    (pg.Client.prototype as { query: unknown }).query = query;
  }
});
