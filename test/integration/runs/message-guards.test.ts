import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { RecordCommand, WriteCommand } from '../../../src/domain/command.ts';
import type { MessageGuards } from '../../../src/domain/guards.ts';
import type { Outcome } from '../../../src/domain/outcome.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { purgeExpired } from '../../../src/state/maintenance/maintain.ts';
import { applyRange } from '../../../src/state/runs/apply/apply-range.ts';
import { beginApplying } from '../../../src/state/runs/apply/begin-applying.ts';
import { expireHolds } from '../../../src/state/runs/guard/hold-store.ts';
import { claimRun, LeaseLost, releaseRun } from '../../../src/state/runs/lease.ts';
import { createStore, write } from '../../oracle/harness.ts';
import {
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

const original = pg.Client.prototype.query;
const users = numbered('P', 30);

async function campus(messages: MessageGuards, options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  const organization = await world.organization({ guards: { messages }, ...options });
  const enrollments = users.flatMap((user) => [[user, 'PHYS-1'] as const, [user, 'PHYS-2'] as const]);
  await organization.run(filesOf({ offerings: ['PHYS-1', 'PHYS-2', 'EMPTY'], users, enrollments }));
  return organization;
}

const person = { entity: 'user', kind: 'person' } as const;
const deleteOf = (sourcedId: string): WriteCommand => ({ ...person, sourcedId, verb: 'delete' });
const named = (sourcedId: string, userName: string): WriteCommand => ({
  ...person,
  sourcedId,
  verb: 'replace',
  fields: { userName, familyName: `Last ${sourcedId}`, givenName: `First ${sourcedId}`, orgDefinedId: sourcedId },
});
const update = (sourcedId: string, fields: Record<string, unknown>): WriteCommand => ({
  ...person,
  sourcedId,
  verb: 'update',
  fields,
});

/** One message after the other. */
async function oneByOne(organization: RunOrganization, commands: readonly WriteCommand[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const command of commands) outcomes.push(...(await organization.send('sis', command)));
  return outcomes;
}

const statuses = (outcomes: readonly Outcome[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(outcomes, ({ status }) => status)).map(([status, all]) => [status, all.length]),
  );

const live = async (organization: RunOrganization): Promise<number> => {
  const [row] = await organization.query<{ live: number }>(
    `select count(*)::int as live from lms_user where state = 'active'`,
  );
  return row!.live;
};

const givenNames = async (organization: RunOrganization): Promise<string[]> => {
  const rows = await organization.query<{ given: string }>(
    `select fields->>'givenName' as given from declared_user where sourced_id in ('P1', 'P2', 'P3') order by sourced_id`,
  );
  return rows.map(({ given }) => given);
};

const editor = ({ id }: RunOrganization) => ({ organizationId: id, actor: 'the registrar' });

async function heldRun(organization: RunOrganization): Promise<string> {
  const { items } = await administration.runs.list(organization.id, { sourceSystem: 'sis' }, { limit: 10 });
  const run = items.find(({ dialect }) => dialect === 'messages');
  expect(run).toMatchObject({ state: 'finished', mode: 'apply', upload: null, requestedBy: 'messages' });
  return run!.id;
}

const holdsOf = (organization: RunOrganization, run: string) => administration.runs.holds(organization.id, run);

async function approve(organization: RunOrganization, run: string, hold: number, sourcedIds?: string[]): Promise<void> {
  const decision = { state: 'approved' as const, ...(sourcedIds === undefined ? {} : { sourcedIds }) };
  await administration.runs.decide(editor(organization), run, hold, decision);
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
}

const passTime = (organization: RunOrganization, minutes: number): Promise<object[]> =>
  organization.query(
    `update guard_window set at = at - interval '${minutes} minutes' + random() * interval '1 second' returning count`,
  );

// Persons go with their enrollments, which would count as well.
const removals = { removals: { count: 5 }, kinds: { membership: { removals: {} } } };

test('a source system that deletes everybody one by one is stopped after the limit, and the rest waits for a decision', async () => {
  const organization = await campus(removals);
  const outcomes = await oneByOne(organization, users.map(deleteOf));
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...Array<string>(5).fill('deleted'),
    ...Array<string>(25).fill('held'),
  ]);
  expect(await live(organization)).toBe(25);
  const run = await heldRun(organization);
  expect(outcomes[5]).toMatchObject({
    sourcedId: 'P6',
    problems: [
      {
        code: 'held_for_approval',
        message: expect.stringMatching(
          new RegExp(
            `^Held, not applied: with it there would be 6 removals of the kind person within 60 minutes, of 30 that are declared; held is more than 5\\. .*\\(run ${run}, hold 1\\)`,
            'u',
          ),
        ),
      },
    ],
  });
  expect(await holdsOf(organization, run)).toEqual([
    expect.objectContaining({
      number: 1,
      guard: 'removals',
      kind: 'person',
      items: 25,
      state: 'held',
      finding: { count: 30, of: 30, limit: { count: 5 }, windowMinutes: 60 },
    }),
  ]);
  expect(await administration.runs.get(organization.id, run)).toMatchObject({
    held: 25,
    items: 25,
    counters: { person: { remove: 25 } },
  });
  const { items } = await administration.runs.items(organization.id, run, { sourcedId: 'P6' }, { limit: 5 });
  const [journaled] = await organization.query<{ id: string; result: string; outcomes: Outcome[] }>(
    `select id, result, outcomes from message where 'P6' = any(sourced_ids) and door = 'rest'`,
  );
  expect(journaled).toMatchObject({ result: 'warning', outcomes: [{ status: 'held' }] });
  expect(items).toEqual([
    expect.objectContaining({
      operation: 'remove',
      file: null,
      message: journaled!.id,
      hold: 1,
      applied: false,
      before: expect.objectContaining({ deleted: false }),
    }),
  ]);
});

