import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { EnrollmentFields } from '../../../src/domain/entities.ts';
import { syntheticEnrollmentId } from '../../../src/domain/synthetic-enrollment-id.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { plannerSettings, readLane } from '../../../src/state/lane.ts';
import { compareRecords } from '../../../src/state/runs/plan/compare.ts';
import type { Findings } from '../../../src/state/runs/plan/planning.ts';
import { createRunWorld, filesOf, numbered, type RunOrganization, type RunWorld } from './set-up.ts';

let world: RunWorld;
let organization: RunOrganization;

beforeAll(async () => {
  world = await createRunWorld();
  organization = await world.organization();
});

afterAll(() => world.close());

const users = numbered('P', 7);
const orgUnit = { kind: null, sourcedId: 'PHYS-1' };
const roles = [{ role: 'Learner', active: true }];

test('what is told of a membership without judging it is what the rules judge', async () => {
  const enrolled = users.map((user) => [user, 'PHYS-1'] as const);
  await organization.run(filesOf({ offerings: ['PHYS-1'], users, enrollments: enrolled }));
  const [row] = await organization.query<{ roles: typeof roles }>('select roles from declared_enrollment limit 1');
  const declared = row?.roles ?? roles;
  for (const [user, change] of [
    ['P2', `roles = '[{"role": "Teacher", "active": true}]'`],
    ['P3', 'deleted = true'],
    ['P4', `attributes = '{"credits": "3"}'`],
    ['P5', `org_unit_kind = 'offering'`],
    ['P6', `user_sourced_id = 'P1'`],
    ['P7', `org_unit_sourced_id = 'PHYS-2'`],
  ])
    await organization.query(
      `update declared_enrollment set ${change ?? ''} where sourced_id = '${syntheticEnrollmentId(user ?? '', orgUnit)}'`,
    );
  const stated = [...users, 'NEW'].map((user) => ({ userSourcedId: user, orgUnit, roles: declared }));
  const plain = await found(stated.map((fields) => replace(fields)));
  expect(plain).toEqual(await found(stated.map((fields) => ({ ...replace(fields), ...toUpdate(fields) }))));
  expect(Object.keys(plain).length).toBe(7);
  expect(plain[syntheticEnrollmentId('NEW', orgUnit)]).toEqual({ operation: 'add', hadRow: false });
  expect(plain[syntheticEnrollmentId('P3', orgUnit)]).toEqual({ operation: 'add', hadRow: true });
});

test('what must not be there is refused though it is the same', async () => {
  const fields = { userSourcedId: 'P1', orgUnit, roles };
  const findings = await compared([{ ...replace(fields), mustNotExist: true } as RecordCommand]);
  expect(findings.problems.map(({ problem }) => problem.code)).toEqual(['id_in_use']);
});

test('a file that names nobody as a relation changes no relations, and shows none', async () => {
  const said = await world.organization();
  const files = filesOf({ offerings: ['PHYS-1'], users, enrollments: [] });
  await said.run(files);
  expect(await said.run(files)).toMatchObject({ items: 0 });
  const changed = { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replace('First P1', 'Given P1') };
  const { id } = await said.run(changed, { mode: 'plan' });
  const { items } = await world.administration.runs.items(said.id, id, {}, { limit: 10 });
  expect(items.map(({ sourcedId, changes }) => [sourcedId, changes])).toEqual([
    ['P1', [{ field: 'givenName', before: 'First P1', after: 'Given P1' }]],
  ]);
});

function replace(fields: EnrollmentFields): RecordCommand {
  const sourcedId = syntheticEnrollmentId(fields.userSourcedId, fields.orgUnit);
  return { entity: 'enrollment', kind: 'membership', sourcedId, verb: 'replace', fields };
}

/** States the same, and goes by the rules. */
function toUpdate(fields: EnrollmentFields): { verb: 'update'; fields: EnrollmentFields } {
  return { verb: 'update', fields: { ...fields, attributes: null } };
}

async function found(commands: readonly object[]): Promise<Record<string, object>> {
  const { items } = await compared(commands as RecordCommand[]);
  return Object.fromEntries(
    items.map(({ command, operation, hadRow }) => [command.sourcedId, { operation, hadRow }] as const),
  );
}

async function compared(commands: readonly RecordCommand[]): Promise<Findings> {
  const findings: Findings = { items: [], problems: [], refused: new Set(), count: () => undefined };
  const messageId = '00000000-0000-7000-8000-000000000000';
  await inOrganization(world.database.pool, organization.id, async (client) => {
    await client.query(plannerSettings);
    const lane = await readLane(client, organization.id, { reason: 'message', messageId });
    const { rows } = await client.query<{ id: number }>('select min(source_system_id) as id from declared_enrollment');
    const source = lane.sources.get(rows[0]?.id ?? 0);
    if (source === undefined) throw new Error('there is no source system');
    await compareRecords(
      lane,
      source,
      messageId,
      commands.map((command) => ({ command })),
      findings,
    );
  });
  return findings;
}
