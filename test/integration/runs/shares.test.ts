import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import type { RecordCommand } from '../../../src/domain/command.ts';
import { createAdministration } from '../../../src/state/admin/create-administration.ts';
import { findViolations } from '../../../src/state/doctor/integrity.ts';
import { reprojectAll } from '../../../src/state/reproject-all.ts';
import { helperCommitsAlone, intercept, leaveAlone } from './intercept.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  enrolls,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* Memberships are applied on several connections under one lane (docs/adr/0063): what if one of them breaks. */

const said = createSaidFile();
let world: RunWorld;
let administration: ReturnType<typeof createAdministration>;
const users = numbered('P', 150);
const offerings = ['PHYS-1', 'PHYS-2'];
const enrollments = users.map((user) => [user, 'PHYS-1'] as const);

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
  world.database.pool.on('error', () => undefined);
  administration = createAdministration({ pool: world.database.pool, store: world.store, sealer: world.parts.sealer });
});

afterAll(async () => {
  administration.close();
  await world.close();
});

afterEach(leaveAlone);

async function requested(): Promise<{ organization: RunOrganization; id: string }> {
  const organization = await world.organization();
  await organization.run(filesOf({ offerings, users, enrollments: [] }));
  return { organization, id: await organization.request(filesOf({ offerings, users, enrollments })) };
}

