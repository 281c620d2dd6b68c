import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { removeOldRuns } from '../../../src/state/maintenance/old-runs.ts';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
import {
  createRunWorld,
  filesOf,
  isEnded,
  lines,
  manifest,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

const header = 'type,action,child_code,role_name,parent_code';
const small = { offerings: ['PHYS-1'], users: ['P1', 'P2'], enrollments: [['P1', 'PHYS-1']] as const };

const problemsOf = (organization: RunOrganization, runId: string): Promise<object[]> =>
  organization.query(
    `select severity, code, file, line, kind, sourced_id, affects::int from run_problem where run_id = '${runId}' order by affects desc, number`,
  );

test('validate tells every problem with its file and line, and writes no declared row and no item', async () => {
  const organization = await world.organization();
  const files = {
    ...filesOf(small),
    '08-Enrollments.csv': lines(
      header,
      'enrollment,UPDATE,P1,Student,PHYS-1',
      'enrollment,BURN,P1,Student,PHYS-1',
      'enrollment,UPDATE,,Student,PHYS-1',
      'enrollment,UPDATE,P2,Student',
    ),
  };
  const run = await organization.run(files, { mode: 'validate' });
  expect(run).toMatchObject({ state: 'finished', applied_to: 0, counters: { membership: { add: 1, refused: 3 } } });
  expect(await problemsOf(organization, run.id)).toEqual([
    expect.objectContaining({ severity: 'error', file: '08-Enrollments.csv', line: 3, kind: 'membership' }),
    expect.objectContaining({ severity: 'error', code: 'incomplete_data', file: '08-Enrollments.csv', line: 4 }),
    expect.objectContaining({ severity: 'error', code: 'wrong_column_count', file: '08-Enrollments.csv', line: 5 }),
  ]);
  expect(
    await organization.query(
      'select (select count(*)::int from declared_user) as users, (select count(*)::int from run_item) as items, (select count(*)::int from message) as messages',
    ),
  ).toEqual([{ users: 0, items: 0, messages: 0 }]);
});

test('plan stops at the stored plan', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf(small), { mode: 'plan' });
  expect(run).toMatchObject({ state: 'finished', items: 7, applied_to: 0 });
  expect(await organization.query('select count(*)::int as declared from declared_user')).toEqual([{ declared: 0 }]);
  expect(
    await organization.query(
      `select i.number::int, i.operation, i.kind, f.name, i.line from run_item i join run_file f on f.run_id = i.run_id and f.number = i.file
        where i.run_id = '${run.id}' order by 1 desc limit 2`,
    ),
  ).toEqual([
    { number: 7, operation: 'add', kind: 'membership', name: '08-Enrollments.csv', line: 2 },
    { number: 6, operation: 'add', kind: 'person', name: '07-Users.csv', line: 3 },
  ]);
});

test('what is missing is told once, with how many wait for it, and first what the most wait for', async () => {
  const organization = await world.organization();
  const enrollments = [
    ['P1', 'GONE'],
    ['P2', 'GONE'],
    ['NOBODY', 'PHYS-1'],
    ['P1', 'PHYS-1'],
  ] as const;
  const run = await organization.run(filesOf({ ...small, enrollments }));
  expect(run).toMatchObject({ state: 'finished', problems: { error: 0, warning: 2 }, outcomes: { waiting: 3 } });
  expect(await problemsOf(organization, run.id)).toEqual([
    expect.objectContaining({
      code: 'waiting_for_org_unit',
      sourced_id: 'GONE',
      affects: 2,
      file: '08-Enrollments.csv',
      line: 2,
    }),
    expect.objectContaining({ code: 'waiting_for_user', sourced_id: 'NOBODY', affects: 1, line: 4 }),
  ]);
});

