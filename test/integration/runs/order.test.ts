import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WriteCommand } from '../../../src/domain/command.ts';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import { removeOldRuns } from '../../../src/state/maintenance/old-runs.ts';
import { awaitBlackout, claimRun, type LeasedRun, releaseRun } from '../../../src/state/runs/lease.ts';
import { workOnRun } from '../../../src/runs/work-on-run.ts';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
import { createSourceSystemLookup } from '../../../src/state/source-system-lookup.ts';
import { createUploadStore } from '../../../src/state/uploads/upload-store.ts';
import { createWishStore } from '../../../src/state/uploads/wish-store.ts';
import { createIntake, type LiveIntake } from '../../../src/ways/intake.ts';
import { handMadeZip } from '../../zip/hand-made-zip.ts';
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

const users = numbered('P', 60);
const whole = filesOf({ offerings: ['X'], users, enrollments: users.map((user) => [user, 'X'] as const) });
const few = filesOf({ offerings: ['X'], users: users.slice(0, 10), enrollments: [] });
const only = (files: Record<string, string>, name: string) => ({
  'manifest.json': files['manifest.json']!,
  [name]: files[name]!,
});
const loose = { removals: { percent: 100 }, removalsInScope: { percent: 100 } };

test('a snapshot of persons is short if the last one of persons named far more, whatever came in between', async () => {
  const organization = await world.organization({ guards: loose });
  const persons = { snapshot: { kinds: ['person' as const] } };
  await organization.run(whole);
  await organization.run(only(whole, '07-Users.csv'), persons);
  await organization.run(only(whole, '08-Enrollments.csv'), { snapshot: { kinds: ['membership'] } });
  // Only looked at: it was never applied, and is nothing to compare with.
  await organization.run(only(few, '07-Users.csv'), { ...persons, mode: 'validate' });
  await organization.query(
    `update run set mode = 'apply' where mode = 'validate' returning id`, // as of a source system that was in `validate`
  );
  const run = await organization.run(only(few, '07-Users.csv'), persons);
  expect(await administration.runs.holds(organization.id, run.id)).toEqual([
    expect.objectContaining({ guard: 'short_file', kind: 'person', items: 50 }),
  ]);
});

interface Delivery {
  readonly runId: string | undefined;
  readonly run: RunRow | undefined;
}

/** Delivers one file again and again, as the ways in do, and works on its run if there is one. */
async function sender(organization: RunOrganization): Promise<(mode?: 'apply' | 'plan') => Promise<Delivery>> {
  const { pool } = world.database;
  const runs = createRunStore(pool);
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const intake: LiveIntake = createIntake({
    uploads: createUploadStore({ pool, sealer: world.parts.sealer, limitBytes: 1e8 }),
    wishes: createWishStore({ pool }),
    requestRun: (request) => runs.request(request),
    quotaBytes: 1e9,
    expiryMs: 1e9,
    keepMs: 1e9,
    atOnce: 4,
    log: quiet,
  });
  const campus = filesOf({ offerings: ['X'], users: ['P1', 'P2'], enrollments: [['P1', 'X']] });
  const zip = handMadeZip(Object.entries(campus).map(([name, content]) => ({ name, content })));
  const [source] = await organization.query<{ id: number }>(`select id from source_system where code = 'sis'`);
  async function* bytes(): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield zip;
  }
  return async (mode = 'apply') => {
    const { runId } = await intake.receive(
      {
        organizationId: organization.id,
        sourceSystemId: source!.id,
        name: 'night.zip',
        way: 'sftp',
        receivedFrom: 'test',
        wish: { mode, options: {}, reprocess: false, requestedBy: 'test' },
      },
      bytes(),
    );
    if (runId === undefined) return { runId, run: undefined };
    await workUntil(world.parts, async () => isEnded(await organization.get(runId)));
    return { runId, run: await organization.get(runId) };
  };
}

const deleted: WriteCommand = { entity: 'user', kind: 'person', sourcedId: 'P2', verb: 'delete' };

test('the same bytes make no run, unless a message came in between', async () => {
  const organization = await world.organization();
  const deliver = await sender(organization);
  expect((await deliver()).run).toMatchObject({ state: 'finished' });
  expect(await deliver()).toEqual({ runId: undefined, run: undefined });
  await organization.send('sis', deleted);
  expect((await deliver()).run).toMatchObject({ state: 'finished', applied_to: 1 });
  expect(await organization.query(`select deleted from declared_user where sourced_id = 'P2'`)).toEqual([
    { deleted: false },
  ]);
  expect(await deliver()).toEqual({ runId: undefined, run: undefined });
});

