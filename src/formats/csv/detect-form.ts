import { delimiterByte, type CsvEncoding, type CsvOptions } from './csv-options.ts';

/** What the first bytes of a file show. */
export interface CsvForm {
  readonly delimiter: number;
  /** Undefined: told by the first record that is not ASCII. */
  readonly encoding: CsvEncoding | undefined;
  /** Where the first line begins: behind a byte order mark and a line `sep=;`. */
  readonly start: number;
  /** The number of the first line there. */
  readonly line: number;
}

/** The form of a file, by its options and its first bytes, which hold the first line, or as much of it as is looked at. */
export function detectForm(bytes: Buffer, options: CsvOptions): CsvForm {
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const excel = options.accept === 'excel';
  const encoding = marked ? 'utf-8' : (options.encoding ?? (excel ? undefined : 'utf-8'));
  const start = marked ? 3 : 0;
  const given = options.delimiter === undefined ? undefined : delimiterByte(options.delimiter);
  if (!excel) return { delimiter: given ?? comma, encoding, start, line: 1 };
  const separator = separatorLine(bytes, start);
  if (separator !== undefined) {
    return { delimiter: given ?? separator.delimiter, encoding, start: separator.next, line: 2 };
  }
  return { delimiter: given ?? commonestSeparator(bytes, start), encoding, start, line: 1 };
}

const comma = 0x2c;
const LF = 0x0a;
const QUOTE = 0x22;

/** The list separators of Excel's countries. */
const separators: readonly number[] = [comma, 0x3b, 0x09];

/** Bytes of a first line that are looked at for its separators. */
const lookedAt = 65_536;

/** Excel writes and reads a first line `sep=;`, in quotes at times. */
function separatorLine(bytes: Buffer, start: number): { delimiter: number; next: number } | undefined {
  const match = /^"?sep=([,;\t|])"?\r?\n/i.exec(bytes.toString('latin1', start, start + 10));
  return match === null ? undefined : { delimiter: (match[1] ?? ',').charCodeAt(0), next: start + match[0].length };
}

/** The separator that is most often outside quotes in the first line; a comma when there is none. */
function commonestSeparator(bytes: Buffer, start: number): number {
  const counts = new Map<number, number>();
  let inQuotes = false;
  for (const byte of bytes.subarray(start, lookedAt)) {
    if (byte === LF) break;
    if (byte === QUOTE) inQuotes = !inQuotes;
    else if (!inQuotes && separators.includes(byte)) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  }
  return separators.reduce((best, one) => ((counts.get(one) ?? 0) > (counts.get(best) ?? 0) ? one : best), comma);
}