test('who waits for what waits is counted with its root cause', async () => {
  const organization = await world.organization();
  const users = ['P1', 'P2', 'P3'];
  const files = filesOf({ offerings: ['C1', 'C2'], users, enrollments: users.map((user) => [user, 'C1'] as const) });
  const { '04-Templates.csv': _missing, ...others } = files;
  const run = await organization.run(others, { mode: 'validate' });
  // Two offerings, three enrollments.
  expect(await problemsOf(organization, run.id)).toEqual([
    expect.objectContaining({
      code: 'waiting_for_parent',
      sourced_id: 'T-SCI',
      affects: 5,
      file: '05-Offerings.csv',
      line: 2,
    }),
  ]);
  expect(await organization.query('select count(*)::int as items from run_item')).toEqual([{ items: 0 }]);
  const applied = await organization.run(others);
  expect(applied).toMatchObject({ outcomes: { waiting: 5 } });
});

test('a file that ends without a line end, as all its lines have one, may be cut off: it is taken, and told', async () => {
  const organization = await world.organization();
  const files = filesOf(small);
  const cut = {
    ...files,
    '07-Users.csv': (files['07-Users.csv'] ?? '').trimEnd(),
    '08-Enrollments.csv': (files['08-Enrollments.csv'] ?? '').trimEnd(),
  };
  const run = await organization.run(cut);
  expect(run).toMatchObject({ state: 'finished', problems: { error: 0, warning: 2 } });
  expect(await problemsOf(organization, run.id)).toEqual([
    expect.objectContaining({
      severity: 'warning',
      code: 'no_line_end',
      file: '07-Users.csv',
      line: 3,
      sourced_id: 'P2',
    }),
    expect.objectContaining({ severity: 'warning', code: 'no_line_end', file: '08-Enrollments.csv', line: 2 }),
  ]);
  const [{ lines: held } = { lines: 0 }] = await organization.query<{ lines: number }>(
    'select count(*)::int as lines from declared_enrollment',
  );
  expect(held).toBe(1);
});

test('who is placed without a parent that is missing is not said to wait for it', async () => {
  const organization = await world.organization();
  const users = ['P1', 'P2', 'P3'];
  const files = filesOf({ offerings: ['C1', 'C2'], users, enrollments: users.map((user) => [user, 'C1'] as const) });
  const { '02-Departments.csv': _department, '03-Semesters.csv': _semester, ...others } = files;
  const run = await organization.run(others);
  expect(run).toMatchObject({ outcomes: {}, problems: { warning: 2 } });
  expect(
    await organization.query(
      `select sourced_id as on, affects::int, message from run_problem where run_id = '${run.id}' order by sourced_id`,
    ),
  ).toEqual([
    {
      on: '2027-S1',
      affects: 0,
      message: expect.stringContaining('and 2 org units are placed without it until it comes'),
    },
    { on: 'SCI', affects: 0, message: expect.stringContaining('and 1 org unit is placed without it until it comes') },
  ]);
});

test('a run that is older than messages are kept goes with all that belongs to it', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf({ ...small, enrollments: [['P1', 'GONE']] }));
  expect(await removeOldRuns(world.database.pool, new Date(Date.now() - 60_000))).toBe(0);
  expect(await removeOldRuns(world.database.pool, new Date(Date.now() + 60_000))).toBeGreaterThan(0);
  const left = ['run', 'run_item', 'run_item_span', 'run_problem', 'run_outcome', 'run_file'].map(
    (table) => `select from ${table}`,
  );
  expect(await organization.query(left.join(' union all '))).toEqual([]);
  expect(run.state).toBe('finished');
});

test('a run that is being taken back stays with its plan until it was', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf(small));
  const rollback = await createRunStore(world.database.pool).requestRollback({
    organizationId: organization.id,
    runId: run.id,
    mode: 'apply',
    options: {},
    requestedBy: 'test',
  });
  const soon = new Date(Date.now() + 600_000);
  await removeOldRuns(world.database.pool, soon);
  expect(await organization.query('select from run')).toHaveLength(2);
  await workUntil(world.parts, async () => isEnded(await organization.get(rollback)));
  expect(await organization.query('select from declared_enrollment where not deleted')).toHaveLength(0);
  await removeOldRuns(world.database.pool, soon);
  expect(await organization.query('select from run')).toHaveLength(0);
});

