import type { FilePackage, PackagedFile } from '../../pipeline/file-ports.ts';
import { allColumns, fileKinds } from './columns.ts';
import { readHeader, type ReadCsv } from './csv-source.ts';

/** Is there a file with a header of this format? A manifest says nothing: other formats have one, too. */
export async function recognisesPackage({ files }: FilePackage, readCsv: ReadCsv): Promise<boolean> {
  for (const file of files.filter(isTable)) {
    const header = await readHeader(file, readCsv);
    if ('kind' in header && header.kind !== undefined) return true;
  }
  return false;
}

export function isTable({ name }: PackagedFile): boolean {
  return name.toLowerCase().endsWith('.csv');
}

/** Of more files than this the first tell enough. */
const mostTold = 3;
const mostCharacters = 300;

/** Why none of these files is one of this format: of the tables, and of what is one but for its name, the header that was found and the one that is nearest. */
export async function reasonsAgainst({ files }: FilePackage, readCsv: ReadCsv): Promise<string | undefined> {
  const reasons: string[] = [];
  for (const file of files.slice(0, mostTold)) {
    const header = await readHeader(file, readCsv);
    if ('problem' in header) {
      if (isTable(file)) reasons.push(`${file.name}: ${header.problem.message}`);
    } else if (header.kind !== undefined)
      reasons.push(`${file.name} has the header of ${header.kind}, but its name does not end in .csv.`);
    else if (isTable(file) || header.names.length > 1)
      reasons.push(`The header of ${file.name} is ${shortened(header.names)}; ${nearestTo(header.names)}.`);
  }
  return reasons.length === 0 ? undefined : reasons.join(' ');
}

/** The kind of file that has the most of these columns; of all kinds, where none has any. */
function nearestTo(names: readonly string[]): string {
  const found = new Set(names.map((name) => name.trim().toLowerCase()));
  const shared = fileKinds.map((kind) => ({
    kind,
    count: allColumns(kind).filter(({ name }) => found.has(name.toLowerCase())).length,
  }));
  const most = Math.max(...shared.map(({ count }) => count));
  const nearest = shared.filter(({ count }) => count === most);
  const expected = nearest.map(({ kind }) => `${kind}: ${shortened(allColumns(kind).map(({ name }) => name))}`);
  return `expected is one of ${expected.join('; ')} (all columns of the last version)`;
}

function shortened(names: readonly string[]): string {
  const line = names.join(',');
  return JSON.stringify(line.length > mostCharacters ? `${line.slice(0, mostCharacters).toWellFormed()}...` : line);
}
