import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Campus, createRunWorld, filesOf, numbered, type RunOrganization, type RunWorld } from './set-up.ts';

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
const campus: Campus = { offerings: ['O-1'], users, enrollments: users.map((user) => [user, 'O-1'] as const) };

async function loaded(): Promise<RunOrganization> {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  return organization;
}

/** The same persons, with their user names, under other ids. */
function renumbered(count: number): Record<string, string> {
  const files = filesOf({
    ...campus,
    users: users.slice(0, count),
    enrollments: users.slice(0, count).map((user) => [`N${user}`, 'O-1'] as const),
  });
  return { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replace(/,uP(\d+),P/g, ',uP$1,NP') };
}

const holdsOf = (organization: RunOrganization, runId: string) => administration.runs.holds(organization.id, runId);

const toldOf = (organization: RunOrganization, runId: string) =>
  organization.query(
    `select code, kind, file, line, affects::int, message from run_problem where run_id = '${runId}' and affects > 20 and code in ('identity_conflict', 'code_in_use')`,
  );

test('a delta in which many persons come under new ids is held as a change of identifiers, with what names them', async () => {
  const organization = await loaded();
  const run = await organization.run(renumbered(60));
  expect(run).toMatchObject({ counters: { person: { add: 60, remove: 0 } } });
  expect(await holdsOf(organization, run.id)).toEqual([
    expect.objectContaining({
      guard: 'identifiers',
      kind: 'person',
      items: 60,
      finding: expect.objectContaining({ count: 60, of: 60, newSourcedIds: 'person' }),
    }),
    expect.objectContaining({ guard: 'identifiers', kind: 'membership', items: 60 }),
  ]);
  expect(await toldOf(organization, run.id)).toEqual([
    {
      code: 'identity_conflict',
      kind: 'person',
      file: '07-Users.csv',
      line: 2,
      affects: 60,
      message: expect.stringContaining('60 persons are new by their sourcedIds'),
    },
  ]);
  expect(await organization.query('select count(*)::int as persons from declared_user')).toEqual([{ persons: 60 }]);
});

test('so is a snapshot that names them under new ids: who is absent and who is new are held together', async () => {
  const organization = await loaded();
  const run = await organization.run(renumbered(60), { snapshot: { kinds: ['person', 'membership'] } });
  expect(await holdsOf(organization, run.id)).toEqual([
    expect.objectContaining({ guard: 'identifiers', kind: 'person', items: 120 }),
    expect.objectContaining({ guard: 'identifiers', kind: 'membership', items: 120 }),
  ]);
});

test('a few are no mass, and who is in the file beside the new one is somebody else', async () => {
  const organization = await loaded();
  const few = await organization.run(renumbered(5));
  expect(await holdsOf(organization, few.id)).toEqual([]);
  const files = renumbered(60);
  const both = `${files['07-Users.csv'] ?? ''}${(filesOf(campus)['07-Users.csv'] ?? '').split('\n').slice(1).join('\n')}`;
  const second = await loaded();
  const run = await second.run({ ...files, '07-Users.csv': both });
  expect(await holdsOf(second, run.id)).toEqual([]);
});

test('org units whose codes change only in letter case are those that are there', async () => {
  const organization = await world.organization();
  const offerings = numbered('off-', 40);
  const enrollments = offerings.map((code) => ['P1', code] as const);
  await organization.run(filesOf({ offerings, users: ['P1'], enrollments }));
  const upper = offerings.map((code) => code.toUpperCase());
  const run = await organization.run(
    filesOf({ offerings: upper, users: ['P1'], enrollments: upper.map((code) => ['P1', code] as const) }),
  );
  expect(await holdsOf(organization, run.id)).toEqual([
    expect.objectContaining({ guard: 'identifiers', kind: 'offering', items: 40 }),
    expect.objectContaining({ guard: 'identifiers', kind: 'membership', items: 40 }),
  ]);
  expect(await toldOf(organization, run.id)).toEqual([expect.objectContaining({ code: 'code_in_use', affects: 40 })]);
});

/** Persons who have one e-mail address together, as a SIS writes it for a whole class. */
function atOneAddress(prefix: string, count: number, nameOf: (index: number) => string): Record<string, string> {
  const files = filesOf({ offerings: [], users: [], enrollments: [] });
  const rows = numbered(prefix, count).map(
    (id, index) => `user,UPDATE,u${id},${id},Pat,${nameOf(index)},,1,Student,office@example.edu,,,`,
  );
  return { ...files, '07-Users.csv': `${files['07-Users.csv'] ?? ''}${rows.join('\n')}\n` };
}

test('an e-mail address that many share pairs those of the same name, in a time that grows with the file', async () => {
  const organization = await world.organization();
  const nameOf = (index: number): string => `Name ${String(index)}`;
  await organization.run(atOneAddress('P', 3000, nameOf));
  const run = await organization.run(atOneAddress('Q', 3000, nameOf), { mode: 'plan' });
  expect(await toldOf(organization, run.id)).toMatchObject([{ code: 'identity_conflict', affects: 3000 }]);
  const [took] = await organization.query<{ seconds: number }>(
    `select extract(epoch from planned_at - started_at)::float as seconds from run where id = '${run.id}'`,
  );
  expect(took?.seconds).toBeLessThan(8);
});

test('an e-mail address and a name that several have pair nobody', async () => {
  const organization = await world.organization();
  await organization.run(atOneAddress('P', 40, () => 'Doe'));
  const run = await organization.run(atOneAddress('Q', 40, () => 'Doe'));
  expect(await holdsOf(organization, run.id)).toEqual([]);
});
