import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { expireHolds } from '../../../src/state/runs/guard/hold-store.ts';
import {
  type Campus,
  createRunWorld,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

let world: RunWorld;
let administration: RunWorld['administration'];

beforeAll(async () => {
  world = await createRunWorld();
  ({ administration } = world);
});

afterAll(async () => {
  await world.close();
});

const users = numbered('P', 60);
const all = (unit: string): (readonly [string, string])[] => users.map((user) => [user, unit] as const);
const fall: Campus = { semester: '2026-FALL', offerings: ['FALL-1'], users, enrollments: all('FALL-1') };
const spring: Campus = {
  semester: '2027-SPRING',
  offerings: ['SPR-1', 'SPR-2', 'SPR-3'],
  users,
  enrollments: ['SPR-1', 'SPR-2', 'SPR-3'].flatMap(all),
};

const live = async (organization: RunOrganization, unit: string): Promise<number> => {
  const [row] = await organization.query<{ live: number }>(
    `select count(*)::int as live from lms_enrollment e join lms_org_unit o on o.id = e.org_unit_id where o.code = '${unit}' and not e.ended`,
  );
  return row?.live ?? 0;
};

async function both(options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  const organization = await world.organization(options);
  await organization.run(filesOf(fall));
  await organization.run(filesOf(spring));
  return organization;
}

const editor = ({ id }: RunOrganization) => ({ organizationId: id, actor: 'the registrar' });
const snapshot = { kinds: ['membership' as const] };
const whole = { ...fall, offerings: ['FALL-1'], enrollments: [...all('FALL-1'), ...spring.enrollments] };

test('a file from which all enrollments of one semester vanished is held, and the rest of it is applied', async () => {
  const organization = await both({ guards: { removals: { percent: 30 } } });
  // A quarter of all enrollments: a limit of 30 % of the source lets them through, that of the semester does not.
  const vanished = filesOf({
    ...spring,
    users: [...users, 'NEW'],
    enrollments: [...spring.enrollments, ['NEW', 'SPR-1']],
  });
  const run = await organization.run(vanished, { snapshot });
  expect(run).toMatchObject({ state: 'finished', counters: { membership: { add: 1, remove: 60 } } });
  expect(await live(organization, 'FALL-1')).toBe(60);
  expect(await live(organization, 'SPR-1')).toBe(61);
  const holds = await administration.runs.holds(organization.id, run.id);
  expect(holds).toEqual([
    expect.objectContaining({
      guard: 'removalsInScope',
      kind: 'membership',
      items: 60,
      state: 'held',
      finding: expect.objectContaining({ count: 60, of: 60, scope: { type: 'semester', key: '2026-FALL' } }),
    }),
  ]);
});

test('part of a hold is approved, and applied; the rest is discarded; who and when is kept', async () => {
  const organization = await both();
  const run = await organization.run(filesOf(spring), { snapshot });
  expect((await administration.runs.get(organization.id, run.id)).held).toBe(60);
  const [one] = await administration.runs
    .items(organization.id, run.id, { operation: 'remove' }, { limit: 1 })
    .then(({ items }) => items);
  const mistyped = [one!.sourcedId, 'nobody'];
  await expect(
    administration.runs.decide(editor(organization), run.id, 1, { state: 'approved', sourcedIds: mistyped }),
  ).rejects.toMatchObject({
    code: 'not_found',
    message: 'The hold 1 has no item of the sourcedId "nobody"; nothing was decided.',
  });
  expect(await administration.runs.holds(organization.id, run.id)).toMatchObject([{ items: 60, state: 'held' }]);
  await administration.runs.decide(editor(organization), run.id, 1, {
    state: 'approved',
    sourcedIds: [one!.sourcedId],
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(run.id)));
  expect(await live(organization, 'FALL-1')).toBe(59);
  const holds = await administration.runs.decide(editor(organization), run.id, 1, { state: 'discarded' });
  expect(holds).toEqual([
    expect.objectContaining({ number: 1, items: 59, state: 'discarded', decidedBy: 'the registrar' }),
    expect.objectContaining({
      number: 2,
      items: 1,
      state: 'approved',
      finding: expect.objectContaining({ partOf: 1 }),
    }),
  ]);
  await expect(
    administration.runs.decide(editor(organization), run.id, 1, { state: 'approved' }),
  ).rejects.toMatchObject({ code: 'conflict' });
  expect(await live(organization, 'FALL-1')).toBe(59);
});

test('approval skips what somebody said anew since, and tells it', async () => {
  const organization = await both();
  const run = await organization.run(filesOf(spring), { snapshot });
  const { items } = await administration.runs.items(organization.id, run.id, { operation: 'remove' }, { limit: 2 });
  const [item, other] = items;
  const before = item!.before as { userSourcedId: string; orgUnit: { kind: null; sourcedId: string } };
  await organization.send('sis', {
    entity: 'enrollment',
    kind: 'membership',
    sourcedId: item!.sourcedId,
    verb: 'replace',
    fields: {
      userSourcedId: before.userSourcedId,
      orgUnit: before.orgUnit,
      roles: [{ role: 'Instructor', active: true }],
    },
  });
  expect(await administration.runs.holds(organization.id, run.id)).toMatchObject([
    { items: 59, state: 'held' },
    { items: 1, state: 'superseded' },
  ]);
  // What the hold knows nothing of.
  await organization.query(
    `update declared_enrollment set message_id = gen_random_uuid() where sourced_id = '${other!.sourcedId}' returning sourced_id`,
  );
  await administration.runs.decide(editor(organization), run.id, 1, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(run.id)));
  expect(await live(organization, 'FALL-1')).toBe(2);
  expect(await organization.get(run.id)).toMatchObject({ state: 'finished', outcomes: { overtaken: 2 } });
});