test('all of a hold is approved: it is applied, counts no more, and the next ones are let through; a rollback takes it back', async () => {
  const organization = await campus(removals);
  await oneByOne(organization, users.slice(0, 10).map(deleteOf));
  const run = await heldRun(organization);
  await approve(organization, run, 1);
  expect(await live(organization)).toBe(20);
  expect(await organization.get(run)).toMatchObject({ state: 'finished', outcomes: {} });
  expect(statuses(await oneByOne(organization, users.slice(10, 17).map(deleteOf)))).toEqual({ deleted: 5, held: 2 });
  // What came after is another incident: the first run is decided.
  const back = await administration.runs.rollback(editor(organization), run, { mode: 'apply' });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
  expect(await organization.get(back.id)).toMatchObject({ state: 'finished', items: 5 });
  expect(await live(organization)).toBe(20);
});

test('part of a hold is approved, the rest discarded, or it expires; who and when is kept', async () => {
  const organization = await campus(removals);
  await oneByOne(organization, users.slice(0, 10).map(deleteOf));
  const run = await heldRun(organization);
  await approve(organization, run, 1, ['P6', 'P7']);
  expect(await live(organization)).toBe(23);
  await administration.runs.decide(editor(organization), run, 1, { state: 'discarded', sourcedIds: ['P8'] });
  await organization.query(`update run_hold set expires_at = now() - interval '1 minute' returning number`);
  await expireHolds(world.database.pool);
  expect(await holdsOf(organization, run)).toEqual([
    expect.objectContaining({ number: 1, items: 2, state: 'expired' }),
    expect.objectContaining({ number: 2, items: 2, state: 'approved', decidedBy: 'the registrar' }),
    expect.objectContaining({ number: 3, items: 1, state: 'discarded', decidedBy: 'the registrar' }),
  ]);
  expect(await live(organization)).toBe(23);
  // Nothing is held any more: the source system is not looked at for that.
  await organization.send('sis', named('NEW', 'new'));
  expect(await organization.query('select holding_run from source_system where holding_run is not null')).toEqual([]);
});

test('holds expire without waiting for what somebody is at: that is left for the next time', async () => {
  const organization = await campus({ changes: { count: 0 }, identifiers: { count: 0 } });
  await oneByOne(organization, [update('P1', { givenName: 'A' }), update('P2', { userName: 'x2' })]);
  const run = await heldRun(organization);
  await organization.query(`update run_hold set expires_at = now() - interval '1 minute' returning number`);
  const { pool } = world.database;
  await inOrganization(pool, organization.id, async (client) => {
    await client.query(`update run_hold set finding = finding where number = 1`);
    expect(await expireHolds(pool)).toBe(1);
  });
  expect((await holdsOf(organization, run)).map(({ state }) => state)).toEqual(['held', 'expired']);
  expect(await expireHolds(pool)).toBe(1);
});

test('an approval that is cancelled holds again what was not applied, and leaves the other holds to be decided', async () => {
  const organization = await campus({ changes: { count: 1 }, identifiers: { count: 1 } });
  await oneByOne(
    organization,
    ['P1', 'P2', 'P3'].map((id) => update(id, { givenName: 'A' })),
  );
  const run = await heldRun(organization);
  await administration.runs.decide(editor(organization), run, 1, { state: 'approved', sourcedIds: ['P2'] });
  expect(await administration.runs.cancel(editor(organization), run)).toMatchObject({ state: 'finished', held: 2 });
  expect(await holdsOf(organization, run)).toMatchObject([
    { number: 1, items: 1, state: 'held' },
    { number: 2, items: 1, state: 'held', decidedBy: null },
  ]);
  await expect(administration.runs.cancel(editor(organization), run)).rejects.toMatchObject({ code: 'conflict' });
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
  await approve(organization, run, 1);
  expect(await givenNames(organization)).toEqual(['A', 'First P2', 'A']);
  await approve(organization, run, 2);
  expect(await givenNames(organization)).toEqual(['A', 'A', 'A']);
});

