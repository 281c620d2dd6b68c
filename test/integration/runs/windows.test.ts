import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { RunView } from '../../../src/domain/administration/index.ts';
import type { RunWindows } from '../../../src/domain/run-windows.ts';
import { releaseHolds } from '../../../src/runs/release-holds.ts';
import { workOnRun } from '../../../src/runs/work-on-run.ts';
import { claimRun } from '../../../src/state/runs/lease.ts';
import { createSourceSystemLookup } from '../../../src/state/source-system-lookup.ts';
import {
  createRunWorld,
  dyingPool,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  runParts,
  type RunWorld,
  workUntil,
} from './set-up.ts';

const owner = 'aaaaaaaa-0000-4000-8000-000000000000';
let world: RunWorld;
let administration: RunWorld['administration'];
/** The clock on the wall of the worker. */
let now: Date;

const before = new Date('2036-12-10T10:00:00Z');
const during = new Date('2036-12-12T10:00:00Z');
const after = new Date('2036-12-19T05:00:00Z');

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

const exams = { name: 'Exam weeks', from: '2036-12-10T18:00', until: '2036-12-19T06:00' };
const blackout: RunWindows = { timeZone: 'Europe/Paris', blackouts: [exams] };
const addsOnly: RunWindows = { timeZone: 'Europe/Paris', addsOnly: [exams] };
const users = numbered('P', 6);
const campus = { offerings: ['C1', 'C2'], users, enrollments: users.map((user) => [user, 'C1'] as const) };
/** P1 and P2 have left C1, P3 is new in C2, and a user has another name. */
const next = (() => {
  const files = filesOf({ ...campus, enrollments: [...campus.enrollments.slice(2), ['P3', 'C2']] });
  return { ...files, '07-Users.csv': files['07-Users.csv']!.replace('First P6', 'Sixth P6') };
})();
const snapshot = { kinds: ['membership' as const] };
const editor = ({ id }: RunOrganization) => ({ organizationId: id, actor: 'the registrar' });
const show = (organization: RunOrganization, id: string): Promise<RunView> =>
  administration.runs.get(organization.id, id);

async function live(organization: RunOrganization): Promise<string[]> {
  const rows = await organization.query<{ what: string }>(
    `select u.fields->>'orgDefinedId' || ' ' || o.code as what
       from lms_enrollment e join lms_user u on u.id = e.user_id join lms_org_unit o on o.id = e.org_unit_id
      where not e.ended and o.code like 'C_' order by 1`,
  );
  return rows.map(({ what }) => what);
}

const release = (): Promise<number> =>
  // What is remembered of options is older than what a test has just set.
  releaseHolds({ ...world.parts, sourceSystem: (...of) => createSourceSystemLookup(world.database.pool).get(...of) });

const wait = (organization: RunOrganization, id: string): Promise<void> =>
  workUntil(world.parts, async () => (await show(organization, id)).waits?.until != null);
const end = (organization: RunOrganization, id: string): Promise<void> =>
  workUntil(world.parts, async () => isEnded(await organization.get(id)));

const atFirst = users.map((user) => `${user} C1`);
const afterwards = [...atFirst.slice(2), 'P3 C2'].sort();

test('in a blackout a run is read and planned, and waits; it says why and until when; those behind it wait, too', async () => {
  const organization = await world.organization({ windows: blackout });
  await organization.run(filesOf(campus));
  now = during;
  const id = await organization.request(next, { snapshot });
  const behind = await organization.request(filesOf(campus));
  await wait(organization, id);
  expect(await show(organization, id)).toMatchObject({
    state: 'planned',
    waits: { for: 'blackout', window: 'Exam weeks', since: during.toISOString(), until: after.toISOString() },
    counters: { membership: { add: 1, remove: 2 } },
    applied: 0,
    override: null,
  });
  expect(await show(organization, behind)).toMatchObject({ state: 'queued', waits: null });
  expect(await live(organization)).toEqual(atFirst);
  // Nobody takes it before the instant; from then on somebody does.
  const justBefore = new Date(after.getTime() - 1);
  expect(await claimRun(world.database.pool, organization.id, owner, null, justBefore)).toBeUndefined();
  now = after;
  await end(organization, behind);
  expect(await show(organization, id)).toMatchObject({ state: 'finished', waits: null, applied: 4 });
  expect(await live(organization)).toEqual([...atFirst, 'P3 C2'].sort());
});

