import { createD2lCsv } from '../../src/dialects/d2l-csv/index.ts';
import { presets, type SourceSystem, type SourceSystemOptions } from '../../src/domain/source-system.ts';
import type { FileBatch, FilePackage, FileProblem, FileRecord } from '../../src/pipeline/file-ports.ts';
import { standInCsv } from './stand-in-csv.ts';

export const dialect = createD2lCsv(standInCsv);

/** Files by their names, given in any order, as a package. */
export function packageOf(files: Readonly<Record<string, string | Buffer>>): FilePackage {
  return {
    name: 'D2LStdCSV-20260901040000.zip',
    files: Object.entries(files).map(([name, content]) => ({
      name,
      sizeBytes: Buffer.byteLength(content),
      async *open() {
        await Promise.resolve();
        yield Buffer.from(content);
      },
    })),
  };
}

export interface ReadFiles {
  readonly records: readonly FileRecord[];
  readonly problems: readonly FileProblem[];
  readonly batches: readonly FileBatch[];
}

/** All that a package becomes. */
export async function readFiles(
  files: Readonly<Record<string, string | Buffer>>,
  chosen: Partial<SourceSystemOptions> = {},
): Promise<ReadFiles> {
  const source = { options: { ...presets['d2l-csv'], ...chosen } } as SourceSystem;
  const batches: FileBatch[] = [];
  for await (const batch of dialect.read(packageOf(files), source)) batches.push(batch);
  return {
    batches,
    records: batches.flatMap(({ records }) => records),
    problems: batches.flatMap(({ problems }) => problems),
  };
}