test('a worker that is told to stop in the middle of a hold keeps what it has applied; the rest is held, with what comes meanwhile', async () => {
  const organization = await campus(removals);
  await oneByOne(organization, users.slice(0, 10).map(deleteOf));
  const run = await heldRun(organization);
  await administration.runs.decide(editor(organization), run, 1, { state: 'approved' });
  const { pool } = world.database;
  const worker = 'bbbbbbbb-0000-4000-8000-000000000000';
  const leased = (await claimRun(pool, organization.id, worker))!;
  await beginApplying(pool, leased, world.parts.sealer);
  await applyRange(pool, leased, { hold: 1, after: 0 }, 2, world.parts.statistics, world.parts.now);
  await administration.runs.cancel(editor(organization), run);
  await expect(
    applyRange(pool, leased, { hold: 1, after: 2 }, 2, world.parts.statistics, world.parts.now),
  ).rejects.toThrow(LeaseLost);
  // All of it was meant, so the window had begun anew.
  expect(statuses(await oneByOne(organization, users.slice(10, 17).map(deleteOf)))).toEqual({ deleted: 5, held: 2 });
  await releaseRun(pool, leased);
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
  expect(await administration.runs.get(organization.id, run)).toMatchObject({ state: 'finished', held: 5 });
  expect((await holdsOf(organization, run)).map(({ items, state }) => [items, state])).toEqual([
    [2, 'approved'],
    [2, 'held'],
    [3, 'held'],
  ]);
  expect(await live(organization)).toBe(18);
  await approve(organization, run, 3);
  expect(await live(organization)).toBe(15);
  await approve(organization, run, 2);
  expect(await live(organization)).toBe(13);
});

test('of what is left over of a run that was ended for good nothing comes along with later messages', async () => {
  const organization = await campus({ changes: { count: 0 } });
  await organization.send('sis', update('P1', { givenName: 'A' }));
  await organization.query(`update run set state = 'cancelled' where dialect = 'messages' returning id`);
  await administration.sourceSystems.update(editor(organization), 'sis', { options: { guards: {} } }, {});
  expect(await organization.send('sis', update('P1', { familyName: 'Z' }))).toMatchObject([{ status: 'updated' }]);
  expect((await givenNames(organization))[0]).toBe('First P1');
});

test('approval leaves out what was declared anew since, and tells it', async () => {
  const organization = await campus(removals);
  await oneByOne(organization, users.slice(0, 7).map(deleteOf));
  const run = await heldRun(organization);
  // A file that was made before the messages does not take their place, but what it changes is not what was compared.
  const files = filesOf({ offerings: [], users: ['P6'], enrollments: [] });
  const changed = { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replace('First P6', 'Sixtus') };
  const late = await organization.request(changed, { asOf: new Date(Date.now() - 3_600_000).toISOString() });
  await workUntil(world.parts, async () => isEnded(await organization.get(late)));
  expect(await holdsOf(organization, run)).toMatchObject([{ number: 1, items: 2, state: 'held' }]);
  await organization.query(
    `update declared_user set message_id = '${late}' where sourced_id = 'P6' returning sourced_id`,
  );
  await approve(organization, run, 1);
  expect(await organization.get(run)).toMatchObject({ outcomes: { overtaken: 1 } });
  expect(await live(organization)).toBe(24);
});

test('a file that was made later takes the place of what is held, also where it says nothing new', async () => {
  const organization = await campus(removals);
  await oneByOne(organization, users.slice(0, 8).map(deleteOf));
  const run = await heldRun(organization);
  const files = filesOf({ offerings: [], users: ['P6'], enrollments: [] });
  await organization.run(files, { mode: 'plan' });
  expect(await holdsOf(organization, run)).toMatchObject([{ number: 1, items: 3, state: 'held' }]);
  const applied = await organization.run(files);
  expect(applied).toMatchObject({ state: 'finished', items: 0 });
  expect(await holdsOf(organization, run)).toMatchObject([
    { number: 1, items: 2, state: 'held' },
    { number: 2, items: 1, state: 'superseded', decidedBy: `run ${applied.id}` },
  ]);
});

test('who asks for no limits pays for none: no statement more', async () => {
  const sent: string[] = [];
  const spy = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [query] = args as [string | { text?: string; name?: string }];
    sent.push(typeof query === 'string' ? query : (query.name ?? query.text ?? ''));
    return Reflect.apply(original, this, args) as never;
  });
  const countOf = async (organization: RunOrganization, command: WriteCommand): Promise<string[]> => {
    sent.length = 0;
    await organization.send('sis', command);
    return sent.filter((name) => name.startsWith('message_')).sort();
  };
  try {
    const unlimited = await campus({}, { guards: {} });
    expect(await countOf(unlimited, deleteOf('P1'))).toEqual([]);
    const limited = await campus(removals);
    expect(await countOf(limited, named('NEW', 'new'))).toEqual([]);
    expect(await countOf(limited, update('P2', { givenName: 'Second' }))).toEqual([]);
    await countOf(limited, deleteOf('P1'));
    // One that is waited for, and one that goes along.
    expect(await countOf(limited, deleteOf('P2'))).toEqual(['message_guard_add', 'message_guard_look']);
    expect(sent.length).toBeGreaterThan(2);
  } finally {
    spy.mockRestore();
  }
});