test('what stands before its parents is no problem, and waits for nothing in the end', async () => {
  const organization = await world.organization();
  const files = filesOf({
    ...small,
    enrollments: [
      ['P1', 'PHYS-1'],
      ['P2', 'PHYS-1'],
    ],
  });
  const { '08-Enrollments.csv': enrollments = '', '05-Offerings.csv': offerings = '', ...others } = files;
  const run = await organization.run({ ...others, '01-Enrollments.csv': enrollments, '09-Offerings.csv': offerings });
  expect(run).toMatchObject({ state: 'finished', problems: { error: 0, warning: 0 }, outcomes: {} });
  expect(await organization.query('select count(*)::int as live from lms_enrollment where not ended')).toEqual([
    { live: 2 },
  ]);
});

test('a key that stands more than once is applied in its order, even where one of them says what was there', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(small));
  const row = (role: string): string => `enrollment,UPDATE,P1,${role},PHYS-1`;
  const files = { ...manifest, '08-Enrollments.csv': lines(header, row('Instructor'), row('Student')) };
  const run = await organization.run(files);
  expect(run).toMatchObject({ items: 2, applied_to: 2, outcomes: {} });
  expect(await problemsOf(organization, run.id)).toEqual([
    expect.objectContaining({ severity: 'warning', code: 'stated_twice', line: 3 }),
  ]);
  expect(await organization.query(`select roles->0->>'role' as role from declared_enrollment`)).toEqual([
    { role: 'Student' },
  ]);

  const pair = {
    ...manifest,
    '08-Enrollments.csv': lines(header, 'enrollment,UPDATE,P2,Student,PHYS-1', 'enrollment,DELETE,P2,,PHYS-1'),
  };
  await organization.run(pair);
  expect(await organization.query('select count(*)::int as live from lms_enrollment where not ended')).toEqual([
    { live: 1 },
  ]);
});

test('a key that stands a thousand times is applied in its order, too', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(small));
  const rows = Array.from(
    { length: 999 },
    (_, index) => `enrollment,UPDATE,P1,${index % 2 === 0 ? 'Student' : 'Instructor'},PHYS-1`,
  );
  const run = await organization.run({
    ...manifest,
    '08-Enrollments.csv': lines(header, ...rows, 'enrollment,UPDATE,P1,Instructor,PHYS-1'),
  });
  expect(run).toMatchObject({ state: 'finished', items: 999, applied_to: 999, problems: { error: 0, warning: 999 } });
  expect(await organization.query(`select roles->0->>'role' as role from declared_enrollment`)).toEqual([
    { role: 'Instructor' },
  ]);
});

test('what somebody declared after the file was made stays, and so does what is declared after it was compared', async () => {
  const organization = await world.organization();
  const upload = filesOf(small);
  const asOf = new Date().toISOString();
  await organization.run(upload);
  const said = {
    entity: 'user',
    kind: 'person',
    sourcedId: 'P1',
    verb: 'update',
    fields: { email: 'new@example.edu' },
  } as const;
  await organization.send('sis', said);
  const old = filesOf({ ...small, users: ['P1', 'P2'] });
  const run = await organization.run(
    { ...old, '07-Users.csv': (old['07-Users.csv'] ?? '').replace('First P1', 'Prima') },
    { asOf },
  );
  expect(run).toMatchObject({ items: 0, problems: { error: 0, warning: 1 } });
  expect(await problemsOf(organization, run.id)).toEqual([
    expect.objectContaining({ code: 'overtaken', line: 2, sourced_id: 'P1' }),
  ]);
});

