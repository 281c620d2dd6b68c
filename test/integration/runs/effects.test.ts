import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import {
  type Campus,
  commandsFile,
  createRunWorld,
  createSaidFile,
  filesOf,
  lines,
  numbered,
  plannedAndMade,
  type RunOrganization,
  type RunWorld,
} from './set-up.ts';

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

const users = numbered('P', 30);
const campus: Campus = {
  departments: ['SCI', 'ART'],
  offerings: ['O-1', 'O-2'],
  users,
  enrollments: users.flatMap((user) => [[user, 'O-1'] as const, [user, 'O-2'] as const]),
};
const orgHeader =
  'type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code';

async function loaded(options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  const organization = await world.organization(options);
  await organization.run({
    ...filesOf(campus),
    '06-Sections.csv': lines(
      orgHeader,
      'course section,UPDATE,S-1,Section 1,,,,,,,O-1,',
      'course section,UPDATE,S-2,Section 2,,,,,,,O-2,',
    ),
    '08-Enrollments.csv': enrolled(...campus.enrollments, ['P1', 'S-1'], ['P2', 'S-1'], ['P3', 'S-1']),
  });
  return organization;
}

const enrolled = (...pairs: (readonly [string, string, string?])[]): string =>
  lines(
    'type,action,child_code,role_name,parent_code',
    ...pairs.map(([user, unit, role = 'Student']) => `enrollment,UPDATE,${user},${role},${unit}`),
  );

const files = (name: string, content: string): Record<string, string> => ({
  'manifest.json': '{"version":"2.0"}',
  [name]: content,
});

const planned = (organization: RunOrganization, given: Record<string, string>): ReturnType<typeof plannedAndMade> =>
  plannedAndMade(world, organization, given);

const departments = (...rows: string[]): Record<string, string> =>
  files('02-Departments.csv', lines(orgHeader, ...rows));

test('what a first file adds is created, but for what is not mapped and what refers to nothing', async () => {
  const organization = await world.organization();
  const run = await organization.run(
    {
      ...filesOf(campus),
      '08-Enrollments.csv': enrolled(['P1', 'O-1'], ['P2', 'O-1', 'Juggler'], ['NOBODY', 'O-1'], ['P3', 'O-9']),
    },
    { mode: 'plan' },
  );
  const { effects } = await administration.runs.get(organization.id, run.id);
  expect(effects).toMatchObject({
    person: { created: 30, ended: 0, inactivated: 0, changed: 0, count: 0 },
    offering: { created: 2 },
    membership: { created: 1 },
  });
});

test('a role that becomes one that is not mapped ends the enrollment, and the plan says so', async () => {
  const organization = await loaded();
  const { effects, made } = await planned(
    organization,
    files('08-Enrollments.csv', enrolled(['P1', 'O-2', 'Juggler'], ['P2', 'O-2', 'Instructor'])),
  );
  expect(effects).toMatchObject({
    membership: { created: 0, ended: 1, inactivated: 0, changed: 1, count: 0, live: 63, from: [] },
  });
  expect(effects.membership?.samples).toEqual([
    expect.objectContaining({ sort: 'changed', item: 2 }),
    expect.objectContaining({ sort: 'ended', item: 1 }),
  ]);
  expect(made).toEqual({ 'enrollment deleted': 1, 'enrollment updated': 1 });
});

test('an enrollment that something else holds as well does not end', async () => {
  const organization = await loaded();
  const { effects, made } = await planned(
    organization,
    files(
      '08-Enrollments.csv',
      lines('type,action,child_code,role_name,parent_code', 'enrollment,DELETE,P1,,S-1', 'enrollment,DELETE,P4,,O-1'),
    ),
  );
  // P1 is in O-1 by a row of their own.
  expect(effects.membership).toMatchObject({ ended: 2, changed: 0, count: 0 });
  expect(made).toEqual({ 'enrollment deleted': 2 });
});

test('a user whose role is not mapped any more, or who goes inactive, is inactivated; enrollments end with the first', async () => {
  const organization = await loaded();
  const row = (id: string, active: number, role: string): string =>
    `user,UPDATE,u${id},${id},First ${id},Last ${id},,${String(active)},${role},${id}@example.edu,,,`;
  const { effects, made } = await planned(
    organization,
    files(
      '07-Users.csv',
      lines(
        'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name',
        row('P1', 1, 'Juggler'),
        row('P9', 0, 'Student'),
        row('P8', 1, 'Student').replace('First', 'Fiona'),
      ),
    ),
  );
  expect(effects).toMatchObject({
    person: { inactivated: 2, changed: 1, ended: 0, count: 0, from: [] },
    membership: { ended: 3, count: 3, live: 63, from: ['person'] },
  });
  expect(made).toEqual({ 'user updated inactive': 2, 'user updated': 1, 'enrollment deleted': 3 });
});

test('removing what others require ends them and their enrollments; what can do without it moves', async () => {
  const organization = await loaded();
  const { effects, made } = await planned(
    organization,
    files('04-Templates.csv', lines(orgHeader, 'course template,DELETE,T-SCI,,,,,,,,,')),
  );
  // Two offerings, two sections, and 30 in each offering, 3 of them in a section as well.
  expect(effects).toMatchObject({
    template: { ended: 1, count: 0 },
    offering: { ended: 2, count: 2 },
    section: { ended: 2, count: 2 },
    membership: { ended: 63, count: 63 },
  });
  expect(made).toEqual({ 'org_unit deleted': 5, 'enrollment deleted': 63 });
  const second = await loaded();
  const moved = await planned(second, departments('department,DELETE,SCI,,,,,,,,,'));
  expect(moved.effects).toMatchObject({ group: { ended: 1 }, template: { ended: 0, changed: 1 } });
  expect(moved.effects.offering?.ended ?? 0).toBe(0);
  expect(moved.made).toEqual({ 'org_unit deleted': 1, 'org_unit updated': 1 });
});