test('the window slides: what is long past counts no more, and is removed in the end', async () => {
  const organization = await campus({ ...removals, windowMinutes: 30 });
  expect(statuses(await oneByOne(organization, users.slice(0, 3).map(deleteOf)))).toEqual({ deleted: 3 });
  await passTime(organization, 20);
  expect(statuses(await oneByOne(organization, users.slice(3, 8).map(deleteOf)))).toEqual({ deleted: 2, held: 3 });
  await passTime(organization, 20);
  // The first three are past, the other five are not: those that are held count as well.
  expect(statuses(await oneByOne(organization, users.slice(8, 10).map(deleteOf)))).toEqual({ held: 2 });
  await passTime(organization, 20);
  expect(statuses(await oneByOne(organization, users.slice(10, 14).map(deleteOf)))).toEqual({ deleted: 3, held: 1 });
  await passTime(organization, 3_000);
  expect((await purgeExpired(world.database.pool, new Date())).guardWindows).toBeGreaterThan(0);
  expect(await organization.query('select from guard_window')).toEqual([]);
});

test('what is new, or comes back, or says nothing new is never held', async () => {
  const organization = await campus({ removals: { count: 0 }, changes: { count: 0 }, identifiers: { count: 0 } });
  const fresh = numbered('N', 20).map((id) => named(id, `u${id}`));
  expect(statuses(await oneByOne(organization, fresh))).toEqual({ created: 20 });
  expect(statuses(await oneByOne(organization, fresh))).toEqual({ unchanged: 20 });
  expect(statuses(await organization.send('sis', deleteOf('NOBODY')))).toEqual({ unchanged: 1 });
  expect(statuses(await organization.send('sis', deleteOf('N1')))).toEqual({ held: 1 });
  expect(await organization.query(`select guard, kind, count::int from guard_window`)).toEqual([
    { guard: 'removals', kind: 'person', count: 1 },
  ]);
});

test('percent and floor: so many are always let through', async () => {
  const organization = await campus({ removals: { percent: 20, floor: 3 }, kinds: { membership: { removals: {} } } });
  expect(statuses(await oneByOne(organization, users.slice(0, 9).map(deleteOf)))).toEqual({ deleted: 5, held: 4 });
  const exempt = (await organization.query<{ sourced_id: string }>('select sourced_id from declared_enrollment')).map(
    ({ sourced_id: sourcedId }): WriteCommand => ({
      entity: 'enrollment',
      kind: 'membership',
      sourcedId,
      verb: 'delete',
    }),
  );
  expect(statuses(await oneByOne(organization, exempt))).toEqual({ deleted: 60 });
});

test('changes of identifiers, and of fields, have limits of their own', async () => {
  const organization = await campus({ identifiers: { count: 2 }, changes: { count: 6 } });
  const renames = users.slice(0, 4).map((id) => update(id, { userName: `x${id}` }));
  expect(statuses(await oneByOne(organization, renames))).toEqual({ updated: 2, held: 2 });
  const changes = users.slice(10, 15).map((id) => update(id, { givenName: 'Other' }));
  // Of the six changes, four were identifiers, held or not.
  expect(statuses(await oneByOne(organization, changes))).toEqual({ updated: 2, held: 3 });
  const [first] = await organization.query<{ sourced_id: string; org_unit_sourced_id: string }>(
    `select sourced_id from declared_enrollment limit 1`,
  );
  const roles = [{ role: 'Instructor', active: true }];
  const sourcedId = first!.sourced_id;
  const membership = {
    entity: 'enrollment',
    kind: 'membership',
    sourcedId,
    verb: 'update',
    fields: { roles },
  } as const;
  expect(statuses(await organization.send('sis', membership))).toEqual({ updated: 1 });
  const run = await heldRun(organization);
  expect((await holdsOf(organization, run)).map(({ guard, items }) => [guard, items])).toEqual([
    ['identifiers', 2],
    ['changes', 3],
  ]);
  await approve(organization, run, 1);
  await approve(organization, run, 2);
  expect(
    await organization.query(`select count(*)::int as found from lms_user where fields->>'userName' like 'xP%'`),
  ).toEqual([{ found: 4 }]);
  const [person3] = await administration.runs
    .items(organization.id, run, { sourcedId: 'P3' }, { limit: 1 })
    .then(({ items }) => items);
  expect(person3).toMatchObject({ changes: [{ field: 'userName', before: 'uP3', after: 'xP3' }], applied: true });
});

test('a delete counts with what it takes along', async () => {
  const organization = await campus({ kinds: { membership: { removals: { count: 20 } } } });
  const offering = (sourcedId: string): WriteCommand => ({
    entity: 'org_unit',
    kind: 'offering',
    sourcedId,
    verb: 'delete',
  });
  const [empty] = await organization.send('sis', offering('EMPTY'));
  expect(empty).toMatchObject({ status: 'deleted' });
  const [full] = await organization.send('sis', offering('PHYS-1'));
  expect(full).toMatchObject({
    status: 'held',
    problems: [{ message: expect.stringContaining('30 removals of the kind membership within 60 minutes, of 60') }],
  });
  // What it would have taken along did not happen: ten persons with two enrollments each fit, the eleventh does not.
  const outcomes = await oneByOne(organization, users.slice(0, 11).map(deleteOf));
  expect(statuses(outcomes)).toEqual({ deleted: 10, held: 1 });
  const run = await heldRun(organization);
  expect(await holdsOf(organization, run)).toEqual([
    expect.objectContaining({ guard: 'effects', kind: 'offering', items: 1 }),
    expect.objectContaining({ guard: 'effects', kind: 'person', items: 1 }),
  ]);
  // Whoever deletes from below is told by what is left.
  const semester: WriteCommand = { entity: 'org_unit', kind: 'group', sourcedId: '2027-S1', verb: 'delete' };
  expect(await organization.send('sis', semester)).toMatchObject([{ status: 'held' }]);
});

