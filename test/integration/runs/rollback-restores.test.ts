import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { command, type History, histories, sourceCodes } from '../../oracle/arbitraries.ts';
import { differences, readProjection, visible } from '../../oracle/compare.ts';
import { createOrganization } from '../../oracle/harness.ts';
import { holdsFor, runs } from '../../oracle/holds-for.ts';
import { oracleWorld } from '../../oracle/world.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  isEnded,
  numbered,
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

/** A file of any world, and what is there when it comes. Each costs four runs, so that fewer are tried. */
type Night = History & { readonly source: string; readonly stated: readonly RecordCommand[] };

const overwrite = fc.oneof(
  { weight: 2, arbitrary: fc.constant('yes' as const) },
  fc.constant('no' as const),
  fc
    .subarray(['name', 'parents', 'active', 'givenName', 'email', 'roles', 'relations', 'sections'], { minLength: 1 })
    .map((keep) => ({ keep })),
);

/** What handlers wish of records, and rollbacks are to restore. */
function wishOf(one: RecordCommand): fc.Arbitrary<RecordCommand['wishes']> {
  if (one.verb !== 'delete')
    return one.entity === 'enrollment'
      ? fc.constant(undefined)
      : fc.constantFrom(undefined, undefined, { keep: ['name', 'givenName'] });
  if (one.entity === 'enrollment')
    return fc.constantFrom(undefined, undefined, { leaves: { meanwhile: 'inactive' as const, days: 5 } });
  if (one.entity === 'user') return fc.constantFrom(undefined, { lms: 'delete' as const }, { lms: 'leave' as const });
  return fc.constantFrom(undefined, { lms: 'leave' as const });
}

const withWish = (one: RecordCommand): fc.Arbitrary<RecordCommand> =>
  wishOf(one).map((wishes) => (wishes === undefined ? one : { ...one, wishes }));

const nights: fc.Arbitrary<Night> = fc
  .tuple(histories('calm', 30), overwrite, overwrite, fc.constantFrom(...sourceCodes))
  .chain(([{ options, steps }, user, orgUnit, source]) =>
    fc.record({
      options: fc.constant({ ...options, [source]: { ...options[source], overwrite: { user, orgUnit } } }),
      steps: fc.constant(steps),
      source: fc.constant(source),
      stated: fc.array(
        command('calm', source).chain((one) => withWish(one as RecordCommand)),
        { minLength: 1, maxLength: 12 },
      ),
    }),
  );

test('whatever a file says: taken back, the LMS sees what it saw before; that taken back, what it saw after the file', async () => {
  await holdsFor(
    nights,
    async ({ options, steps, source, stated }) => {
      const organization = world.withRuns(
        await createOrganization(world.database.pool, world.store, oracleWorld(options)),
      );
      for (const step of steps) {
        if ('edit' in step) await organization.edit(step);
        else await organization.send(step.source, ...step.commands);
      }
      const before = await stateOf(organization);
      said.stated = stated;
      const run = await organization.run(commandsFile, { source });
      if (run.items === 0) return;
      const after = await stateOf(organization);
      const back = await takeBack(organization, run.id);
      await expectState(organization, before, stated);
      if (back.items === 0) return;
      const forth = await takeBack(organization, back.id);
      await expectState(organization, after, stated);
      await takeBack(organization, forth.id);
      await expectState(organization, before, stated);
    },
    Math.ceil(runs / 5),
  );
});

const offers: RecordCommand[] = [
  {
    entity: 'org_unit',
    kind: 'offering',
    sourcedId: 'O1',
    verb: 'replace',
    fields: { type: 'CourseOffering', name: 'Physics' },
  },
  {
    entity: 'org_unit',
    kind: 'section',
    sourcedId: 'S1',
    verb: 'replace',
    fields: {
      type: 'CourseSection',
      name: 'Physics, group 1',
      parents: [{ role: 'offering', kind: 'offering', sourcedId: 'O1' }],
    },
  },
];
const persons = (ids: readonly string[]): RecordCommand[] =>
  ids.map((sourcedId) => ({
    entity: 'user',
    kind: 'person',
    sourcedId,
    verb: 'replace',
    fields: { userName: `user.${sourcedId}`, familyName: sourcedId },
  }));
