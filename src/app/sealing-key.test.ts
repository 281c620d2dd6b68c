import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSealingKey, makeSealingKey, prepareKeyFolder } from './sealing-key.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-key-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('the sealing key', () => {
  test('is the one that is set, and then none is written', async () => {
    expect(await findSealingKey('a key from the settings', folder)).toMatchObject({ from: 'setting' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('is made once, for its owner only, and found again', async () => {
    const made = await makeSealingKey(join(folder, 'var'));
    const found = await findSealingKey(undefined, join(folder, 'var'));
    expect([made.from, found?.from, found?.text]).toEqual(['made', 'found', made.text]);
    expect((await stat(made.file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(made.text, 'base64')).toHaveLength(32);
  });

  test('is not made by looking for it', async () => {
    expect(await findSealingKey(undefined, folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is one for several first starts at once', async () => {
    const keys = await Promise.all([1, 2, 3, 4, 5].map(() => makeSealingKey(folder)));
    expect(new Set(keys.map(({ text }) => text)).size).toBe(1);
    expect(keys.filter(({ from }) => from === 'made')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['sealing.key']);
  });

  test('cannot be kept where the folder cannot be made: said in words', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(prepareKeyFolder(join(folder, 'file', 'var'))).rejects.toThrow('PASSERELLE_VAR');
  });
});
