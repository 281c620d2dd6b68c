import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OrgUnitWireKind, ParentReference } from '../../../src/domain/entities.ts';
import type { RecordCommand } from '../../../src/domain/command.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  lines,
  manifest,
  type RunOrganization,
  type RunRow,
  type RunWorld,
  type Wish,
} from './set-up.ts';

/*
 * What `validate` and `plan` say will wait is what waits when the same files are applied.
 */

const said = createSaidFile();
let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
});

afterAll(() => world.close());

type Files = Record<string, string>;

const orgHeader =
  'type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code';
const userHeader =
  'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name';

interface Unit {
  readonly action?: string;
  readonly name?: string;
  readonly department?: string;
  readonly template?: string;
  readonly semester?: string;
  readonly offering?: string;
  readonly custom?: string;
}

function unit(type: string, code: string, stated: Unit = {}): string {
  const { action = 'UPDATE', name = `Name ${code}`, department, template, semester, offering, custom } = stated;
  return [type, action, code, name, '', '', '1', department, template, semester, offering, custom].join(',');
}

const units = (...rows: string[]): Files => ({ ...manifest, '02-Orgs.csv': lines(orgHeader, ...rows) });
const person = (id: string, userName = `u${id}`, action = 'UPDATE'): string =>
  `user,${action},${userName},${id},First,Last,,1,Student,,,,`;
const persons = (...rows: string[]): Files => ({ ...manifest, '07-Users.csv': lines(userHeader, ...rows) });
const enrollments = (...pairs: (readonly [user: string, orgUnit: string])[]): Files => ({
  ...manifest,
  '08-Enrollments.csv': lines(
    'type,action,child_code,role_name,parent_code',
    ...pairs.map(([user, orgUnit]) => `enrollment,UPDATE,${user},Student,${orgUnit}`),
  ),
});

/** A department, a semester, a template in the one, an offering in both, and a section of it. */
const campus = [
  unit('department', 'SCI'),
  unit('semester', 'TERM'),
  unit('course template', 'PHYS', { department: 'SCI' }),
  unit('course offering', 'PHYS-1', { template: 'PHYS', semester: 'TERM' }),
  unit('course section', 'PHYS-1-A', { offering: 'PHYS-1' }),
];

const everything = `
  select (select count(*)::int from declared_user) as users, (select count(*)::int from declared_org_unit) as units,
         (select count(*)::int from declared_enrollment) as enrollments, (select count(*)::int from lms_user) as lms_users,
         (select count(*)::int from lms_org_unit) as lms_units, (select count(*)::int from link) as links,
         (select count(*)::int from change) as changes, (select count(*)::int from message) as messages`;

interface ToldProblem {
  readonly code: string;
  readonly on: string;
  readonly affects: number;
  readonly message: string;
}

function toldOf(organization: RunOrganization, { id }: RunRow): Promise<ToldProblem[]> {
  return organization.query(
    `select code, kind, sourced_id as on, affects::int, file, line, field, "column", message from run_problem where run_id = '${id}' order by affects desc, number`,
  );
}

/** What waits, or is projected and lacks something that it asks for. */
const waiting = `
  select code, count(*)::int from (
    select wait_code as code from declared_user union all select wait_code from declared_org_unit
    union all select wait_code from declared_enrollment where not deleted) w
   where code is not null group by code order by code`;

/** Validates files, makes their plan, and applies them: the first two tell the same as the last, and write nothing. */
async function inAdvance(
  organization: RunOrganization,
  files: Files,
  wish: Wish = {},
): Promise<{ told: ToldProblem[]; applied: RunRow; waits: object[] }> {
  const before = await organization.query(everything);
  const validated = await organization.run(files, { ...wish, mode: 'validate' });
  const planned = await organization.run(files, { ...wish, mode: 'plan' });
  expect(await organization.query(everything)).toEqual(before);
  const told = await toldOf(organization, validated);
  expect(await toldOf(organization, planned)).toEqual(told);
  const applied = await organization.run(files, wish);
  expect(await toldOf(organization, applied)).toEqual(told);
  return { told, applied, waits: await organization.query(waiting) };
}