test('a run with nothing to apply does not wait for the end of a blackout', async () => {
  const organization = await world.organization({ windows: blackout });
  await organization.run(filesOf(campus));
  now = during;
  expect(await organization.run(filesOf(campus), { snapshot })).toMatchObject({ state: 'finished', items: 0 });
});

test('a blackout that begins while a run is applied stops it after the range; it goes on from there', async () => {
  const organization = await world.organization({ windows: blackout });
  const many = numbered('Q', 1_200);
  let ranges = 0;
  // The clock goes on with each range.
  const parts = {
    ...world.parts,
    now: () => (ranges > 1 ? now : before),
    sourceSystem: async (organizationId: number, id: number) => {
      ranges += 1;
      return world.parts.sourceSystem(organizationId, id);
    },
  };
  now = during;
  const id = await organization.request(filesOf({ offerings: ['C1'], users: many, enrollments: [] }));
  const run = await claimRun(world.database.pool, organization.id, owner);
  ranges = -2;
  await workOnRun(parts, run!, new AbortController().signal);
  const stopped = await show(organization, id);
  expect(stopped).toMatchObject({ state: 'applying', waits: { window: 'Exam weeks' } });
  expect(stopped.applied).toBeGreaterThan(0);
  expect(stopped.applied).toBeLessThan(stopped.items);
  now = after;
  await end(organization, id);
  expect(await show(organization, id)).toMatchObject({ state: 'finished', applied: stopped.items, waits: null });
  expect(await organization.query(`select count(*)::int as users from lms_user`)).toEqual([{ users: 1_200 }]);
});

test('somebody may send one run through a blackout, and is remembered; the next one waits', async () => {
  const organization = await world.organization({ windows: blackout });
  now = during;
  const id = await organization.request(filesOf(campus));
  await wait(organization, id);
  const shown = await administration.runs.resume(editor(organization), id, true);
  expect(shown).toMatchObject({ waits: null, override: { by: 'the registrar' } });
  await end(organization, id);
  expect(await live(organization)).toEqual(atFirst);
  expect(await show(organization, id)).toMatchObject({ state: 'finished', override: { by: 'the registrar' } });
  const second = await organization.request(next);
  await wait(organization, second);
  await administration.runs.resume(editor(organization), second);
  await wait(organization, second);
  expect(await show(organization, second)).toMatchObject({ state: 'planned', waits: { window: 'Exam weeks' } });
  expect(await administration.runs.cancel(editor(organization), second)).toMatchObject({ state: 'cancelled' });
});

test('a blackout that is taken away lets go of what waits for its end', async () => {
  const organization = await world.organization({ windows: blackout });
  now = during;
  const id = await organization.request(filesOf(campus));
  await wait(organization, id);
  await administration.sourceSystems.update(editor(organization), 'sis', { options: { windows: {} } }, {});
  // Source systems are remembered for a few seconds.
  const sources = createSourceSystemLookup(world.database.pool);
  const parts = {
    ...world.parts,
    sourceSystem: (organizationId: number, of: number) => sources.get(organizationId, of),
  };
  await workUntil(parts, async () => isEnded(await organization.get(id)));
  expect(await live(organization)).toEqual(atFirst);
});

test('in a window for adds alone the adds are applied, the rest is held until it ends, and then applied by itself', async () => {
  const organization = await world.organization({ windows: addsOnly });
  await organization.run(filesOf(campus));
  now = during;
  const { id } = await organization.run(next, { snapshot });
  expect(await live(organization)).toEqual([...atFirst, 'P3 C2'].sort());
  const holds = await administration.runs.holds(organization.id, id);
  expect(holds).toEqual([
    expect.objectContaining({
      kind: 'membership',
      guard: 'adds_only',
      items: 2,
      state: 'held',
      releaseAt: after.toISOString(),
    }),
    expect.objectContaining({ kind: 'person', guard: 'adds_only', items: 1, state: 'held' }),
  ]);
  expect(holds[0]!.finding).toEqual({ count: 2, of: 6, limit: { count: 0 }, window: 'Exam weeks' });
  const { items, applied } = await show(organization, id);
  expect(applied).toBe(items - 3);
  expect(await release()).toBe(0);

  now = after;
  expect(await release()).toBe(2);
  expect(await release()).toBe(0);
  await end(organization, id);
  expect(await show(organization, id)).toMatchObject({ items, applied: items });
  expect(await live(organization)).toEqual(afterwards);
  expect((await administration.runs.holds(organization.id, id)).map(({ decidedBy }) => decidedBy)).toEqual([
    'the end of the window Exam weeks',
    'the end of the window Exam weeks',
  ]);
  expect(
    await organization.query(`select fields->>'givenName' as name from lms_user where fields->>'orgDefinedId' = 'P6'`),
  ).toEqual([{ name: 'Sixth P6' }]);
});

