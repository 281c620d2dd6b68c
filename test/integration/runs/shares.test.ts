import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createAdministration } from '../../../src/state/admin/create-administration.ts';
import { findViolations } from '../../../src/state/doctor/integrity.ts';
import { intercept, leaveAlone } from './intercept.ts';
import {
  createRunWorld,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  workUntil,
} from './set-up.ts';

/* Memberships are applied on several connections under one lane (docs/adr/0063): what if one of them breaks. */

let world: RunWorld;
let administration: ReturnType<typeof createAdministration>;
const users = numbered('P', 150);
const offerings = ['PHYS-1', 'PHYS-2'];
const enrollments = users.map((user) => [user, 'PHYS-1'] as const);

beforeAll(async () => {
  world = await createRunWorld();
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
  const stopped = new AbortController();
  let helpers = 0;
  let broken: pg.Client | undefined;
  intercept((client, { text }, send) => {
    if (text.includes('insert into lane_ahead') && (helpers += 1) === 2) {
      broken = client;
      stopped.abort();
    }
    if (client !== broken) return send();
    return text === 'rollback' ? send() : Promise.reject(new Error('Connection terminated'));
  });
  await workUntil(world.parts, () => Promise.resolve(stopped.signal.aborted));
  await delay(100);
  leaveAlone();
  await organization.query(
    `update run set owned_until = now() - interval '1 second' where owner is not null returning id`,
  );
  expect(await organization.query('select from declared_enrollment')).toHaveLength(50);
  expect(await findViolations(world.database.pool, organization.id)).toEqual([]);

  const editor = { organizationId: organization.id, actor: 'operator' };
  await administration.runs.cancel(editor, id);
  const back = await administration.runs.rollback(editor, id, { mode: 'apply', force: true });
  await workUntil(world.parts, async () => isEnded(await organization.get(back.id)));
  expect(await organization.query('select from declared_enrollment where not deleted')).toHaveLength(0);
  expect(await organization.query('select from lms_enrollment where not ended')).toHaveLength(0);
}, 60_000);

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