describe('what is named in the wrong column', () => {
  test('is told by what it is, with the place of the first that names it and how many wait for it', async () => {
    const organization = await world.organization();
    const files = {
      ...units(
        ...campus,
        unit('course section', 'S1', { offering: 'TERM' }),
        unit('course section', 'S2', { offering: 'TERM' }),
        unit('course offering', 'O1', { template: 'PHYS-1-A' }),
        unit('course offering', 'O2', { template: 'PHYS', semester: 'PHYS' }),
      ),
      ...persons(person('P1')),
      ...enrollments(['P1', 'S1'], ['P1', 'O1']),
    };
    const { told, waits } = await inAdvance(organization, files);
    expect(told).toEqual([
      {
        code: 'wrong_kind',
        kind: 'offering',
        on: 'TERM',
        affects: 3,
        file: '02-Orgs.csv',
        line: 7,
        field: 'offering_code',
        column: 11,
        message: expect.stringContaining('"TERM" is a semester, not a course offering: 3 records wait for it'),
      },
      expect.objectContaining({
        code: 'wrong_kind',
        on: 'PHYS-1-A',
        affects: 2,
        line: 9,
        field: 'template_code',
        message: expect.stringContaining(
          '"PHYS-1-A" is a course section, not a course template: 2 records wait for it',
        ),
      }),
      expect.objectContaining({
        code: 'wrong_kind',
        on: 'PHYS',
        affects: 0,
        line: 10,
        field: 'semester_code',
        message: expect.stringContaining(
          '"PHYS" is a course template, not a semester: 1 org unit is placed without it until it comes',
        ),
      }),
    ]);
    expect(waits).toEqual([
      { code: 'waiting_for_org_unit', count: 2 },
      { code: 'wrong_kind', count: 3 },
    ]);
  });

  test('is not told where what is meant comes later, or is there of old', async () => {
    const organization = await world.organization();
    const [department = '', ...others] = campus;
    const { told } = await inAdvance(organization, {
      ...units(...others, department, unit('course offering', 'SCI', { template: 'PHYS' })),
      ...enrollments(),
    });
    expect(told).toEqual([]);
    const section = units(unit('course section', 'S1', { offering: 'SCI' }));
    expect((await inAdvance(organization, section)).told).toEqual([]);
  });

  test('a membership is made in what is there, where only the kind is not the one that was stated', async () => {
    const organization = await world.organization();
    await organization.run({ ...units(...campus), ...persons(person('P1')) });
    const first = { ...enrollments(['P1', 'PHYS-1']), 'manifest.json': '{"version":"1.1"}' };
    const { told, waits } = await inAdvance(organization, first);
    expect([told, waits]).toEqual([[], []]);
  });
});

/** What files with columns cannot say: several parents, references without a kind, lists that are changed. */
function states(kind: 'offering' | 'section', sourcedId: string, ...parents: ParentReference[]): RecordCommand {
  const type = `course ${kind}`;
  return {
    entity: 'org_unit',
    kind,
    sourcedId,
    verb: 'replace',
    fields: { type, code: sourcedId, name: sourcedId, parents },
  };
}

function names(role: ParentReference['role'], kind: OrgUnitWireKind | null, sourcedId: string): ParentReference {
  return { role, kind, sourcedId };
}

function changesParents(lists: 'add' | 'remove', sourcedId: string, ...parents: ParentReference[]): RecordCommand {
  return { entity: 'org_unit', kind: 'offering', sourcedId, verb: 'update', lists, fields: { parents } };
}

const teachesTogether = (...sections: string[]): RecordCommand => ({
  entity: 'association',
  kind: 'association',
  sourcedId: 'TOGETHER',
  verb: 'replace',
  fields: { name: 'Together', sections },
});

/** A campus with what was stated before, and what is told of what is stated then, and waits. */
async function statedInAdvance({ before = [], then }: { before?: RecordCommand[]; then: RecordCommand[] }) {
  const organization = await world.organization();
  await organization.run(units(...campus));
  for (const command of before) await organization.send('sis', command);
  said.stated = then;
  const { told, waits } = await inAdvance(organization, commandsFile);
  return { told: told.map(({ code, on, affects }) => `${code} ${on} ${String(affects)}`), waits };
}