test('an item whose row somebody declared anew since it was compared is left out, and that is told', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(small));
  const files = filesOf(small);
  const changed = { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replaceAll('First', 'Given') };
  const run = await organization.run(changed, { mode: 'plan' });
  expect(run.items).toBe(2);
  const fields = { givenName: 'Prima' };
  await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P1', verb: 'update', fields });
  await organization.query(
    `update run set mode = 'apply', state = 'planned', finished_at = null where id = '${run.id}' returning id`,
  );
  await workUntil(world.parts, async () => isEnded(await organization.get(run.id)));
  expect(await organization.get(run.id)).toMatchObject({ state: 'finished', outcomes: { overtaken: 1 } });
  expect(
    await organization.query(`select sourced_id, fields->>'givenName' as name from declared_user order by 1`),
  ).toEqual([
    { sourced_id: 'P1', name: 'Prima' },
    { sourced_id: 'P2', name: 'Given P2' },
  ]);
});

test('what no dialect recognises, and a zip that is none, fail with the reason', async () => {
  const organization = await world.organization();
  const run = await organization.run({ 'notes.txt': 'nothing' });
  expect(run).toMatchObject({ state: 'failed', failure: { code: 'unknown_format' } });
});

test('a table that nobody recognises fails with the header that was found and the nearest one', async () => {
  const organization = await world.organization();
  const failureOf = async (files: Record<string, string>) =>
    (await organization.run(files, { mode: 'validate' })).failure;
  expect(await failureOf({ 'people.csv': 'login,role_name,email\nann,Student,\n' })).toEqual({
    code: 'unknown_format',
    message: expect.stringMatching(
      /d2l-csv: The header of people\.csv is "login,role_name,email"; expected is one of users: "type,action,username,/,
    ),
  });
  expect((await failureOf({ 'export.txt': lines(header) }))?.message).toContain('its name does not end in .csv');
  expect((await failureOf({ 'empty.csv': '' }))?.message).toContain('empty.csv');
});

const toldOf = (organization: RunOrganization, runId: string): Promise<object[]> =>
  organization.query(
    `select code, kind, sourced_id as on, affects::int, file, line, field, "column", message, guide_text as guide from run_problem
      where run_id = '${runId}' and code in ('unmapped_role', 'unmapped_type', 'identity_conflict') order by number`,
  );

test('roles and types that are not mapped are told before they wait, each once, with how many state it and the text of the guide', async () => {
  const organization = await world.organization();
  const files = filesOf({ ...small, enrollments: [] });
  const wrong = {
    ...files,
    '02-Departments.csv': `${files['02-Departments.csv'] ?? ''}guild,UPDATE,FAC,Guild,,,1,,,,,\n`,
    '07-Users.csv': (files['07-Users.csv'] ?? '').replace(',Student,P2@', ',Alumnus,P2@'),
    // The order of the columns is left to the sender.
    '08-Enrollments.csv': lines(
      'type,action,child_code,parent_code,role_name',
      'enrollment,UPDATE,P1,PHYS-1,Witness',
      'enrollment,UPDATE,P2,PHYS-1,witness',
      'enrollment,UPDATE,P1,T-SCI,Student',
    ),
  };
  const users = { file: '07-Users.csv', line: 3, field: 'role_name', column: 9 };
  const expected = [
    {
      code: 'unmapped_role',
      kind: 'membership',
      on: 'synthetic:P1/any/PHYS-1',
      affects: 2,
      file: '08-Enrollments.csv',
      line: 2,
      field: 'role_name',
      column: 5,
      message: expect.stringContaining(
        'The role "Witness" is not mapped for this source system, and 2 records state it',
      ),
      guide: 'No role mapping found for source system',
    },
    {
      code: 'unmapped_type',
      kind: 'group',
      on: 'FAC',
      affects: 1,
      file: '02-Departments.csv',
      line: 3,
      field: 'type',
      column: 1,
      message: expect.stringContaining('The org unit type "guild" is not mapped'),
      guide: expect.stringContaining('no mapping found for type'),
    },
    expect.objectContaining({ code: 'unmapped_role', kind: 'person', on: 'P2', affects: 1, ...users }),
  ];
  const validated = await organization.run(wrong, { mode: 'validate' });
  expect(validated.problems).toEqual({ error: 0, warning: 3 });
  expect(await toldOf(organization, validated.id)).toEqual(expected);
  const applied = await organization.run(wrong);
  expect(await toldOf(organization, applied.id)).toEqual(expected);
  // One that waits as such, two by their roles, and one by its person.
  expect(applied.outcomes).toMatchObject({ waiting: 4 });
  const right = await organization.run(filesOf(small));
  expect(await toldOf(organization, right.id)).toEqual([]);
});

