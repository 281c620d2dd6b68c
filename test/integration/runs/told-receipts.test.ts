import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
import { createFileSettingsStore } from '../../../src/state/uploads/file-settings-store.ts';
import { createUploadStore } from '../../../src/state/uploads/upload-store.ts';
import { createWishStore } from '../../../src/state/uploads/wish-store.ts';
import { createWatchedFolder } from '../../../src/ways/folder/watched-folder.ts';
import { createIntake } from '../../../src/ways/intake.ts';
import { handMadeZip } from '../../zip/hand-made-zip.ts';
import { createRunWorld, filesOf, isEnded, type RunOrganization, type RunWorld, workUntil } from './set-up.ts';

let world: RunWorld;
let school: RunOrganization;
let folder: string;
let other: string;
let now = Date.now();
const never = new AbortController().signal;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  world = await createRunWorld();
  school = await world.organization({}, ['sis', 'hr']);
  folder = await mkdtemp(join(tmpdir(), 'passerelle-told-'));
  other = await mkdtemp(join(tmpdir(), 'passerelle-told-'));
});

afterAll(async () => {
  for (const place of [folder, other]) await rm(place, { recursive: true, force: true });
  await world.close();
});

/** As a process that watches has it: another one knows nothing of what this one took. */
function watcher(source: string, place: string) {
  const { pool } = world.database;
  const runs = createRunStore(pool);
  const intake = createIntake({
    uploads: createUploadStore({ pool, sealer: world.parts.sealer, limitBytes: 1e8 }),
    wishes: createWishStore({ pool }),
    requestRun: (request) => runs.request(request),
    quotaBytes: 1e9,
    expiryMs: 3_600_000,
    keepMs: 3_600_000,
    atOnce: 4,
    log,
  });
  const settings = createFileSettingsStore({ pool });
  const parts = { intake, settings, log, now: () => now };
  const key = { organizationId: school.id, sourceSystemId: school.sources.get(source)!.id };
  return createWatchedFolder(parts, key, place);
}

interface Receipt {
  id: string;
  runId: string;
  state: string;
  run: { state: string; held: number; counters: Record<string, { add: number }> } | null;
}
const receiptOf = async (name: string): Promise<Receipt> =>
  JSON.parse(await readFile(join(folder, 'done', `${name}.receipt.json`), 'utf8')) as Receipt;

test('a receipt beside a file says what became of its run, also when another process took the file', async () => {
  const files = filesOf({ offerings: ['O1'], users: ['P1', 'P2'], enrollments: [['P1', 'O1']] });
  const zip = handMadeZip(Object.entries(files).map(([name, content]) => ({ name, content })));
  await writeFile(join(folder, 'night.zip'), zip);
  const first = watcher('sis', folder);
  await first.look(never);
  now += 60_000;
  expect(await first.look(never)).toBe(1);
  const taken = await receiptOf('night.zip');
  expect(taken).toMatchObject({ state: 'requested', run: { state: 'queued' } });

  await workUntil(world.parts, async () => isEnded(await school.get(taken.runId)));
  const second = watcher('sis', folder);
  await second.look(never);
  const told = await receiptOf('night.zip');
  expect(told).toMatchObject({ id: taken.id, run: { state: 'finished', held: 0, counters: { person: { add: 2 } } } });
  await first.look(never);
  expect(await receiptOf('night.zip')).toEqual(told);
  expect((await readdir(join(folder, 'done'))).sort()).toEqual(['night.zip', 'night.zip.receipt.json']);

  // What was cleaned up stays away, and what is told is not written any more.
  await rm(join(folder, 'done', 'night.zip.receipt.json'));
  now += 60_000;
  await first.look(never);
  expect(await readdir(join(folder, 'done'))).toEqual(['night.zip']);
}, 60_000);

test('who writes into a folder learns nothing of uploads that did not come through it', async () => {
  const [{ id } = { id: '' }] = await school.query<{ id: string }>(`select id from upload where way = 'folder'`);
  const commanded = await school.upload(filesOf({ offerings: [], users: ['P9'], enrollments: [] }), 'hr');
  await mkdir(join(other, 'done'), { recursive: true });
  const forged = { 'a.csv': id, 'b.csv': commanded, 'c.csv': "'; drop table run", 'd.csv': 7 };
  for (const [name, upload] of Object.entries(forged))
    await writeFile(join(other, 'done', `${name}.receipt.json`), JSON.stringify({ id: upload }));
  await writeFile(join(other, 'done', 'e.csv.receipt.json'), 'null');
  await watcher('hr', other).look(never);
  for (const [name, upload] of Object.entries(forged))
    expect(await readFile(join(other, 'done', `${name}.receipt.json`), 'utf8')).toBe(JSON.stringify({ id: upload }));
});