const teaches = (user: string, role = 'Instructor'): RecordCommand => ({
  entity: 'enrollment',
  kind: 'membership',
  sourcedId: `M-${user}`,
  verb: 'replace',
  fields: { userSourcedId: user, orgUnit: { kind: 'section', sourcedId: 'S1' }, roles: [{ role, active: true }] },
});

async function campus(options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
  return world.withRuns(
    await createOrganization(world.database.pool, world.store, oracleWorld({ banner: options, lis: options })),
  );
}

const enrolled = async (organization: RunOrganization): Promise<string[]> =>
  (
    await organization.query<{ who: string }>(
      `select concat_ws(' ', u.fields->>'userName', o.fields->>'name') as who from lms_enrollment e
         join lms_user u on u.id = e.user_id join lms_org_unit o on o.id = e.org_unit_id where not e.ended order by 1`,
    )
  ).map(({ who }) => who);

test('whom a run put in a section as an instructor leaves the course offering as well; whom it deleted, or moved, is there again', async () => {
  const organization = await campus();
  await organization.send(
    'lis',
    ...offers,
    ...persons(['A', 'B', 'C', 'D']),
    teaches('A'),
    teaches('B'),
    teaches('D', 'Learner'),
  );
  await organization.send('lis', { entity: 'enrollment', kind: 'membership', sourcedId: 'M-D', verb: 'delete' });
  const before = await enrolled(organization);
  expect(before).toEqual(['user.A Physics', 'user.A Physics, group 1', 'user.B Physics', 'user.B Physics, group 1']);
  said.stated = [
    { entity: 'enrollment', kind: 'membership', sourcedId: 'M-A', verb: 'delete' },
    { entity: 'enrollment', kind: 'membership', sourcedId: 'M-B', verb: 'update', fields: { userSourcedId: 'C' } },
    { ...teaches('C'), sourcedId: 'M-new' },
    teaches('D'),
  ];
  const run = await organization.run(commandsFile, { source: 'lis' });
  const after = await enrolled(organization);
  expect(after).toEqual([
    'user.A Physics',
    'user.C Physics',
    'user.C Physics, group 1',
    'user.D Physics',
    'user.D Physics, group 1',
  ]);
  const back = await takeBack(organization, run.id);
  expect(await enrolled(organization)).toEqual(before);
  await takeBack(organization, back.id);
  expect(await enrolled(organization)).toEqual(after);
});

test('many instructors of a run leave the course offering with it', async () => {
  const organization = await campus();
  const people = numbered('I', 130);
  await organization.send('lis', ...offers);
  await organization.send('lis', ...persons(people));
  said.stated = people.map((id) => teaches(id));
  const run = await organization.run(commandsFile, { source: 'lis' });
  expect(await enrolled(organization)).toHaveLength(260);
  const back = await takeBack(organization, run.id);
  expect(await enrolled(organization)).toEqual([]);
  expect(
    (await organization.query(`select from run_item where run_id = '${back.id}' and command ? 'wishes'`)).length,
  ).toBe(0);
  await takeBack(organization, back.id);
  expect(await enrolled(organization)).toHaveLength(260);
});

test('a template that a run declared in the place of a placeholder is a placeholder again', async () => {
  const organization = await campus();
  await organization.send('banner', {
    entity: 'org_unit',
    kind: 'section',
    sourcedId: 'S1',
    verb: 'replace',
    fields: {
      type: 'CourseSection',
      name: 'Physics',
      parents: [{ role: 'template', kind: 'template', sourcedId: 'T1' }],
    },
  });
  const before = await stateOf(organization);
  said.stated = [
    {
      entity: 'org_unit',
      kind: 'template',
      sourcedId: 'T1',
      verb: 'replace',
      fields: { type: 'CourseTemplate', name: 'All of physics' },
    },
  ];
  const run = await organization.run(commandsFile, { source: 'banner' });
  await takeBack(organization, run.id);
  await expectState(organization, before, said.stated);
});

