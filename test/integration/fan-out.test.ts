import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { RecordCommand, RenameCommand } from '../../src/domain/command.ts';
import type { ParentReference } from '../../src/domain/entities.ts';
import { presets } from '../../src/domain/source-system.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization, createStore, rowsOf, type TestOrganization } from '../oracle/harness.ts';

const people = 5_200;

let database: TestDatabase;
let store: LiveStore;
let organization: TestOrganization;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore(database.pool);
  organization = await createOrganization(database.pool, store, {
    types: ['course_offering', 'course_section'].map((base) => ({ code: base, base: base as 'course_offering' })),
    roles: [
      { code: 'teacher', rank: 0, allSections: true },
      { code: 'learner', rank: 1, allSections: false },
    ],
    sources: [
      {
        code: 'sis',
        rank: 1,
        options: presets.lis,
        typeMap: new Map([
          ['CourseOffering', 'course_offering'],
          ['CourseSection', 'course_section'],
        ]),
        roleMap: new Map([
          ['Learner', 'learner'],
          ['Instructor', 'teacher'],
        ]),
      },
    ],
  });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test('rule 8 holds for org units, too: those beyond 5,000 that depend on one are queued', async () => {
  const section = (number: number): RecordCommand => ({
    verb: 'replace',
    entity: 'org_unit',
    kind: 'section',
    sourcedId: `G-${String(number)}`,
    fields: {
      type: 'CourseSection',
      name: 'One of many',
      parents: [{ role: 'offering', kind: 'offering', sourcedId: 'P' }],
    },
  });
  const parent: RecordCommand = { ...offering, sourcedId: 'P' };
  await organization.send('sis', parent);
  for (let first = 0; first < 6_000; first += 1_000)
    await organization.send('sis', ...Array.from({ length: 1_000 }, (_, index) => section(first + index)));
  const active = async () =>
    (
      await rowsOf(
        database.pool,
        organization.id,
        `select from lms_org_unit where state = 'active' and fields->>'name' = 'One of many'`,
      )
    ).length;
  expect(await active()).toBe(6_000);
  await asOrganization('delete from reprojection');

  // They follow a rename at once; that they stand as they stood is seen later, once.
  const rename = { entity: 'org_unit', kind: 'offering', verb: 'rename', sourcedId: 'P', newSourcedId: 'P-2' } as const;
  const sent = jest.spyOn(pg.Client.prototype, 'query');
  await organization.send('sis', rename);
  expect(mostJudged(sent.mock.calls)).toBeLessThan(10);
  sent.mockRestore();
  expect(await progress()).toEqual({ total: 6_000, done: 0, finished: false });
  while (await store.workOff(organization.id));
  expect(await progress()).toEqual({ total: 6_000, done: 6_000, finished: true });
  expect(await active()).toBe(6_000);
  await asOrganization('delete from reprojection');

  await organization.send('sis', { verb: 'delete', entity: 'org_unit', kind: 'offering', sourcedId: 'P-2' });
  // The deleted one counts among those that are projected at once.
  expect(await active()).toBe(1_000);
  while (await store.workOff(organization.id));
  expect(await active()).toBe(0);
  expect((await store.reproject(organization.id)).changes).toBe(0);
}, 120_000);

test('rule 8: what fans out beyond 5,000 dependants is queued with its message and worked off in batches', async () => {
  await organization.send('sis', offering, section);
  for (let first = 0; first < people; first += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, people - first) }, (_, index) => first + index);
    await organization.send('sis', ...numbers.map(person));
    await organization.send('sis', ...numbers.map((number) => membership(number)));
  }
  expect(await standing()).toBe(2 * people);
  await asOrganization('delete from reprojection');

  // All of them follow a rename at once; that they stand as they stood is seen later.
  const rename: RenameCommand = {
    entity: 'org_unit',
    kind: 'section',
    verb: 'rename',
    sourcedId: 'S',
    newSourcedId: 'S-2',
  };
  expect(await organization.send('sis', rename)).toMatchObject([{ status: 'updated', problems: [] }]);
  expect(await progress()).toEqual({ total: people, done: 0, finished: false });
  while (await store.workOff(organization.id));
  expect(await standing()).toBe(2 * people);
  expect(
    await asOrganization(
      `select from declared_enrollment where org_unit_sourced_id = 'S-2' and org_unit_id is not null`,
    ),
  ).toHaveLength(people);
  await asOrganization('delete from reprojection');

  await organization.send('sis', { verb: 'delete', entity: 'org_unit', kind: 'section', sourcedId: 'S-2' });
  // In the section, and along the edge to its offering: neither is settled at once.
  expect(await progress()).toEqual({ total: 2 * people, done: 0, finished: false });
  expect(await standing()).toBe(2 * people);

  expect(await store.workOff(organization.id)).toBe(true);
  expect((await progress()).done).toBe(1_000);
  while (await store.workOff(organization.id));

  expect(await progress()).toEqual({ total: 2 * people, done: 2 * people, finished: true });
  expect(await standing()).toBe(0);
  expect((await store.reproject(organization.id)).changes).toBe(0);
}, 120_000);

