import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { FeedFormat, Target } from '../../generate/index.ts';
import { CommandError } from '../output.ts';

/** What `--out` says for the standard output. */
export const standardOutput = '-';

/** Where a feed of the format is to go. What is there already is never written over. */
export async function readTarget(out: string, { name, form }: FeedFormat): Promise<Target> {
  if (out === standardOutput) return { stream: process.stdout, as: form === 'package' ? 'zip' : 'file' };
  const isEmptyFolder = existsSync(out) && (await stat(out)).isDirectory() && (await readdir(out)).length === 0;
  if (existsSync(out) && !isEmptyFolder)
    throw new CommandError(`${out} is there already: name a path that is not, or an empty folder.`);
  if (isEmptyFolder) return { folder: out };
  const isZip = /\.zip$/i.test(out);
  const isFile = /\.(?:xml|csv)$/i.test(out);
  const folder = dirname(out);
  if (!existsSync(folder)) throw new CommandError(`There is no folder ${folder} to write ${basename(out)} into.`);
  if (!isZip && !isFile) return { folder: out };
  if (isZip) return { zip: out };
  if (form === 'package')
    throw new CommandError(`${name} is several files: name a folder or a file.zip, and not ${out}.`);
  return { file: out };
}