test('a newer snapshot of the same scope supersedes what is held; a hold that nobody decides on expires', async () => {
  const organization = await both();
  const first = await organization.run(filesOf(spring), { snapshot });
  const second = await organization.run(filesOf(spring), { snapshot });
  expect(await administration.runs.holds(organization.id, first.id)).toEqual([
    expect.objectContaining({ state: 'superseded', decidedBy: `run ${second.id}` }),
  ]);
  await organization.query(
    `update run_hold set expires_at = now() - interval '1 minute' where run_id = '${second.id}' returning number`,
  );
  expect(await expireHolds(world.database.pool)).toBe(1);
  await expect(
    administration.runs.decide(editor(organization), second.id, 1, { state: 'approved' }),
  ).rejects.toMatchObject({ code: 'conflict' });
  // Once it names everything again, there is nothing to remove.
  const run = await organization.run(filesOf(whole), { snapshot });
  expect(run).toMatchObject({ items: 0, counters: { membership: { unchanged: 240, remove: 0 } } });
});

test('removing one org unit is judged by what stands below it', async () => {
  const organization = await both();
  const files = filesOf({ ...spring, enrollments: [] });
  const run = await organization.run(
    {
      ...files,
      '08-Enrollments.csv': filesOf(whole)['08-Enrollments.csv'] ?? '',
      '03-Semesters.csv': filesOf(spring)['03-Semesters.csv'] ?? '',
    },
    { snapshot: { kinds: ['offering'] } },
  );
  expect(await administration.runs.get(organization.id, run.id)).toMatchObject({
    effects: { membership: { count: 60, live: 240, from: ['offering'] } },
    held: 1,
  });
  expect(await live(organization, 'FALL-1')).toBe(60);
});

test('mass changes of identifiers are held, and single ones are not', async () => {
  const organization = await both();
  const files = filesOf(spring);
  const renamed = { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replaceAll(',uP', ',xP') };
  const run = await organization.run(renamed);
  expect(await administration.runs.holds(organization.id, run.id)).toEqual([
    expect.objectContaining({ guard: 'identifiers', kind: 'person', items: 60 }),
  ]);
  const one = { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replace(',uP1,', ',xP1,') };
  expect(await organization.run(one)).toMatchObject({ items: 1, applied_to: 1 });
  expect(
    await organization.query(`select fields->>'userName' as name from lms_user where fields->>'orgDefinedId' = 'P1'`),
  ).toEqual([{ name: 'xP1' }]);
});

