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
 * What ends though nobody removes it.
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

/** All are in the section S-1 of O-1, and in the offering O-2. */
async function loaded(options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  const organization = await world.organization(options);
  await organization.run({
    ...filesOf({ departments: ['SCI', 'ART'], offerings: ['O-1', 'O-2'], users, enrollments: [] }),
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

/** Taken back with the guards that any run has. */
async function takenBack(organization: RunOrganization, id: string): Promise<string> {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  const back = await administration.runs.rollback(editor, id, { mode: 'apply' });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
  return back.id;
}

describe('another type', () => {
  test('of another LMS type ends the org unit: that keeps its type', async () => {
    const organization = await loaded();
    said.stated = [states('offering', 'O-2', { role: 'department', kind: 'group', sourcedId: 'ART' })];
    await organization.run(commandsFile);
    const { effects, made } = await planned(organization, units('semester,UPDATE,ART,Department ART,,,1,,,,,'));
    expect(effects).toMatchObject({
      group: { ended: 1, changed: 0 },
      offering: { ended: 1, count: 1 },
      section: { ended: 1 },
      membership: { ended: 30, count: 30 },
    });
    expect(made).toMatchObject({ 'org_unit deleted': 3, 'enrollment deleted': 30 });
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