test('rule 8 holds along edges, too: more than 5,000 whose section moves follow it in batches', async () => {
  const teacher = membership(people, 'S-2', 'Instructor');
  await organization.send('sis', { ...offering, sourcedId: 'O-2' }, sectionIn('O', 'S-2'));
  while (await store.workOff(organization.id));
  // IPSIS 2.6: who sees all sections stays in the offering, also where the person came after the membership was deleted.
  await organization.send('sis', teacher);
  await organization.send('sis', { verb: 'delete', entity: 'enrollment', kind: 'membership', sourcedId: `M${people}` });
  await organization.send('sis', person(people));
  expect(await standingIn('O')).toBe(people + 1);
  await asOrganization('delete from reprojection');

  await organization.send('sis', sectionIn('O-2', 'S-2'));
  expect(await progress()).toMatchObject({ done: 0, finished: false });
  expect([await standingIn('O'), await standingIn('O-2')]).toEqual([people + 1, 0]);
  // Who comes meanwhile need not wait.
  await organization.send('sis', person(people + 1), membership(people + 1, 'S-2'));
  expect(await standingIn('O-2')).toBe(1);
  while (await store.workOff(organization.id));
  expect([await standingIn('O'), await standingIn('O-2')]).toEqual([0, people + 2]);
  expect((await store.reproject(organization.id)).changes).toBe(0);
}, 120_000);

/** The most org units that one statement judges. */
function mostJudged(calls: readonly unknown[][]): number {
  const judged = calls
    .map(([query]) => query as { name?: string; values?: unknown[][] } | null)
    .filter((query) => query?.name === 'project_org_unit_judge');
  return Math.max(0, ...judged.map((query) => query?.values?.[3]?.length ?? 0));
}

test('an offering that changes its name leaves the others of its semester alone, however many they are', async () => {
  const group: RecordCommand = {
    verb: 'replace',
    entity: 'org_unit',
    kind: 'group',
    sourcedId: 'FALL',
    fields: { type: 'Semester', name: 'Fall' },
  };
  const fall = [{ role: 'semester', kind: 'group', sourcedId: 'FALL' } as const];
  const course = (number: number, name: string, parents: ParentReference[]): RecordCommand => ({
    verb: 'replace',
    entity: 'org_unit',
    kind: 'offering',
    sourcedId: `F-${String(number)}`,
    fields: { type: 'CourseOffering', name, parents },
  });
  await organization.send('sis', group);
  for (let first = 0; first < people; first += 1_000)
    await organization.send(
      'sis',
      ...Array.from({ length: 1_000 }, (_, index) => course(first + index, 'Algebra', fall)),
    );
  while (await store.workOff(organization.id));
  await asOrganization('delete from reprojection');

  await organization.send('sis', course(0, 'Algebra I', fall), course(1, 'Algebra II', fall));
  expect(await asOrganization('select from reprojection')).toEqual([]);
  expect(
    await asOrganization(`select from lms_org_unit where fields->>'name' in ('Algebra I', 'Algebra II')`),
  ).toHaveLength(2);

  // The one that leaves tells the semester: there is nothing else that it would have to be told for.
  await organization.send('sis', course(2, 'Algebra', []));
  while (await store.workOff(organization.id));
  expect((await store.reproject(organization.id)).changes).toBe(0);
}, 120_000);

const offering: RecordCommand = {
  verb: 'replace',
  entity: 'org_unit',
  kind: 'offering',
  sourcedId: 'O',
  fields: { type: 'CourseOffering', name: 'Algebra' },
};

const section = sectionIn('O', 'S');

function sectionIn(offeringId: string, sourcedId: string): RecordCommand {
  const parents = [{ role: 'offering' as const, kind: 'offering' as const, sourcedId: offeringId }];
  const fields = { type: 'CourseSection', name: 'Algebra 1', parents };
  return { verb: 'replace', entity: 'org_unit', kind: 'section', sourcedId, fields };
}

function person(number: number): RecordCommand {
  return {
    verb: 'replace',
    entity: 'user',
    kind: 'person',
    sourcedId: `P${number}`,
    fields: { userName: `user${number}` },
  };
}