test('what ends by its type or its role counts with what it takes along, as a delete does; by its status it counts alone', async () => {
  const offering = (fields: Record<string, unknown>): WriteCommand => ({
    entity: 'org_unit',
    kind: 'offering',
    sourcedId: 'PHYS-1',
    verb: 'update',
    fields,
  });
  const roles = [{ role: 'Alumnus', primary: true }];
  const enrolled = 'select count(*)::int as count from lms_enrollment where not ended';
  for (const messages of [{ removals: { count: 5 } }, { kinds: { membership: { removals: { count: 5 } } } }]) {
    const organization = await campus(messages);
    const [unmapped] = await organization.send('sis', offering({ type: 'Kurs', active: false }));
    expect(unmapped).toMatchObject({
      status: 'held',
      problems: [{ message: expect.stringContaining('30 removals of the kind membership within 60 minutes, of 60') }],
    });
    expect(await organization.query(enrolled)).toEqual([{ count: 60 }]);
  }
  const organization = await campus({ kinds: { membership: { removals: { count: 5 } } } });
  expect(await organization.send('sis', offering({ active: false }))).toMatchObject([{ status: 'updated' }]);
  const inactive = users.slice(0, 10).map((id) => update(id, { active: false }));
  expect(statuses(await oneByOne(organization, inactive))).toEqual({ updated: 10 });
  // Two enrollments each.
  const alumni = users.slice(10, 20).map((id) => update(id, { roles }));
  expect(statuses(await oneByOne(organization, alumni))).toEqual({ waiting: 2, held: 8 });
  expect(await organization.query(enrolled)).toEqual([{ count: 56 }]);
  const run = await heldRun(organization);
  expect(await holdsOf(organization, run)).toMatchObject([{ guard: 'effects', kind: 'person', items: 8 }]);
  await approve(organization, run, 1);
  expect(await organization.query(enrolled)).toEqual([{ count: 40 }]);
});

test('a delete by pair is held as the rows of the pair', async () => {
  const organization = await campus({ removals: { count: 0 } });
  const pair = { userSourcedId: 'P1', orgUnit: { kind: 'offering' as const, sourcedId: 'PHYS-1' } };
  const command: WriteCommand = { entity: 'enrollment', kind: 'membership', sourcedId: 'any', verb: 'delete', pair };
  expect(await organization.send('sis', command)).toMatchObject([{ status: 'held' }]);
  expect(await organization.send('sis', command)).toMatchObject([{ status: 'held' }]);
  const run = await heldRun(organization);
  expect(await holdsOf(organization, run)).toMatchObject([{ number: 1, items: 1, state: 'held' }]);
  await approve(organization, run, 1);
  expect(
    await organization.query(`select user_sourced_id, org_unit_sourced_id from declared_enrollment where deleted`),
  ).toEqual([{ user_sourced_id: 'P1', org_unit_sourced_id: 'PHYS-1' }]);
});

test('a later replace takes the place of what is held; a create counts as one of what was to be deleted', async () => {
  const organization = await campus({ removals: { count: 0 } });
  await oneByOne(organization, users.slice(0, 3).map(deleteOf));
  const run = await heldRun(organization);
  const [replaced] = await organization.send('sis', named('P1', 'anew'));
  expect(replaced).toMatchObject({ status: 'updated', problems: [] });
  const create = { ...named('P2', 'uP2'), mustNotExist: true } as WriteCommand;
  expect(await organization.send('sis', create)).toMatchObject([{ sourcedId: 'P2', problems: [] }]);
  expect(await holdsOf(organization, run)).toMatchObject([
    { number: 1, items: 1, state: 'held' },
    {
      number: 2,
      items: 2,
      state: 'superseded',
      finding: { partOf: 1 },
      decidedBy: expect.stringMatching(/^message /u),
    },
  ]);
  const { items } = await administration.runs.items(organization.id, run, { noteworthy: true }, { limit: 5 });
  expect(items).toMatchObject([
    { sourcedId: 'P1', outcome: { status: 'overtaken', problems: [{ code: 'overtaken' }] } },
    { sourcedId: 'P2', outcome: { status: 'overtaken' } },
  ]);
  await approve(organization, run, 1);
  expect(await live(organization)).toBe(29);
});

test('the same delete again and again is one item of one hold', async () => {
  const organization = await campus({ removals: { count: 0 } });
  const again = await oneByOne(organization, [...users.slice(0, 3), ...users.slice(0, 3), 'P1', 'P1'].map(deleteOf));
  expect(statuses(again)).toEqual({ held: 8 });
  const run = await heldRun(organization);
  const holds = await holdsOf(organization, run);
  expect(holds.filter(({ state }) => state === 'held')).toMatchObject([{ number: 1, items: 3 }]);
  expect(holds.reduce((sum, { items }) => sum + items, 0)).toBe(3);
  expect(await organization.query('select count(*)::int as items from run_item where hold is not null')).toEqual([
    { items: 3 },
  ]);
  await approve(organization, run, 1);
  expect(await live(organization)).toBe(27);
});

