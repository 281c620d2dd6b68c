import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { ParentReference } from '../../../src/domain/entities.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  filesOf,
  isEnded,
  lines,
  manifest,
  numbered,
  plannedAndMade,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/*
 * What ends though nobody removes it, nor states anything by which it ends itself: by what is added, or placed elsewhere.
 */

const said = createSaidFile();
let world: RunWorld;
let administration: RunWorld['administration'];

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
  ({ administration } = world);
});

afterAll(() => world.close());

const orgHeader =
  'type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code';
const users = numbered('P', 30);

const units = (...rows: string[]): Record<string, string> => ({
  ...manifest,
  '02-Orgs.csv': lines(orgHeader, ...rows),
});
const department = (code: string, custom = ''): string =>
  `department,UPDATE,${code},Department ${code},,,1,,,,,${custom}`;

/** All are in the section S-1 of O-1, and in the offering O-2. */
async function loaded(options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  const organization = await world.organization(options);
  await organization.run({
    ...filesOf({
      departments: ['SCI', 'ART'],
      offerings: ['O-1', 'O-2'],
      users,
      enrollments: [],
    }),
    '06-Sections.csv': lines(
      orgHeader,
      'course section,UPDATE,S-1,Section 1,,,,,,,O-1,',
      'course section,UPDATE,S-2,Section 2,,,,,,,O-2,',
    ),
    '08-Enrollments.csv': lines(
      'type,action,child_code,role_name,parent_code',
      ...users.flatMap((user) => ['S-1', 'O-2'].map((unit) => `enrollment,UPDATE,${user},Student,${unit}`)),
    ),
  });
  return organization;
}

const planned = (organization: RunOrganization, given: Record<string, string>): ReturnType<typeof plannedAndMade> =>
  plannedAndMade(world, organization, given);

function states(
  kind: 'group' | 'offering' | 'template',
  sourcedId: string,
  ...parents: ParentReference[]
): Extract<RecordCommand, { entity: 'org_unit' }> {
  const type = kind === 'group' ? 'department' : `course ${kind}`;
  const fields = { type, code: sourcedId, name: `New ${sourcedId}`, parents };
  return { entity: 'org_unit', kind, sourcedId, verb: 'replace', fields };
}

const holdsOf = async (organization: RunOrganization, id: string) =>
  (await administration.runs.holds(organization.id, id)).map(
    ({ guard, kind, items }) => `${guard} ${kind} ${String(items)}`,
  );

const left = async (organization: RunOrganization): Promise<number> =>
  (await organization.query('select from lms_enrollment where not ended')).length;

const itemsOf = async (organization: RunOrganization, id: string) =>
  (await administration.runs.items(organization.id, id, { effects: true }, { limit: 10 })).items;