test('a user name of somebody else is told before it waits, but not where that person is called otherwise by the same files', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(small));
  const users = (...rows: string[]): Record<string, string> => ({
    ...manifest,
    '07-Users.csv': lines(
      'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name',
      ...rows,
    ),
  });
  const taken = 'user,UPDATE,uP1,P9,Ann,Nine,,1,Student,,,,';
  const validated = await organization.run(users(taken), { mode: 'validate' });
  const expected = [
    {
      code: 'identity_conflict',
      kind: 'person',
      on: 'P9',
      affects: 1,
      file: '07-Users.csv',
      line: 2,
      field: 'username',
      column: 3,
      message: expect.stringContaining('"uP1" belongs to an LMS user of another person'),
      guide: expect.stringContaining('already in use'),
    },
  ];
  expect(await toldOf(organization, validated.id)).toEqual(expected);
  const both = await organization.run(users('user,UPDATE,uP1x,P1,First P1,Last P1,,1,Student,,,,', taken), {
    mode: 'validate',
  });
  expect(await toldOf(organization, both.id)).toEqual([]);
  const applied = await organization.run(users(taken));
  expect(await toldOf(organization, applied.id)).toEqual(expected);
  expect(applied.outcomes).toEqual({ waiting: 1 });
});

test('so is one of a person whom a snapshot inactivates, and who is then not forecast to be there', async () => {
  const organization = await world.organization();
  await organization.run(filesOf(small));
  const files = filesOf({ ...small, users: ['P9'], enrollments: [['P9', 'PHYS-1']] });
  const renumbered = { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replace(',uP9,', ',uP1,') };
  const run = await organization.run(renumbered, { snapshot: { kinds: ['person'] }, force: true });
  expect(await toldOf(organization, run.id)).toEqual([
    expect.objectContaining({
      code: 'identity_conflict',
      on: 'P9',
      message: expect.stringContaining('"uP1" belongs to the LMS user of "P1", whom the files do not name'),
    }),
  ]);
  const [effects] = await organization.query(
    `select effects->'person'->'created' as persons, effects->'membership'->'created' as memberships from run where id = '${run.id}'`,
  );
  expect(effects).toEqual({ persons: 0, memberships: 0 });
  expect(run.outcomes).toMatchObject({ waiting: 2 });
});

test('many such persons are told once', async () => {
  const organization = await world.organization();
  const users = numbered('P', 30);
  await organization.run(filesOf({ ...small, users, enrollments: [] }));
  const files = filesOf({ ...small, users: numbered('N', 30), enrollments: [] });
  const run = await organization.run(
    { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replaceAll(',uN', ',uP') },
    { snapshot: { kinds: ['person'] }, mode: 'validate', force: true },
  );
  expect(
    await organization.query(
      `select affects::int, message like '%29 others%' as counts from run_problem where run_id = '${run.id}' and message like '%whom the files%'`,
    ),
  ).toEqual([{ affects: 30, counts: true }]);
});

test('what is missing has the text of the guide beside it', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf({ ...small, enrollments: [['P1', 'GONE']] }), { mode: 'validate' });
  expect(await organization.query(`select guide_text as guide from run_problem where run_id = '${run.id}'`)).toEqual([
    { guide: expect.stringContaining('unable to find org unit specified') },
  ]);
});
