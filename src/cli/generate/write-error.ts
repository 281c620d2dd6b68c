import { CommandError } from '../output.ts';

/** Says in words what a disk or a pipe may refuse; throws CommandError. A reader that has enough (`| head`) is none. */
export async function saidOfWriting(out: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { code = '', path } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return;
    const say = words[code];
    if (say === undefined) throw error;
    throw new CommandError(say(path ?? out), { cause: error });
  }
}

const words: Readonly<Partial<Record<string, (path: string) => string>>> = {
  EACCES: (path) => `${path} may not be written by this user.`,
  EPERM: (path) => `${path} may not be written by this user.`,
  ENOENT: (path) => `${path} cannot be made there.`,
  EROFS: (path) => `${path} lies on a disk that is read only.`,
  ENOSPC: (path) => `The disk is full: what was written to ${path} is not whole.`,
  EDQUOT: (path) => `The quota of the disk is used up: what was written to ${path} is not whole.`,
  ENOTDIR: (path) => `${path} lies in something that is no folder.`,
};
