import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { RecordCommand } from '../../../src/domain/command.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  filesOf,
  isEnded,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* A file that speaks of one record hundreds of times is applied as what it comes to (docs/adr/0037). */

let world: RunWorld;
const said = createSaidFile();

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
});

afterAll(async () => {
  await world.close();
});

const original = pg.Client.prototype.query;

afterEach(() => {
  pg.Client.prototype.query = original;
});

/** Counts the statements that declare something. */
function countDeclaring(): { count: number } {
  const seen = { count: 0 };
  const query = original as unknown as (this: pg.Client, ...given: unknown[]) => unknown;
  (pg.Client.prototype as { query: unknown }).query = function (this: pg.Client, ...given: unknown[]) {
    const { name = '' } = given[0] as { name?: string };
    if (/^declared_.*_write$/.test(name)) seen.count += 1;
    return query.apply(this, given);
  };
  return seen;
}

const times = 300;
const person = (at: number): RecordCommand => ({
  entity: 'user',
  kind: 'person',
  sourcedId: 'P1',
  verb: 'replace',
  fields: { userName: 'uP1', orgDefinedId: 'P1', givenName: `First ${at}`, familyName: 'Last' },
});
const offering = (at: number): RecordCommand => ({
  entity: 'org_unit',
  kind: 'offering',
  sourcedId: 'X',
  verb: 'update',
  fields: { name: `Course ${at}` },
});
const membership = (at: number, role = 'Student'): RecordCommand => ({
  entity: 'enrollment',
  kind: 'membership',
  sourcedId: 'M1',
  verb: 'replace',
  fields: {
    userSourcedId: 'P1',
    orgUnit: { kind: null, sourcedId: 'X' },
    roles: [{ role, active: true }],
    attributes: { at: String(at) },
  },
});
const dropped: RecordCommand = { entity: 'enrollment', kind: 'membership', sourcedId: 'M1', verb: 'delete' };

async function campus(options: Parameters<RunWorld['organization']>[0] = {}): Promise<RunOrganization> {
  const organization = await world.organization(options);
  await organization.run(filesOf({ offerings: ['X'], users: ['P1'], enrollments: [] }));
  return organization;
}

const names = `select (select fields->>'givenName' from lms_user where fields->>'userName' = 'uP1') as person,
                      (select fields->>'name' from lms_org_unit where code = 'X') as offering,
                      (select attributes->>'at' from declared_enrollment where sourced_id = 'M1' and not deleted) as membership`;

test('what a file says hundreds of times of a few records is declared a few times', async () => {
  const organization = await campus();
  said.stated = Array.from({ length: times }, (_, at) => [person(at), offering(at), membership(at)]).flat();
  const seen = countDeclaring();
  const run = await organization.run(commandsFile);
  expect(run).toMatchObject({ state: 'finished', items: 3 * times, applied_to: 3 * times, outcomes: {} });
  expect(seen.count).toBeLessThan(20);
  const last = String(times - 1);
  expect(await organization.query(names)).toEqual([
    { person: `First ${last}`, offering: `Course ${last}`, membership: last },
  ]);
});

test('so is what somebody approves', async () => {
  const organization = await campus({ guards: { changes: { count: 0, floor: 0 } } });
  said.stated = Array.from({ length: times }, (_, at) => person(at));
  const { id } = await organization.run(commandsFile);
  expect(await organization.query(names)).toMatchObject([{ person: 'First P1' }]);
  const seen = countDeclaring();
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  await world.administration.runs.decide(editor, id, 1, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect(seen.count).toBeLessThan(5);
  expect(await organization.query(names)).toMatchObject([{ person: `First ${String(times - 1)}` }]);
});

test('each of them is told what became of it', async () => {
  const organization = await campus();
  said.stated = [
    membership(1),
    dropped,
    // It is gone already.
    dropped,
    membership(2, 'Juggler'),
    membership(3),
    membership(4, 'Juggler'),
    membership(4, 'Juggler'),
    dropped,
    dropped,
  ];
  const ending = await organization.run(commandsFile);
  expect(await outcomesOf(organization, ending.id)).toEqual([
    [3, 'unchanged', ['unknown_object']],
    [9, 'unchanged', ['unknown_object']],
  ]);
  said.stated = [
    membership(1),
    membership(2, 'Juggler'),
    membership(3),
    membership(4, 'Juggler'),
    membership(4, 'Juggler'),
  ];
  const waiting = await organization.run(commandsFile);
  expect(await outcomesOf(organization, waiting.id)).toEqual([
    [4, 'waiting', ['unmapped_role']],
    [5, 'waiting', ['unmapped_role']],
  ]);
});

test('what others can see in between is applied in between', async () => {
  const organization = await campus();
  const named = (sourcedId: string, userName: string): RecordCommand => ({
    ...(person(0) as RecordCommand & { entity: 'user' }),
    sourcedId,
    verb: 'replace',
    fields: { userName, orgDefinedId: sourcedId, givenName: 'A', familyName: 'B' },
  });
  // One gives its name up, another takes it, and the first one would have it back.
  said.stated = [named('P1', 'other'), named('P2', 'uP1'), named('P1', 'uP1'), named('P1', 'third')];
  await organization.run(commandsFile);
  expect(
    await organization.query(
      `select fields->>'orgDefinedId' as id, fields->>'userName' as name from lms_user order by 1`,
    ),
  ).toEqual([
    { id: 'P1', name: 'third' },
    { id: 'P2', name: 'uP1' },
  ]);
});

async function outcomesOf(organization: RunOrganization, id: string): Promise<unknown[]> {
  const rows = await organization.query<{ number: string; status: string; problems: { code: string }[] }>(
    `select number, status, problems from run_outcome where run_id = '${id}' order by number`,
  );
  return rows.map(({ number, status, problems }) => [Number(number), status, problems.map(({ code }) => code)]);
}