test('an update takes along what is held of its record, or is held with it: nothing that was said is lost', async () => {
  const organization = await campus({ identifiers: { count: 1 } });
  await oneByOne(organization, [update('P1', { userName: 'x1' }), update('P2', { userName: 'x2' })]);
  const [later] = await organization.send('sis', update('P2', { givenName: 'Second' }));
  expect(later).toMatchObject({
    status: 'held',
    problems: [{ code: 'held_for_approval', message: expect.stringContaining('which this update builds on') }],
  });
  const [third] = await organization.send('sis', update('P2', { familyName: 'Third' }));
  expect(third).toMatchObject({ status: 'held' });
  const run = await heldRun(organization);
  const open = (await holdsOf(organization, run)).filter(({ state }) => state === 'held');
  expect(open).toMatchObject([{ guard: 'identifiers', items: 3 }]);
  await approve(organization, run, open[0]!.number);
  const stated = `select fields->>'userName' as "userName", fields->>'givenName' as "givenName", fields->>'familyName' as "familyName" from declared_user where sourced_id`;
  expect(await organization.query(`${stated} = 'P2'`)).toEqual([
    { userName: 'x2', givenName: 'Second', familyName: 'Third' },
  ]);
  expect(await organization.get(run)).toMatchObject({ items: 3, outcomes: {} });

  await oneByOne(organization, [update('P3', { userName: 'x3' }), update('P4', { userName: 'x4' })]);
  await passTime(organization, 90);
  const [fits] = await organization.send('sis', update('P4', { givenName: 'Fourth' }));
  expect(fits).toMatchObject({ status: 'updated', problems: [] });
  expect(await organization.query(`${stated} = 'P4'`)).toMatchObject([{ userName: 'x4', givenName: 'Fourth' }]);
});

test('a message that is refused takes the place of nothing that is held, neither of messages nor of files', async () => {
  const guards = { changes: { count: 0, floor: 0 }, messages: { changes: { count: 1 }, removals: { count: 0 } } };
  const organization = await campus({}, { guards });
  await oneByOne(organization, [update('P2', { givenName: 'Held' }), update('P1', { givenName: 'Held' })]);
  const run = await heldRun(organization);
  const files = filesOf({ offerings: [], users: ['P3'], enrollments: [] });
  files['07-Users.csv'] = (files['07-Users.csv'] ?? '').replaceAll('First P3', 'Of the file');
  const file = await organization.run(files);
  expect(await holdsOf(organization, file.id)).toMatchObject([{ items: 1, state: 'held' }]);
  const before = [await holdsOf(organization, run), await holdsOf(organization, file.id)];
  expect(before).toMatchObject([[{ state: 'held' }], [{ state: 'held' }]]);
  const create = (sourcedId: string): WriteCommand =>
    ({ ...named(sourcedId, `n${sourcedId}`), mustNotExist: true }) as WriteCommand;
  const taken = { ...person, sourcedId: 'P1', verb: 'rename', newSourcedId: 'P2' } as const;
  const refused = await oneByOne(organization, [create('P1'), create('P3'), taken]);
  expect(refused.map(({ status, problems: [problem] }) => [status, problem?.code])).toEqual([
    ['rejected', 'id_in_use'],
    ['rejected', 'id_in_use'],
    ['rejected', 'id_in_use'],
  ]);
  expect([await holdsOf(organization, run), await holdsOf(organization, file.id)]).toEqual(before);
  await approve(organization, run, 1);
  await approve(organization, file.id, 1);
  expect(await givenNames(organization)).toEqual(['Held', 'Held', 'Of the file']);
});

test('what stands in the way of a delete keeps it from taking the place of a change that is held', async () => {
  const organization = await campus({ changes: { count: 0 } });
  const offering = { entity: 'org_unit', kind: 'offering', sourcedId: 'PHYS-1' } as const;
  await organization.send('sis', { ...offering, verb: 'update', fields: { name: 'Held' } });
  const run = await heldRun(organization);
  const before = await holdsOf(organization, run);
  const section = { entity: 'org_unit', kind: 'section', sourcedId: 'S-1', verb: 'replace' } as const;
  const parents = [{ role: 'offering', kind: 'offering', sourcedId: 'PHYS-1' } as const];
  await organization.send('sis', { ...section, fields: { type: 'course section', code: 'S-1', name: 'S', parents } });
  const [outcome] = await organization.send('sis', {
    ...offering,
    verb: 'delete',
    wishes: { refuseWhile: ['children'] },
  });
  expect(outcome).toMatchObject({ status: 'rejected', problems: [{ code: 'has_dependants' }] });
  expect(await holdsOf(organization, run)).toEqual(before);
});

