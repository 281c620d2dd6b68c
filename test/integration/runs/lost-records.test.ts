import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import type { Handler } from '../../../src/pipeline/ports.ts';
import { createRunWorld, filesOf, numbered, type RunOrganization, type RunRow, type RunWorld } from './set-up.ts';

/** Refuses what is in the way, and falls over something else, once there is something in the way. */
let isInTheWay = false;
const refuses: Handler = {
  name: 'refuses',
  handle(batch) {
    if (isInTheWay && batch.some(({ command }) => command.sourcedId === 'P7')) throw new TypeError('not a function');
  },
};

/** States what Postgres cannot hold, of persons. */
const broken: FileDialect = {
  name: 'broken',
  recognises: ({ files }) => Promise.resolve(files.some(({ name }) => name === 'broken.txt')),
  async *read() {
    await Promise.resolve();
    const records = numbered('P', 30).map((sourcedId, index) => ({
      place: { file: 'broken.txt', line: index + 1 },
      command: {
        entity: 'user' as const,
        kind: 'person' as const,
        sourcedId,
        verb: 'replace' as const,
        fields: { userName: index === 4 ? 'a\u0000b' : `u${sourcedId}`, familyName: 'X' },
      },
    }));
    yield { records, problems: [], file: 'broken.txt', bytesRead: 1 };
  },
};

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ handlers: [refuses], dialects: [broken] });
});

afterAll(() => world.close());

const users = numbered('P', 30);
const campus = { offerings: ['PHYS-1'], users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) };

/** A campus, and a snapshot of it in which some texts are others. */
async function snapshotWith(
  file: string,
  ...texts: readonly (readonly [text: string, other: string])[]
): Promise<{ organization: RunOrganization; run: RunRow }> {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const files = filesOf(campus);
  for (const [text, other] of texts) {
    expect(files[file]).toContain(text);
    files[file] = (files[file] ?? '').replace(text, other);
  }
  const run = await organization.run(files, { snapshot: { kinds: ['membership', 'person'] } });
  return { organization, run };
}

const goneOf = (organization: RunOrganization): Promise<object[]> =>
  organization.query(`
    select 'membership' as kind, user_sourced_id as who from declared_enrollment where deleted
    union all select 'person', sourced_id from declared_user where deleted
    order by 1, 2`);

const holdsOf = (organization: RunOrganization): Promise<object[]> =>
  organization.query(`select guard, kind, items::integer, state from run_hold order by number`);

test('a snapshot removes nothing that one of its rows names which could not be taken', async () => {
  const enrollment = await snapshotWith('08-Enrollments.csv', ['P2,Student,PHYS-1', 'P2,,PHYS-1']);
  expect(enrollment.run).toMatchObject({ items: 0, counters: { membership: { records: 30, refused: 1 } } });
  expect(await goneOf(enrollment.organization)).toEqual([]);
  expect(await holdsOf(enrollment.organization)).toEqual([]);
  const person = await snapshotWith('07-Users.csv', ['First P3,Last P3,,1,', 'First P3,Last P3,,maybe,']);
  expect(person.run).toMatchObject({ items: 0, counters: { person: { records: 30, refused: 1 } } });
  expect(await goneOf(person.organization)).toEqual([]);
});

test('what it leaves out besides is removed all the same', async () => {
  const { organization, run } = await snapshotWith(
    '08-Enrollments.csv',
    ['P2,Student,PHYS-1', 'P2,,PHYS-1'],
    ['enrollment,UPDATE,P4,Student,PHYS-1\n', ''],
  );
  expect(run).toMatchObject({ items: 1 });
  expect(await goneOf(organization)).toEqual([{ kind: 'membership', who: 'P4' }]);
});

test.each([
  ['a row whose key is not there', '08-Enrollments.csv', 'UPDATE,P2,Student', 'UPDATE,,Student'],
  ['a row with control characters', '08-Enrollments.csv', 'UPDATE,P2,', 'UPDATE,P2\u0001,'],
  ['rows behind a quote that nobody closes', '08-Enrollments.csv', 'UPDATE,P2,Student', 'UPDATE,P2,"Student'],
  ['a row with a field too many', '07-Users.csv', 'user,UPDATE,uP3,P3,', 'user,UPDATE,uP3,x,P3,'],
])('where nobody knows whom it names, the removals of its kind are held: %s', async (_what, file, text, other) => {
  const { organization, run } = await snapshotWith(file, [text, other]);
  const kind = file === '07-Users.csv' ? 'person' : 'membership';
  expect(run.counters[kind]?.remove).toBeGreaterThan(0);
  expect(await goneOf(organization)).toEqual([]);
  expect(await holdsOf(organization)).toMatchObject([{ guard: 'lost_records', kind, state: 'held' }]);
});

test('each record that was read is in one counter, also those that are refused while they are read', async () => {
  const organization = await world.organization();
  const files: Record<string, string> = {
    ...filesOf(campus),
    '09-Attributes.csv': 'LMS Username,Location\nuP1,Dean\nuP2,De\u0000an\nuP3,Porter\n',
  };
  for (const [file, text, other] of [
    ['05-Offerings.csv', 'Course PHYS-1', 'Course\u0000'],
    ['07-Users.csv', 'First P3', 'First\u0000P3'],
    ['07-Users.csv', 'First P4', 'First,P4'],
    ['08-Enrollments.csv', 'UPDATE,P5,Student', 'UPDATE,P5\u0001,Student'],
    ['08-Enrollments.csv', 'UPDATE,P6,Student', 'UPDATE,,Student'],
  ] as const) {
    expect(files[file]).toContain(text);
    files[file] = (files[file] ?? '').replace(text, other);
  }
  const { counters } = await organization.run(files);
  const counted = { unchanged: 0, add: 0, change: 0, remove: 0, refused: 0 };
  expect(counters).toEqual({
    group: { ...counted, records: 2, add: 2 },
    template: { ...counted, records: 1, add: 1 },
    unknown: { ...counted, records: 1, refused: 1 },
    person: { ...counted, records: 33, add: 28, refused: 5, refusedAsides: 3 },
    membership: { ...counted, records: 30, add: 28, refused: 2 },
  });
});

