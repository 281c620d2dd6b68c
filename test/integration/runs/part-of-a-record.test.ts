import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
let administration: RunWorld['administration'];

beforeAll(async () => {
  world = await createRunWorld();
  ({ administration } = world);
});

afterAll(async () => {
  await world.close();
});

const users = numbered('P', 30);
const campus = { offerings: ['PHYS-1'], users, enrollments: users.map((user) => [user, 'PHYS-1'] as const) };
const eachChange = { changes: { count: 0, floor: 0 } };
const eachChangeHeld = { guards: eachChange };

async function approve(organization: RunOrganization, run: string): Promise<void> {
  const editor = { organizationId: organization.id, actor: 'test' };
  await administration.runs.decide(editor, run, 1, { state: 'approved' });
  await workUntil(world.parts, async () => isEnded(await organization.get(run)));
  expect((await organization.get(run)).outcomes).toEqual({});
}

async function rollback(organization: RunOrganization, run: string): Promise<void> {
  const editor = { organizationId: organization.id, actor: 'test' };
  const back = await administration.runs.rollback(editor, run, { mode: 'apply', force: true });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
}

const holdsOf = (organization: RunOrganization, run: string): Promise<object[]> =>
  organization.query(`select items::integer, state from run_hold where run_id = '${run}' order by number`);

/** A file of attributes alone: it says nothing of names. */
const attributes = (column: string, value: string, ids: readonly string[] = ['P1']): Record<string, string> => ({
  ...manifest,
  '09-Attributes.csv': lines(`LMS Username,${column}`, ...ids.map((id) => `u${id},${value}`)),
});

/** A file of users alone: it says nothing of attributes. */
function named(given: string, ids: readonly string[] = ['P1']): Record<string, string> {
  const files = filesOf({ ...campus, offerings: [], users: ids, enrollments: [] });
  return { ...files, '07-Users.csv': (files['07-Users.csv'] ?? '').replaceAll(/First P\d+/g, given) };
}

async function person(organization: RunOrganization, id = 'P1'): Promise<{ name: string; attributes: object | null }> {
  const [row] = await organization.query<{ name: string; attributes: object | null }>(
    `select fields->>'givenName' as name, fields->'attributes' as attributes from declared_user where sourced_id = '${id}'`,
  );
  return row!;
}

const both = { name: 'Monday', attributes: { 'Company Employee Id': 'E-2' } };
const changes = {
  names: () => named('Monday'),
  attributes: () => attributes('Company Employee Id', 'E-2'),
};

test.each([
  ['names', 'attributes', 'first'],
  ['names', 'attributes', 'last'],
  ['attributes', 'names', 'first'],
  ['attributes', 'names', 'last'],
] as const)(
  'held %s stay held when a later file brings %s alone, and nothing is lost when they are decided on %s',
  async (earlier, later, when) => {
    const organization = await world.organization(eachChangeHeld);
    await organization.run(filesOf(campus));
    const monday = await organization.run(changes[earlier]());
    const tuesday = await organization.run(changes[later]());
    expect(await holdsOf(organization, monday.id)).toEqual([{ items: 1, state: 'held' }]);
    const inOrder = when === 'first' ? [monday, tuesday] : [tuesday, monday];
    for (const { id } of inOrder) await approve(organization, id);
    expect(await person(organization)).toEqual(both);
    await rollback(organization, inOrder[1]!.id);
    const first = when === 'first' ? earlier : later;
    expect(await person(organization)).toEqual(
      first === 'names' ? { name: 'Monday', attributes: null } : { ...both, name: 'First P1' },
    );
  },
);

const firstChange = { guards: { changes: { count: 1, floor: 0 } } };

test('what is held is applied though a later file of other fields was taken back, and that does not come again', async () => {
  const organization = await world.organization(firstChange);
  await organization.run(filesOf(campus));
  const monday = await organization.run(named('Monday', ['P1', 'P2', 'P3']));
  const tuesday = await organization.run(attributes('Department', 'Physics'));
  await rollback(organization, tuesday.id);
  const wednesday = await organization.run(attributes('Department', 'Physics', ['P2']));
  await rollback(organization, wednesday.id);
  await organization.run(attributes('Company Employee Id', 'E-2', ['P2']));
  expect(await holdsOf(organization, monday.id)).toEqual([{ items: 3, state: 'held' }]);
  await approve(organization, monday.id);
  expect(await person(organization, 'P1')).toEqual({ ...both, attributes: null });
  expect(await person(organization, 'P2')).toEqual(both);
});