test('a window may let changes through; what somebody approves or forces is applied in it', async () => {
  const organization = await world.organization({ windows: { ...addsOnly, addsOnly: [{ ...exams, changes: true }] } });
  await organization.run(filesOf(campus));
  now = during;
  const { id } = await organization.run(next, { snapshot });
  expect((await administration.runs.holds(organization.id, id)).map(({ kind, items }) => [kind, items])).toEqual([
    ['membership', 2],
  ]);
  await administration.runs.decide(editor(organization), id, 1, { state: 'approved' });
  await end(organization, id);
  expect(await live(organization)).toEqual(afterwards);
  const forced = await organization.run(filesOf({ ...campus, enrollments: campus.enrollments.slice(3) }), {
    snapshot,
    force: true,
  });
  expect(await administration.runs.holds(organization.id, forced.id)).toEqual([]);
  expect(await live(organization)).toEqual(atFirst.slice(3));
});

test('what a window holds gives way to the next snapshot, and to what is declared meanwhile', async () => {
  const organization = await world.organization({ windows: addsOnly });
  await organization.run(filesOf(campus));
  now = during;
  const first = await organization.run(next, { snapshot });
  // The next night's file names P2 again, and P1 not.
  const second = await organization.run(filesOf({ ...campus, enrollments: campus.enrollments.slice(1) }), { snapshot });
  expect((await administration.runs.holds(organization.id, first.id))[0]).toMatchObject({ state: 'superseded' });
  now = after;
  await release();
  await end(organization, second.id);
  await end(organization, first.id);
  expect(await live(organization)).toEqual(atFirst.slice(1));
});

test('what a file deletes and makes again is not held, and keeps its order', async () => {
  const organization = await world.organization({ windows: { ...addsOnly, addsOnly: [{ ...exams, changes: true }] } });
  await organization.run(filesOf(campus));
  now = during;
  const files = filesOf(campus);
  const enrollments = ['enrollment,DELETE,P1,,C1', 'enrollment,CREATE,P1,Student,C1', 'enrollment,DELETE,P2,,C1'];
  const run = await organization.run({
    'manifest.json': files['manifest.json']!,
    '08-Enrollments.csv': ['type,action,child_code,role_name,parent_code', ...enrollments, ''].join('\n'),
  });
  expect((await administration.runs.holds(organization.id, run.id)).map(({ items }) => items)).toEqual([1]);
  expect(await live(organization)).toEqual(atFirst);
  now = after;
  await release();
  await end(organization, run.id);
  expect(await live(organization)).toEqual(atFirst.filter((what) => what !== 'P2 C1'));
});

test('a run that is removed while holds are released keeps no other hold back', async () => {
  const [gone, kept] = [
    await world.organization({ windows: addsOnly }),
    await world.organization({ windows: addsOnly }),
  ];
  const runs: string[] = [];
  for (const organization of [gone, kept]) {
    now = before;
    await organization.run(filesOf(campus));
    now = during;
    runs.push((await organization.run(next, { snapshot })).id);
  }
  now = after;
  const sourceSystem: typeof world.parts.sourceSystem = async (organizationId, id) => {
    if (organizationId === gone.id) await gone.query(`delete from run where id = '${runs[0]!}' returning id`);
    return createSourceSystemLookup(world.database.pool).get(organizationId, id);
  };
  await releaseHolds({ ...world.parts, sourceSystem });
  await end(kept, runs[1]!);
  expect(await live(kept)).toEqual(afterwards);
});

test('a window that is made longer holds on; one that is taken away lets go', async () => {
  const organization = await world.organization({ windows: addsOnly });
  await organization.run(filesOf(campus));
  now = during;
  const { id } = await organization.run(next, { snapshot });
  const set = (windows: RunWindows) =>
    administration.sourceSystems.update(editor(organization), 'sis', { options: { windows } }, {});
  await set({ ...addsOnly, addsOnly: [{ ...exams, name: 'Longer', until: '2036-12-31T06:00' }] });
  expect(await release()).toBe(0);
  expect((await administration.runs.holds(organization.id, id))[0]).toMatchObject({
    state: 'held',
    releaseAt: '2036-12-31T05:00:00.000Z',
    finding: { window: 'Longer' },
  });
  await set({});
  expect(await release()).toBe(2);
  await end(organization, id);
  expect(await live(organization)).toEqual(afterwards);
});