describe('what a role can name', () => {
  test('a section is taught in the combined offering of an association, and waits for nothing', async () => {
    const before = [teachesTogether('PHYS-1-A')];
    const then = [states('section', 'S2', names('offering', 'offering', 'TOGETHER'))];
    expect(await statedInAdvance({ before, then })).toEqual({ told: [], waits: [] });
  });

  test.each([['group'], [null]] as const)('a department is no template, also where it is named as %s', async (kind) => {
    const then = [states('offering', 'O', names('template', kind, 'SCI'))];
    expect(await statedInAdvance({ then })).toEqual({
      told: ['wrong_kind SCI 1'],
      waits: [{ code: 'wrong_kind', count: 1 }],
    });
  });

  test('who names it as what it is waits for nothing', async () => {
    const then = [
      states('offering', 'O1', names('department', null, 'SCI')),
      states('offering', 'O2', names('template', null, 'PHYS'), names('semester', null, 'TERM')),
      states('offering', 'O3', names('template', 'template', 'PHYS'), names('semester', 'template', 'SCI')),
    ];
    expect(await statedInAdvance({ then })).toEqual({ told: [], waits: [] });
  });
});

describe('one of several parents', () => {
  test.each([
    ['parent', 'parent'],
    ['department', 'department'],
  ] as const)('that is missing leaves who names it below the first (%s)', async (first, second) => {
    const then = [states('offering', 'O', names(first, 'group', 'SCI'), names(second, 'group', 'NOBODY'))];
    expect(await statedInAdvance({ then })).toEqual({ told: ['waiting_for_parent NOBODY 0'], waits: [] });
  });

  test('is waited for where the others are missing as well, and the first department in any case', async () => {
    const then = [
      states('offering', 'O1', names('parent', 'group', 'NOBODY'), names('parent', 'group', 'NONE')),
      states('offering', 'O2', names('department', 'group', 'NOWHERE'), names('department', 'group', 'SCI')),
    ];
    expect(await statedInAdvance({ then })).toEqual({
      told: ['waiting_for_parent NOBODY 1', 'waiting_for_parent NONE 1', 'waiting_for_parent NOWHERE 1'],
      waits: [{ code: 'waiting_for_parent', count: 2 }],
    });
  });

  test('is not needed by a section that is taught under an association', async () => {
    const before = [teachesTogether('PHYS-1-A')];
    const then = [states('section', 'PHYS-1-A', names('offering', 'offering', 'NOBODY'))];
    expect(await statedInAdvance({ before, then })).toEqual({ told: ['waiting_for_parent NOBODY 0'], waits: [] });
  });
});

describe('a list of parents that is changed', () => {
  const below = states('offering', 'O', names('parent', 'group', 'SCI'), names('parent', 'group', 'NOBODY'));

  test('is not told to wait for what is taken out of it', async () => {
    const then = [changesParents('remove', 'O', names('parent', 'group', 'NOBODY'))];
    expect(await statedInAdvance({ before: [below], then })).toEqual({ told: [], waits: [] });
  });

  test('keeps what is declared beside what is added to it', async () => {
    const before = [states('offering', 'O', names('template', 'template', 'PHYS'))];
    const then: RecordCommand[] = [
      changesParents('add', 'O', names('parent', 'group', 'SCI')),
      { entity: 'org_unit', kind: 'template', sourcedId: 'PHYS', verb: 'delete' },
    ];
    // The offering of the campus with its section, and the one to which a parent is added.
    const found = await statedInAdvance({
      before,
      then: [states('offering', 'O2', names('template', 'template', 'PHYS')), ...then],
    });
    expect(found.told).toEqual(['detached PHYS 4']);
    expect(found.waits).toEqual([
      { code: 'detached', count: 3 },
      { code: 'waiting_for_parent', count: 1 },
    ]);
  });
});