test('of later files, what was left as it was when they were taken back is said again', async () => {
  const organization = await world.organization(firstChange);
  await organization.run(filesOf(campus));
  const monday = await organization.run(named('Monday', ['P1', 'P2']));
  const tuesday = await organization.run(attributes('Department', 'Physics'));
  const wednesday = await organization.run(attributes('Company Employee Id', 'E-2'));
  await rollback(organization, tuesday.id);
  await approve(organization, monday.id);
  expect(await person(organization)).toEqual({
    name: 'Monday',
    attributes: { Department: 'Physics', 'Company Employee Id': 'E-2' },
  });
  const thursday = await organization.run(attributes('Department', 'History'));
  await rollback(organization, thursday.id);
  expect(await person(organization)).toMatchObject({ attributes: { Department: 'Physics' } });
  expect(wednesday.outcomes).toEqual({});
});

test('what a message changed and is held stays held when a file that was made later brings another field alone', async () => {
  const guards = { messages: { changes: { count: 1 } }, changes: { count: 1 } };
  const organization = await world.organization({ guards });
  await organization.run(filesOf(campus));
  for (const sourcedId of ['P2', 'P1', 'P3'])
    await organization.send('sis', {
      entity: 'user',
      kind: 'person',
      sourcedId,
      verb: 'update',
      fields: { givenName: 'Monday' },
    });
  const [held] = await organization.query<{ id: string }>(`select id from run where dialect = 'messages'`);
  // One change is applied at once.
  await organization.run(attributes('Company Employee Id', 'E-2'));
  const three = await organization.run(attributes('Company Employee Id', 'E-2', ['P3', 'P4', 'P5']));
  expect(await holdsOf(organization, held!.id)).toEqual([{ items: 2, state: 'held' }]);
  await approve(organization, held!.id);
  await approve(organization, three.id);
  expect(await person(organization)).toEqual(both);
  expect(await person(organization, 'P3')).toEqual(both);
});

test('an update takes the place of what is held of the same fields; a delete gives way to an update', async () => {
  const organization = await world.organization({ guards: { ...eachChange, removals: { count: 0, floor: 0 } } });
  await organization.run(filesOf(campus));
  const monday = await organization.run(attributes('Company Employee Id', 'E-1'));
  const tuesday = await organization.run(attributes('Company Employee Id', 'E-2'));
  expect(await holdsOf(organization, monday.id)).toEqual([{ items: 1, state: 'superseded' }]);
  const other = await organization.run(attributes('Department', 'Physics'));
  expect(await holdsOf(organization, tuesday.id)).toEqual([{ items: 1, state: 'held' }]);
  await approve(organization, other.id);
  await approve(organization, tuesday.id);
  expect((await person(organization)).attributes).toEqual({ 'Company Employee Id': 'E-2', Department: 'Physics' });

  const deletes = named('First P2', ['P2']);
  deletes['07-Users.csv'] = (deletes['07-Users.csv'] ?? '').replace('user,UPDATE', 'user,DELETE');
  const gone = await organization.run(deletes);
  expect(await holdsOf(organization, gone.id)).toEqual([{ items: 1, state: 'held' }]);
  await organization.run(attributes('Department', 'Physics', ['P2']));
  expect(await holdsOf(organization, gone.id)).toEqual([{ items: 1, state: 'superseded' }]);
});

test('a record that the source system has no right to takes the place of no change that is held', async () => {
  const organization = await world.organization(eachChangeHeld);
  await organization.run(filesOf(campus));
  const monday = await organization.run(named('Monday'));
  const mayUpdate = (is: boolean): Promise<object[]> =>
    organization.query(
      `update source_system set options = options || '{"withheldRights": ${is ? '[]' : '["user.update"]'}}' returning code`,
    );
  await mayUpdate(false);
  const tuesday = await organization.run(named('Tuesday'));
  expect(await organization.query(`select sourced_id from run_problem where run_id = '${tuesday.id}'`)).toEqual([
    { sourced_id: 'P1' },
  ]);
  expect(await holdsOf(organization, monday.id)).toEqual([{ items: 1, state: 'held' }]);
  await mayUpdate(true);
  await approve(organization, monday.id);
  expect(await person(organization)).toEqual({ name: 'Monday', attributes: null });
});
