import { readFile } from 'node:fs/promises';
import { CommandError } from './output.ts';

/**
 * Reads what the command line names.
 *
 * @throws CommandError when it is not there, is a folder, or may not be read.
 */
export async function readNamed<T>(path: string, read: (path: string) => T | Promise<T>): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    const say = words[(error as NodeJS.ErrnoException).code ?? ''];
    if (say === undefined) throw error;
    throw new CommandError(say(path), { cause: error });
  }
}

/** The bytes of a file that the command line names; throws like `readNamed`. */
export function readNamedFile(path: string): Promise<Buffer> {
  return readNamed(path, (named) => readFile(named));
}

const absent = (path: string): string => `There is no file ${path}.`;

const words: Readonly<Partial<Record<string, (path: string) => string>>> = {
  ENOENT: absent,
  ENOTDIR: absent,
  EISDIR: (path) => `${path} is a folder: name a file.`,
  EACCES: (path) => `${path} may not be read by this user.`,
  EPERM: (path) => `${path} may not be read by this user.`,
};
