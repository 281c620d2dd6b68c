import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { UserFields } from '../../../src/domain/entities.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { command, type History, histories, sourceCodes } from '../../oracle/arbitraries.ts';
import { createOrganization } from '../../oracle/harness.ts';
import { holdsFor, runs } from '../../oracle/holds-for.ts';
import { oracleWorld } from '../../oracle/world.ts';
import { lmsReads, lmsReadsWithoutIds } from './lms-reads.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  isEnded,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

jest.setTimeout(10 * 60_000);

const said = createSaidFile();
let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
});

afterAll(() => world.close());

/** A file of any world, what is there when it comes, and the file that corrects it. */
type Night = History & {
  readonly source: string;
  readonly stated: readonly RecordCommand[];
  readonly corrected: readonly RecordCommand[];
};

const isOfFiles = (one: object): one is RecordCommand => (one as { verb: string }).verb !== 'rename';

const nights: fc.Arbitrary<Night> = fc
  .tuple(histories('wild', 12), fc.constantFrom(...sourceCodes))
  .chain(([{ options, steps }, source]) => {
    const file = fc.array(command('wild', source), { minLength: 1, maxLength: 8 }).map((all) => all.filter(isOfFiles));
    return fc.record({
      options: fc.constant(options),
      steps: fc.constant(steps),
      source: fc.constant(source),
      stated: file,
      corrected: file,
    });
  });

async function begun({ options, steps }: Night): Promise<RunOrganization> {
  const organization = world.withRuns(await createOrganization(world.database.pool, world.store, oracleWorld(options)));
  for (const step of steps) {
    if ('edit' in step) await organization.edit(step);
    else await organization.send(step.source, ...step.commands);
  }
  return organization;
}

async function imports(organization: RunOrganization, stated: readonly RecordCommand[], source: string) {
  said.stated = stated;
  return organization.run(commandsFile, { source, force: true });
}

test('whatever a file says: taken back, an LMS reads what it read before', async () => {
  await holdsFor(
    nights,
    async (night) => {
      const organization = await begun(night);
      if (await someWaitForNames(organization)) return;
      const before = await lmsReads(organization);
      const run = await imports(organization, night.stated, night.source);
      if (run.items === 0) return;
      await takeBack(organization, run.id);
      const { stated } = night;
      expect({ stated, reads: await lmsReads(organization) }).toEqual({ stated, reads: before });
    },
    Math.ceil(runs / 3),
  );
});

test('whatever a wrong file said: when it is taken back, a corrected one comes to what it would have come to', async () => {
  await holdsFor(
    nights,
    async (night) => {
      const [organization, other] = [await begun(night), await begun(night)];
      if (await someWaitForNames(organization)) return;
      const run = await imports(organization, night.stated, night.source);
      if (run.items === 0) return;
      await takeBack(organization, run.id);
      for (const each of [organization, other]) await imports(each, night.corrected, night.source);
      const { stated, corrected } = night;
      expect({ stated, corrected, reads: await lmsReadsWithoutIds(organization) }).toEqual({
        stated,
        corrected,
        reads: await lmsReadsWithoutIds(other),
      });
    },
    Math.ceil(runs / 4),
  );
});

/** Whom a run does not name, and who gets a name that it sets free, keeps it: the guide says so. */
async function someWaitForNames(organization: RunOrganization): Promise<boolean> {
  const waiting = await organization.query(
    `select wait_code from declared_user where wait_code = 'identity_conflict'
     union all select wait_code from declared_org_unit where wait_code = 'code_in_use'`,
  );
  return waiting.length > 0;
}

