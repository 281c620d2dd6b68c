import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockData } from './data-lock.ts';
import { processIdentity } from './process-identity.ts';

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-lock-'));
  dataDir = join(folder, 'postgres');
});

afterEach(() => rm(folder, { recursive: true }));

test('a lock is held until it is released, and leaves no file behind', async () => {
  const lock = await lockData(dataDir);
  await expect(lockData(dataDir)).rejects.toMatchObject({ code: 'data_in_use' });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await lockData(dataDir)).release();
});

test('the lock of a process that no longer runs is replaced', async () => {
  await writeLock({ pid: 2 ** 22 + 1, identity: 'gone', since: '2026-09-01T08:00:00Z' });
  await (await lockData(dataDir)).release();
  expect(await readdir(folder)).toEqual([]);
});

test('so is that of a process whose number another one has now', async () => {
  await writeLock({ pid: process.pid, identity: 'an earlier boot', since: '2026-09-01T08:00:00Z' });
  await (await lockData(dataDir)).release();
});

test('and one that a full disk left empty', async () => {
  await writeFile(`${dataDir}.lock-1`, '');
  await (await lockData(dataDir)).release();
});

test('of many that replace a stale lock at once, one gets it', async () => {
  for (let round = 0; round < 50; round += 1) {
    await writeLock({ pid: 2 ** 22 + 1, identity: 'gone', since: '2026-09-01T08:00:00Z' });
    const attempts = await Promise.allSettled([1, 2, 3, 4, 5].map(() => lockData(dataDir)));
    const held = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(held).toHaveLength(1);
    await held[0]?.value.release();
  }
});

test('a process is told from a later one by when it started', async () => {
  const mine = await processIdentity(process.pid);
  expect(mine).toBeDefined();
  expect(await processIdentity(process.pid)).toBe(mine);
  expect(await processIdentity(process.ppid)).not.toBe(mine);
  expect(await processIdentity(2 ** 22 + 1)).toBeUndefined();
});

async function writeLock(holder: object): Promise<void> {
  await writeFile(`${dataDir}.lock-1`, JSON.stringify(holder));
}