test('a field that a run stated first, and nobody may overwrite, is gone again; what a deleted record took along before is let be', async () => {
  const organization = await campus({ overwrite: { user: 'no', orgUnit: 'no' }, dependants: 'forget' });
  await organization.send('lis', ...persons(['A']), ...offers.slice(1), teaches('A'));
  const before = await stateOf(organization);
  said.stated = [
    { entity: 'user', kind: 'person', sourcedId: 'A', verb: 'update', fields: { email: 'a@example.edu' } },
    offers[0]!,
  ];
  const run = await organization.run(commandsFile, { source: 'lis' });
  expect(await enrolled(organization)).toHaveLength(2);
  await takeBack(organization, run.id);
  await expectState(organization, before, said.stated);
});

describe('what a delete of the run took along', () => {
  const auditor = { kind: 'auditor' as const, sourcedId: 'B' };
  const removes = (kind: 'person' | 'offering', sourcedId: string, wishes?: RecordCommand['wishes']): RecordCommand =>
    ({
      entity: kind === 'person' ? 'user' : 'org_unit',
      kind,
      sourcedId,
      verb: 'delete',
      ...(wishes === undefined ? {} : { wishes }),
    }) as RecordCommand;

  async function declared(options: Partial<SourceSystemOptions> = {}): Promise<RunOrganization> {
    const organization = await campus(options);
    await organization.send('lis', ...offers, ...persons(['A', 'B', 'C']), teaches('A'), teaches('B'), teaches('C'));
    const names = { entity: 'user', kind: 'person', sourcedId: 'A', verb: 'update' } as const;
    await organization.send('lis', { ...names, fields: { relations: [auditor] } });
    return organization;
  }

  test('comes back with it, by the option', async () => {
    const organization = await declared({ dependants: 'forget' });
    const before = await stateOf(organization);
    said.stated = [removes('person', 'B'), removes('offering', 'O1')];
    const run = await organization.run(commandsFile, { source: 'lis' });
    expect(await enrolled(organization)).toEqual([]);
    const after = await stateOf(organization);
    const back = await takeBack(organization, run.id);
    await expectState(organization, before, said.stated);
    const forth = await takeBack(organization, back.id);
    await expectState(organization, after, said.stated);
    await takeBack(organization, forth.id);
    await expectState(organization, before, said.stated);
  });

  test('comes back with it, where handlers wished it', async () => {
    const organization = await declared();
    const before = await stateOf(organization);
    said.stated = [
      removes('person', 'B', { forgetRelations: ['auditor'] }),
      removes('offering', 'O1', { cascade: ['dependants'] }),
    ];
    const run = await organization.run(commandsFile, { source: 'lis' });
    await takeBack(organization, run.id);
    await expectState(organization, before, said.stated);
  });

  test('comes back with a selection as far as it went with that; what others have declared since stays', async () => {
    const organization = await declared({ dependants: 'forget' });
    said.stated = [removes('person', 'A'), removes('person', 'C'), removes('person', 'B')];
    const run = await organization.run(commandsFile, { source: 'lis' });
    await takeBack(organization, run.id, ['A']);
    expect(await enrolled(organization)).toEqual(['user.A Physics', 'user.A Physics, group 1']);
    await organization.send('lis', teaches('C', 'Learner'));
    await takeBack(organization, run.id, ['C']);
    expect(
      await organization.query(
        `select sourced_id as id, deleted, roles->0->>'role' as role from declared_enrollment order by sourced_id`,
      ),
    ).toEqual([
      { id: 'M-A', deleted: false, role: 'Instructor' },
      { id: 'M-B', deleted: true, role: 'Instructor' },
      { id: 'M-C', deleted: false, role: 'Learner' },
    ]);
  });
});