const campus = async (lis: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> =>
  world.withRuns(await createOrganization(world.database.pool, world.store, oracleWorld({ banner: {}, lis })));

const person = (sourcedId: string, fields: UserFields): RecordCommand => ({
  entity: 'user',
  kind: 'person',
  sourcedId,
  verb: 'replace',
  fields: { familyName: sourcedId, ...fields },
});

const people = (organization: RunOrganization): Promise<object[]> =>
  organization.query(
    `select id::integer as id, fields->>'familyName' as who, fields->>'userName' as name, state from lms_user where state <> 'deleted' order by 2`,
  );

describe('a user name that a person of the run took', () => {
  test('goes back to the one who had it', async () => {
    const organization = await campus();
    await organization.send('lis', person('Q', { userName: 'ann' }));
    const before = await people(organization);
    const run = await imports(
      organization,
      [person('Q', { userName: 'bob' }), person('X', { userName: 'ann' })],
      'lis',
    );
    await takeBack(organization, run.id);
    expect(await people(organization)).toEqual(before);
  });

  test('goes to the one who has asked for it since', async () => {
    const organization = await campus();
    const run = await imports(organization, [person('X', { userName: 'ann' })], 'lis');
    await organization.send('lis', person('Z', { userName: 'ann' }));
    await takeBack(organization, run.id);
    expect(await people(organization)).toMatchObject([{ who: 'Z', name: 'ann', state: 'active' }]);
  });
});

test('whom a run brought back is inactive again, with the name, the fields and the role that were there', async () => {
  const organization = await campus();
  const role = (name: string) => [{ role: name, primary: true }];
  await organization.send(
    'lis',
    person('P', { userName: 'ann', givenName: 'Ann', roles: role('Student') }),
    person('Q', { orgDefinedId: 'Q-1', givenName: 'Bob' }),
  );
  await organization.send(
    'lis',
    { entity: 'user', kind: 'person', sourcedId: 'P', verb: 'delete' },
    { entity: 'user', kind: 'person', sourcedId: 'Q', verb: 'delete' },
  );
  const before = await lmsReads(organization);
  const stated = [person('P', { userName: 'bob', email: 'bob@example.edu', roles: role('Faculty') })];
  await takeBack(organization, (await imports(organization, stated, 'lis')).id);
  expect(await lmsReads(organization)).toEqual(before);
  // One whom another source system had known, too.
  const adopting = [person('R', { orgDefinedId: 'Q-1', userName: 'carl', roles: role('Faculty') })];
  await takeBack(organization, (await imports(organization, adopting, 'banner')).id);
  expect(await lmsReads(organization)).toEqual(before);
});

test('who comes again after a rollback has the same LMS id; if the rollback is taken back as well', async () => {
  const organization = await campus();
  const run = await imports(organization, [person('X', { userName: 'ann' })], 'lis');
  const after = await people(organization);
  const back = await takeBack(organization, run.id);
  const { effects } = await world.administration.runs.get(organization.id, back.id);
  expect(effects.person).toMatchObject({ ended: 1 });
  expect(await people(organization)).toEqual([]);
  await takeBack(organization, back.id);
  expect(await people(organization)).toEqual(after);
});

test('who was found to be somebody else by a wrong user name is found by the right one afterwards', async () => {
  const organization = await campus({ identityRule: 'user_name' });
  await organization.send('banner', person('A', { userName: 'ann' }), person('B', { userName: 'bob' }));
  const run = await imports(organization, [person('X', { userName: 'ann', givenName: 'Xenia' })], 'lis');
  await takeBack(organization, run.id);
  await imports(organization, [person('X', { userName: 'bob', givenName: 'Xenia' })], 'lis');
  expect(await people(organization)).toMatchObject([
    { who: 'A', name: 'ann' },
    { who: 'X', name: 'bob' },
  ]);
});

test('a course whose type was wrong has the right one when the corrected file comes; placeholders go with what brought them', async () => {
  const organization = await campus();
  const before = await lmsReads(organization);
  const stated = (type: string): RecordCommand[] => [
    { entity: 'org_unit', kind: 'group', sourcedId: 'G', verb: 'replace', fields: { type, name: 'Autumn' } },
    {
      entity: 'org_unit',
      kind: 'section',
      sourcedId: 'S',
      verb: 'replace',
      fields: {
        type: 'CourseSection',
        name: 'Physics',
        parents: [
          { role: 'semester', kind: 'group', sourcedId: 'G' },
          { role: 'template', kind: 'template', sourcedId: 'T' },
        ],
      },
    },
  ];
  const run = await imports(organization, stated('DEPARTMENT'), 'banner');
  await takeBack(organization, run.id);
  expect(await lmsReads(organization)).toEqual(before);
  await imports(organization, stated('TERM'), 'banner');
  const types = await organization.query(
    `select t.code as type, o.code from lms_org_unit o join org_unit_type t on t.id = o.org_unit_type_id
      where o.state = 'active' and t.code <> 'organization' order by 1`,
  );
  expect(types).toEqual([
    { type: 'course_offering', code: 'S' },
    { type: 'course_section', code: 'S' },
    { type: 'course_template', code: 'T' },
    { type: 'semester', code: 'G' },
  ]);
});

async function takeBack(organization: RunOrganization, id: string) {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  const { id: back } = await world.administration.runs.rollback(editor, id, { mode: 'apply', force: true });
  await workUntil(world.parts, async () => isEnded(await organization.get(back)));
  const run = await organization.get(back);
  expect(run).toMatchObject({ state: 'finished', failure: null, problems: { error: 0 } });
  return run;
}
