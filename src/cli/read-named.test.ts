import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { CommandError } from './output.ts';
import { readNamed, readNamedFile } from './read-named.ts';

const here = import.meta.dirname;

describe('what the command line names and cannot be read is said in words', () => {
  test.each([
    [join(here, 'nothing.xml'), `There is no file ${join(here, 'nothing.xml')}.`],
    [join(here, 'output.ts', 'x.xml'), `There is no file ${join(here, 'output.ts', 'x.xml')}.`],
    [here, `${here} is a folder: name a file.`],
  ])('%s', async (path, message) => {
    await expect(readNamedFile(path)).rejects.toEqual(new CommandError(message));
  });

  test('without leave to read', async () => {
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    await expect(readNamed('a.xml', () => Promise.reject(denied))).rejects.toThrow(
      'a.xml may not be read by this user.',
    );
  });

  test('anything else is a defect and stays one', async () => {
    const defect = new TypeError('x');
    await expect(readNamed('a.xml', () => Promise.reject(defect))).rejects.toBe(defect);
  });
});