test('a row that cannot be read holds no removals of another kind, and none that the file asks for by name', async () => {
  const { organization } = await snapshotWith(
    '08-Enrollments.csv',
    ['enrollment,UPDATE,P2,Student', 'enrollment,UPDATE,,Student'],
    ['enrollment,UPDATE,P5,Student', 'enrollment,DELETE,P5,Student'],
  );
  expect(await goneOf(organization)).toEqual([{ kind: 'membership', who: 'P5' }]);
  expect(await holdsOf(organization)).toEqual([{ guard: 'lost_records', kind: 'membership', items: 1, state: 'held' }]);
});

test('a file of which nothing can be read holds the removals of every kind', async () => {
  const organization = await world.organization();
  await organization.run(filesOf({ ...campus, enrollments: [] }));
  const { '07-Users.csv': one = '', ...others } = filesOf({ ...campus, users: numbered('P', 10), enrollments: [] });
  const { '07-Users.csv': rest = '' } = filesOf({ ...campus, users: users.slice(10), enrollments: [] });
  const files = { ...others, '07-Users-1.csv': one, '07-Users-2.csv': rest.replaceAll(',', ';') };
  await organization.run(files, { snapshot: { kinds: ['person'] } });
  expect(await organization.query(`select count(*)::int as gone from lms_user where state <> 'active'`)).toEqual([
    { gone: 0 },
  ]);
  expect(await holdsOf(organization)).toEqual([{ guard: 'lost_records', kind: 'person', items: 20, state: 'held' }]);
});

test('a note or a checksum beside the files holds nothing', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const files = {
    ...filesOf({ ...campus, enrollments: campus.enrollments.slice(1) }),
    'README.txt': 'made by the SIS, for the LMS\n',
    'night.md5': 'd41d8cd98f00b204e9800998ecf8427e  night.zip\n',
    '08-Enrollments.csv.md5': 'd41d8cd98f00b204e9800998ecf8427e  08-Enrollments.csv\n',
  };
  const run = await organization.run(files, { snapshot: { kinds: ['membership'] } });
  expect(run).toMatchObject({ problems: { error: 3 }, items: 1 });
  expect(await goneOf(organization)).toEqual([{ kind: 'membership', who: 'P1' }]);
  expect(await holdsOf(organization)).toEqual([]);
});

test.each([
  ['by its name', '08-Enrollments-ART.csv.filepart', ''],
  ['by its name, also packed', '08-Enrollments-ART.CSV.gz', '\u001f\u008b'],
  ['by its header', '08-Enrollments-ART.tmp', 'type,action,child_code,role_name,parent_code\nenrollment,UPDATE,P1,Stu'],
])('what may be a table that nobody has renamed yet holds the removals: %s', async (_why, name, content) => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const files = { ...filesOf({ ...campus, enrollments: campus.enrollments.slice(1) }), [name]: content };
  const run = await organization.run(files, { snapshot: { kinds: ['membership'] } });
  expect(run).toMatchObject({ problems: { error: 1 }, items: 1 });
  expect(await goneOf(organization)).toEqual([]);
  expect(await holdsOf(organization)).toEqual([{ guard: 'lost_records', kind: 'membership', items: 1, state: 'held' }]);
});

const enterprise = (members: string): string =>
  '<enterprise><properties><datasource>SIS</datasource><datetime>2026-01-05T10:00:00</datetime></properties>' +
  '<group><sourcedid><source>SIS</source><id>C1</id></sourcedid><grouptype><scheme>LMS</scheme><typevalue level="4">Course Offering</typevalue></grouptype>' +
  '<description><short>C1</short></description></group>' +
  `<membership><sourcedid><source>SIS</source><id>C1</id></sourcedid>${members}</membership></enterprise>`;
const member = (id: string): string =>
  `<member><sourcedid><source>SIS</source><id>${id}</id></sourcedid><idtype>1</idtype><role roletype="01"><status>1</status></role></member>`;

test.each([
  ['night.md5', []],
  ['night-2.xml', [{ guard: 'lost_records', kind: 'membership', items: 1, state: 'held' }]],
])('of files of XML too, unless by its name it is one of them: %s', async (name, held) => {
  const organization = await world.organization();
  const first = await organization.run({ 'night.xml': enterprise(member('P1') + member('P2')) });
  expect(first).toMatchObject({ counters: { membership: { records: 2 } } });
  await organization.run(
    { 'night.xml': enterprise(member('P2')), [name]: 'd41d8cd98f00b204e9800998ecf8427e  night.xml\n' },
    { snapshot: { kinds: ['membership'] } },
  );
  expect(await holdsOf(organization)).toEqual(held);
});

test('nor what a handler or the database refuses', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  isInTheWay = true;
  try {
    const run = await organization.run({ 'broken.txt': 'x' }, { snapshot: { kinds: ['person'] } });
    expect(run).toMatchObject({ counters: { person: { refused: 2 } } });
  } finally {
    isInTheWay = false;
  }
  expect(await organization.query(`select count(*)::int as gone from lms_user where state <> 'active'`)).toEqual([
    { gone: 0 },
  ]);
  expect(await organization.query(`select sourced_id from run_item where operation = 'remove'`)).toEqual([]);
});