test('a second snapshot that is cut off is held as the first one was; one that was approved is the measure of the next', async () => {
  const organization = await both({ guards: { removals: { percent: 100 }, removalsInScope: { percent: 100 } } });
  const cut = (rows: number) => filesOf({ ...whole, enrollments: whole.enrollments.slice(0, rows) });
  const held = async (run: { id: string }): Promise<object[]> =>
    (await administration.runs.holds(organization.id, run.id)).map(({ guard, items, finding }) => ({
      guard,
      items,
      of: finding.of,
    }));
  await organization.run(filesOf(whole), { snapshot });
  expect(await held(await organization.run(cut(100), { snapshot }))).toEqual([
    { guard: 'short_file', items: 140, of: 240 },
  ]);
  const second = await organization.run(cut(90), { snapshot });
  expect(await held(second)).toEqual([{ guard: 'short_file', items: 150, of: 240 }]);
  await administration.runs.decide(editor(organization), second.id, 1, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(second.id)));
  expect(await held(await organization.run(cut(50), { snapshot }))).toEqual([]);
  // Asked for as a whole, as at the ways in: it is a measure as well.
  await organization.query(
    `update run set options = '{"snapshot": true}' where id in (select max(id::text)::uuid from run) returning id`,
  );
  expect(await held(await organization.run(cut(20), { snapshot }))).toEqual([
    { guard: 'short_file', items: 30, of: 50 },
  ]);
});

test('a snapshot of which all was approved record by record is a measure as well, and nothing of it stays held', async () => {
  const organization = await both({ guards: { removals: { count: 0, floor: 0 } } });
  const cut = (rows: number) => filesOf({ ...whole, enrollments: whole.enrollments.slice(0, rows) });
  await organization.run(filesOf(whole), { snapshot });
  const second = await organization.run(cut(130), { snapshot });
  const { items } = await administration.runs.items(
    organization.id,
    second.id,
    { operation: 'remove' },
    { limit: 200 },
  );
  const [first, ...others] = items.map(({ sourcedId }) => sourcedId);
  for (const sourcedIds of [[first!], others])
    await administration.runs.decide(editor(organization), second.id, 1, { state: 'approved', sourcedIds });
  await workUntil(world.parts, async () => isEnded(await organization.get(second.id)));
  const holdsOf = (id: string) => administration.runs.holds(organization.id, id);
  expect(await holdsOf(second.id)).toMatchObject([
    { items: 109, state: 'approved' },
    { items: 1, state: 'approved' },
  ]);
  const third = await organization.run(cut(110), { snapshot });
  expect(await holdsOf(third.id)).toMatchObject([{ guard: 'removals', items: 20 }]);
});

test('a run that comes to its plan and somebody who decides on a hold do not wait for each other in a circle', async () => {
  const organization = await both();
  const id = await organization.request(filesOf(spring), { snapshot });
  const { pool } = world.database;
  await inOrganization(pool, organization.id, async (client) => {
    // As the end of reading, which has judged the plan, and comes to take the lane.
    await client.query(
      `insert into run_hold (organization_id, run_id, number, guard, kind, finding, items, state, expires_at)
       values ($1, $2, 1, 'removals', 'membership', '{}', 0, 'held', now() + interval '1 day')`,
      [organization.id, id],
    );
    await expect(administration.runs.decide(editor(organization), id, 1, { state: 'discarded' })).rejects.toMatchObject(
      { code: 'not_found' },
    );
    await client.query('select from lane where organization_id = $1 for update', [organization.id]);
    await client.query('delete from run_hold where organization_id = $1 and run_id = $2', [organization.id, id]);
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
});

test('a snapshot that is suddenly short is held; with force it is applied', async () => {
  const organization = await both();
  await organization.run(filesOf(whole), { snapshot });
  const short = filesOf({ ...whole, enrollments: whole.enrollments.slice(0, 100) });
  const run = await organization.run(short, { snapshot });
  expect(await administration.runs.holds(organization.id, run.id)).toEqual([
    expect.objectContaining({ guard: 'short_file', kind: 'membership', items: 140 }),
  ]);
  expect(await organization.run(short, { snapshot, force: true })).toMatchObject({ items: 140, applied_to: 140 });
  expect(await organization.query('select count(*)::int as live from declared_enrollment where not deleted')).toEqual([
    { live: 100 },
  ]);
});

test('what takes along enrollments that are held is held with them, however little it is', async () => {
  const organization = await world.organization();
  const all = numbered('COURSE-', 15);
  const students = numbered('S', 20);
  const campusOf = (offerings: readonly string[]) =>
    filesOf({
      offerings,
      users: students,
      enrollments: offerings.flatMap((offering) => students.map((user) => [user, offering] as const)),
    });
  await organization.run(campusOf(all));
  const run = await organization.run(campusOf(all.slice(0, 9)), { snapshot: { kinds: ['membership', 'offering'] } });
  expect(await administration.runs.holds(organization.id, run.id)).toMatchObject([
    { guard: 'removals', kind: 'membership', items: 120 },
    { guard: 'effects', kind: 'offering', items: 6 },
  ]);
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(300);
});
