import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAdministration } from '../../../src/state/admin/create-administration.ts';
import type { Administration } from '../../../src/domain/administration/index.ts';
import type { WriteCommand } from '../../../src/domain/command.ts';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import { releaseRun, claimRun, type LeasedRun } from '../../../src/state/runs/lease.ts';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
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
let administration: Administration & { close(): void };

beforeAll(async () => {
  world = await createRunWorld();
  administration = createAdministration({ pool: world.database.pool, store: world.store, sealer: world.parts.sealer });
});

afterAll(async () => {
  administration.close();
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

const deleted: WriteCommand = { entity: 'user', kind: 'person', sourcedId: 'P2', verb: 'delete' } as WriteCommand;

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