/** Taken back with the guards that any run has. */
async function takenBack(organization: RunOrganization, id: string): Promise<string> {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  const back = await administration.runs.rollback(editor, id, {
    mode: 'apply',
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
  return back.id;
}

test('who moves below what waited, and comes by the same files, does not end', async () => {
  const organization = await loaded();
  await organization.run(units('course offering,UPDATE,F,F,,,1,,NOWHERE,,,'));
  const files = units('course offering,UPDATE,F,F,,,1,,T-SCI,,,', 'course section,UPDATE,S-1,Section 1,,,,,,,F,');
  const { effects, made } = await planned(organization, files);
  expect(made['org_unit deleted']).toBeUndefined();
  expect(effects.section).toMatchObject({ ended: 0, changed: 1 });
  expect(effects.offering).toMatchObject({ created: 1 });
  // Out of the offering above, into the other one.
  expect(effects.membership).toMatchObject({ ended: 30, created: 30 });
  expect(made).toMatchObject({ 'enrollment created': 30, 'enrollment deleted': 30 });
});

describe('an added org unit with the id of another kind', () => {
  const given = units(department('S-1'), department('NEW'));

  test('ends what names that id without a kind', async () => {
    const organization = await loaded();
    const { effects, made } = await planned(organization, given);
    // In the section, and by that in its offering.
    expect(effects).toMatchObject({
      group: { created: 2, ended: 0 },
      membership: { ended: 60, count: 60, from: ['group'] },
    });
    expect(effects.section?.ended ?? 0).toBe(0);
    expect(made).toEqual({ 'org_unit created': 2, 'enrollment deleted': 60 });
  });

  test('says so by its item, and is held', async () => {
    const organization = await loaded();
    const run = await organization.run(given);
    expect(await holdsOf(organization, run.id)).toEqual(['effects group 1']);
    expect(await left(organization)).toBe(90);
    const [item] = await itemsOf(organization, run.id);
    expect(item).toMatchObject({
      sourcedId: 'S-1',
      operation: 'add',
      effects: {
        group: { created: 1, samples: [{ sort: 'created', sourcedId: 'S-1' }] },
        membership: { ended: 60 },
      },
    });
  });

  test('is nothing that a window for adds alone lets through', async () => {
    const exams = {
      name: 'Exams',
      from: '2020-01-01T00:00',
      until: '2099-01-01T00:00',
    };
    const organization = await loaded({
      guards: { removals: { percent: 100 } },
      windows: { timeZone: 'Europe/Paris', addsOnly: [exams] },
    });
    const run = await organization.run(given);
    expect(await holdsOf(organization, run.id)).toEqual(['adds_only group 1']);
    expect(await left(organization)).toBe(90);
    expect(await organization.query(`select from declared_org_unit where sourced_id = 'NEW'`)).toHaveLength(1);
  });

  test('ends the courses that name a template without a kind', async () => {
    const organization = await loaded();
    said.stated = [
      states('offering', 'O-2', {
        role: 'template',
        kind: null,
        sourcedId: 'T-SCI',
      }),
    ];
    await organization.run(commandsFile);
    said.stated = [states('group', 'T-SCI')];
    const { effects, made } = await planned(organization, commandsFile);
    expect(effects).toMatchObject({
      group: { created: 1 },
      offering: { ended: 1, count: 1, from: ['group'] },
      section: { ended: 1, count: 1 },
      membership: { ended: 30, count: 30 },
    });
    expect(made).toEqual({
      'org_unit created': 1,
      'org_unit deleted': 2,
      'enrollment deleted': 30,
    });
  });

  test('ends nothing where the one that was meant is named by its kind, or nobody is in it', async () => {
    const organization = await loaded();
    const { effects, made } = await planned(organization, units(department('T-SCI'), department('S-2')));
    expect(effects.membership?.ended ?? 0).toBe(0);
    expect(made).toEqual({ 'org_unit created': 2 });
  });

  test('is taken back without a hold, as what it ended comes back', async () => {
    const organization = await loaded();
    const run = await organization.run(given, { force: true });
    expect(await left(organization)).toBe(30);
    const back = await takenBack(organization, run.id);
    expect(await holdsOf(organization, back)).toEqual([]);
    expect(await left(organization)).toBe(90);
  });
});

describe('a circle of parents', () => {
  /** Two departments below each other, and the offering O-2 in the lower one. */
  async function withDepartments(): Promise<RunOrganization> {
    const organization = await loaded();
    await organization.run(units(department('ART', 'SCI')));
    said.stated = [
      states('offering', 'O-2', {
        role: 'department',
        kind: 'group',
        sourcedId: 'ART',
      }),
    ];
    await organization.run(commandsFile);
    return organization;
  }

  test('ends who stands on it, and what requires them', async () => {
    const organization = await withDepartments();
    const { effects, made } = await planned(organization, units(department('SCI', 'ART')));
    expect(effects).toMatchObject({
      group: { ended: 2, count: 2, from: ['group'] },
      template: { ended: 0, changed: 2 },
      offering: { ended: 1, count: 1 },
      section: { ended: 1, count: 1 },
      membership: { ended: 30, count: 30, from: ['group'] },
    });
    expect(made).toEqual({
      'org_unit deleted': 4,
      'org_unit updated': 2,
      'enrollment deleted': 30,
    });
  });

  test('is held, and taken back without a hold', async () => {
    const organization = await withDepartments();
    const given = units(department('SCI', 'ART'));
    const held = await organization.run(given);
    expect(await holdsOf(organization, held.id)).toEqual(['effects group 1']);
    expect(await left(organization)).toBe(90);
    const run = await organization.run(given, { force: true });
    expect(await left(organization)).toBe(60);
    const back = await takenBack(organization, run.id);
    expect(await holdsOf(organization, back)).toEqual([]);
    expect(await left(organization)).toBe(90);
  });

  test('that an added org unit closes is its doing', async () => {
    const organization = await withDepartments();
    await organization.run(units(department('SCI', 'TOP')));
    const given = units(department('TOP', 'ART'));
    const { id } = await organization.run(given, { mode: 'plan' });
    const [item] = await itemsOf(organization, id);
    expect(item?.effects).toMatchObject({
      group: { ended: 2 },
      offering: { ended: 1 },
    });
    const { effects, made } = await planned(organization, given);
    expect(effects).toMatchObject({
      group: { created: 0, ended: 2, count: 2, from: ['group'] },
      offering: { ended: 1 },
      membership: { ended: 30 },
    });
    expect(made).toMatchObject({
      'org_unit deleted': 4,
      'enrollment deleted': 30,
    });
  });
});

describe('another type', () => {
  test('of another LMS type ends the org unit: that keeps its type', async () => {
    const organization = await loaded();
    said.stated = [
      states('offering', 'O-2', {
        role: 'department',
        kind: 'group',
        sourcedId: 'ART',
      }),
    ];
    await organization.run(commandsFile);
    const { effects, made } = await planned(organization, units('semester,UPDATE,ART,Department ART,,,1,,,,,'));
    expect(effects).toMatchObject({
      group: { ended: 1, changed: 0 },
      offering: { ended: 1, count: 1 },
      section: { ended: 1 },
      membership: { ended: 30, count: 30 },
    });
    expect(made).toMatchObject({
      'org_unit deleted': 3,
      'enrollment deleted': 30,
    });
  });

  test('is told as a problem, and taken back without a hold', async () => {
    const organization = await loaded({ guards: { removals: { count: 0 } } });
    const given = units('semester,UPDATE,ART,Department ART,,,1,,,,,');
    const run = await organization.run(given, { force: true });
    expect(await organization.query(`select code from run_problem where run_id = '${run.id}'`)).toEqual([
      { code: 'type_conflict' },
    ]);
    const back = await takenBack(organization, run.id);
    expect(await holdsOf(organization, back)).toEqual([]);
    expect(await organization.query(`select from lms_org_unit where code = 'ART' and state = 'active'`)).toHaveLength(
      1,
    );
  });
});

describe('what is placed below something else', () => {
  test('ends where that is of the wrong kind', async () => {
    const organization = await loaded();
    const { effects, made } = await planned(
      organization,
      units(
        'course offering,UPDATE,O-2,Course O-2,,,1,,SCI,2027-S1,,',
        'course section,UPDATE,S-1,Section 1,,,,,,,T-SCI,',
      ),
    );
    expect(effects).toMatchObject({
      offering: { ended: 1, count: 1, from: ['offering'] },
      section: { ended: 2, count: 2 },
      membership: { ended: 90, count: 90 },
    });
    expect(made).toEqual({ 'org_unit deleted': 3, 'enrollment deleted': 90 });
  });

  test('ends where that is named without a kind, and of the wrong one', async () => {
    const organization = await loaded();
    said.stated = [
      states('offering', 'O-2', {
        role: 'template',
        kind: null,
        sourcedId: 'SCI',
      }),
    ];
    const { effects, made } = await planned(organization, commandsFile);
    expect(effects).toMatchObject({
      offering: { ended: 1, count: 1 },
      section: { ended: 1 },
      membership: { ended: 30 },
    });
    expect(made).toEqual({ 'org_unit deleted': 2, 'enrollment deleted': 30 });
  });

  test('ends where that is new, and waits itself', async () => {
    const organization = await loaded();
    const { effects, made } = await planned(
      organization,
      units(
        'course offering,UPDATE,O-3,Course O-3,,,1,,T-NONE,2027-S1,,',
        'course section,UPDATE,S-1,Section 1,,,,,,,O-3,',
      ),
    );
    expect(effects).toMatchObject({
      section: { ended: 1, count: 1 },
      membership: { ended: 60, count: 60 },
    });
    expect(made).toEqual({ 'org_unit deleted': 1, 'enrollment deleted': 60 });
  });
});
