import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { presets, type SourceSystem, type SourceSystemOptions } from '../../src/domain/source-system.ts';
import type { FileDialect, FilePackage } from '../../src/pipeline/file-ports.ts';

export const fixtures = join(import.meta.dirname, '../fixtures');

interface Expected {
  readonly options?: Partial<SourceSystemOptions>;
  readonly recognised: boolean;
  readonly records: readonly unknown[];
  readonly problems: readonly unknown[];
}

/**
 * A folder of fixtures is one package, and what becomes of it stands in its commands.json:
 * `{options?, recognised, records: [[file:line:column, command]], problems: [{at, code, field?, about?}]}`.
 */
export function expectedOf(folder: string): Expected {
  return JSON.parse(readFileSync(join(folder, 'commands.json'), 'utf8')) as Expected;
}

/** The same, as the dialect has it. */
export async function become(folder: string, dialect: FileDialect): Promise<Expected> {
  const { options } = expectedOf(folder);
  const source = { options: { ...presets.lis, ...options } } as SourceSystem;
  const [records, problems]: unknown[][] = [[], []];
  const files = packageOf(folder);
  for await (const batch of dialect.read(files, source)) {
    for (const { place, command } of batch.records)
      records?.push([`${place.file}:${place.line}:${place.column}`, command]);
    for (const { problem, place, about } of batch.problems)
      problems?.push({
        at: problem.at,
        code: problem.code,
        field: place.field,
        about: about && `${about.kind} ${about.sourcedId}`,
      });
  }
  const recognised = await dialect.recognises(files);
  const become = { ...(options === undefined ? {} : { options }), recognised, records, problems };
  return JSON.parse(JSON.stringify(become)) as Expected;
}

/** The files of a folder but for commands.json, in pieces of a few bytes. */
export function packageOf(folder: string): FilePackage {
  const names = readdirSync(folder).filter((name) => name !== 'commands.json');
  return {
    name: 'package.zip',
    files: names.sort().map((name) => {
      const bytes = readFileSync(join(folder, name));
      const open = async function* (): AsyncGenerator<Buffer> {
        await Promise.resolve();
        for (let at = 0; at < bytes.length; at += 61) yield bytes.subarray(at, at + 61);
      };
      return { name, sizeBytes: bytes.length, open };
    }),
  };
}