test('what is withheld from the source system does not bind the administrator who takes its run back', async () => {
  const organization = await campus();
  await organization.send('lis', ...offers, ...persons(['A', 'B']), teaches('A'));
  const before = await stateOf(organization);
  said.stated = [
    { entity: 'user', kind: 'person', sourcedId: 'A', verb: 'update', fields: { familyName: 'Other' } },
    { entity: 'enrollment', kind: 'membership', sourcedId: 'M-A', verb: 'delete' },
    teaches('B'),
    { entity: 'org_unit', kind: 'section', sourcedId: 'S1', verb: 'update', fields: { name: 'Chemistry' } },
    ...persons(['C']),
  ];
  const run = await organization.run(commandsFile, { source: 'lis' });
  const withheldRights = [
    ...(['user.update', 'user.delete', 'enrollment.create', 'enrollment.delete', 'course_section.name'] as const),
    'reach.sections' as const,
  ];
  await organization.edit({ edit: 'options', source: 'lis', options: { withheldRights } });
  await takeBack(organization, run.id);
  await expectState(organization, before, said.stated);
});

async function takeBack(organization: RunOrganization, id: string, only?: string[]) {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  const { id: back } = await world.administration.runs.rollback(editor, id, {
    mode: 'apply',
    force: true,
    ...(only === undefined ? {} : { only }),
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(back)));
  const run = await organization.get(back);
  expect(run).toMatchObject({ state: 'finished', failure: null, problems: { error: 0 } });
  return run;
}

type State = Awaited<ReturnType<typeof stateOf>>;

async function stateOf(organization: RunOrganization) {
  const { waits, ...projection } = visible(await readProjection(world.database.pool, organization.id, 'live links'));
  const rows = await organization.query<{ key: string; row: object }>(declaredSql);
  return {
    projection: {
      ...projection,
      waits: Object.fromEntries(Object.entries(waits).map(([key, wait]) => [key, waitOf(wait)])),
    },
    declared: new Map(rows.map(({ key, row }) => [key, row])),
  };
}

/** What has not arrived, and what was taken back, is waited for in the same way, if by another word. */
function waitOf(wait: string): string {
  return wait === 'detached' || wait.startsWith('waiting_for_') ? 'waiting' : wait;
}

/** A row that was not there before leaves a deleted one that says nothing. */
async function expectState(
  organization: RunOrganization,
  { projection, declared }: State,
  stated: readonly RecordCommand[],
): Promise<void> {
  const is = await stateOf(organization);
  const wrong = [...is.declared].filter(
    ([key, row]) => !isDeepStrictEqual(row, declared.get(key) ?? { ...row, deleted: true }),
  );
  expect({
    stated,
    wrong: wrong.map(([key, row]) => [key, row, declared.get(key)]),
    differences: differences(is.projection, projection),
  }).toEqual({ stated, wrong: [], differences: [] });
}

const declaredSql = `
  select source_system_id || '/person/' || sourced_id as key,
         jsonb_build_object('fields', fields, 'deleted', deleted, 'kept', kept, 'released', released, 'onDelete', on_delete) as row
    from declared_user
  union all
  select source_system_id || '/' || kind || '/' || sourced_id,
         jsonb_build_object('fields', fields, 'implied', implied, 'deleted', deleted, 'kept', kept, 'released', released,
           'parents', (select jsonb_agg(jsonb_build_array(p.role, p.parent_kind, p.parent_sourced_id, p.parent_name) order by p.position) from declared_parent p
                        where (p.source_system_id, p.kind, p.sourced_id) = (d.source_system_id, d.kind, d.sourced_id)),
           'sections', (select jsonb_agg(a.section_sourced_id order by a.position) from declared_association a
                         where d.kind = 'association' and (a.source_system_id, a.sourced_id) = (d.source_system_id, d.sourced_id)))
    from declared_org_unit d
  union all
  select source_system_id || '/membership/' || sourced_id,
         jsonb_build_object('user', user_sourced_id, 'kind', org_unit_kind, 'unit', org_unit_sourced_id, 'roles', roles, 'attributes', attributes,
           'deleted', deleted, 'leaving', leaving)
    from declared_enrollment`;