test('what came in before the last repeat was judged with that, and is not looked through again', async () => {
  const organization = await world.organization();
  const deliver = await sender(organization);
  await deliver();
  await deliver();
  await organization.send('sis', deleted);
  // As if the message had been there when the repeat came: nothing but that it is not asked for again tells.
  await organization.query(`
    update upload set created_at = created_at + interval '1 hour' where id in (select upload_id from upload_wish where repeats is not null)
    returning id`);
  expect(await deliver()).toEqual({ runId: undefined, run: undefined });
});

test('the same bytes after their run was taken back are run, and held', async () => {
  const organization = await world.organization();
  const deliver = await sender(organization);
  const { runId } = await deliver();
  const back = await createRunStore(world.database.pool).requestRollback({
    organizationId: organization.id,
    runId: runId!,
    mode: 'apply',
    options: { force: true },
    requestedBy: 'test',
  });
  await workUntil(world.parts, async () => isEnded(await organization.get(back)));
  const again = await deliver();
  expect(again.run).toMatchObject({ state: 'finished' });
  const holds = await administration.runs.holds(organization.id, again.runId!);
  expect(new Set(holds.map(({ guard }) => guard))).toEqual(new Set(['taken_back']));
});

test('the same bytes are run when they were only looked at before, as the source system was in validate', async () => {
  const organization = await world.organization();
  const deliver = await sender(organization);
  const { runId } = await deliver();
  await organization.query(`update run set applying_at = null where id = '${runId!}' returning id`);
  expect((await deliver()).run).toMatchObject({ state: 'finished' });
});

const alter = (given: string): Record<string, string> => {
  const files = filesOf({ offerings: [], users: ['P1'], enrollments: [] });
  return { ...files, '07-Users.csv': files['07-Users.csv']!.replace('First P1', given) };
};
const worker = (digit: number): string => `00000000-0000-7000-8000-00000000000${digit}`;
const everyChangeHeld = { guards: { changes: { count: 0, floor: 0 } } };

/** A run of which all is held. */
async function withHold(organization: RunOrganization): Promise<string> {
  await organization.run(filesOf({ offerings: ['X'], users: ['P1'], enrollments: [] }));
  return (await organization.run(alter('Monday'))).id;
}

const approve = (organization: RunOrganization, run: string): Promise<unknown> =>
  administration.runs.decide({ organizationId: organization.id, actor: 'the registrar' }, run, 1, {
    state: 'approved',
  });

test('while a run is worked on, no other one of its source system is, also where a hold of it was approved', async () => {
  const organization = await world.organization(everyChangeHeld);
  const { pool } = world.database;
  const held = await withHold(organization);
  const second = await organization.request(alter('Monday'));
  const working = await claimRun(pool, organization.id, worker(1));
  expect(working?.id).toBe(second);
  await approve(organization, held);
  expect(await claimRun(pool, organization.id, worker(2))).toBeUndefined();
  await releaseRun(pool, working!);
  expect(await claimRun(pool, organization.id, worker(2))).toMatchObject({ id: held });
  await organization.query(`update run set owned_until = now() - interval '1 s' returning id`);
  await workUntil(world.parts, async () => isEnded(await organization.get(second)));
});

test('a file that falls over before it is read is tried a few times, and then keeps nobody waiting', async () => {
  const organization = await world.organization();
  let falls = 0;
  const fallsOver: FileDialect = {
    name: 'bad',
    recognises: ({ files }) => {
      if (!files.some(({ name }) => name === 'bad.txt')) return Promise.resolve(false);
      falls += 1;
      throw new TypeError('a defect of recognising');
    },
    read: () => {
      throw new Error('never read');
    },
  };
  const parts = { ...world.parts, dialects: [fallsOver, ...world.parts.dialects] };
  const bad = await organization.request({ 'bad.txt': 'x' });
  const behind = await organization.request(filesOf({ offerings: ['X'], users: ['P1'], enrollments: [] }));
  await workUntil(parts, async () => {
    await organization.query(
      `update run set owned_until = now() where id = '${bad}' and ${String(falls)} > 0 returning id`,
    );
    return isEnded(await organization.get(behind));
  });
  expect(falls).toBe(5);
  expect(await organization.get(bad)).toMatchObject({ state: 'failed', failure: { code: 'run_interrupted' } });
  expect(await organization.get(behind)).toMatchObject({ state: 'finished' });
});