test('when the connection with the lane breaks before the helpers commit, no number of a change is given twice', async () => {
  const { organization, id } = await requested();
  let isBroken = false;
  intercept((client, { name }, send) => {
    if (isBroken || name !== 'run_applied') return send();
    isBroken = true;
    return (async () => {
      const noted = await send();
      const { processID } = client as unknown as { processID: number };
      await organization.query(`select pg_terminate_backend(${String(processID)}) as x`);
      // Somebody else has the lane in between.
      const fields = { givenName: 'Message' };
      await organization.send('sis', { entity: 'user', kind: 'person', sourcedId: 'P1', verb: 'update', fields });
      return noted;
    })();
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect([isBroken, (await organization.get(id)).state]).toEqual([true, 'finished']);
  const [numbers] = await organization.query(
    'select max(seq) - count(*) as gaps, count(*) - count(distinct seq) as twice from change',
  );
  expect(numbers).toEqual({ gaps: '0', twice: '0' });
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(150);
}, 60_000);

test('what only a helper has committed can be taken back, and is nothing that the doctor speaks of', async () => {
  const { organization, id } = await requested();
  await helperCommitsAlone(world, organization);
  expect(await organization.query('select from declared_enrollment')).toHaveLength(50);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);

  const editor = { organizationId: organization.id, actor: 'operator' };
  await administration.runs.cancel(editor, id);
  const back = await administration.runs.rollback(editor, id, { mode: 'apply', force: true });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
  expect(await organization.query('select from declared_enrollment where not deleted')).toHaveLength(0);
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(0);
}, 60_000);

test('pairs with many sections under their org unit stand, where a helper committed them alone', async () => {
  const organization = await world.organization();
  await organization.run(filesOf({ offerings: ['O'], users, enrollments: [] }));
  await organization.send('sis', ...numbered('S', 40).map((sourcedId) => section(sourcedId, 'O')));
  said.stated = users.map((user) => enrolls(`M-${user}`, 'O', user));
  await interrupted(organization);
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(150);
  expect((await reprojectAll(world.database.pool, organization.id)).changes).toBe(0);
}, 60_000);

test('deletes that a helper committed alone are not told as of what was not there', async () => {
  const organization = await world.organization();
  await organization.run(filesOf({ offerings: ['O'], users, enrollments: [] }));
  said.stated = users.map((user) => enrolls(`M-${user}`, 'O', user));
  await organization.run(commandsFile);
  said.stated = users.map((user): RecordCommand => ({ ...key(user), verb: 'delete' }));
  await interrupted(organization);
  expect(await organization.query('select from declared_enrollment where not deleted')).toEqual([]);
  expect(await organization.query('select number, status from run_outcome')).toEqual([]);
}, 60_000);

test('nor are they where too few of them are left for shares', async () => {
  const organization = await world.organization();
  const units = numbered('O', 11);
  const some = units.flatMap((unit) => users.map((user) => [unit, user] as const)).slice(0, 1_550);
  await organization.run(filesOf({ offerings: units, users, enrollments: [] }));
  said.stated = some.map(([unit, user]) => enrolls(`M-${unit}-${user}`, unit, user));
  await organization.run(commandsFile);
  said.stated = said.stated.map(({ sourcedId }): RecordCommand => ({ ...membership(sourcedId), verb: 'delete' }));
  // Ranges grow, as they do where they take no time; the third one ends the plan.
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  await interrupted(organization, 6).finally(() => {
    clock.mockRestore();
  });
  expect(await organization.query('select from declared_enrollment where not deleted')).toEqual([]);
  expect(await organization.query('select number, status from run_outcome')).toEqual([]);
}, 60_000);

test.each([150, 50])(
  'deletes of %i memberships that the same file has deleted further above are told',
  async (twice) => {
    const organization = await world.organization();
    await organization.run(filesOf({ offerings: ['O'], users, enrollments: [] }));
    said.stated = users.map((user) => enrolls(`M-${user}`, 'O', user));
    await organization.run(commandsFile);
    const deletes = users.map((user): RecordCommand => ({ ...key(user), verb: 'delete' }));
    said.stated = [...deletes, ...deletes.slice(0, twice)];
    await organization.run(commandsFile, { force: true });
    const told = await organization.query(
      `select status, problems->0->>'code' as code, min(number), count(*)::integer from run_outcome group by 1, 2`,
    );
    expect(told).toEqual([{ status: 'unchanged', code: 'unknown_object', min: '151', count: twice }]);
  },
  60_000,
);

test('whom memberships leave that a helper committed alone is enrolled no more', async () => {
  const organization = await world.organization();
  const others = numbered('Q', 150);
  const units = ['O', 'O2', 'O3', 'O4'];
  await organization.run(filesOf({ offerings: units, users: [...users, ...others], enrollments: [] }));
  said.stated = users.map((user) => enrolls(`M-${user}`, 'O', user));
  await organization.run(commandsFile);
  const between = units.slice(1).flatMap((unit) => users.map((user) => enrolls(`${unit}-${user}`, unit, user)));
  said.stated = [
    ...users.map((user, at) => enrolls(`M-${user}`, 'O', others[at])),
    ...between.slice(0, 350),
    ...users.map((user) => enrolls(`M-${user}`, 'O', user)),
  ];
  await interrupted(organization);
  const enrolled = await organization.query(
    `select distinct left(l.sourced_id, 1) as who from lms_enrollment e join link l on l.lms_id = e.user_id and l.kind = 'person' where not e.ended`,
  );
  expect(enrolled).toEqual([{ who: 'P' }]);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
}, 60_000);

/** Runs what is said, with a worker that is killed when a helper has committed alone. */
async function interrupted(organization: RunOrganization, commit?: number): Promise<void> {
  const id = await organization.request(commandsFile, { force: true });
  await helperCommitsAlone(world, organization, commit);
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
}

function section(sourcedId: string, offering: string): RecordCommand {
  const parents = [{ role: 'offering' as const, kind: null, sourcedId: offering }];
  const fields = { type: 'CourseSection', code: sourcedId, name: sourcedId, parents };
  return { entity: 'org_unit', kind: 'section', sourcedId, verb: 'replace', fields };
}

test('memberships that were looked for before a link changed are looked for again', async () => {
  const organization = await world.organization();
  const courses = numbered('PHYS-', 6);
  const all = users.flatMap((user) => courses.map((course) => [user, course] as const));
  await organization.run(filesOf({ offerings: courses, users, enrollments: [] }));
  const id = await organization.request(filesOf({ offerings: courses, users, enrollments: all }));
  let looks = 0;
  let declared = 0;
  intercept((_client, { name }, send) => {
    if (name === 'run_memberships_declare') declared += 1;
    // The second look goes ahead of what is applied.
    if (name !== 'run_memberships_next' || (looks += 1) !== 2) return send();
    return (send() as Promise<pg.QueryResult<{ share: number }>>).then(misplaced);
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect(await organization.get(id)).toMatchObject({ state: 'finished' });
  // Three shares of two ranges, and those of the second one again.
  expect(declared).toBe(9);
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(all.length);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
}, 60_000);

function misplaced(result: pg.QueryResult<{ share: number }>): pg.QueryResult {
  return { ...result, rows: result.rows.map((row) => ({ ...row, share: (row.share + 1) % 3 })) };
}

test('a membership that somebody else makes while those before it are applied stays theirs', async () => {
  const organization = await world.organization();
  const courses = numbered('PHYS-', 6);
  await organization.run(filesOf({ offerings: courses, users, enrollments: [] }));
  said.stated = courses.flatMap((course) => users.map((user) => enrolls(`${user} in ${course}`, course, user)));
  const id = await organization.request(commandsFile);
  const theirs = enrolls('P150 in PHYS-6', 'PHYS-1', 'P2');
  let looks = 0;
  let refused = 0;
  intercept((_client, { name }, send) => {
    if (name === 'run_memberships_declare')
      return (send() as Promise<unknown>).catch((error: unknown) => {
        refused += 1;
        throw error;
      });
    // The second look goes ahead of what is applied, which waits for it with the lane free.
    if (name !== 'run_memberships_next' || (looks += 1) !== 2) return send();
    return (async () => {
      const found = await send();
      await organization.send('sis', theirs);
      return found;
    })();
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect(await organization.get(id)).toMatchObject({ state: 'finished' });
  // It was presumed to be new, and looked for then.
  expect(refused).toBe(1);
  expect(await organization.query(`select number, status from run_outcome`)).toEqual([
    { number: '900', status: 'overtaken' },
  ]);
  const [row] = await organization.query(
    `select user_sourced_id, org_unit_sourced_id from declared_enrollment where sourced_id = 'P150 in PHYS-6'`,
  );
  expect(row).toEqual({ user_sourced_id: 'P2', org_unit_sourced_id: 'PHYS-1' });
  expect(await organization.query('select from declared_enrollment')).toHaveLength(900);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
}, 60_000);

/* A file that states memberships, and speaks of them again further below by their ids alone. */
const stated = users.map((user) => enrolls(`M-${user}`, 'PHYS-1', user));
const membership = (sourcedId: string) => ({ entity: 'enrollment', kind: 'membership', sourcedId }) as const;
const key = (user: string) => membership(`M-${user}`);

function moved(user: string, at: number, fields: object = {}): RecordCommand {
  const userSourcedId = users[(at + 1) % users.length]!;
  return { ...key(user), verb: 'update', fields: { userSourcedId, ...fields } };
}

test.each<[string, (user: string, at: number) => RecordCommand, number]>([
  ['deletes them', (user) => ({ ...key(user), verb: 'delete' }), 0],
  ['states attributes', (user) => ({ ...key(user), verb: 'update', fields: { attributes: { a: 'b' } } }), 150],
  ['moves them to others', (user, at) => moved(user, at), 150],
  ['moves them to others, with attributes', (user, at) => moved(user, at, { attributes: { a: 'b' } }), 150],
  ['moves them elsewhere', (user, at) => moved(user, at, { orgUnit: { kind: null, sourcedId: 'PHYS-2' } }), 0],
])(
  'a file that speaks of its memberships again, and %s, comes to its end',
  async (what, again, live) => {
    const organization = await world.organization();
    await organization.run(filesOf({ offerings, users, enrollments: [] }));
    const others = users.map((user) => enrolls(`N-${user}`, 'PHYS-2', user));
    said.stated = [...stated, ...others, ...users.map(again)];
    expect(await organization.run(commandsFile, { force: true })).toMatchObject({ state: 'finished' });
    const enrolled = `select from lms_enrollment e join link l on l.lms_id = e.org_unit_id and l.sourced_id = 'PHYS-1' where not e.ended`;
    expect(await organization.query(enrolled)).toHaveLength(live);
    expect(await organization.query('select number, status, problems from run_outcome')).toEqual([]);
    const [first] = await organization.query(
      `select user_sourced_id from declared_enrollment where sourced_id = 'M-P1'`,
    );
    expect(first).toEqual({ user_sourced_id: what.startsWith('moves') ? 'P2' : 'P1' });
    expect(await findViolations(world.database.pool, organization.id)).toEqual([]);
  },
  60_000,
);

test('a file that moves a membership, and deletes it further below, comes to its end', async () => {
  const organization = await world.organization();
  await organization.run(filesOf({ offerings, users, enrollments: [] }));
  said.stated = stated;
  await organization.run(commandsFile);
  const toOthers = users.map((user, at) => enrolls(`M-${user}`, 'PHYS-1', users[(at + 1) % users.length]));
  said.stated = [...toOthers, ...users.map((user): RecordCommand => ({ ...key(user), verb: 'delete' }))];
  expect(await organization.run(commandsFile, { force: true })).toMatchObject({ state: 'finished' });
  expect(await organization.query('select from lms_enrollment where not ended')).toEqual([]);
}, 60_000);
