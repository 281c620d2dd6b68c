import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunWorld, filesOf, numbered, type RunOrganization, type RunWorld } from './set-up.ts';

let world: RunWorld;
let organization: RunOrganization;

beforeAll(async () => {
  world = await createRunWorld();
  organization = await world.organization();
});

afterAll(() => world.close());

const users = numbered('P', 40);
const campus = {
  offerings: ['PHYS-1', 'PHYS-2'],
  users,
  enrollments: users.map((user, index) => [user, index % 2 === 0 ? 'PHYS-1' : 'PHYS-2'] as const),
};

async function tally(): Promise<object[]> {
  return organization.query(
    `select (select count(*)::int from lms_user) as users, (select count(*)::int from lms_enrollment where not ended) as enrollments,
            (select count(*)::int from change) as changes,
            (select max(declared_at) from declared_enrollment) as declared`,
  );
}

test('a package becomes what the LMS sees, and its run says so', async () => {
  const run = await organization.run(filesOf(campus));
  expect(run).toMatchObject({ state: 'finished', dialect: 'd2l-csv', items: 85, applied_to: 85, failure: null });
  expect(run.problems).toEqual({ error: 0, warning: 0 });
  expect(run.outcomes).toEqual({});
  expect(run.counters).toMatchObject({
    person: { records: 40, add: 40, change: 0, unchanged: 0, refused: 0 },
    membership: { records: 40, add: 40 },
    offering: { records: 2, add: 2 },
  });
  expect(await tally()).toEqual([expect.objectContaining({ users: 40, enrollments: 40 })]);
});

test('the same file again writes no declared, projected or change row', async () => {
  const before = await tally();
  const run = await organization.run(filesOf(campus));
  expect(run).toMatchObject({
    state: 'finished',
    items: 0,
    counters: { membership: { records: 40, unchanged: 40, add: 0 } },
  });
  expect(await tally()).toEqual(before);
});

test('what stands in several files of a package is compared as well: the same again has no item', async () => {
  const attributes = 'LMS Username,Company Employee Id\nuP1,E-1\nuP2,E-2\n';
  const files = { ...filesOf(campus), '09-Attributes.csv': attributes };
  const first = await organization.run(files);
  expect(first).toMatchObject({ state: 'finished', items: 2, problems: { error: 0, warning: 0 } });
  expect(await organization.run(files)).toMatchObject({ state: 'finished', items: 0 });
  const changed = await organization.run({ ...files, '09-Attributes.csv': attributes.replace('E-2', 'E-3') });
  expect(changed).toMatchObject({ items: 1, applied_to: 1, outcomes: {} });
  expect(
    await organization.query(
      `select fields->'attributes'->>'Company Employee Id' as id from declared_user where sourced_id = 'P2'`,
    ),
  ).toEqual([{ id: 'E-3' }]);
});
