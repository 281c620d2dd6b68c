import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { workOnRun } from '../../../src/runs/work-on-run.ts';
import { claimRun } from '../../../src/state/runs/lease.ts';
import {
  createRunWorld,
  filesOf,
  isEnded,
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
const editor = ({ id }: RunOrganization) => ({ organizationId: id, actor: 'the registrar' });
const approved = { state: 'approved' } as const;

/** A file of which a delete and a change are held. */
async function heldFile(): Promise<{ organization: RunOrganization; run: string }> {
  const each = { count: 0, floor: 0 };
  const organization = await world.organization({ guards: { removals: each, changes: each } });
  await organization.run(filesOf(campus));
  const files = filesOf({ ...campus, users: [...users, 'NEW'] });
  files['08-Enrollments.csv'] = (files['08-Enrollments.csv'] ?? '').replace('UPDATE,P1,Student', 'DELETE,P1,Student');
  files['07-Users.csv'] = (files['07-Users.csv'] ?? '').replace('First P2', 'Second');
  const { id: run } = await organization.run(files);
  expect(await holdsOf(organization, run)).toMatchObject([{ state: 'held' }, { state: 'held' }]);
  return { organization, run };
}

const holdsOf = (organization: RunOrganization, run: string) => administration.runs.holds(organization.id, run);

async function applied(organization: RunOrganization): Promise<object> {
  const [row] = await organization.query<{ gone: number; name: string }>(
    `select (select count(*)::integer from declared_enrollment where deleted) as gone,
            (select fields->>'givenName' from declared_user where sourced_id = 'P2') as name`,
  );
  return row!;
}

test('who cancels the applying of a hold of a file has it held again, and decides on the others as before', async () => {
  const { organization, run } = await heldFile();
  await administration.runs.decide(editor(organization), run, 1, approved);
  expect(await administration.runs.cancel(editor(organization), run)).toMatchObject({ state: 'finished', held: 2 });
  expect(await holdsOf(organization, run)).toMatchObject([
    { number: 1, items: 1, state: 'held', decidedBy: null },
    { number: 2, items: 1, state: 'held' },
  ]);
  expect(await applied(organization)).toEqual({ gone: 0, name: 'First P2' });
  for (const { number } of await holdsOf(organization, run)) {
    await administration.runs.decide(editor(organization), run, number, approved);
    await workUntil(world.parts, async () => isEnded(await organization.get(run)));
  }
  expect(await organization.get(run)).toMatchObject({ state: 'finished', outcomes: {} });
  expect(await applied(organization)).toEqual({ gone: 1, name: 'Second' });
});

test('a worker that has it lets go of it, and does this then', async () => {
  const { organization, run } = await heldFile();
  await administration.runs.decide(editor(organization), run, 1, approved);
  await claimRun(world.database.pool, organization.id, randomUUID(), run);
  expect(await administration.runs.cancel(editor(organization), run)).toMatchObject({ state: 'applying' });
  await organization.query(`update run set owner = null, owned_until = null where id = '${run}' returning id`);
  const leased = await claimRun(world.database.pool, organization.id, randomUUID(), run);
  if (leased === undefined) throw new Error('the run is not there');
  await workOnRun(world.parts, leased, new AbortController().signal);
  expect(await organization.get(run)).toMatchObject({ state: 'finished' });
  expect((await holdsOf(organization, run)).map(({ state }) => state)).toEqual(['held', 'held']);
});

test('a file that is not applied yet itself is cancelled for good', async () => {
  const organization = await world.organization();
  const run = await organization.request(filesOf(campus));
  expect(await administration.runs.cancel(editor(organization), run)).toMatchObject({ state: 'cancelled' });
});
