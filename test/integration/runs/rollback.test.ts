import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createRunWorld,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunRow,
  type RunWorld,
  workUntil,
} from './set-up.ts';

let world: RunWorld;
let administration: RunWorld['administration'];

beforeAll(async () => {
  world = await createRunWorld();
  ({ administration } = world);
});

afterAll(async () => {
  await world.close();
});

const users = ['P1', 'P2', 'P3'];
const first = { offerings: ['PHYS-1', 'PHYS-2'], users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) };
const files = filesOf(first);
/** Names change, an enrollment goes, one comes, a person comes. */
const second = filesOf({
  ...first,
  users: [...users, 'P4'],
  enrollments: [
    ['P1', 'PHYS-1'],
    ['P2', 'PHYS-2'],
    ['P4', 'PHYS-1'],
  ],
});
const changed = { ...second, '07-Users.csv': (second['07-Users.csv'] ?? '').replaceAll('First', 'Given') };
const snapshot = { kinds: ['membership' as const] };

const lms = (organization: RunOrganization): Promise<object[]> =>
  organization.query(
    `select u.fields->>'givenName' as name, u.state, coalesce((
              select string_agg(o.code, ' ' order by o.code) from lms_enrollment e join lms_org_unit o on o.id = e.org_unit_id
               where e.user_id = u.id and not e.ended), '') as in
       from lms_user u order by u.fields->>'orgDefinedId'`,
  );

async function rollback(
  organization: RunOrganization,
  id: string,
  wish: { only?: string[]; mode?: 'plan' | 'apply' } = {},
): Promise<RunRow> {
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  const run = await administration.runs.rollback(editor, id, { mode: 'apply', ...wish });
  await workUntil(world.parts, async () => isEnded(await organization.get(run.id)));
  return organization.get(run.id);
}

test('a run is taken back: values, states and what was removed', async () => {
  const organization = await world.organization();
  await organization.run(files);
  const before = await lms(organization);
  const run = await organization.run(changed, { snapshot });
  expect(await lms(organization)).not.toEqual(before);
  const back = await rollback(organization, run.id);
  expect(back).toMatchObject({
    state: 'finished',
    dialect: 'rollback',
    outcomes: {},
    problems: { error: 0, warning: 0 },
  });
  expect((await lms(organization)).slice(0, 3)).toEqual(before);
  expect((await lms(organization))[3]).toMatchObject({ state: 'deleted', in: '' });
});

test('what others changed since stays, and is told', async () => {
  const organization = await world.organization();
  await organization.run(files);
  const run = await organization.run(changed, { snapshot });
  const fields = { givenName: 'Prima' };
  await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P1', verb: 'update', fields });
  const back = await rollback(organization, run.id);
  expect(back.problems).toEqual({ error: 0, warning: 1 });
  expect(await organization.query(`select code, sourced_id from run_problem where run_id = '${back.id}'`)).toEqual([
    { code: 'overtaken', sourced_id: 'P1' },
  ]);
  expect((await lms(organization)).slice(0, 2)).toMatchObject([{ name: 'Prima' }, { name: 'First P2' }]);
});

test('a selection of a run is taken back, or only planned', async () => {
  const organization = await world.organization();
  await organization.run(files);
  const run = await organization.run(changed, { snapshot });
  expect(await rollback(organization, run.id, { mode: 'plan' })).toMatchObject({ items: 8, applied_to: 0 });
  expect(await rollback(organization, run.id, { only: ['P2'] })).toMatchObject({ items: 1, applied_to: 1 });
  expect((await lms(organization)).slice(0, 2)).toMatchObject([{ name: 'Given P1' }, { name: 'First P2' }]);
});

test('a selection with what the run says nothing of is refused, with its names', async () => {
  const organization = await world.organization();
  await organization.run(files);
  const run = await organization.run(changed, { snapshot });
  const refused = rollback(organization, run.id, { only: ['P2', 'P02', ...numbered('Q', 25)] });
  await expect(refused).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringMatching(
      /^The run \S+ has no item of the sourcedIds "P02", "Q1", .*"Q3" and 6 more; nothing is taken back\.$/,
    ),
    field: 'only',
  });
  expect(await organization.query(`select from run where takes_back = '${run.id}'`)).toEqual([]);
});

test('a rollback tells how far it is, while it is planned and while it is applied', async () => {
  const organization = await world.organization();
  const run = await organization.run(filesOf({ ...first, users: numbered('P', 2_500), enrollments: [] }));
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  const { id } = await administration.runs.rollback(editor, run.id, { mode: 'apply', force: true });
  const told = new Map<string, number[]>();
  const pool = new Proxy(world.parts.pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = (value as (...given: unknown[]) => unknown).bind(target);
      if (name !== 'connect') return call;
      return async () => {
        const { state, progress } = await administration.runs.get(organization.id, id);
        told.set(state, [...(told.get(state) ?? []), progress.percent]);
        return target.connect();
      };
    },
  });
  await workUntil({ ...world.parts, pool }, async () => isEnded(await organization.get(id)));
  for (const state of ['reading', 'applying']) {
    const underWay = (told.get(state) ?? []).filter((percent) => percent > 0 && percent < 100);
    expect(underWay).not.toEqual([]);
  }
  expect((await administration.runs.get(organization.id, id)).progress).toMatchObject({ percent: 100, records: 2_505 });
});

