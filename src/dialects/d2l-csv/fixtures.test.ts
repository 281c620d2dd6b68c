import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readFiles } from '../../../test/d2l-csv/read-files.ts';
import type { SourceSystemOptions } from '../../domain/source-system.ts';

/**
 * Each folder of test/fixtures/d2l-csv is one package and what becomes of it:
 * - the files of the package, as they come out of the zip
 * - commands.json: `{options?, records: [[file:line, command, by?]], problems: [{at, code, field?, guideText?, about?}]}`
 */
const root = join(import.meta.dirname, '../../../test/fixtures/d2l-csv');

interface Expected {
  readonly options?: Partial<SourceSystemOptions>;
  readonly records: readonly unknown[];
  readonly problems: readonly unknown[];
}

describe('a package of D2L Standard CSV', () => {
  it.each(readdirSync(root).sort())('%s becomes the commands that it means', async (name) => {
    const { options, ...expected } = JSON.parse(read(name, 'commands.json')) as Expected;
    expect(await become(name, options)).toEqual(expected);
  });

  it('keeps no password of any of them', async () => {
    for (const name of readdirSync(root)) expect(JSON.stringify(await become(name))).not.toContain('never-kept');
  });
});

async function become(name: string, options: Partial<SourceSystemOptions> = {}): Promise<Expected> {
  const files = readdirSync(join(root, name)).filter((file) => file !== 'commands.json');
  const { records, problems } = await readFiles(
    Object.fromEntries(files.map((file) => [file, read(name, file)])),
    options,
  );
  return JSON.parse(
    JSON.stringify({
      records: records.map(({ place, command, by }) => [
        `${place.file}:${place.line}`,
        command,
        ...(by === undefined ? [] : [by]),
      ]),
      problems: problems.map(({ problem: { at, code }, place: { field }, guideText, about }) => ({
        at,
        code,
        field,
        guideText,
        about: about && `${about.kind} ${about.sourcedId}`,
      })),
    }),
  ) as Expected;
}

function read(name: string, file: string): string {
  return readFileSync(join(root, name, file), 'utf8');
}