describe('an id of several kinds', () => {
  test('is told where somebody names it without a kind, whenever the second kind comes', async () => {
    const organization = await world.organization();
    const files = { ...units(...campus), ...persons(person('P1'), person('P2')), ...enrollments(['P1', 'PHYS-1']) };
    expect((await inAdvance(organization, files)).told).toEqual([]);
    const section = unit('course section', 'PHYS-1', { offering: 'PHYS-1' });
    const { told, waits } = await inAdvance(organization, { ...enrollments(['P2', 'PHYS-1']), ...units(section) });
    expect(told).toEqual([
      expect.objectContaining({
        code: 'ambiguous',
        on: 'PHYS-1',
        affects: 2,
        file: '08-Enrollments.csv',
        line: 2,
        message: expect.stringContaining('several org units (course offering, course section)'),
      }),
    ]);
    expect(waits).toEqual([{ code: 'ambiguous', count: 2 }]);
    // What is so already is told again.
    expect((await inAdvance(organization, enrollments(['P2', 'PHYS-1']))).told).toMatchObject([{ code: 'ambiguous' }]);
  });
});

describe('a record that is refused', () => {
  test('is named with its place by those that wait for it, however far below', async () => {
    const organization = await world.organization();
    const [department = '', semester = '', template = ''] = campus;
    const files = {
      ...units(
        department,
        semester,
        template,
        unit('course offering', 'PHYS-1'),
        unit('course section', 'PHYS-1-A', { offering: 'PHYS-1' }),
        unit('course template', 'MATH', { name: '', department: 'SCI' }),
        unit('course offering', 'MATH-1', { template: 'MATH' }),
      ),
      ...persons(person('P1')),
      ...enrollments(['P1', 'PHYS-1-A'], ['P1', 'PHYS-1']),
    };
    const { told, applied } = await inAdvance(organization, files);
    expect(told).toEqual([
      {
        code: 'waiting_for_parent',
        kind: 'offering',
        on: 'PHYS-1',
        affects: 3,
        file: '02-Orgs.csv',
        line: 5,
        field: null,
        column: null,
        message:
          'The course offering "PHYS-1" was refused at 02-Orgs.csv line 5 (incomplete_data): 3 records wait for it. Correct it there: they project by themselves then.',
      },
      expect.objectContaining({ on: 'MATH', affects: 1, line: 7 }),
      expect.objectContaining({ code: 'incomplete_data', on: 'PHYS-1', line: 5 }),
      expect.objectContaining({ code: 'incomplete_data', on: 'MATH', line: 7 }),
    ]);
    expect(applied.outcomes).toEqual({ waiting: 4 });
  });

  test('also where it is refused by what is there, and not by its words', async () => {
    const organization = await world.organization();
    const self = unit('department', 'SCI', { custom: 'SCI' });
    const { told } = await inAdvance(organization, {
      ...units(self, unit('course template', 'PHYS', { department: 'SCI' })),
    });
    expect(told).toEqual([
      expect.objectContaining({ code: 'invalid_data', on: 'SCI', line: 2 }),
      expect.objectContaining({
        code: 'waiting_for_parent',
        on: 'SCI',
        line: 2,
        message: expect.stringContaining('The group "SCI" was refused at 02-Orgs.csv line 2 (invalid_data)'),
      }),
    ]);
  });
});

