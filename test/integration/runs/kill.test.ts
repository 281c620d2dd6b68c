import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import { startRunWorker } from '../../../src/runs/worker.ts';
import { workOnRun } from '../../../src/runs/work-on-run.ts';
import { claimRun } from '../../../src/state/runs/lease.ts';
import {
  createRunWorld,
  dyingPool,
  enrolls,
  filesOf,
  isEnded,
  numbered,
  type RunOrganization,
  type RunWorld,
  runParts,
  until,
  workUntil,
} from './set-up.ts';

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

const users = numbered('P', 150);
const campus = {
  departments: ['SCI', 'ART'],
  offerings: numbered('C', 12),
  users,
  enrollments: users.flatMap((user, index) =>
    [0, 1, 3, 5, 7, 8].map((more) => [user, `C${((index + more) % 12) + 1}`] as const),
  ),
};

/** All that a run leaves behind, by the words of the SIS. */
async function stateOf(organization: RunOrganization): Promise<object[]> {
  return organization.query(`
    select 'user' as what, sourced_id as id, fields::text as said, live::text as stands from declared_user
    union all select kind, sourced_id, fields::text, live::text from declared_org_unit
    union all select 'membership', sourced_id, roles::text, wait_code from declared_enrollment where not deleted
    union all select 'lms', u.fields->>'orgDefinedId', o.code, r.code
      from lms_enrollment e join lms_user u on u.id = e.user_id join lms_org_unit o on o.id = e.org_unit_id join role r on r.id = e.role_id
     where not e.ended
    union all select 'change', entity, operation, count(*)::text from change group by 2, 3
    union all select 'run', state, applied_to::text, items::text || problems::text || outcomes::text || counters::text from run
    order by 1, 2, 3, 4`);
}

/** A pool of which the process dies instead of the n-th commit under a lane, or as soon as that was sent: nobody hears of it. */
function dyingAtCommit(pool: pg.Pool, commits: number, isSent: boolean): pg.Pool {
  let left = commits;
  const dying = (client: pg.PoolClient): pg.PoolClient => {
    let isUnderLane = false;
    return new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const call = (value as (...given: unknown[]) => unknown).bind(target);
        if (name !== 'query') return call;
        return async (...given: unknown[]) => {
          const { name: statement, text = given[0] } = given[0] as { name?: string; text?: unknown };
          isUnderLane ||= statement === 'lane_lock' || String(text).includes('lock_timeout');
          if (text === 'commit' && isUnderLane) left -= 1;
          if (left > 0) return call(...given);
          if (left === 0 && given[0] === 'commit' && isSent) await call(...given);
          else if (given[0] !== 'rollback') await target.query('rollback');
          left = -1;
          throw new Error('killed');
        };
      },
    });
  };
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') return async () => dying(await target.connect());
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });
}

const forgetLease = (organization: RunOrganization): Promise<object[]> =>
  organization.query(`update run set owned_until = now() - interval '1 second' where owner is not null returning id`);

test('a worker that dies between any two transactions leaves a run that another ends as if nothing had been', async () => {
  const whole = await world.organization();
  await whole.run(filesOf(campus));
  const expected = await stateOf(whole);

  const organization = await world.organization();
  const id = await organization.request(filesOf(campus));
  let deaths = 0;
  for (let transactions = 1; !isEnded(await organization.get(id)); transactions += 1) {
    if (transactions > 200) throw new Error('it never ends');
    const run = await claimRun(world.database.pool, organization.id, 'aaaaaaaa-0000-4000-8000-000000000000');
    if (run === undefined) throw new Error('there is nothing to claim');
    const parts = { ...runParts(dyingPool(world.database.pool, transactions)), sourceSystem: world.parts.sourceSystem };
    await workOnRun(parts, { ...run, attempts: 0 }, new AbortController().signal);
    deaths += isEnded(await organization.get(id)) ? 0 : 1;
    await forgetLease(organization);
  }
  expect(deaths).toBeGreaterThan(3);
  expect(await stateOf(organization)).toEqual(expected);
}, 120_000);

