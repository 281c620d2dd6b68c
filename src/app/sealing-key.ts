import { randomBytes } from 'node:crypto';
import { access, chmod, constants, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from './start-error.ts';

export type SealingKey = {
  readonly text: string;
  readonly from: 'setting' | 'found' | 'made';
  /** Where it is kept, unless it was set. */
  readonly file: string;
};

/** Where the key is kept that was not set. */
export function sealingKeyFile(varFolder: string): string {
  return join(varFolder, 'sealing.key');
}

/**
 * The key that seals message bodies and readable secrets: the setting, else the one kept in the data folder. Writes
 * nothing.
 *
 * @throws StartError when the file is there and cannot be read.
 */
export async function findSealingKey(setting: string | undefined, varFolder: string): Promise<SealingKey | undefined> {
  const file = sealingKeyFile(varFolder);
  if (setting !== undefined) return { text: setting, from: 'setting', file };
  const found = await readKey(file);
  return found === undefined ? undefined : { text: found, from: 'found', file };
}

/**
 * Makes the folder in which a key is to be kept, before anything is started that would be in vain without it.
 *
 * @throws StartError when it cannot be written.
 */
export async function prepareKeyFolder(varFolder: string): Promise<void> {
  try {
    await mkdir(varFolder, { recursive: true, mode: 0o700 });
    await access(varFolder, constants.W_OK);
  } catch (error) {
    throw notWritable(varFolder, error);
  }
}

/**
 * Makes a key for a store that holds nothing sealed, kept in the data folder for its owner only. Another start may have
 * been faster: then it is that one's.
 *
 * @throws StartError when the folder cannot be written.
 */
export async function makeSealingKey(varFolder: string): Promise<SealingKey> {
  const file = sealingKeyFile(varFolder);
  const made = await makeKey(varFolder, file);
  const kept = await readKey(file);
  if (kept === undefined) throw new StartError(`The sealing key was written to ${file} and cannot be read there.`);
  return { text: kept, from: made ? 'made' : 'found', file };
}

async function readKey(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(
      `The sealing key in the data folder (PASSERELLE_VAR) cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

/** A hard link appears whole and never replaces another, so that two first starts end with one key. */
async function makeKey(varFolder: string, file: string): Promise<boolean> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(varFolder, { recursive: true, mode: 0o700 });
    await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
    await chmod(draft, 0o600);
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notWritable(varFolder, error);
  } finally {
    await rm(draft, { force: true });
  }
}

function notWritable(varFolder: string, error: unknown): StartError {
  return new StartError(
    `The data folder ${varFolder} cannot be written (${(error as Error).message}): choose another (PASSERELLE_VAR), or set PASSERELLE_KEY.`,
    { cause: error },
  );
}
