import { writeFile } from 'node:fs/promises';
import type { FeedWanted, WrittenFeed } from '../../generate/index.ts';

/**
 * Writes what is wrong with a feed beside it, for those who check what is told of it.
 *
 * @returns the path
 */
export async function writeTold(
  out: string,
  wanted: Pick<FeedWanted, 'seed' | 'students' | 'day' | 'since'>,
  format: string,
  { told }: WrittenFeed,
): Promise<string> {
  const { seed, students, day, since } = wanted;
  const path = `${out.replace(/[/\\]+$/, '')}.faults.json`;
  await writeFile(path, `${JSON.stringify({ format, seed, students, day, since, faults: told }, null, 2)}\n`);
  return path;
}