describe('what the same files delete', () => {
  test('is told with those that the files name with it', async () => {
    const organization = await world.organization();
    const before = { ...units(...campus), ...persons(person('P1'), person('P2')), ...enrollments(['P1', 'PHYS-1-A']) };
    await organization.run(before);
    const files = {
      ...units(
        unit('course section', 'PHYS-1-B', { offering: 'PHYS-1' }),
        unit('course offering', 'PHYS-1', { action: 'DELETE' }),
      ),
      ...persons(person('P1', 'uP1', 'DELETE')),
      ...enrollments(['P1', 'PHYS-1-A'], ['P2', 'PHYS-1-B']),
    };
    const { told, waits } = await inAdvance(organization, files, { force: true });
    expect(told).toEqual([
      {
        code: 'detached',
        kind: 'offering',
        on: 'PHYS-1',
        affects: 4,
        file: '02-Orgs.csv',
        line: 3,
        field: null,
        column: null,
        message:
          'The files delete the course offering "PHYS-1", and records name it still: 4 records wait for it. Delete or move those as well, or keep it.',
      },
      expect.objectContaining({
        code: 'detached',
        kind: 'person',
        on: 'P1',
        affects: 1,
        file: '07-Users.csv',
        line: 2,
      }),
    ]);
    expect(waits).toEqual([
      { code: 'detached', count: 3 },
      { code: 'waiting_for_org_unit', count: 1 },
    ]);
  });

  test('so is who is absent from a snapshot that enrolls them', async () => {
    const organization = await world.organization();
    await organization.run({
      ...units(...campus),
      ...persons(person('P1'), person('P2')),
      ...enrollments(['P1', 'PHYS-1-A'], ['P2', 'PHYS-1-A']),
    });
    const files = { ...persons(person('P2')), ...enrollments(['P1', 'PHYS-1-A'], ['P2', 'PHYS-1-A']) };
    const { told, waits } = await inAdvance(organization, files, { snapshot: { kinds: ['person'] }, force: true });
    expect(told).toEqual([
      expect.objectContaining({
        code: 'detached',
        on: 'P1',
        affects: 1,
        file: null,
        message: expect.stringContaining('The snapshot leaves out the person "P1", and records name it still'),
      }),
    ]);
    expect(waits).toEqual([{ code: 'detached', count: 1 }]);
  });

  test('but not where nothing names it, or what does goes as well', async () => {
    const organization = await world.organization();
    await organization.run({
      ...units(...campus),
      ...persons(person('P1'), person('P2')),
      ...enrollments(['P1', 'PHYS-1-A']),
    });
    const files = {
      ...persons(person('P1', 'uP1', 'DELETE'), person('P2', 'uP2', 'DELETE')),
      '08-Enrollments.csv': lines('type,action,child_code,role_name,parent_code', 'enrollment,DELETE,P1,,PHYS-1-A'),
    };
    expect((await inAdvance(organization, files, { force: true })).told).toEqual([]);
  });

  test('and not where the files make it again', async () => {
    const organization = await world.organization();
    await organization.run({ ...units(...campus), ...persons(person('P1')) });
    const files = { ...persons(person('P1', 'uP1', 'DELETE'), person('P1')), ...enrollments(['P1', 'PHYS-1-A']) };
    const { told, waits } = await inAdvance(organization, files, { force: true });
    expect(told).toEqual([expect.objectContaining({ code: 'stated_twice' })]);
    expect(waits).toEqual([]);
  });
});

describe('org units that stand below each other in a circle', () => {
  test('are told as one, with all that waits below them', async () => {
    const organization = await world.organization();
    const files = {
      ...units(
        unit('department', 'A', { custom: 'B' }),
        unit('department', 'B', { custom: 'C|ROOT' }),
        unit('department', 'C', { custom: 'A' }),
        unit('department', 'ROOT'),
        unit('department', 'BELOW', { custom: 'A' }),
        unit('course template', 'T', { department: 'A' }),
      ),
      ...persons(person('P1')),
      ...enrollments(['P1', 'A'], ['P1', 'T']),
    };
    const { told, waits } = await inAdvance(organization, files);
    expect(told).toEqual([
      {
        code: 'parent_cycle',
        kind: 'group',
        on: 'A',
        affects: 4,
        file: '02-Orgs.csv',
        line: 2,
        field: 'custom_code',
        column: 12,
        message:
          'The org units "A", "B", "C" stand below each other in a circle, each its own ancestor. Correct the parents of one of them. 4 records wait for it.',
      },
    ]);
    expect(waits).toEqual([
      { code: 'parent_cycle', count: 3 },
      { code: 'waiting_for_org_unit', count: 1 },
    ]);
  });

  test('also where what is declared closes the circle, and not where the files open it', async () => {
    const organization = await world.organization();
    await organization.run(
      units(
        unit('department', 'A'),
        unit('department', 'B', { custom: 'A' }),
        unit('department', 'C', { custom: 'B' }),
      ),
    );
    const { told, waits } = await inAdvance(organization, units(unit('department', 'A', { custom: 'C' })));
    expect(told).toEqual([expect.objectContaining({ code: 'parent_cycle', on: 'A', affects: 3, line: 2 })]);
    expect(waits).toEqual([{ code: 'parent_cycle', count: 3 }]);
    const other = await world.organization();
    await other.run(units(unit('department', 'A'), unit('department', 'B', { custom: 'A' })));
    const turned = units(unit('department', 'A', { custom: 'B' }), unit('department', 'B'));
    expect(await inAdvance(other, turned)).toMatchObject({ told: [], waits: [] });
  });

  test('also by way of what is of another kind than was said', async () => {
    const organization = await world.organization();
    await organization.run(units(unit('course template', 'T'), unit('department', 'A', { custom: 'T' })));
    const { told, waits } = await inAdvance(organization, units(unit('course template', 'T', { department: 'A' })));
    expect(told).toEqual([expect.objectContaining({ code: 'parent_cycle', affects: 2 })]);
    expect(waits).toEqual([{ code: 'parent_cycle', count: 2 }]);
  });
});

