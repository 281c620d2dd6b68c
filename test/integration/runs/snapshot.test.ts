import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunWorld, filesOf, lines, manifest, numbered, type RunOrganization, type RunWorld } from './set-up.ts';

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

const users = ['P1', 'P2', 'P3'];
const campus = {
  offerings: ['PHYS-1', 'PHYS-2'],
  users,
  enrollments: users.map((user) => [user, 'PHYS-1'] as const),
};
const spring = {
  offerings: ['CHEM-1'],
  semester: '2028-S1',
  users,
  enrollments: users.map((user) => [user, 'CHEM-1'] as const),
};

const enrolled = (organization: RunOrganization): Promise<object[]> =>
  organization.query(
    `select user_sourced_id as who, org_unit_sourced_id as where from declared_enrollment where not deleted order by 2, 1`,
  );

test('what a snapshot does not name is removed, of the kinds that were asked for', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const less = filesOf({ ...campus, offerings: ['PHYS-1'], users: ['P1', 'P2'], enrollments: [['P1', 'PHYS-1']] });
  const run = await organization.run(less, { snapshot: { kinds: ['membership', 'person'] }, force: true });
  expect(run).toMatchObject({
    state: 'finished',
    items: 3,
    counters: { membership: { remove: 2 }, person: { remove: 1 } },
  });
  expect(await enrolled(organization)).toEqual([{ who: 'P1', where: 'PHYS-1' }]);
  // Offerings were not asked for; nobody is deleted because a file does not name them.
  expect(
    await organization.query(
      `select count(*)::int as there from declared_org_unit where kind = 'offering' and not deleted`,
    ),
  ).toEqual([{ there: 2 }]);
  expect(await organization.query(`select fields->>'orgDefinedId' as id, state from lms_user order by 1`)).toEqual([
    { id: 'P1', state: 'active' },
    { id: 'P2', state: 'active' },
    { id: 'P3', state: 'inactive' },
  ]);
});

test('a snapshot of one semester leaves the others alone', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  await organization.run(filesOf(spring));
  const less = filesOf({ ...campus, enrollments: [['P1', 'PHYS-1']] });
  await organization.run(less, { snapshot: { kinds: ['membership', 'offering'], under: '2027-S1' }, force: true });
  expect(await enrolled(organization)).toEqual([
    { who: 'P1', where: 'CHEM-1' },
    { who: 'P2', where: 'CHEM-1' },
    { who: 'P3', where: 'CHEM-1' },
    { who: 'P1', where: 'PHYS-1' },
  ]);
});

test('a snapshot below an org unit that nobody knows removes nothing, and says so', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const less = filesOf({ ...campus, enrollments: [['P1', 'PHYS-1']] });
  const run = await organization.run(less, { snapshot: { kinds: ['membership'], under: '2027-SPRNG' } });
  expect(run).toMatchObject({ state: 'finished', items: 0, problems: { error: 0, warning: 1 } });
  expect(await organization.query(`select code, sourced_id from run_problem where run_id = '${run.id}'`)).toEqual([
    { code: 'unknown_object', sourced_id: '2027-SPRNG' },
  ]);
});

test('a file with nothing but its header removes nothing, and says so', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const empty = { ...manifest, '08-Enrollments.csv': lines('type,action,child_code,role_name,parent_code') };
  const run = await organization.run(empty, { snapshot: { kinds: ['membership'] } });
  expect(run).toMatchObject({ state: 'finished', items: 0, problems: { warning: 1 } });
  expect(await organization.query(`select code from run_problem where run_id = '${run.id}'`)).toEqual([
    { code: 'empty_snapshot' },
  ]);
  expect(await enrolled(organization)).toHaveLength(3);
});

/** A hundred users and more, of which all but a few have a row in the file of attributes; of Users.csv, its first rows. */
function withAttributes(rows: number): Record<string, string> {
  const all = numbered('P', 110);
  const files = filesOf({ offerings: ['PHYS-1'], users: all, enrollments: [] });
  const kept = (files['07-Users.csv'] ?? '').split('\n').slice(0, rows + 1);
  const attributes = all.slice(0, 95).map((id) => `u${id},Physics`);
  return {
    ...files,
    '07-Users.csv': lines(...kept),
    '09-Attributes.csv': lines('LMS Username,Department', ...attributes),
  };
}

const activeUsers = (organization: RunOrganization): Promise<object[]> =>
  organization.query(`select count(*)::int as active from lms_user where state = 'active'`);

test('a file of users with nothing but its header is no snapshot of persons, whatever attributes stand beside it', async () => {
  const organization = await world.organization();
  await organization.run(withAttributes(110));
  const run = await organization.run(withAttributes(0), { snapshot: { kinds: ['person'] } });
  expect(run).toMatchObject({ state: 'finished', items: 0, counters: { person: { records: 95, asides: 95 } } });
  expect(await organization.query(`select code from run_problem where run_id = '${run.id}'`)).toEqual([
    { code: 'empty_snapshot' },
  ]);
  expect(await activeUsers(organization)).toEqual([{ active: 110 }]);
});

test('attributes do not make up for a file of users that was cut off', async () => {
  const organization = await world.organization();
  await organization.run(withAttributes(110), { snapshot: { kinds: ['person'] } });
  const run = await organization.run(withAttributes(40), { snapshot: { kinds: ['person'] } });
  expect(await organization.query(`select guard, items::int from run_hold where run_id = '${run.id}'`)).toEqual([
    { guard: 'short_file', items: 15 },
  ]);
  expect(await activeUsers(organization)).toEqual([{ active: 110 }]);
});

test('nor do attributes of persons whom nobody knows', async () => {
  const organization = await world.organization({ guards: { removals: { percent: 100 } } });
  const snapshotOf = (count: number): Record<string, string> => ({
    ...withAttributes(count),
    '09-Attributes.csv': lines('LMS Username,Department', ...numbered('uNOBODY', 100).map((id) => `${id},Physics`)),
  });
  await organization.run(snapshotOf(110), { snapshot: { kinds: ['person'] } });
  const run = await organization.run(snapshotOf(10), { snapshot: { kinds: ['person'] } });
  expect(run.counters).toMatchObject({ person: { records: 110, refused: 100, refusedAsides: 100 } });
  expect(await organization.query(`select guard, items::int from run_hold where run_id = '${run.id}'`)).toEqual([
    { guard: 'short_file', items: 100 },
  ]);
  expect(await activeUsers(organization)).toEqual([{ active: 110 }]);
});

test('absence removes nothing that was declared after the file was made', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const asOf = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await organization.send('sis', {
    entity: 'enrollment',
    kind: 'membership',
    sourcedId: 'late',
    verb: 'replace',
    fields: {
      userSourcedId: 'P1',
      orgUnit: { kind: null, sourcedId: 'PHYS-2' },
      roles: [{ role: 'Student', active: true }],
    },
  });
  const run = await organization.run(filesOf(campus), { snapshot: { kinds: ['membership'] }, asOf });
  expect(run).toMatchObject({ items: 0, problems: { warning: 1 } });
  expect(await enrolled(organization)).toHaveLength(4);
});