test('what was approved and waits to be applied is taken along by an update, whatever the limits', async () => {
  const organization = await campus({ changes: { count: 1 } });
  await oneByOne(
    organization,
    ['P3', 'P1', 'P2'].map((id) => update(id, { givenName: 'Approved' })),
  );
  const run = await heldRun(organization);
  await administration.runs.decide(editor(organization), run, 1, { state: 'approved', sourcedIds: ['P1'] });
  await administration.runs.decide(editor(organization), run, 1, { state: 'approved' });
  const first = await organization.send('sis', update('P1', { familyName: 'Later' }));
  expect(first).toMatchObject([{ status: 'updated' }]);
  const second = await organization.send('sis', update('P2', { familyName: 'Later' }));
  expect(second).toMatchObject([{ status: 'held' }]);
  expect(await givenNames(organization)).toEqual(['Approved', 'Approved', 'Approved']);
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
  const { outcomes } = await organization.get(run);
  expect(outcomes).toEqual({ overtaken: 1 });
  const holds = await holdsOf(organization, run);
  expect(holds.filter(({ state }) => state === 'held')).toMatchObject([{ items: 1 }]);
  const lastName = `select fields->>'familyName' as name from declared_user where sourced_id in ('P1', 'P2') order by sourced_id`;
  expect(await organization.query(lastName)).toEqual([{ name: 'Later' }, { name: 'Last P2' }]);
});

test('a rename leaves out what is held of the record, and says so', async () => {
  const organization = await campus({ removals: { count: 0 } });
  await organization.send('sis', deleteOf('P1'));
  const rename: WriteCommand = { ...person, sourcedId: 'P1', verb: 'rename', newSourcedId: 'P-1' };
  expect(await organization.send('sis', rename)).toMatchObject([
    { status: 'updated', problems: [{ code: 'overtaken', message: expect.stringContaining('another sourcedId') }] },
  ]);
  expect(await holdsOf(organization, await heldRun(organization))).toMatchObject([{ items: 1, state: 'superseded' }]);
});

test('a read says that something else is held; a list says of which', async () => {
  const organization = await campus({ removals: { count: 0 } });
  await oneByOne(organization, users.slice(0, 2).map(deleteOf));
  const source = organization.sources.get('sis')!;
  const ask = (command: object): Promise<Outcome[]> =>
    write(world.store, source, [command as WriteCommand]).then(({ outcomes }) => [...outcomes]);
  expect(await ask({ ...person, sourcedId: 'P1', verb: 'read' })).toMatchObject([
    {
      status: 'read',
      record: { fields: { orgDefinedId: 'P1' } },
      problems: [
        { code: 'held_for_approval', message: expect.stringContaining('A delete of the person "P1" is held') },
      ],
    },
  ]);
  expect(await ask({ ...person, sourcedId: 'P3', verb: 'read' })).toMatchObject([{ status: 'read', problems: [] }]);
  expect(await ask({ ...person, sourcedId: '', verb: 'list', filter: {} })).toMatchObject([
    { status: 'read', problems: [{ code: 'held_for_approval', message: expect.stringContaining('person: P1, P2.') }] },
  ]);
  await administration.runs.decide(editor(organization), await heldRun(organization), 1, { state: 'discarded' });
  expect(await ask({ ...person, sourcedId: 'P1', verb: 'read' })).toMatchObject([{ status: 'read', problems: [] }]);
  expect(await ask({ ...person, sourcedId: '', verb: 'list', filter: {} })).toMatchObject([{ problems: [] }]);
});

test('messages that share a transaction each have their own outcome', async () => {
  const organization = await campus(removals);
  const source = organization.sources.get('sis')!;
  const commands: RecordCommand[] = users
    .slice(0, 12)
    .flatMap((id, index) => [deleteOf(id) as RecordCommand, named(`N${index}`, `n${index}`) as RecordCommand]);
  const results = await Promise.all(commands.map((command) => write(world.store, source, [command])));
  const outcomes = results.flatMap(({ outcomes: all }) => all);
  expect(outcomes.map(({ sourcedId }) => sourcedId)).toEqual(commands.map(({ sourcedId }) => sourcedId));
  expect(statuses(outcomes)).toEqual({ deleted: 5, held: 7, created: 12 });
  const held = outcomes.filter(({ status }) => status === 'held').map(({ sourcedId }) => sourcedId);
  const run = await heldRun(organization);
  const { items } = await administration.runs.items(organization.id, run, {}, { limit: 50 });
  expect(items.map(({ sourcedId }) => sourcedId).sort()).toEqual(held.sort());
  // One message of many records has an outcome for each.
  const together = await organization.send('sis', deleteOf('N0'), named('N1', 'other'), deleteOf('N2'));
  expect(together.map(({ status }) => status)).toEqual(['held', 'updated', 'held']);
});

test('several processes share one limit', async () => {
  const organization = await campus(removals);
  const source = organization.sources.get('sis')!;
  const other = createStore(world.database.pool);
  const results = await Promise.all(
    users.map((id, index) => write(index % 2 === 0 ? world.store : other, source, [deleteOf(id)])),
  );
  await other.close();
  expect(statuses(results.flatMap(({ outcomes }) => outcomes))).toEqual({ deleted: 5, held: 25 });
  expect(await live(organization)).toBe(25);
  expect(await holdsOf(organization, await heldRun(organization))).toMatchObject([{ items: 25 }]);
});