describe('user names and org-defined ids that only one can have', () => {
  test('whose role is not mapped takes no name from anybody, and gives none up', async () => {
    const organization = await world.organization();
    const unmapped = (id: string, userName: string): string => person(id, userName).replace('Student', 'Ghost');
    const first = await inAdvance(organization, persons(unmapped('P8', 'p8'), person('P9', 'p8')));
    expect(first.told).toEqual([expect.objectContaining({ code: 'unmapped_role', on: 'P8' })]);
    expect(first.waits).toEqual([{ code: 'unmapped_role', count: 1 }]);

    const later = await world.organization();
    await later.run(persons(person('P1', 'a')));
    const second = await inAdvance(later, persons(unmapped('P1', 'b'), person('P9', 'a')), { force: true });
    expect(second.told.map(({ code, on }) => [code, on])).toEqual([
      ['unmapped_role', 'P1'],
      ['identity_conflict', 'P9'],
    ]);
    expect(second.waits).toEqual([
      { code: 'identity_conflict', count: 1 },
      { code: 'unmapped_role', count: 1 },
    ]);
  });

  test('of two new persons the first has it, and the other one waits with what waits for them', async () => {
    const organization = await world.organization();
    const files = {
      ...units(...campus),
      ...persons(person('P1', 'ann'), person('P2', 'Ann'), person('P3', 'bob')),
      ...enrollments(['P1', 'PHYS-1-A'], ['P2', 'PHYS-1-A']),
    };
    const { told, waits } = await inAdvance(organization, files);
    expect(told).toEqual([
      {
        code: 'identity_conflict',
        kind: 'person',
        on: 'P2',
        affects: 2,
        file: '07-Users.csv',
        line: 3,
        field: 'username',
        column: 3,
        message:
          '"Ann" is stated by the person "P1" as well, who stands before and has it: the person "P2" waits. Correct one of them.',
      },
    ]);
    expect(waits).toEqual([
      { code: 'identity_conflict', count: 1 },
      { code: 'waiting_for_user', count: 1 },
    ]);
  });

  test('who takes the name of somebody who gets another one has it, in whatever order', async () => {
    const organization = await world.organization();
    await organization.run(persons(person('P1', 'ann'), person('P2', 'bob')));
    const chain = persons(person('P3', 'ann'), person('P1', 'bob'), person('P2', 'carl'));
    expect(await inAdvance(organization, chain)).toMatchObject({ told: [], waits: [] });
  });

  test('two who swap names wait for each other, and so does who wants to have one of them', async () => {
    const organization = await world.organization();
    await organization.run(persons(person('P1', 'ann'), person('P2', 'bob'), person('P3', 'carl')));
    const { told, waits } = await inAdvance(
      organization,
      persons(person('P1', 'bob'), person('P2', 'ann'), person('P3', 'Bob')),
    );
    expect(told).toEqual([
      expect.objectContaining({
        on: 'P1',
        affects: 1,
        message: expect.stringContaining('Persons who swap theirs wait for each other'),
      }),
      expect.objectContaining({ on: 'P2', affects: 1 }),
      expect.objectContaining({ on: 'P3', affects: 1 }),
    ]);
    expect(waits).toEqual([{ code: 'identity_conflict', count: 3 }]);
  });

  test('the name of somebody whom the files delete is kept by who is inactivated, and free where the LMS user is deleted', async () => {
    const files = persons(person('P1', 'ann', 'DELETE'), person('P2', 'ann'));
    const kept = await world.organization({ userDelete: 'inactivate' });
    await kept.run(persons(person('P1', 'ann')));
    expect(await inAdvance(kept, files, { force: true })).toMatchObject({
      told: [{ code: 'identity_conflict', on: 'P2', message: expect.stringContaining('whom the files delete') }],
      waits: [{ code: 'identity_conflict', count: 1 }],
    });
    const freed = await world.organization({ userDelete: 'delete' });
    await freed.run(persons(person('P1', 'ann')));
    expect(await inAdvance(freed, files, { force: true })).toMatchObject({ told: [], waits: [] });
  });

  test('the LMS user of another source system is taken over by the identity rule, and its name by nobody', async () => {
    const organization = await world.organization({ identityRule: 'org_defined_id' }, ['sis', 'other']);
    await organization.run(persons(person('P1', 'ann'), person('P2', 'bob')), { source: 'other' });
    const { told, waits } = await inAdvance(organization, persons(person('P1', 'ann'), person('P9', 'bob')));
    expect(told).toEqual([expect.objectContaining({ code: 'identity_conflict', on: 'P9', affects: 1, line: 3 })]);
    expect(waits).toEqual([{ code: 'identity_conflict', count: 1 }]);
    const byName = await world.organization({ identityRule: 'user_name' }, ['sis', 'other']);
    await byName.run(persons(person('P1', 'ann')), { source: 'other' });
    expect(await inAdvance(byName, persons(person('P9', 'ann')))).toMatchObject({ told: [], waits: [] });
  });
});