test('a window for adds alone that begins while a run waits or is applied holds what is still to come', async () => {
  const organization = await world.organization({
    windows: {
      timeZone: 'Europe/Paris',
      blackouts: [exams],
      addsOnly: [{ ...exams, name: 'After', from: exams.until, until: '2036-12-24T06:00' }],
    },
  });
  await organization.run(filesOf(campus));
  now = during;
  const id = await organization.request(next, { snapshot });
  await wait(organization, id);
  now = after;
  await end(organization, id);
  expect(await live(organization)).toEqual([...atFirst, 'P3 C2'].sort());
  expect((await administration.runs.holds(organization.id, id))[0]).toMatchObject({
    guard: 'adds_only',
    finding: { window: 'After' },
  });
});

test('a worker that dies in a window leaves nothing behind: each item is held once, and applied once', async () => {
  const organization = await world.organization({ windows: addsOnly });
  await organization.run(filesOf(campus));
  now = during;
  const id = await organization.request(next, { snapshot });
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
  expect((await administration.runs.holds(organization.id, id)).map(({ kind, items }) => [kind, items])).toEqual([
    ['membership', 2],
    ['person', 1],
  ]);
  now = after;
  for (let transactions = 1, died = true; died; transactions += 1) {
    died = await releaseHolds({ ...world.parts, pool: dyingPool(world.database.pool, transactions) }).then(
      () => false,
      () => true,
    );
  }
  await end(organization, id);
  expect(await live(organization)).toEqual(afterwards);
});

test('what a window keeps back of a large plan is marked in ranges, and with the same hold by whoever goes on', async () => {
  const many = numbered('Q', 4_600);
  const organization = await world.organization({ windows: addsOnly, guards: { changes: { percent: 100 } } });
  await organization.run(filesOf({ offerings: [], users: many, enrollments: [] }));
  now = during;
  const changed = filesOf({ offerings: [], users: [...many, 'Q1'], enrollments: [] });
  const id = await organization.request({
    ...changed,
    '07-Users.csv': (changed['07-Users.csv'] ?? '').replaceAll('First', 'Other'),
  });
  await world.database.pool.query(`
    create table moved (at xid8, items bigint);
    create function note_moved() returns trigger language plpgsql as $$
      begin insert into moved select pg_current_xact_id(), count(*) from now_held; return null; end $$;
    create trigger note_moved after update on run_item referencing new table as now_held for each statement execute function note_moved();`);
  const written = async (): Promise<number[]> => {
    const { rows } = await world.database.pool.query<{ items: string }>(
      'select sum(items) as items from moved group by at order by min(at)',
    );
    return rows.map(({ items }) => Number(items));
  };
  // The one who works on it dies as soon as something is held.
  const dying = new Proxy(world.database.pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const bound = (value as (...given: unknown[]) => unknown).bind(target);
      if (name !== 'connect') return bound;
      return async () => {
        if ((await written()).length > 0) throw new Error('killed');
        return bound();
      };
    },
  });
  const leased = await claimRun(world.database.pool, organization.id, owner, id, now);
  await workOnRun(
    { ...runParts(dying, { now: () => now }), sourceSystem: world.parts.sourceSystem },
    leased!,
    new AbortController().signal,
  );
  const first = await written();
  await organization.query(`update run set owned_until = now() - interval '1 second' where id = '${id}' returning id`);
  await end(organization, id);
  const all = await written();
  await world.database.pool.query('drop trigger note_moved on run_item; drop function note_moved; drop table moved');
  // What is said again of Q1 waits with it, though it stands far behind.
  expect(first).toEqual([2_001]);
  expect(all).toEqual([2_001, 2_000, 600]);
  expect(await administration.runs.holds(organization.id, id)).toEqual([
    expect.objectContaining({ guard: 'adds_only', kind: 'person', items: 4_601, state: 'held' }),
  ]);
  const findings = await organization.query(`select finding from run_hold where run_id = '${id}'`);
  expect(findings).toEqual([{ finding: { count: 4_600, of: 4_600, limit: { count: 0 }, window: 'Exam weeks' } }]);
}, 60_000);