test('messages and decisions at the same time: nothing is lost, and nothing is applied that nobody approved', async () => {
  const organization = await campus({ removals: { count: 0 } });
  await organization.send('sis', deleteOf('P1'));
  const sending = oneByOne(organization, users.slice(1).map(deleteOf));
  const deciding = (async () => {
    for (let round = 0; round < 20; round += 1) {
      const held = await organization.query<{ run_id: string; number: number }>(
        `select run_id, number from run_hold where state = 'held' and kind = 'person'`,
      );
      for (const { run_id: id, number } of held)
        await administration.runs.decide(editor(organization), id, number, { state: 'approved' });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const outcomes = await sending;
  await deciding;
  expect(statuses(outcomes)).toEqual({ held: 29 });
  await workUntil(world.parts, async () => {
    const open = await organization.query(`select from run where state <> 'finished'`);
    return open.length === 0;
  });
  const holds = await organization.query<{ state: string; items: number }>(
    `select state, sum(items)::int as items from run_hold group by state`,
  );
  const items = Object.fromEntries(holds.map(({ state, items: count }) => [state, count]));
  expect((items.approved ?? 0) + (items.held ?? 0)).toBe(30);
  expect(items.approved).toBeGreaterThan(1);
  expect(await live(organization)).toBe(30 - (items.approved ?? 0));
});

test('a source system in validate mode is told what would be held, and nothing is', async () => {
  const organization = await campus({ removals: { count: 0 } });
  const source = { ...organization.sources.get('sis')!, state: 'validate' as const };
  const { outcomes } = await write(world.store, source, [deleteOf('P1')]);
  expect(outcomes).toMatchObject([
    { status: 'held', problems: [{ code: 'held_for_approval' }, { code: 'validate_only' }] },
  ]);
  expect(await organization.query('select from guard_window')).toEqual([]);
  expect(await organization.query('select from run_hold')).toEqual([]);
});

test('what is held is in force when the limits are taken away', async () => {
  const organization = await campus({ removals: { count: 0 } });
  await oneByOne(organization, users.slice(0, 2).map(deleteOf));
  const run = await heldRun(organization);
  await organization.query(`update source_system set options = options - 'guards' returning id`);
  expect(await organization.send('sis', deleteOf('P1'))).toMatchObject([{ status: 'deleted' }]);
  expect((await holdsOf(organization, run)).map(({ items, state }) => [state, items])).toEqual([
    ['held', 1],
    ['superseded', 1],
  ]);
  await approve(organization, run, 1);
  expect(await live(organization)).toBe(28);
});

test('whatever is held on the way: when all is approved, what was said last is declared, as without limits', async () => {
  const random = randomOf(20_270_101);
  const ids = numbered('P', 4);
  for (let round = 0; round < 12; round += 1) {
    const limit = { count: Math.floor(random() * 3) };
    const messages = { removals: limit, changes: { count: Math.floor(random() * 3) }, identifiers: limit };
    const limited = await world.organization({ guards: { messages } });
    const unlimited = await world.organization();
    const log: string[] = [];
    const deleted = new Set<string>();
    for (let step = 0; step < 16; step += 1) {
      const id = ids[Math.floor(random() * ids.length)]!;
      const command = wishOf(id, step, deleted.has(id), random());
      if (command.verb === 'delete') deleted.add(id);
      else deleted.delete(id);
      const [outcome] = await limited.send('sis', command);
      await unlimited.send('sis', command);
      log.push(
        `${command.verb} ${id} ${JSON.stringify((command as { fields?: object }).fields ?? {})}: ${outcome!.status}`,
      );
      if (random() < 0.2) log.push(`approved ${await approveAll(limited, random)}`);
      if (random() < 0.2) await passTime(limited, 90);
    }
    while ((await approveAll(limited, () => 0)) > 0);
    const declared = `select sourced_id, deleted, case when not deleted then fields end as fields from declared_user order by sourced_id`;
    expect([log, await limited.query(declared)]).toEqual([log, await unlimited.query(declared)]);
  }
}, 120_000);

function wishOf(sourcedId: string, step: number, isDeleted: boolean, chance: number): WriteCommand {
  if (!isDeleted && chance < 0.3) return deleteOf(sourcedId);
  // What is not there is stated whole: an update would bring back what it was before.
  if (isDeleted || step < 4 || chance < 0.55) return named(sourcedId, `u${sourcedId}${Math.floor(chance * 1_000)}`);
  return chance < 0.8
    ? update(sourcedId, { givenName: `Given ${step}` })
    : update(sourcedId, { userName: `x${sourcedId}${step}`, familyName: `Family ${step}` });
}

/** Approves each hold that is open, at random; answers how many. */
async function approveAll(organization: RunOrganization, random: () => number): Promise<number> {
  const open = await organization.query<{ run_id: string; number: number }>(
    `select run_id, number from run_hold where state = 'held' order by run_id, number`,
  );
  const wished = open.filter(() => random() < 0.6);
  for (const { run_id: id, number } of wished)
    await administration.runs.decide(editor(organization), id, number, { state: 'approved' });
  if (wished.length > 0)
    await workUntil(
      world.parts,
      async () => (await organization.query(`select from run where state <> 'finished'`)).length === 0,
    );
  return wished.length;
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
