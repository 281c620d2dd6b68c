import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { Target } from '../../generate/index.ts';
import { formats } from '../../generate/index.ts';
import { CommandError } from '../output.ts';

/** Where a feed of the format is to go. What is there already is never written over. */
export async function readTarget(out: string, format: string): Promise<Target> {
  const isEmptyFolder = existsSync(out) && (await stat(out)).isDirectory() && (await readdir(out)).length === 0;
  if (existsSync(out) && !isEmptyFolder)
    throw new CommandError(`${out} is there already: name a path that is not, or an empty folder.`);
  if (/\.zip$/i.test(out)) return { zip: out };
  const form = formats.find(({ name }) => name === format)?.form;
  const isFile = /\.(?:xml|csv)$/i.test(out);
  if (!isFile) return { folder: out };
  if (form === 'package')
    throw new CommandError(`${format} is several files: name a folder or a file.zip, and not ${out}.`);
  return { file: out };
}