test('a file that is handed on again and again, as processes stop one after the other, is read in the end', async () => {
  const organization = await world.organization();
  const { pool } = world.database;
  const id = await organization.request(few);
  for (let process = 1; process <= 8; process += 1)
    await releaseRun(pool, (await claimRun(pool, organization.id, worker(process)))!);
  await workUntil(world.parts, async () => isEnded(await organization.get(id)));
  expect(await organization.get(id)).toMatchObject({ state: 'finished', failure: null });
});

const enabled = (organization: RunOrganization, state: string): Promise<unknown[]> =>
  organization.query(`update source_system set state = '${state}' returning id`);
const givenName = async (organization: RunOrganization): Promise<unknown> =>
  (await organization.query<{ name: string }>(`select fields->>'givenName' as name from declared_user`))[0]?.name;

test.each(['disabled', 'validate'])('of a source system that is %s no hold is approved', async (state) => {
  const organization = await world.organization(everyChangeHeld);
  const held = await withHold(organization);
  await enabled(organization, state);
  await expect(approve(organization, held)).rejects.toMatchObject({ code: 'conflict' });
  expect(await organization.get(held)).toMatchObject({ state: 'finished' });
  await enabled(organization, 'enabled');
  await approve(organization, held);
  await workUntil(world.parts, async () => isEnded(await organization.get(held)));
  expect(await givenName(organization)).toBe('Monday');
});

/** As they are now, not as they were some seconds ago. */
const fresh = (): RunWorld['parts'] => ({
  ...world.parts,
  sourceSystem: (organizationId, id) => createSourceSystemLookup(world.database.pool).get(organizationId, id),
});

test.each(['disabled', 'validate'])('what was planned waits while its source system is %s', async (state) => {
  const organization = await world.organization(everyChangeHeld);
  const held = await withHold(organization);
  await approve(organization, held);
  // It was enabled when the run was taken.
  const leased = await claimRun(world.database.pool, organization.id, worker(1));
  await enabled(organization, state);
  await workOnRun(fresh(), leased!, new AbortController().signal);
  expect(await administration.runs.get(organization.id, held)).toMatchObject({
    state: 'applying',
    waits: { for: 'source_system', window: state, until: null },
  });
  expect(await claimRun(world.database.pool, organization.id, worker(1))).toBeUndefined();
  expect(await givenName(organization)).toBe('First P1');
  await enabled(organization, 'enabled');
  await workUntil(fresh(), async () => isEnded(await organization.get(held)));
  expect(await givenName(organization)).toBe('Monday');
  expect(await administration.runs.get(organization.id, held)).toMatchObject({ waits: null });
});

test('a run is cancelled at once, also where it was just about to wait for the end of a blackout', async () => {
  const organization = await world.organization(everyChangeHeld);
  const held = await withHold(organization);
  await approve(organization, held);
  const { pool } = world.database;
  const leased: LeasedRun = (await claimRun(pool, organization.id, worker(1)))!;
  await administration.runs.cancel({ organizationId: organization.id, actor: 'the registrar' }, held);
  await awaitBlackout(pool, leased, { window: 'Exam weeks', until: new Date(Date.now() + 86_400_000) }, new Date());
  await workUntil(world.parts, async () => isEnded(await organization.get(held)));
  expect(await administration.runs.get(organization.id, held)).toMatchObject({
    state: 'finished',
    held: 1,
    waits: null,
  });
});

test('a run that waits for the end of a blackout, and is to be cancelled, waits no more', async () => {
  const organization = await world.organization(everyChangeHeld);
  const held = await withHold(organization);
  await approve(organization, held);
  await organization.query(
    `update run set cancel_requested = true, waits_until = now() + interval '1 day' where id = '${held}' returning id`,
  );
  await workUntil(world.parts, async () => isEnded(await organization.get(held)));
  expect(await administration.runs.get(organization.id, held)).toMatchObject({ state: 'finished', held: 1 });
});

test('old runs go but for those of which something is still held', async () => {
  const organization = await world.organization(everyChangeHeld);
  const held = await withHold(organization);
  const soon = new Date(Date.now() + 60_000);
  const left = (): Promise<unknown[]> => organization.query('select id from run');
  expect(await left()).toHaveLength(2);
  await organization.query(`update source_system set holding_run = '${held}' where code = 'sis' returning id`);
  await removeOldRuns(world.database.pool, soon);
  expect(await left()).toEqual([{ id: held }]);
  await administration.runs.decide({ organizationId: organization.id, actor: 'the registrar' }, held, 1, {
    state: 'discarded',
  });
  await removeOldRuns(world.database.pool, soon);
  expect(await left()).toEqual([]);
  expect(await organization.query(`select holding_run from source_system where code = 'sis'`)).toEqual([
    { holding_run: null },
  ]);
});
