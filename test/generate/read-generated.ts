import { createD2lCsv } from '../../src/dialects/d2l-csv/index.ts';
import { presets, type SourceSystem } from '../../src/domain/source-system.ts';
import { readCsv } from '../../src/formats/csv/index.ts';
import { chunksOf, faults, type FeedWanted, formats, makeFeed, type Told } from '../../src/generate/index.ts';
import type { FileDialect, FilePackage, FileProblem, FileRecord } from '../../src/pipeline/file-ports.ts';

export interface Generated {
  readonly package: FilePackage;
  /** What was told of it by the time its files were read. */
  readonly told: readonly Told[];
}

/** A feed as a package, without a disk. Its files are made once. */
export function generate(
  format: string,
  wanted: Partial<Omit<FeedWanted, 'format' | 'faults'>> = {},
  ...faulty: readonly string[]
): Generated {
  const found = formats.find(({ name }) => name === format);
  if (found === undefined) throw new Error(`there is no format ${format}`);
  const made = makeFeed({
    seed: 1,
    students: 120,
    day: 1,
    ...wanted,
    format: found,
    faults: faults.filter(({ name }) => faulty.includes(name)),
  });
  const told: Told[] = [...made.promised];
  const files = made.files.map((file) => {
    const bytes = Buffer.concat([...chunksOf(file, (one) => told.push(one))]);
    const open = async function* (): AsyncGenerator<Buffer> {
      await Promise.resolve();
      // In pieces that end anywhere.
      for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007);
    };
    return { name: file.name, sizeBytes: bytes.length, open };
  });
  return { package: { name: `${format}.zip`, files }, told };
}

const d2lCsv = createD2lCsv((bytes) => readCsv(bytes));

export async function readD2lCsv({
  package: files,
}: Generated): Promise<{ records: FileRecord[]; problems: FileProblem[] }> {
  return readAll(d2lCsv, files);
}

/** All that a package becomes, by a dialect that says that the package is its own. */
export async function readAll(
  dialect: FileDialect,
  files: FilePackage,
  preset: keyof typeof presets = 'd2l-csv',
): Promise<{ records: FileRecord[]; problems: FileProblem[] }> {
  const records: FileRecord[] = [];
  const problems: FileProblem[] = [];
  for await (const batch of dialect.read(files, { options: presets[preset] } as SourceSystem)) {
    records.push(...batch.records);
    problems.push(...batch.problems);
  }
  return { records, problems };
}

/** The problems that reading is to find, as lines of text. */
export function promisedOf({ told }: Generated): string[] {
  return told.flatMap(({ found, code, file, line }) => (found === 'reading' ? [`${file}:${line} ${code}`] : [])).sort();
}

export function foundIn(problems: readonly FileProblem[]): string[] {
  return problems.map(({ place, problem }) => `${place.file}:${place.line ?? 1} ${problem.code}`).sort();
}
