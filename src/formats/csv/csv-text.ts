import { isUtf8 } from 'node:buffer';
import type { CsvEncoding } from './csv-options.ts';

/** What 0x80 to 0x9F are in Windows-1252; the rest is as in ISO 8859-1. Five bytes are nothing. */
const windows1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

const encodingNames: Readonly<Record<CsvEncoding, string>> = { 'utf-8': 'UTF-8', 'windows-1252': 'Windows-1252' };

/**
 * The text of the bytes of one file. Without an encoding, the first record that is not ASCII decides for all: UTF-8 if it is
 * valid UTF-8, which text in Windows-1252 hardly ever is by chance; Windows-1252 otherwise.
 */
export class CsvText {
  private encoding: CsvEncoding | undefined;

  constructor(encoding: CsvEncoding | undefined) {
    this.encoding = encoding;
  }

  get encodingName(): string {
    return encodingNames[this.encoding ?? 'utf-8'];
  }

  /** Where the first byte is that is not in the encoding; undefined when all are. The bytes are not all ASCII. */
  findForeign(bytes: Buffer, start: number, end: number): number | undefined {
    const valid = this.encoding !== 'windows-1252' && isUtf8(bytes.subarray(start, end));
    this.encoding ??= valid ? 'utf-8' : 'windows-1252';
    if (valid) return undefined;
    const length = this.encoding === 'utf-8' ? utf8Length : windows1252Length;
    let index = start;
    while (index < end) {
      const step = length(bytes, index, end);
      if (step === 0) return index;
      index += step;
    }
    return undefined;
  }

  /** For columns: also of bytes that are not in the encoding. */
  countCharacters(bytes: Buffer): number {
    return this.encoding === 'windows-1252' ? bytes.length : countLeads(bytes);
  }

  decode(bytes: Buffer, start: number, end: number): string {
    if (this.encoding !== 'windows-1252') return bytes.toString('utf8', start, end);
    return bytes
      .toString('latin1', start, end)
      .replace(/[\x80-\x9f]/g, (one) => windows1252[one.charCodeAt(0) - 0x80] ?? one);
  }
}

/** How many bytes begin a character. */
function countLeads(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}

/** The bytes of the UTF-8 character at the index; 0 when there is none. */
function utf8Length(bytes: Buffer, index: number, end: number): number {
  const lead = bytes[index] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return index + length <= end && isUtf8(bytes.subarray(index, index + length)) ? length : 0;
}

function windows1252Length(bytes: Buffer, index: number): number {
  return windows1252[(bytes[index] ?? 0) - 0x80] === '\0' ? 0 : 1;
}
