import type { PackagedFile } from '../../pipeline/file-ports.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { readXmlRecords } from './read-xml-records.ts';
import type { RecordShape } from './record-shape.ts';

/** Where a file of another language is given up. */
const maxChars = 1_048_576;

/** The first record of a file that counts; undefined: it has none, or is not of the shape. Reads no further than needed. */
export async function firstRecord(
  file: PackagedFile,
  shape: RecordShape,
  counts: (record: ElementView) => boolean = () => true,
): Promise<ElementView | undefined> {
  for await (const { records } of readXmlRecords(file.open(), shape, { maxChars })) {
    const first = records.find(({ element }) => counts(element));
    if (first !== undefined) return first.element;
  }
  return undefined;
}
