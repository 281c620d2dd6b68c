import { randomUUID } from 'node:crypto';
import { readFile, readlink, rename, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/**
 * npm packages cannot hold symbolic links: the package lists those of its shared libraries in a file and makes them in
 * an install script. We make them at first use, so that installs without scripts work too. A copy of the folder may have
 * kept links into the one that was copied, which is gone one day: they are mended.
 */
export async function linkLibraries(folder: string): Promise<void> {
  const list = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    await linkTo(relative(dirname(target), source), join(folder, '..', target));
  }
}

/** Another process may be doing the same: the link is there at every moment, and whole. */
async function linkTo(source: string, link: string): Promise<void> {
  const found = await readlink(link).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EINVAL') throw error;
    return code === 'EINVAL' ? source : undefined; // Who copies files instead of links has a file there: the library.
  });
  if (found === source) return;
  const made = `${link}.${randomUUID()}`;
  await symlink(source, made);
  await rename(made, link);
}
