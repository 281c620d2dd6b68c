import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  filesOf,
  isEnded,
  lines,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* What a run says more than once of a record, as a file of attributes does, is judged as what becomes of it. */

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

const of = (users: readonly string[]): Record<string, string> => ({
  ...filesOf({ offerings: ['PHYS-1'], users: [...users], enrollments: users.map((user) => [user, 'PHYS-1'] as const) }),
  '09-Attributes.csv': lines('LMS Username,Department', ...users.map((id) => `u${id},Physics`)),
});
const users = numbered('P', 60);
const campus = of(users);
const inactive = {
  ...campus,
  '07-Users.csv': (campus['07-Users.csv'] ?? '').replaceAll(',,1,Student', ',,0,Student'),
};

const holdsOf = async (organization: RunOrganization, run: string): Promise<object[]> =>
  (await administration.runs.holds(organization.id, run)).map(({ guard, kind, items }) => ({ guard, kind, items }));
async function approve(organization: RunOrganization, run: string): Promise<void> {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  await administration.runs.decide(editor, run, 1, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
}

const count = async (organization: RunOrganization, sql: string): Promise<number> =>
  (await organization.query<{ count: number }>(`select count(*)::int as count from ${sql}`))[0]?.count ?? -1;
const activeUsers = (organization: RunOrganization) => count(organization, `lms_user where state = 'active'`);
const enrolled = (organization: RunOrganization) => count(organization, 'lms_enrollment where not ended');

test('a first load of many persons with their attributes is applied: what is said again of what is new changes nothing', async () => {
  const organization = await world.organization();
  const run = await organization.run(of(numbered('P', 600)));
  expect(run).toMatchObject({ state: 'finished', outcomes: {} });
  expect(await holdsOf(organization, run.id)).toEqual([]);
  expect(await activeUsers(organization)).toBe(600);
  expect(await enrolled(organization)).toBe(600);
});

test('a file that says again and again what is there changes nothing; what is new in between is not lost', async () => {
  const organization = await world.organization();
  const stated = numbered('X', 600).map((sourcedId): RecordCommand => ({
    ...{ entity: 'user', kind: 'person', verb: 'replace', sourcedId },
    fields: { userName: `u${sourcedId}`, familyName: 'Last', orgDefinedId: sourcedId },
  }));
  saying.stated = stated;
  await organization.run(commandsFile);
  saying.stated = stated.flatMap((one) => [one, one, one, one]);
  const again = await organization.run(commandsFile);
  expect(again).toMatchObject({ items: 0, counters: { person: { records: 2400, unchanged: 2400 } } });
  expect(await holdsOf(organization, again.id)).toEqual([]);
  const [one] = stated as [RecordCommand];
  const update = (fields: object): RecordCommand => ({ ...one, verb: 'update', fields });
  saying.stated = [
    one,
    one,
    update({ orgDefinedId: 'X1' }),
    update({ email: 'x@example.edu' }),
    update({ familyName: 'Last' }),
  ];
  expect(await organization.run(commandsFile)).toMatchObject({ items: 2 });
  expect(await count(organization, `declared_user where fields->>'email' = 'x@example.edu'`)).toBe(1);
});

test('persons who are set inactive are held also where the attributes behind them say what they said before', async () => {
  const organization = await world.organization();
  await organization.run(campus);
  const run = await organization.run(inactive);
  expect(await holdsOf(organization, run.id)).toMatchObject([{ guard: 'removals', kind: 'person' }]);
  expect(await activeUsers(organization)).toBe(60);
});

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as ('mon' | 'tue')[];
const always = { name: 'Always', weekly: { days, from: '00:00', until: '24:00' } };

test('so they are in a window for adds and changes, with what is said of them behind it, and go when it ends', async () => {
  const organization = await world.organization({
    guards: { removals: { count: 100 } },
    windows: { addsOnly: [{ ...always, changes: true }] },
  });
  await organization.run(campus);
  const run = await organization.run({
    ...inactive,
    '09-Attributes.csv': (campus['09-Attributes.csv'] ?? '').replaceAll('Physics', 'Chemistry'),
  });
  const held = { guard: 'adds_only', kind: 'person', items: 120 };
  expect(await holdsOf(organization, run.id)).toEqual([held]);
  expect(await activeUsers(organization)).toBe(60);
  await approve(organization, run.id);
  expect(await activeUsers(organization)).toBe(0);
  expect(await count(organization, `declared_user where fields::text like '%Chemistry%'`)).toBe(60);
});

test.each([false, true])(
  'a window for adds, changes %s, lets through all that is said of what is added',
  async (changes) => {
    const organization = await world.organization({ windows: { addsOnly: [{ ...always, changes }] } });
    await organization.run(of(['P1']));
    const run = await organization.run(of(['P1', 'N1']));
    expect(await holdsOf(organization, run.id)).toEqual([]);
    expect(await count(organization, `declared_user where fields::text like '%Physics%'`)).toBe(2);
    const person = { entity: 'user', kind: 'person', sourcedId: 'N2' } as const;
    saying.stated = [
      { ...person, verb: 'replace', fields: { userName: 'n2', familyName: 'New', orgDefinedId: 'N2' } },
      { ...person, verb: 'delete' },
    ];
    expect(await holdsOf(organization, (await organization.run(commandsFile)).id)).toEqual([]);
    expect(await activeUsers(organization)).toBe(2);
  },
);

test('in a window for adds alone a record that is deleted and made again keeps its order', async () => {
  const organization = await world.organization({ windows: { addsOnly: [always] } });
  await organization.run(of(['P1']));
  const [there] = await organization.query<{ id: string }>('select sourced_id as id from declared_enrollment');
  const membership = { entity: 'enrollment', kind: 'membership', sourcedId: there?.id ?? '' } as const;
  const roles = [{ role: 'Instructor', active: true }];
  saying.stated = [
    { ...membership, verb: 'delete' },
    {
      ...membership,
      verb: 'replace',
      fields: { userSourcedId: 'P1', orgUnit: { kind: null, sourcedId: 'PHYS-1' }, roles },
    },
  ];
  const run = await organization.run(commandsFile);
  expect(await holdsOf(organization, run.id)).toEqual([{ guard: 'adds_only', kind: 'membership', items: 2 }]);
  expect(await enrolled(organization)).toBe(1);
  await approve(organization, run.id);
  expect(await enrolled(organization)).toBe(1);
});

test.each([0, 2_000])(
  'what is deleted by its pair and made again, %i records later, is judged as one',
  async (between) => {
    const organization = await world.organization({ guards: { removals: { count: 0, floor: 0 } } });
    await organization.run(of(['P1']));
    const [there] = await organization.query<{ id: string }>('select sourced_id as id from declared_enrollment');
    const pair = { userSourcedId: 'P1', orgUnit: { kind: null, sourcedId: 'PHYS-1' } };
    const membership = { entity: 'enrollment', kind: 'membership' } as const;
    const unknown = { entity: 'user', kind: 'person', verb: 'update', mustExist: true, fields: {} } as const;
    saying.stated = [
      { ...membership, sourcedId: 'the pair', verb: 'delete', pair },
      ...numbered('NOBODY', between).map((sourcedId): RecordCommand => ({ ...unknown, sourcedId })),
      {
        ...membership,
        sourcedId: there?.id ?? '',
        verb: 'replace',
        fields: { ...pair, roles: [{ role: 'Instructor', active: true }] },
      },
    ];
    const run = await organization.run(commandsFile);
    expect(run).toMatchObject({ items: 2 });
    expect(await holdsOf(organization, run.id)).toEqual([]);
    expect(await enrolled(organization)).toBe(1);
  },
);

test('memberships that end, and are updated otherwise behind it, are held; those that are taken up again are not', async () => {
  const organization = await world.organization();
  await organization.run(campus);
  const ids = (await organization.query<{ id: string }>('select sourced_id as id from declared_enrollment')).map(
    ({ id }) => id,
  );
  const membership = (sourcedId: string, fields: object): RecordCommand => ({
    entity: 'enrollment',
    kind: 'membership',
    sourcedId,
    verb: 'update',
    fields,
  });
  const student = (active: boolean) => (id: string) => membership(id, { roles: [{ role: 'Student', active }] });
  const other = (id: string) => membership(id, { attributes: { seat: '7' } });
  saying.stated = [...ids.map(student(false)), ...ids.map(student(true)), ...ids.map(other)];
  expect(await holdsOf(organization, (await organization.run(commandsFile)).id)).toEqual([]);
  expect(await enrolled(organization)).toBe(60);
  saying.stated = [...ids.map(student(false)), ...ids.map(other)];
  expect(await holdsOf(organization, (await organization.run(commandsFile)).id)).toEqual([
    { guard: 'removals', kind: 'membership', items: 120 },
  ]);
  expect(await enrolled(organization)).toBe(60);
});

test('what is inactive and not mapped any more ends its enrollments, and is held for them', async () => {
  const limits = { guards: { kinds: { person: { removals: {} }, membership: { removals: { count: 5 } } } } };
  const organization = await world.organization(limits);
  await organization.run(campus);
  const enrollmentsEnd = async (run: string) =>
    (await administration.runs.get(organization.id, run)).effects.membership;
  saying.stated = users.map((sourcedId) => ({
    entity: 'user',
    kind: 'person',
    sourcedId,
    verb: 'update',
    fields: { active: false, roles: [{ role: 'Alumnus', primary: true }] },
  }));
  const people = await organization.run(commandsFile);
  expect(await holdsOf(organization, people.id)).toEqual([{ guard: 'effects', kind: 'person', items: 60 }]);
  expect(await enrollmentsEnd(people.id)).toMatchObject({ ended: 60, count: 60 });
  saying.stated = [
    {
      entity: 'org_unit',
      kind: 'offering',
      sourcedId: 'PHYS-1',
      verb: 'update',
      fields: { active: false, type: 'Kurs' },
    },
  ];
  const offering = await organization.run(commandsFile);
  expect(await holdsOf(organization, offering.id)).toEqual([{ guard: 'effects', kind: 'offering', items: 1 }]);
  expect(await enrollmentsEnd(offering.id)).toMatchObject({ ended: 60, count: 60 });
  expect((await administration.runs.get(organization.id, offering.id)).effects.offering?.count ?? 0).toBe(0);
  expect(await enrolled(organization)).toBe(60);
});
