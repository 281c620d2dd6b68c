import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunMode } from '../../../src/domain/run.ts';
import type { WishedUpload } from '../../../src/domain/upload.ts';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
import { createUploadStore } from '../../../src/state/uploads/upload-store.ts';
import { createWishStore } from '../../../src/state/uploads/wish-store.ts';
import { createIntake, type LiveIntake } from '../../../src/ways/intake.ts';
import { handMadeZip } from '../../zip/hand-made-zip.ts';
import { createRunWorld, filesOf, isEnded, type RunOrganization, type RunWorld, workUntil } from './set-up.ts';

const DAY_MS = 86_400_000;

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

const ignore = (): void => undefined;

/** @param dies of which statement the process is killed */
function createWayIn({ dies, inDays = 0 }: { dies?: 'before the run' | 'after it'; inDays?: number } = {}): LiveIntake {
  const { pool } = world.database;
  const wishes = createWishStore({ pool });
  const runs = createRunStore(pool);
  const killed = (): Promise<never> => Promise.reject(new Error('killed'));
  return createIntake({
    uploads: createUploadStore({ pool, sealer: world.parts.sealer, limitBytes: 100_000_000 }),
    wishes: dies === 'after it' ? { ...wishes, settle: killed } : wishes,
    requestRun: dies === 'before the run' ? killed : (request) => runs.request(request),
    quotaBytes: 1_000_000_000,
    expiryMs: DAY_MS,
    keepMs: 2 * DAY_MS,
    atOnce: 4,
    log: { info: ignore, warn: ignore, error: ignore },
    now: () => Date.now() + inDays * DAY_MS,
  });
}

function send(organization: RunOrganization, intake: LiveIntake): Promise<WishedUpload> {
  const files = filesOf({ offerings: ['PHYS-1'], users: ['P1'], enrollments: [['P1', 'PHYS-1']] });
  const zip = handMadeZip(Object.entries(files).map(([name, content]) => ({ name, content })));
  const wish = { mode: 'apply', options: {}, reprocess: false, requestedBy: 'banner' } as const;
  const sourceSystemId = organization.sources.get('sis')!.id;
  return intake.receive(
    { organizationId: organization.id, sourceSystemId, name: 'night.zip', way: 'sftp', receivedFrom: 'banner', wish },
    once(zip),
  );
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}

const runsOf = (organization: RunOrganization): Promise<{ id: string; mode: RunMode }[]> =>
  organization.query('select id, mode from run order by id');

test('a run whose request nobody noted, as the process was killed, is noted later and is not made twice', async () => {
  const organization = await world.organization();
  const { id } = await send(organization, createWayIn({ dies: 'after it' }));
  const [run] = await runsOf(organization);
  await workUntil(world.parts, async () => isEnded(await organization.get(run!.id)));
  expect((await createWayIn().find(organization.id, id))?.runId).toBeUndefined();

  const later = createWayIn({ inDays: 3 });
  expect(await later.catchUp(organization.id)).toBe(1);
  expect(await later.find(organization.id, id)).toMatchObject({ runId: run!.id, run: { state: 'finished' } });
  expect(await later.catchUp(organization.id)).toBe(0);
  expect(await later.forgetBytes(organization.id)).toBe(1);
  expect(await runsOf(organization)).toEqual([run]);
});

test('who ends such an upload again is told the run that there is', async () => {
  const organization = await world.organization();
  const { id } = await send(organization, createWayIn({ dies: 'after it' }));
  const [run] = await runsOf(organization);
  expect(await createWayIn().finish(organization.id, id)).toMatchObject({ runId: run!.id });
  expect(await runsOf(organization)).toEqual([run]);
});

test('a run that somebody requested meanwhile only to look at the file is not the one that was wished', async () => {
  const organization = await world.organization();
  const { id } = await send(organization, createWayIn({ dies: 'before the run' }));
  const looked = await createWayIn().reprocess(organization.id, id, {
    mode: 'validate',
    options: {},
    requestedBy: 'admin',
  });
  const later = createWayIn({ inDays: 1 });
  expect(await later.catchUp(organization.id)).toBe(1);
  const runs = await runsOf(organization);
  expect(runs).toMatchObject([{ id: looked, mode: 'validate' }, { mode: 'apply' }]);
  expect(await later.find(organization.id, id)).toMatchObject({ runId: runs[1]!.id });
});
