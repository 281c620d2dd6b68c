import { writeFile } from 'node:fs/promises';
import type { FeedWanted, WrittenFeed } from '../../generate/index.ts';

/**
 * Writes what is wrong with a feed beside it, for those who check what is told of it.
 *
 * @returns the path
 */
export async function writeTold(
  out: string,
  { format, seed, students, day, since }: FeedWanted,
  { told }: WrittenFeed,
): Promise<string> {
  const path = `${out.replace(/[/\\]+$/, '')}.faults.json`;
  const text = JSON.stringify({ format: format.name, seed, students, day, since, faults: told }, null, 2);
  await writeFile(path, `${text}\n`);
  return path;
}
