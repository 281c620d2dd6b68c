import type { FilePackage, PackagedFile } from '../../pipeline/file-ports.ts';
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
