import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkLibraries } from './link-libraries.ts';

let native: string;
let library: (name: string) => string;

beforeEach(async () => {
  native = join(await mkdtemp(join(tmpdir(), 'passerelle-links-')), 'native');
  library = (name) => join(native, 'lib', name);
  await mkdir(join(native, 'lib'), { recursive: true });
  await writeFile(library('libicuuc.so.60.2'), 'a library');
  const links = [{ source: 'native/lib/libicuuc.so.60.2', target: 'native/lib/libicuuc.so.60' }];
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));
});

afterEach(() => rm(join(native, '..'), { recursive: true, force: true }));

describe('linkLibraries', () => {
  test('makes the links that the package lists', async () => {
    await linkLibraries(native);
    expect(await readlink(library('libicuuc.so.60'))).toBe('libicuuc.so.60.2');
  });

  test('mends a link into the folder that this one was copied from', async () => {
    await symlink('/gone/native/lib/libicuuc.so.60.2', library('libicuuc.so.60'));
    await linkLibraries(native);
    expect(await readlink(library('libicuuc.so.60'))).toBe('libicuuc.so.60.2');
    expect(await readdir(join(native, 'lib'))).toEqual(['libicuuc.so.60', 'libicuuc.so.60.2']);
  });

  test('leaves a file alone that stands where a link would', async () => {
    await writeFile(library('libicuuc.so.60'), 'the same library');
    await linkLibraries(native);
    await expect(readlink(library('libicuuc.so.60'))).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('is done by several at once', async () => {
    await Promise.all([1, 2, 3, 4].map(() => linkLibraries(native)));
    expect(await readdir(join(native, 'lib'))).toEqual(['libicuuc.so.60', 'libicuuc.so.60.2']);
  });
});