describe('codes and types that only one org unit can have', () => {
  test('one code as a department and as a semester is one org unit of two types, and waits', async () => {
    const organization = await world.organization();
    const files = {
      ...units(unit('department', 'A'), unit('semester', 'A'), unit('department', 'SCI')),
      ...persons(person('P1')),
      ...enrollments(['P1', 'A']),
    };
    const { told, waits } = await inAdvance(organization, files);
    expect(told).toEqual([
      expect.objectContaining({
        code: 'type_conflict',
        on: 'A',
        affects: 2,
        message: expect.stringContaining('"semester" is not that type'),
      }),
      expect.objectContaining({ code: 'stated_twice', on: 'A', line: 3 }),
    ]);
    expect(waits).toEqual([
      { code: 'type_conflict', count: 1 },
      { code: 'waiting_for_org_unit', count: 1 },
    ]);
  });

  test('what comes as another type than it is there waits', async () => {
    const organization = await world.organization();
    await organization.run(units(unit('department', 'A')));
    const { told, waits } = await inAdvance(organization, units(unit('semester', 'A')), { force: true });
    expect(told).toEqual([expect.objectContaining({ code: 'type_conflict', on: 'A', affects: 1, line: 2 })]);
    expect(waits).toEqual([{ code: 'type_conflict', count: 1 }]);
  });

  test('one code of several kinds is taken, and codes that differ by letter case alone are the first one’s', async () => {
    const organization = await world.organization();
    const files = units(
      unit('department', 'A'),
      unit('course template', 'A', { department: 'A' }),
      unit('course offering', 'A', { template: 'A' }),
      unit('course offering', 'a', { template: 'A' }),
      unit('course section', 'S', { offering: 'a' }),
    );
    const { told, waits } = await inAdvance(organization, files);
    expect(told).toEqual([
      {
        code: 'code_in_use',
        kind: 'offering',
        on: 'a',
        affects: 2,
        file: '02-Orgs.csv',
        line: 5,
        field: 'code',
        column: 3,
        message:
          'The code "a" is stated by "A" as well, which stands before and has it: "a" waits. Change one of the two. 2 records wait for it.',
      },
    ]);
    expect(waits).toEqual([
      { code: 'code_in_use', count: 1 },
      { code: 'waiting_for_parent', count: 1 },
    ]);
  });

  test('a code of another source system waits, unless what is there is adopted', async () => {
    const files = units(unit('department', 'A'));
    const own = await world.organization({ adoptOrgUnits: false }, ['sis', 'other']);
    await own.run(files, { source: 'other' });
    expect(await inAdvance(own, files)).toMatchObject({
      told: [{ code: 'code_in_use', on: 'A', affects: 1 }],
      waits: [{ code: 'code_in_use', count: 1 }],
    });
    const adopting = await world.organization({ adoptOrgUnits: true }, ['sis', 'other']);
    await adopting.run(files, { source: 'other' });
    expect(await inAdvance(adopting, files)).toMatchObject({ told: [], waits: [] });
  });
});
