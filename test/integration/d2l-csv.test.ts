import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readStandardSetUp } from '../../src/app/standard/standard-set-up.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { presets } from '../../src/domain/source-system.ts';
import type { LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { readFiles } from '../d2l-csv/read-files.ts';
import { createOrganization, createStore, rowsOf, type TestOrganization } from '../oracle/harness.ts';

const fixture = join(import.meta.dirname, '../fixtures/d2l-csv/version-3.0-all-kinds');
const users =
  'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name,sort_last_name,pronouns';
const enrollments = 'type,action,child_code,role_name,parent_code';
const manifest = { 'manifest.json': '{"version":"3.0"}' };

let database: TestDatabase;
let store: LiveStore;
let organization: TestOrganization;

/** With the standard types, roles and maps: as most administrators begin. */
beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore(database.pool);
  const standard = await readStandardSetUp();
  organization = await createOrganization(database.pool, store, {
    types: [...standard.orgUnitTypes],
    roles: [...standard.roles],
    sources: [
      {
        code: 'sis',
        rank: 1,
        options: presets['d2l-csv'],
        typeMap: new Map(Object.entries(standard.orgUnitTypeMap)),
        roleMap: new Map(Object.entries({ ...standard.roleMap, Head: 'staff' })),
      },
    ],
  });
  const names = readdirSync(fixture).filter((name) => name !== 'commands.json');
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(fixture, name), 'utf8')]));
  const outcomes = await send(files);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** As a run does: the one person with the user name is meant where a file names it. */
async function send(files: Record<string, string>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { command, by } of (await readFiles(files)).records) {
    const sourcedId = by === undefined ? command.sourcedId : await personOf(by.value);
    outcomes.push(...(await organization.send('sis', { ...command, sourcedId })));
  }
  return outcomes;
}

async function personOf(userName: string): Promise<string> {
  const rows = await query<{ id: string; name: string }>(
    `select sourced_id as id, fields->>'userName' as name from declared_user where not deleted`,
  );
  return rows.find(({ name }) => name === userName)?.id ?? userName;
}

const query = <Row extends object>(sql: string): Promise<Row[]> => rowsOf<Row>(database.pool, organization.id, sql);

const enrolled = (): Promise<object[]> =>
  query(`select u.fields->>'userName' as who, o.code as where, r.code as as
           from lms_enrollment e join lms_user u on u.id = e.user_id
           join lms_org_unit o on o.id = e.org_unit_id
           join role r on r.id = e.role_id
          where not e.ended order by 1, 2`);

const fieldsOf = async (sourcedId: string): Promise<unknown> => {
  const rows = await query<{ id: string; fields: unknown }>('select sourced_id as id, fields from declared_user');
  return rows.find(({ id }) => id === sourcedId)?.fields;
};

test('a whole package with the standard maps is projected, and nothing waits but a parent who never came', async () => {
  const units = await query(
    `select o.code, t.code as type, o.state, (
            select array_agg(p.code order by l.position) from lms_org_unit_parent l
              join lms_org_unit p on p.id = l.parent_id
             where l.org_unit_id = o.id and p.code not like 'test-%') as parents
       from lms_org_unit o join org_unit_type t on t.id = o.org_unit_type_id
      where t.base <> 'organization' order by o.id`,
  );
  expect(units).toEqual([
    { code: 'SCI', type: 'department', state: 'active', parents: null },
    { code: 'BSC-PHYS', type: 'group', state: 'active', parents: ['SCI'] },
    { code: 'PHYS', type: 'department', state: 'active', parents: ['SCI', 'BSC-PHYS'] },
    { code: '2027-S1', type: 'semester', state: 'active', parents: null },
    { code: 'T-PHYS-110', type: 'course_template', state: 'active', parents: ['PHYS'] },
    { code: 'PHYS-110-2027-S1', type: 'course_offering', state: 'active', parents: ['T-PHYS-110', '2027-S1'] },
    { code: 'PHYS-111-2027-S1', type: 'course_offering', state: 'inactive', parents: ['T-PHYS-110'] },
    { code: 'PHYS-110-01', type: 'course_section', state: 'active', parents: ['PHYS-110-2027-S1'] },
  ]);
  expect(await enrolled()).toEqual([
    { who: 'alindqvist', where: 'PHYS-110-01', as: 'learner' },
    { who: 'alindqvist', where: 'PHYS-110-2027-S1', as: 'learner' },
    { who: 'tvandermeer', where: 'PHYS', as: 'staff' },
    { who: 'tvandermeer', where: 'PHYS-110-2027-S1', as: 'instructor' },
  ]);
  expect(await query('select kind, wait_code from declared_relation order by 1')).toEqual([
    { kind: 'auditor', wait_code: null },
    { kind: 'parent', wait_code: 'waiting_for_agent' },
  ]);
});

test('a file of users leaves what the file of attributes said, and empties what it states as empty', async () => {
  const row = 'user,UPDATE,tvandermeer,P-9002,Tama,van der Meer,,1,Teacher,tama@example.edu,,,,,they/them';
  expect((await send({ ...manifest, 'u.csv': `${users}\n${row}` })).map(({ status }) => status)).toEqual(['updated']);
  expect(await fieldsOf('P-9002')).toMatchObject({
    sortFamilyName: null,
    pronouns: 'they/them',
    attributes: { 'Employee Role': 'Lecturer', Manager: 'hofstra' },
  });
  const [again] = await send({ ...manifest, 'u.csv': `${users}\n${row}` });
  expect(again?.status).toBe('unchanged');
});

test('a file of attributes changes the values that it has columns for, and makes nobody', async () => {
  const rows = ['tvandermeer,Blue,', 'nobody,Red,x'];
  const outcomes = await send({ ...manifest, 'a.csv': ['LMS Username,Team,Manager', ...rows].join('\n') });
  expect(outcomes.map(({ status, problems }) => [status, problems[0]?.code])).toEqual([
    ['updated', undefined],
    ['rejected', 'unknown_object'],
  ]);
  expect(await fieldsOf('P-9002')).toMatchObject({
    pronouns: 'they/them',
    attributes: { 'Employee Role': 'Lecturer', Manager: '', Team: 'Blue' },
  });
});

test('an enrollment with another role is the same one, and a delete takes it whatever its role was', async () => {
  const one = (row: string) => send({ ...manifest, 'e.csv': `${enrollments}\n${row}` });
  expect((await one('enrollment,,P-9002,Student,PHYS-110-2027-S1'))[0]?.status).toBe('updated');
  expect(await enrolled()).toContainEqual({ who: 'tvandermeer', where: 'PHYS-110-2027-S1', as: 'learner' });
  expect((await one('enrollment,DELETE,P-9002,,PHYS-110-2027-S1'))[0]?.status).toBe('deleted');
  expect((await one('enrollment,DELETE,P-4711,Teacher,PHYS-110-01'))[0]?.status).toBe('deleted');
  expect(await enrolled()).toEqual([{ who: 'tvandermeer', where: 'PHYS', as: 'staff' }]);
});

test('who is left out of the relationships is one no longer', async () => {
  const row = 'user,UPDATE,alindqvist,P-4711,Aroha,Lindqvist,,1,Student,,Auditor:P-9002,,,,';
  await send({ ...manifest, 'u.csv': `${users}\n${row}` });
  expect(await query('select kind from declared_relation')).toEqual([{ kind: 'auditor' }]);
});
