import type { Problem } from '../../domain/problem.ts';
import type { SourceSystem } from '../../domain/source-system.ts';
import type { FileBatch, FilePackage, FileProblem, PackagedFile } from '../../pipeline/file-ports.ts';
import { readHeader, type ReadCsv } from './csv-source.ts';
import * as guide from './guide-texts.ts';
import { type Header, headerFaults, indexColumns, versionNeeded } from './header.ts';
import { isManifest, manifestName, readManifest } from './manifest.ts';
import { readTable } from './read-table.ts';
import { isTable } from './recognise.ts';
import { laterOf, type Version } from './versions.ts';

/**
 * Reads a package: the manifest, then the files "in alphabetical order". Where the version is not known nothing is taken;
 * the files are read all the same, by the version that their headers need, so that what is wrong in them is told at once.
 */
export async function* readPackage(
  { files }: FilePackage,
  source: Pick<SourceSystem, 'options'>,
  readCsv: ReadCsv,
): AsyncGenerator<FileBatch> {
  const members = await openMembers(files, readCsv);
  const { version, problem } = await versionOf(files, members);
  if (problem !== undefined) yield told(manifestName, 0, problem);
  for (const member of members) {
    for await (const batch of readMember(member, version, source, readCsv))
      yield problem === undefined ? batch : { ...batch, records: [], leftOut: batch.records };
  }
}

interface Member {
  readonly file: PackagedFile;
  /** Its header; or why it has none. */
  readonly header: Header | FileProblem;
  /** It may be a table, whatever its name is. */
  readonly isSuspect: boolean;
}

async function openMembers(files: readonly PackagedFile[], readCsv: ReadCsv): Promise<Member[]> {
  const members: Member[] = [];
  for (const file of files.filter((each) => !isManifest(each)).sort(byName)) {
    const header = await readHeader(file, readCsv);
    members.push(
      isTable(file)
        ? { file, header, isSuspect: true }
        : { file, header: unknownFile(file, 'its name does not end in .csv'), isSuspect: mayBeTable(file, header) },
    );
  }
  return members;
}

/** A table that some program has not renamed yet, or has packed: `08-Enrollments.csv.filepart`. */
function mayBeTable({ name }: PackagedFile, header: Header | FileProblem): boolean {
  if ('kind' in header && header.kind !== undefined) return true;
  return /\.csv/i.test(name) && !besideTables.test(name);
}

/** Checksums and signatures have the name of the table that they are of. */
const besideTables = /\.(?:md5|sha\d*(?:sum)?|md5sum|crc32?|sfv|asc|sig)$/i;

function byName(one: PackagedFile, other: PackagedFile): number {
  const [a, b] = [one.name.toLowerCase(), other.name.toLowerCase()];
  return a === b ? 0 : a < b ? -1 : 1;
}

/** The version that the manifest announces; without one it is 1.0, unless a header has columns that came later. */
async function versionOf(
  files: readonly PackagedFile[],
  members: readonly Member[],
): Promise<{ version: Version; problem?: FileProblem }> {
  const needs = members.flatMap(({ file, header }) => {
    if ('problem' in header || header.kind === undefined) return [];
    return [{ file: file.name, version: versionNeeded(header.names, header.kind) }];
  });
  const needed = needs.map(({ version }) => version).reduce(laterOf, '1.0');
  const manifest = files.find(isManifest);
  if (manifest !== undefined) {
    const stated = await readManifest(manifest);
    return typeof stated === 'string'
      ? { version: stated }
      : { version: needed, problem: ofManifest(manifest.name, stated) };
  }
  if (needed === '1.0') return { version: needed };
  const { file } = needs.find(({ version }) => version === needed) ?? { file: '' };
  const message = `There is no ${manifestName}, which every version but 1.0 must have; the header of ${file} has columns of version ${needed}. Nothing of the package was taken. Add ${manifestName} with {"version":"${needed}"}.`;
  return { version: needed, problem: ofManifest(manifestName, { code: 'manifest_missing', message }) };
}

function ofManifest(file: string, problem: Problem): FileProblem {
  const { field } = problem;
  return { place: { file, ...(field === undefined ? {} : { field }) }, problem: { ...problem, at: file } };
}

async function* readMember(
  { file, header, isSuspect }: Member,
  version: Version,
  { options }: Pick<SourceSystem, 'options'>,
  readCsv: ReadCsv,
): AsyncGenerator<FileBatch> {
  if ('problem' in header) {
    const batch = told(file.name, file.sizeBytes, header);
    // What may be a table may have named anything; of a checksum or a note beside the tables nothing is lost.
    yield isSuspect ? batch : { ...batch, kinds: [] };
    return;
  }
  const { names, kind } = header;
  const wrong = kind === undefined ? unknownFile(file, unknownHeader(names)) : wrongHeader(file, header, version);
  if (kind === undefined || wrong !== undefined)
    yield told(file.name, file.sizeBytes, ...(wrong === undefined ? [] : [wrong]));
  else yield* readTable(file, { file: file.name, kind, version, columns: indexColumns(names), options }, readCsv);
}

function wrongHeader(file: PackagedFile, { names, kind }: Header, version: Version): FileProblem | undefined {
  if (kind === undefined) return undefined;
  const { faults, lacks } = headerFaults(names, kind, version);
  if (faults.length === 0) return undefined;
  const what = kind === 'attributes' ? 'attributes' : `${kind} of version ${version}`;
  const message = `The header of ${file.name} is not that of ${what}: ${faults.join('; ')}. Nothing of the file was taken. The order of the columns does not matter; their names, and their letter case, do.`;
  const guideText = lacks ? guide.missingColumns(kind) : undefined;
  return {
    place: { file: file.name, line: 1 },
    problem: { code: 'wrong_header', message, at: `${file.name}:1` },
    ...(guideText === undefined ? {} : { guideText }),
  };
}

function unknownHeader(names: readonly string[]): string {
  if (names.length === 1 && /[;\t]/.test(names[0] ?? ''))
    return 'its columns have semicolons or tabs between them, as Excel writes them in many countries: save it with commas, or set the quirk `excelCsv` of the source system';
  return 'its header is none of org units, users, enrollments or attributes ("type,action,code,...", "LMS Username,...")';
}

function unknownFile({ name }: PackagedFile, why: string): FileProblem {
  const message = `${name} is no file of D2L Standard CSV: ${why}. Nothing of it was taken. The other files were read.`;
  return { place: { file: name }, problem: { code: 'unknown_file', message, at: name } };
}

function told(file: string, bytesRead: number, ...problems: FileProblem[]): FileBatch {
  return { records: [], problems, file, bytesRead };
}