test('what moves under a parent that is not there ends; a type that is not mapped ends all below', async () => {
  const organization = await loaded();
  const offering = (code: string, template: string): string =>
    `course offering,UPDATE,${code},Course ${code},,,1,,${template},2027-S1,,`;
  const { effects, made } = await planned(
    organization,
    files('05-Offerings.csv', lines(orgHeader, offering('O-1', 'T-NONE'), offering('O-2', 'T-ART'))),
  );
  expect(effects).toMatchObject({
    offering: { ended: 1, changed: 1, count: 1, from: ['offering'] },
    section: { ended: 1, from: ['offering'] },
    membership: { ended: 33, count: 33, from: ['offering'] },
  });
  expect(made).toEqual({ 'org_unit deleted': 2, 'org_unit updated': 1, 'enrollment deleted': 33 });
});

test('a change that would end too many enrollments is held, like the removals that would', async () => {
  const organization = await loaded();
  const run = await organization.run(
    files('05-Offerings.csv', lines(orgHeader, 'course offering,UPDATE,O-1,Course O-1,,,1,,T-NONE,2027-S1,,')),
  );
  expect(await administration.runs.holds(organization.id, run.id)).toEqual([
    expect.objectContaining({ guard: 'effects', kind: 'offering', items: 1 }),
  ]);
});

test('what a change ends is seen also where something else is said behind it, of the same record', async () => {
  const organization = await loaded();
  const offering = { entity: 'org_unit', kind: 'offering', sourcedId: 'O-1', verb: 'update' } as const;
  const person = { entity: 'user', kind: 'person', sourcedId: 'P1', verb: 'update' } as const;
  const [other] = await organization.query<{ id: string }>(
    `select sourced_id as id from declared_enrollment where user_sourced_id = 'P2' and org_unit_sourced_id = 'O-2'`,
  );
  const membership = { entity: 'enrollment', kind: 'membership', sourcedId: other?.id ?? '', verb: 'update' } as const;
  saying.stated = [
    { ...offering, fields: { parents: [{ role: 'template', kind: 'template', sourcedId: 'T-NONE' }] } },
    { ...offering, lists: 'add', fields: { attributes: { room: '1' } } },
    { ...offering, fields: { shortName: 'One' } },
    { ...person, fields: { roles: [{ role: 'Juggler', primary: true }] } },
    { ...person, fields: { givenName: 'Other' } },
    { ...membership, fields: { roles: [{ role: 'Juggler', active: true }] } },
    { ...membership, fields: { attributes: { seat: '2' } } },
  ];
  const { effects, made } = await planned(organization, commandsFile);
  expect(effects).toMatchObject({
    offering: { ended: 1, count: 1, from: ['offering'] },
    person: { inactivated: 1 },
    membership: { ended: 35 },
  });
  expect(made).toEqual({ 'org_unit deleted': 2, 'user updated inactive': 1, 'enrollment deleted': 35 });
});

test('of a record that is stated anew behind a change that would end it nothing ends', async () => {
  const organization = await loaded();
  const person = { entity: 'user', kind: 'person', sourcedId: 'P1' } as const;
  const fields = { userName: 'uP1', orgDefinedId: 'P1', givenName: 'Other', familyName: 'Last P1' };
  const role = (name: string) => ({ roles: [{ role: name, primary: true }] });
  saying.stated = [
    { ...person, verb: 'update', fields: role('Juggler') },
    { ...person, verb: 'update', fields: { givenName: 'Another' } },
    { ...person, verb: 'replace', fields: { ...fields, ...role('Student') } },
    { ...person, verb: 'update', fields: { email: 'other@example.edu' } },
  ];
  const { effects } = await planned(organization, commandsFile);
  expect(effects).toMatchObject({ person: { changed: 1, inactivated: 0, ended: 0, count: 0 } });
  expect(await organization.query(`select from lms_user where state <> 'active'`)).toEqual([]);
});

test('each item says what it would do, until it is applied', async () => {
  const organization = await loaded();
  const given = files('05-Offerings.csv', lines(orgHeader, 'course offering,DELETE,O-1,,,,,,,,,'));
  const plan = await organization.run(given, { mode: 'plan' });
  const page = { limit: 10 };
  const { items } = await administration.runs.items(organization.id, plan.id, { effects: true }, page);
  expect(items).toHaveLength(1);
  expect(items[0]?.effects).toMatchObject({
    offering: { ended: 1, samples: [{ sort: 'ended', sourcedId: 'O-1', item: 1 }] },
    section: { ended: 1, samples: [{ sort: 'ended', sourcedId: 'S-1', item: 1 }] },
    membership: { ended: 33 },
  });
  expect(items[0]?.effects?.membership?.samples).toHaveLength(5);
  const [unasked] = (await administration.runs.items(organization.id, plan.id, {}, page)).items;
  expect(unasked?.effects).toBeNull();
  const run = await organization.run(given, { force: true });
  const applied = await administration.runs.items(organization.id, run.id, { effects: true }, page);
  expect(applied.items[0]?.effects).toBeNull();
});