test('the bytes of a run that was taken back are held when they are sent again', async () => {
  const organization = await world.organization();
  await organization.run(files);
  const run = await organization.run(changed, { snapshot });
  await rollback(organization, run.id);
  const again = await organization.run(changed, { snapshot });
  expect(again).toMatchObject({ state: 'finished' });
  const holds = await administration.runs.holds(organization.id, again.id);
  expect(holds.map(({ guard }) => guard)).toEqual(['taken_back', 'taken_back']);
  expect((await lms(organization))[0]).toMatchObject({ name: 'First P1' });
});

test('they are held until somebody approves all of them, or another file was applied', async () => {
  const organization = await world.organization();
  await organization.run(files);
  const guardsOf = async (id: string): Promise<string[]> =>
    (await administration.runs.holds(organization.id, id)).map(({ guard }) => guard);
  const approveAll = async (id: string): Promise<void> => {
    const editor = { organizationId: organization.id, actor: 'the registrar' };
    for (const { number, state } of await administration.runs.holds(organization.id, id))
      if (state === 'held') await administration.runs.decide(editor, id, number, { state: 'approved' });
    await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  };
  await rollback(organization, (await organization.run(changed, { snapshot })).id);
  const again = await organization.run(changed, { snapshot });
  expect(await guardsOf(again.id)).toEqual(['taken_back', 'taken_back']);
  expect(await guardsOf((await organization.run(changed, { snapshot })).id)).toEqual(['taken_back', 'taken_back']);
  const last = await organization.run(changed, { snapshot });
  // What a message takes the place of is decided.
  await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P3', verb: 'update', fields: {} });
  await approveAll(last.id);
  expect((await lms(organization))[0]).toMatchObject({ name: 'Given P1' });
  // Somebody changes a name by hand: the same file says what it said before, and is believed.
  await organization.send('sis', {
    entity: 'user',
    kind: 'person',
    sourcedId: 'P1',
    verb: 'update',
    fields: { givenName: 'Prima' },
  });
  expect(await guardsOf((await organization.run(changed, { snapshot })).id)).toEqual([]);
  expect((await lms(organization))[0]).toMatchObject({ name: 'Given P1' });

  await rollback(organization, last.id);
  expect((await guardsOf((await organization.run(changed, { snapshot })).id)).length).toBe(2);
  await organization.run({
    ...files,
    '02-Departments.csv': (files['02-Departments.csv'] ?? '').replace('Department SCI', 'Sciences'),
  });
  expect(await guardsOf((await organization.run(changed, { snapshot })).id)).toEqual([]);
});

test('what a killed worker left of a run is taken back, however many memberships it has before them', async () => {
  const organization = await world.organization();
  const run = await organization.run(files);
  // As if it had ended in its first range, behind memberships that were held.
  await organization.query(`update run_item set number = number + 30000 where run_id = '${run.id}' returning number`);
  await organization.query(
    `insert into run_item (organization_id, run_id, number, entity, kind, sourced_id, operation, command, hold)
     select organization_id, id, n, 'enrollment', 'membership', 'held-' || n, 'remove', '{"verb":"delete"}', 1
       from run, generate_series(1, 30000) n where id = '${run.id}' returning number`,
  );
  await organization.query(`update run set applied_to = 0, state = 'cancelled' where id = '${run.id}' returning id`);
  await rollback(organization, run.id);
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(0);
});

test('a rollback of which all was held and nothing approved has taken nothing back', async () => {
  const organization = await world.organization({ guards: { removals: { count: 0, floor: 0 } } });
  await organization.run(files);
  const comes = filesOf({ ...first, users: [...users, 'P4'], enrollments: [...first.enrollments, ['P4', 'PHYS-1']] });
  const back = await rollback(organization, (await organization.run(comes)).id);
  const holds = await administration.runs.holds(organization.id, back.id);
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  for (const { number } of holds) await administration.runs.decide(editor, back.id, number, { state: 'discarded' });
  expect([holds.length, back.applied_to]).toEqual([2, 0]);
  const [enrolled] = await organization.query<{ id: string }>(
    `select sourced_id as id from declared_enrollment where user_sourced_id = 'P4'`,
  );
  const sourcedId = enrolled!.id;
  await organization.send('sis', { entity: 'enrollment', kind: 'membership', sourcedId, verb: 'delete' });
  // The same bytes again: they say something, as the enrollment has gone, and nobody has ever rejected them.
  const again = await organization.run(comes);
  expect(again.items).toBe(1);
  expect(await administration.runs.holds(organization.id, again.id)).toEqual([]);
});

test('a run that applied nothing is not taken back', async () => {
  const organization = await world.organization();
  const run = await organization.run(files, { mode: 'plan' });
  const editor = { organizationId: organization.id, actor: 'the registrar' };
  await expect(administration.runs.rollback(editor, run.id, { mode: 'apply' })).rejects.toMatchObject({
    code: 'conflict',
  });
});
