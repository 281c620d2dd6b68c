import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { OrgUnitWireKind, ParentReference, UserFields } from '../../../src/domain/entities.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { createOrganization } from '../../oracle/harness.ts';
import { oracleWorld } from '../../oracle/world.ts';
import { lmsReads } from './lms-reads.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  isEnded,
  type RunOrganization,
  type RunRow,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* What a rollback does where others have to do with what its run did. */

const said = createSaidFile();
let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
});

afterAll(() => world.close());

const campus = async (lis: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> =>
  world.withRuns(await createOrganization(world.database.pool, world.store, oracleWorld({ banner: {}, lis })));

function person(sourcedId: string, fields: UserFields): RecordCommand {
  return { entity: 'user', kind: 'person', sourcedId, verb: 'replace', fields: { familyName: sourcedId, ...fields } };
}

function gone(sourcedId: string): RecordCommand {
  return { entity: 'user', kind: 'person', sourcedId, verb: 'delete' };
}

function unit(kind: OrgUnitWireKind, type: string, sourcedId: string, parents?: ParentReference[]): RecordCommand {
  const fields = { type, name: sourcedId, ...(parents === undefined ? {} : { parents }) };
  return { entity: 'org_unit', kind, sourcedId, verb: 'replace', fields };
}

function imports(organization: RunOrganization, stated: readonly RecordCommand[], force = true): Promise<RunRow> {
  said.stated = stated;
  return organization.run(commandsFile, { source: 'lis', force });
}

async function takeBack(organization: RunOrganization, runId: string, only?: string[]): Promise<RunRow> {
  const wish = { mode: 'apply' as const, force: true, ...(only === undefined ? {} : { only }) };
  const { id } = await world.administration.runs.rollback(
    { organizationId: organization.id, actor: 'admin' },
    runId,
    wish,
  );
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  return organization.get(id);
}

async function endedBy(organization: RunOrganization, { id }: RunRow): Promise<number | undefined> {
  const { effects } = await world.administration.runs.get(organization.id, id);
  return effects.person?.ended;
}

describe('user names', () => {
  test.each(
    ['user_name', 'org_defined_id'].flatMap((identityRule) => [
      { identityRule, isReversed: false },
      { identityRule, isReversed: true },
    ]),
  )('go back to who is inactive again, not to who waited for them: %j', async ({ identityRule, isReversed }) => {
    const organization = await campus({ identityRule: identityRule as SourceSystemOptions['identityRule'] });
    await organization.send('lis', person('P', { userName: 'x' }));
    await organization.send('lis', gone('P'));
    await organization.send('lis', person('W', { userName: 'x' }));
    const before = await lmsReads(organization);
    const file = [person('P', { userName: 'y' }), person('W', { userName: 'w' })];
    const run = await imports(organization, isReversed ? file.reverse() : file);
    expect(await lmsReads(organization)).not.toEqual(before);
    await takeBack(organization, run.id);
    expect(await lmsReads(organization)).toEqual(before);
  });

  test('go back to several who are inactive again, and had taken each other’s', async () => {
    const organization = await campus();
    await organization.send('lis', person('P', { userName: 'x' }), person('Q', { userName: 'z' }));
    await organization.send('lis', gone('P'), gone('Q'));
    const before = await lmsReads(organization);
    const run = await imports(organization, [person('P', { userName: 'y' }), person('Q', { userName: 'x' })]);
    await takeBack(organization, run.id);
    expect(await lmsReads(organization)).toEqual(before);
  });

  test('go back to who is inactive again where somebody who is there had taken it', async () => {
    const organization = await campus();
    await organization.send('lis', person('P1', { userName: 'p3' }), person('P5', { userName: 'p5' }));
    await organization.send('lis', gone('P1'));
    const before = await lmsReads(organization);
    const run = await imports(organization, [person('P1', { userName: 'p1' }), person('P5', { userName: 'p3' })]);
    await takeBack(organization, run.id);
    expect(await lmsReads(organization)).toEqual(before);
  });
});

test('the forecast says of whom the run only took over that they stay, and of whom it made that they end', async () => {
  const adopting = await campus({ identityRule: 'user_name' });
  await adopting.send('banner', person('A', { userName: 'ann' }));
  await adopting.send('banner', gone('A'));
  const adopted = await imports(adopting, [person('X', { userName: 'ann' })]);
  expect(await endedBy(adopting, await takeBack(adopting, adopted.id))).toBe(0);

  const mapping = await campus();
  await mapping.send('lis', person('P', { userName: 'ann', roles: [{ role: 'Guest', primary: true }] }));
  const made = await imports(mapping, [person('P', { userName: 'ann', roles: [{ role: 'Student', primary: true }] })]);
  expect(await endedBy(mapping, await takeBack(mapping, made.id))).toBe(1);
});

test('whom a map brought while the run was held is not deleted and made again', async () => {
  const organization = await campus({ guards: { changes: { count: 0 } } });
  await organization.send('lis', person('P', { userName: 'ann', roles: [{ role: 'Guest', primary: true }] }));
  const update = {
    entity: 'user',
    kind: 'person',
    sourcedId: 'P',
    verb: 'update',
    fields: { givenName: 'Ann' },
  } as const;
  const { id } = await imports(organization, [update], false);
  await organization.edit({ edit: 'role', source: 'lis', sisRole: 'Guest', to: 'student' });
  const before = await lmsReads(organization);
  const deciding = { organizationId: organization.id, actor: 'admin' };
  await world.administration.runs.decide(deciding, id, 1, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  const { id: back } = await takeBack(organization, id);
  expect(await lmsReads(organization)).toEqual(before);
  expect(await organization.query(`select operation from change where cause->>'messageId' = '${back}'`)).toEqual([
    { operation: 'updated' },
  ]);
});

test('a selection brings back what went with it, not what went with another', async () => {
  const organization = await campus({ dependants: 'forget' });
  const membership: RecordCommand = {
    entity: 'enrollment',
    kind: 'membership',
    sourcedId: 'M-A',
    verb: 'replace',
    fields: {
      userSourcedId: 'A',
      orgUnit: { kind: 'offering', sourcedId: 'O1' },
      roles: [{ role: 'Learner', active: true }],
    },
  };
  await organization.send('lis', unit('offering', 'CourseOffering', 'O1'), person('A', {}), membership);
  const renamed = { ...unit('offering', 'CourseOffering', 'O1'), verb: 'update', fields: { name: 'Chemistry' } };
  const run = await imports(organization, [renamed as RecordCommand, gone('A')]);
  await takeBack(organization, run.id, ['O1']);
  const states = 'select deleted from declared_enrollment';
  expect(await organization.query(states)).toEqual([{ deleted: true }]);
  await takeBack(organization, run.id, ['A']);
  expect(await organization.query(states)).toEqual([{ deleted: false }]);
});

test('who named a person, and was deleted by others since, is no error', async () => {
  const organization = await campus({ dependants: 'forget' });
  await organization.send('lis', person('A', {}), person('B', {}));
  const relations = [{ kind: 'auditor' as const, sourcedId: 'B' }];
  await organization.send('lis', person('A', { relations }));
  const run = await imports(organization, [gone('B')]);
  await organization.send('lis', gone('A'));
  expect((await takeBack(organization, run.id)).problems).toEqual({ error: 0, warning: 0 });
});

test('a window for adds alone lets one more of an id through that was one of several already', async () => {
  const window = { name: 'term', from: '2020-01-01T00:00', until: '2099-01-01T00:00' };
  const organization = await campus({ windows: { addsOnly: [window] } });
  await organization.send(
    'lis',
    unit('group', 'DEPARTMENT', 'X'),
    unit('template', 'CourseTemplate', 'X'),
    unit('template', 'CourseTemplate', 'T', [{ role: 'department', kind: null, sourcedId: 'X' }]),
  );
  await imports(organization, [unit('offering', 'CourseOffering', 'X')], false);
  expect(await organization.query('select from run_hold')).toEqual([]);
});
