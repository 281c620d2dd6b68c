import { rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Whoever looks for the file finds all of it, or what was there before. */
export async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.tmp`);
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}