test('a worker that dies between the commits of one range leaves its lane whole', async () => {
  const whole = await world.organization();
  await whole.run(filesOf(campus));
  const expected = await stateOf(whole);

  let ahead = 0;
  for (let commits = 1; ; commits += 1) {
    const organization = await world.organization();
    const id = await organization.request(filesOf(campus));
    const run = await claimRun(world.database.pool, organization.id, 'aaaaaaaa-0000-4000-8000-000000000000');
    const dying = dyingAtCommit(world.database.pool, commits, commits % 2 === 0);
    const parts = { ...runParts(dying), sourceSystem: world.parts.sourceSystem };
    await workOnRun(parts, run!, new AbortController().signal);
    if (isEnded(await organization.get(id))) break;
    ahead += (await organization.query('select from lane_ahead')).length;
    await forgetLease(organization);
    await organization.query(`update run set attempts = 0 returning id`);
    await workUntil(world.parts, async () => isEnded(await organization.get(id)));
    expect(await stateOf(organization)).toEqual(expected);
    const [numbers] = await organization.query<{ gaps: string; beyond: string }>(
      `select max(seq) - count(*) as gaps, max(seq) - (select change_seq from lane) as beyond from change`,
    );
    expect(numbers).toEqual({ gaps: '0', beyond: '0' });
  }
  expect(ahead).toBeGreaterThan(0);
}, 240_000);

test('kill -9 of the process that works on it, at random points', async () => {
  const whole = await world.organization();
  await whole.run(filesOf(campus));
  const expected = await stateOf(whole);
  const organization = await world.organization();
  const id = await organization.request(filesOf(campus));
  for (let death = 0; death < 4 && !isEnded(await organization.get(id)); death += 1) {
    const child = startWorker(world.database.url);
    await once(child.stdout!, 'data');
    await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 400));
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await forgetLease(organization);
    await organization.query('update run set attempts = 0 returning id');
  }
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect(await stateOf(organization)).toEqual(expected);
}, 120_000);

function startWorker(url: string): ChildProcess {
  const script = join(import.meta.dirname, 'worker-process.ts');
  return spawn(process.execPath, [script], {
    env: { ...process.env, DATABASE_URL: url, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('who takes a run over ends it, and who lost it writes nothing more', async () => {
  const organization = await world.organization();
  const id = await organization.request(filesOf(campus));
  const first = await claimRun(world.database.pool, organization.id, 'aaaaaaaa-0000-4000-8000-000000000000');
  await forgetLease(organization);
  const second = await claimRun(world.database.pool, organization.id, 'bbbbbbbb-0000-4000-8000-000000000000');
  const never = new AbortController().signal;
  await Promise.all([workOnRun(world.parts, first!, never), workOnRun(world.parts, second!, never)]);
  expect(await organization.get(id)).toMatchObject({ state: 'finished', attempts: 0 });
  expect(await claimRun(world.database.pool, organization.id, 'cccccccc-0000-4000-8000-000000000000')).toBeUndefined();
});

/** Memberships in two batches of the planner. Who is the first to read them waits for `first` between the two, who comes next waits for `next` before both. */
function createTwiceReadFile() {
  const readings = { begun: 0, first: Promise.withResolvers<undefined>(), next: Promise.withResolvers<undefined>() };
  const batch = (prefix: string) => {
    const commands = numbered(prefix, 2_000).map((sourcedId) => enrolls(sourcedId, 'C1'));
    const records = commands.map((command, index) => ({ place: { file: 'twice.txt', line: index + 1 }, command }));
    return { records, problems: [], file: 'twice.txt', bytesRead: 1 };
  };
  const dialect: FileDialect = {
    name: 'twice',
    recognises: ({ files }) => Promise.resolve(files.some(({ name }) => name === 'twice.txt')),
    async *read() {
      const reading = (readings.begun += 1);
      if (reading > 1) await readings.next.promise;
      yield batch('A');
      if (reading === 1) await readings.first.promise;
      yield batch('B');
    },
  };
  return { readings, dialect };
}

test('a worker that takes its own run over, as the lease had ended, loses none of it', async () => {
  const { readings, dialect } = createTwiceReadFile();
  const organization = await world.organization();
  await organization.run(filesOf(campus));
  const id = await organization.request({ 'twice.txt': '' });
  const worker = startRunWorker(runParts(world.database.pool, { dialects: [dialect] }), { slots: 3, pollMs: 20 });
  try {
    await until(async () => readings.begun === 1 && (await organization.get(id)).items === 2_000);
    await forgetLease(organization);
    await until(() => Promise.resolve(readings.begun === 2));
    readings.first.resolve(undefined);
    // Were the first one to go on, it would end the run by now.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    readings.next.resolve(undefined);
    await until(async () => isEnded(await organization.get(id)));
  } finally {
    readings.first.resolve(undefined);
    readings.next.resolve(undefined);
    await worker.stop();
  }
  expect(await organization.get(id)).toMatchObject({ state: 'finished', items: 4_000, applied_to: 4_000 });
  const twice = `user_sourced_id = 'P1' and (sourced_id like 'A%' or sourced_id like 'B%')`;
  expect(await organization.query(`select from declared_enrollment where not deleted and ${twice}`)).toHaveLength(
    4_000,
  );
});
