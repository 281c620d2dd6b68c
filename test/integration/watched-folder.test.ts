import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { watchFolders } from '../../src/app/watched-folders.ts';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

let world: ApiWorld;
let tenant: Tenant;
let root: string;
let folder: string;
const releases: (() => unknown)[] = [];
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  world = await createApiWorld();
  tenant = await world.tenant('school');
  root = await mkdtemp(join(tmpdir(), 'passerelle-folder-'));
  folder = join(root, 'school', 'sis');
  await tenant.admin.put('/api/v1/source-systems/sis/file-settings', { restSeconds: 1, mode: 'plan' });
  // Two processes watch: each file is taken once.
  for (let process = 0; process < 2; process += 1) watch();
  await until(async () => (await readdir(join(root, 'school')).catch((): string[] => [])).includes('sis'));
});

afterAll(async () => {
  for (const release of releases) await release();
  await rm(root, { recursive: true, force: true });
  await world.close();
});

function watch(): void {
  const held = {
    add: (_: string, release: () => unknown) => void releases.unshift(release),
    releaseAll: () => Promise.resolve(),
  };
  watchFolders({ watchFolder: root }, world.database.pool, world.files, (() => log) as never, held, 100);
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    if (await done()) return;
    await delay(50);
  }
  throw new Error('it did not happen');
}

const list = (place: string): Promise<string[]> => readdir(join(folder, place)).catch(() => []);
const receiptOf = async (place: string, name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(folder, place, `${name}.receipt.json`), 'utf8')) as Record<string, unknown>;

test('a file that rests is taken once, and moved with its receipt', async () => {
  const bytes = randomBytes(1_500_000);
  const runs = world.runs.length;
  await writeFile(join(folder, 'night.zip'), bytes);
  await until(async () => (await list('done')).includes('night.zip'));
  expect(await receiptOf('done', 'night.zip')).toMatchObject({
    state: 'requested',
    mode: 'plan',
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  expect(world.runs.slice(runs)).toMatchObject([
    { organizationId: tenant.id, mode: 'plan', requestedBy: 'watched folder' },
  ]);
  expect((await readFile(join(folder, 'done', 'night.zip'))).equals(bytes)).toBe(true);
  expect(await list('.')).not.toContain('night.zip');
});

test('the same file again is recognised, and keeps a name of its own', async () => {
  const bytes = randomBytes(100);
  for (const state of ['requested', 'repeated']) {
    await writeFile(join(folder, 'again.csv'), bytes);
    await until(async () => !(await list('.')).includes('again.csv'));
    const names = (await list('done')).filter((name) => name.endsWith('again.csv.receipt.json')).sort();
    const newest = names.length === 1 ? names[0] : names.find((name) => name !== 'again.csv.receipt.json');
    expect(await receiptOf('done', newest?.replace('.receipt.json', '') ?? '')).toMatchObject({ state });
  }
});

test('a file that grows, and one under a temporary name, are left alone until they rest under their own', async () => {
  const file = join(folder, 'growing.csv');
  await writeFile(join(folder, 'half.csv.filepart'), 'a');
  for (let line = 0; line < 12; line += 1) {
    await appendFile(file, 'a line\n');
    await delay(200);
    expect(await list('done')).not.toContain('growing.csv');
  }
  await until(async () => (await list('done')).includes('growing.csv'));
  expect(await readFile(join(folder, 'done', 'growing.csv'), 'utf8')).toHaveLength(7 * 12);
  expect(await list('.')).toContain('half.csv.filepart');
});

test('links, folders and receipts are left alone; a file with a bad name is moved, and told why', async () => {
  await symlink('/etc/passwd', join(folder, 'passwd.csv'));
  await mkdir(join(folder, 'folder.csv'));
  await writeFile(join(folder, 'x.receipt.json'), '{}');
  await writeFile(join(folder, 'bad:name?.csv'), 'a');
  await until(async () => (await list('failed')).includes('bad:name?.csv'));
  expect(await receiptOf('failed', 'bad:name?.csv')).toMatchObject({
    state: 'refused',
    problem: { code: 'invalid_request', message: expect.stringContaining('its name holds') },
  });
  await delay(1_500);
  expect(await list('.')).toEqual(expect.arrayContaining(['passwd.csv', 'folder.csv', 'x.receipt.json']));
});

test('a file that is too large is moved, and told why', async () => {
  await writeFile(join(folder, 'large.zip'), Buffer.alloc(9 * 1_048_576));
  await until(async () => (await list('failed')).includes('large.zip'));
  expect(await receiptOf('failed', 'large.zip')).toMatchObject({ problem: { code: 'payload_too_large' } });
});