function membership(number: number, sectionId = 'S', role = 'Learner'): RecordCommand {
  return {
    verb: 'replace',
    entity: 'enrollment',
    kind: 'membership',
    sourcedId: `M${number}`,
    fields: {
      userSourcedId: `P${number}`,
      orgUnit: { kind: 'section', sourcedId: sectionId },
      roles: [{ role, active: true }],
    },
  };
}

/** Enrollments that stand, in the section and in its offering. */
async function standing(): Promise<number> {
  const rows = await asOrganization<{ count: number }>(
    'select count(*)::integer as count from lms_enrollment where not ended',
  );
  return rows[0]?.count ?? -1;
}

async function standingIn(offeringId: string): Promise<number> {
  const rows = await asOrganization(
    `select from lms_enrollment e join link l on l.lms_id = e.org_unit_id
      where l.kind = 'offering' and l.sourced_id = '${offeringId}' and not e.ended`,
  );
  return rows.length;
}

async function progress(): Promise<{ total: number; done: number; finished: boolean }> {
  const rows = await asOrganization<{ total: number; done: number; finished: boolean }>(
    'select total, done, finished_at is not null as finished from reprojection',
  );
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

function asOrganization<Row extends object>(sql: string): Promise<Row[]> {
  return rowsOf<Row>(database.pool, organization.id, sql);
}

test('rule 8: one auditor of more than 5,000 people comes and goes in batches', async () => {
  const audited = Array.from({ length: people }, (_, index) => `W${index}`);
  for (let first = 0; first < people; first += 1_000) {
    await organization.send('sis', ...audited.slice(first, first + 1_000).map(watched));
  }
  const auditor = { entity: 'user', kind: 'person', sourcedId: 'AUDITOR' } as const;
  expect(await related()).toBe(0);
  await asOrganization('delete from reprojection');
  await organization.send('sis', { ...auditor, verb: 'replace', fields: { givenName: 'Ida' } });
  expect(await progress()).toMatchObject({ done: 0, finished: false });
  while (await store.workOff(organization.id));
  expect(await related()).toBe(people);

  // Renamed twice before the queue is worked off: whoever names the auditor follows both times.
  for (const [sourcedId, newSourcedId] of [
    ['AUDITOR', 'AUDITOR-2'],
    ['AUDITOR-2', 'AUDITOR-3'],
  ] as const) {
    expect(await organization.send('sis', { ...auditor, verb: 'rename', sourcedId, newSourcedId })).toMatchObject([
      { status: 'updated' },
    ]);
  }
  while (await store.workOff(organization.id));
  expect(await related()).toBe(people);
  expect((await store.reproject(organization.id)).changes).toBe(0);

  await organization.send('sis', { ...auditor, verb: 'delete', sourcedId: 'AUDITOR-3' });
  expect(await related()).toBe(people);
  while (await store.workOff(organization.id));
  expect(await related()).toBe(0);
  expect((await store.reproject(organization.id)).changes).toBe(0);
}, 120_000);

test('rule 8: whom more than 5,000 people name is forgotten at once, and leaves them in batches', async () => {
  const audited = Array.from({ length: people }, (_, index) => `W${index}`);
  await asOrganization('delete from reprojection');
  const auditor = { entity: 'user', kind: 'person', sourcedId: 'AUDITOR' } as const;
  await organization.send('sis', { ...auditor, verb: 'replace', fields: { givenName: 'Ida' } });
  for (let first = 0; first < people; first += 1_000) {
    await organization.send('sis', ...audited.slice(first, first + 1_000).map(watched));
  }
  expect(await related()).toBe(people);

  await organization.send('sis', { ...auditor, verb: 'delete', wishes: { forgetRelations: ['auditor'] } });
  expect(await asOrganization(`select from declared_user where fields ? 'relations'`)).toEqual([]);
  expect(await progress()).toEqual({ total: people, done: 0, finished: false });
  expect(await related()).toBe(people);
  // Who comes back meanwhile is nobody's auditor.
  await organization.send('sis', { ...auditor, verb: 'replace', fields: { givenName: 'Ida' } });
  while (await store.workOff(organization.id));
  expect(await related()).toBe(0);
  expect(await asOrganization('select from declared_relation')).toEqual([]);
  expect((await store.reproject(organization.id)).changes).toBe(0);
}, 120_000);

function watched(sourcedId: string): RecordCommand {
  const fields = { givenName: 'Somebody', relations: [{ kind: 'auditor' as const, sourcedId: 'AUDITOR' }] };
  return { entity: 'user', kind: 'person', verb: 'replace', sourcedId, fields };
}

async function related(): Promise<number> {
  return (await asOrganization('select from lms_relation where not ended')).length;
}
