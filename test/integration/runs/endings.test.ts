import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RecordCommand, WriteCommand } from '../../../src/domain/command.ts';
import type { MessageGuards } from '../../../src/domain/guards.ts';
import type { Outcome } from '../../../src/domain/outcome.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* What ends in the LMS is a removal, whichever way it is said: guards look at effects (docs/adr/0059). */

const saying = createSaidFile();

let world: RunWorld;
let administration: RunWorld['administration'];

beforeAll(async () => {
  world = await createRunWorld({ dialects: [saying] });
  ({ administration } = world);
});

afterAll(async () => {
  await world.close();
});

const users = numbered('P', 40);
const offerings = numbered('PHYS-', 30);
const campus = filesOf({ offerings, users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) });

const holdsOf = async (organization: RunOrganization, run: string): Promise<object[]> =>
  (await administration.runs.holds(organization.id, run)).map(({ guard, kind, items, state }) => ({
    guard,
    kind,
    items,
    state,
  }));

async function approve(organization: RunOrganization, run: string, hold = 1): Promise<void> {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  await administration.runs.decide(editor, run, hold, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
}

const count = async (organization: RunOrganization, sql: string): Promise<number> =>
  (await organization.query<{ count: number }>(`select count(*)::int as count from ${sql}`))[0]?.count ?? -1;
const activeUsers = (organization: RunOrganization) => count(organization, `lms_user where state = 'active'`);
const enrolled = (organization: RunOrganization) => count(organization, 'lms_enrollment where not ended');

test('a file that makes most persons inactive is held as one that deletes them, and says what it changes', async () => {
  const organization = await world.organization();
  await organization.run(campus);
  const inactive = {
    ...campus,
    '07-Users.csv': (campus['07-Users.csv'] ?? '').replaceAll(',,1,Student', ',,0,Student'),
  };
  const run = await organization.run(inactive);
  expect(run).toMatchObject({ counters: { person: { remove: 40, change: 0 } } });
  expect(await holdsOf(organization, run.id)).toEqual([
    { guard: 'removals', kind: 'person', items: 40, state: 'held' },
  ]);
  // They keep their enrollments, so nothing else would end.
  expect((await administration.runs.get(organization.id, run.id)).effects).toMatchObject({
    person: { inactivated: 40, ended: 0, count: 0 },
  });
  const { items } = await administration.runs.items(organization.id, run.id, { sourcedId: 'P1' }, { limit: 1 });
  expect(items).toMatchObject([
    { operation: 'remove', changes: expect.arrayContaining([{ field: 'active', before: true, after: false }]) },
  ]);
  expect(await activeUsers(organization)).toBe(40);
  await approve(organization, run.id);
  expect(await activeUsers(organization)).toBe(0);
});

test('so is one that makes most org units inactive, or states a type of them that nobody knows', async () => {
  const organization = await world.organization();
  await organization.run(campus);
  const closed = (campus['05-Offerings.csv'] ?? '').replaceAll(',,,1,,T-SCI', ',,,0,,T-SCI');
  const run = await organization.run({ ...campus, '05-Offerings.csv': closed });
  expect(await holdsOf(organization, run.id)).toEqual([
    { guard: 'removals', kind: 'offering', items: 30, state: 'held' },
  ]);
  expect(await count(organization, `lms_org_unit where code like 'PHYS-%' and state = 'active'`)).toBe(30);
  saying.stated = offerings.map((sourcedId) => ({
    entity: 'org_unit',
    kind: 'offering',
    sourcedId,
    verb: 'update',
    fields: { type: 'Kurs' },
  }));
  const typed = await organization.run(commandsFile);
  expect(await holdsOf(organization, typed.id)).toEqual([
    { guard: 'removals', kind: 'offering', items: 30, state: 'held' },
  ]);
  // An org unit that goes takes its enrollments along.
  expect(await administration.runs.get(organization.id, typed.id)).toMatchObject({
    effects: { membership: { count: 40 } },
  });
});

test('and one whose roles nobody knows, which would end all enrollments; it is told as well', async () => {
  const organization = await world.organization();
  await organization.run(campus);
  const renamed = {
    ...campus,
    '08-Enrollments.csv': (campus['08-Enrollments.csv'] ?? '').replaceAll(',Student,', ',Estudiante,'),
  };
  const run = await organization.run(renamed);
  expect(await holdsOf(organization, run.id)).toEqual([
    { guard: 'removals', kind: 'membership', items: 40, state: 'held' },
  ]);
  expect(await organization.query(`select code from run_problem where run_id = '${run.id}'`)).toEqual([
    { code: 'unmapped_role' },
  ]);
  expect(await enrolled(organization)).toBe(40);
  await approve(organization, run.id);
  expect(await enrolled(organization)).toBe(0);
});

test('in a window for adds alone nobody is made inactive, also where it lets changes through', async () => {
  const night = { name: 'Always', weekly: { days: everyDay, from: '00:00', until: '24:00' }, changes: true };
  const organization = await world.organization({ windows: { addsOnly: [night] } });
  await organization.run(campus);
  const inactive = (campus['07-Users.csv'] ?? '')
    .replace('First P1,Last P1,,1', 'First P1,Last P1,,0')
    .replace('First P2,', 'Second,');
  const run = await organization.run({ ...campus, '07-Users.csv': inactive });
  expect(await holdsOf(organization, run.id)).toEqual([
    { guard: 'adds_only', kind: 'person', items: 1, state: 'held' },
  ]);
  expect(await activeUsers(organization)).toBe(40);
});

const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as ('mon' | 'tue')[];

/** The memberships of a campus with limits for messages. */
async function limited(messages: MessageGuards): Promise<{ organization: RunOrganization; ids: readonly string[] }> {
  const organization = await world.organization({ guards: { messages } });
  await organization.run(campus);
  const rows = await organization.query<{ sourced_id: string }>(
    'select sourced_id from declared_enrollment order by sourced_id',
  );
  return { organization, ids: rows.map((row) => row.sourced_id) };
}

async function oneByOne(organization: RunOrganization, commands: readonly WriteCommand[]): Promise<string[]> {
  const outcomes: Outcome[] = [];
  for (const command of commands) outcomes.push(...(await organization.send('sis', command)));
  return outcomes.map(({ status }) => status);
}

const update = (sourcedId: string, fields: object): WriteCommand => ({
  entity: 'enrollment',
  kind: 'membership',
  sourcedId,
  verb: 'update',
  fields,
});
const inactive = (sourcedId: string): WriteCommand =>
  update(sourcedId, { roles: [{ role: 'Student', active: false }] });
const personInactive = (sourcedId: string): WriteCommand => ({
  entity: 'user',
  kind: 'person',
  sourcedId,
  verb: 'update',
  fields: { active: false },
});

const messageRun = async (organization: RunOrganization): Promise<string> =>
  (await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`))[0]?.id ?? '';

test('messages that end enrollments and persons by their status count as removals', async () => {
  const { organization, ids } = await limited({ removals: { count: 2 } });
  expect(await oneByOne(organization, ids.slice(0, 4).map(inactive))).toEqual(['updated', 'updated', 'held', 'held']);
  expect(await enrolled(organization)).toBe(38);
  expect(await oneByOne(organization, users.slice(0, 3).map(personInactive))).toEqual(['updated', 'updated', 'held']);
  // What ended before ends no more, and an end date is data.
  const dated = [{ role: 'Student', active: true, endsAt: '2001-01-01T00:00:00.000Z' }];
  expect(await oneByOne(organization, [inactive(ids[0]!), update(ids[9]!, { roles: dated })])).toEqual([
    'unchanged',
    'updated',
  ]);
  const run = await messageRun(organization);
  expect(await holdsOf(organization, run)).toEqual([
    { guard: 'removals', kind: 'membership', items: 2, state: 'held' },
    { guard: 'removals', kind: 'person', items: 1, state: 'held' },
  ]);
  // It states a row, so what is said later takes it along.
  expect(
    await oneByOne(organization, [{ ...personInactive(users[2]!), fields: { givenName: 'Later' } } as WriteCommand]),
  ).toEqual(['held']);
  await approve(organization, run, 1);
  await approve(organization, run, 2);
  expect([await enrolled(organization), await activeUsers(organization)]).toEqual([36, 37]);
});

test('memberships that move to other persons or org units count as changes of identifiers, of messages and of files', async () => {
  const { organization, ids } = await limited({ identifiers: { count: 1 } });
  const to = (sourcedId: string) => ({ orgUnit: { kind: null, sourcedId } });
  expect(
    await oneByOne(organization, [
      update(ids[0]!, to('PHYS-2')),
      update(ids[1]!, to('PHYS-2')),
      update(ids[2]!, { userSourcedId: 'P9' }),
      update(ids[3]!, { attributes: { credits: '3' } }),
    ]),
  ).toEqual(['updated', 'held', 'held', 'updated']);
  expect(await holdsOf(organization, await messageRun(organization))).toEqual([
    { guard: 'identifiers', kind: 'membership', items: 2, state: 'held' },
  ]);
  saying.stated = ids.slice(4, 34).map((id) => update(id, to('PHYS-3')) as RecordCommand);
  const run = await organization.run(commandsFile);
  expect(run).toMatchObject({ counters: { membership: { change: 30 } } });
  expect(await holdsOf(organization, run.id)).toEqual([
    { guard: 'identifiers', kind: 'membership', items: 30, state: 'held' },
  ]);
});

test('what a file deletes and makes again ends nothing; what is held of a key is held with all that the run says of it', async () => {
  const guards = { removals: { count: 1 }, changes: { count: 3 } };
  const organization = await world.organization({ guards });
  await organization.run(campus);
  const person = (sourcedId: string, givenName: string): RecordCommand => ({
    entity: 'user',
    kind: 'person',
    sourcedId,
    verb: 'replace',
    fields: { userName: `u${sourcedId}`, givenName, familyName: 'Again', orgDefinedId: sourcedId },
  });
  const gone = (sourcedId: string): RecordCommand => ({ entity: 'user', kind: 'person', sourcedId, verb: 'delete' });
  saying.stated = [gone('P1'), gone('P2'), gone('P3'), person('P1', 'A'), person('P2', 'B'), person('P3', 'C')];
  const again = await organization.run(commandsFile);
  expect(again).toMatchObject({ state: 'finished', outcomes: {} });
  expect(await holdsOf(organization, again.id)).toEqual([]);
  const names = (...ids: string[]) =>
    organization.query(
      `select sourced_id as id, fields->>'givenName' as name, deleted from declared_user
        where sourced_id in ('${ids.join("', '")}') order by sourced_id`,
    );
  expect(await names('P1', 'P2', 'P3')).toEqual([
    { id: 'P1', name: 'A', deleted: false },
    { id: 'P2', name: 'B', deleted: false },
    { id: 'P3', name: 'C', deleted: false },
  ]);

  const ids = users.slice(10, 14);
  saying.stated = [
    ...ids.map(gone),
    ...ids.map((id) => person(id, 'Back')),
    gone('P20'),
    person('P20', 'Back'),
    gone('P20'),
    gone('P21'),
  ];
  const run = await organization.run(commandsFile);
  // Four come back changed, two go: each with all that is said of it.
  expect(await holdsOf(organization, run.id)).toEqual([
    { guard: 'removals', kind: 'person', items: 4, state: 'held' },
    { guard: 'changes', kind: 'person', items: 8, state: 'held' },
  ]);
  expect(await activeUsers(organization)).toBe(40);
  await approve(organization, run.id, 2);
  await approve(organization, run.id, 1);
  expect(await names(...ids)).toEqual(ids.map((id) => ({ id, name: 'Back', deleted: false })));
  expect(await names('P20', 'P21')).toMatchObject([{ deleted: true }, { deleted: true }]);
});
