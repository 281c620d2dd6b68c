import type { CsvProblemKind } from './csv-problem.ts';

/**
 * - `record`: the record ends here; `fault` tells what is wrong with it, if anything.
 * - `more`: the bytes end before the record does.
 * - `lost`: where the record ends cannot be told; go on behind the next line end from `resumeAt`.
 */
export type Scan = 'record' | 'more' | 'lost';

/** Something that is wrong, and where in the bytes. */
export interface Fault {
  readonly kind: CsvProblemKind;
  readonly at: number;
}

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/**
 * Finds where one record and its fields begin and end (RFC 4180), by bytes: delimiters, quotes and line ends are the
 * same single bytes in UTF-8 and Windows-1252. What it finds stands in its properties until the next scan.
 *
 * Hostile bytes cannot make it slow. Only a field that opens with a quote makes it go back, to the line behind that quote;
 * the lines in between had quotes in runs of even length only, so that no field of theirs stays open across a line end when
 * they are read again: about three reads a byte at worst, and one more of an unfinished record for each block that comes.
 */
export class RecordScanner {
  /** Behind the last byte of the record, without its line end. */
  end = 0;
  /** Where the next record begins. */
  next = 0;
  /** Line ends of the record, the one that ends it included; of a lost one, those before `resumeAt`. */
  lines = 0;
  resumeAt = 0;
  fault: Fault | undefined;
  /** All bytes are ASCII. */
  ascii = true;
  fieldCount = 0;
  /** Of each field, without its quotes. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly kinds: FieldKind[] = [];

  private bytes: Buffer = Buffer.alloc(0);
  private last = false;
  private stop = 0;
  private full = false;
  private bits = 0;
  private readonly delimiter: number;
  private readonly maxRecordBytes: number;

  constructor(delimiter: number, maxRecordBytes: number) {
    this.delimiter = delimiter;
    this.maxRecordBytes = maxRecordBytes;
  }

  /** The record that begins at `start`. `last`: no bytes follow these. */
  scan(bytes: Buffer, start: number, last: boolean): Scan {
    this.bytes = bytes;
    this.last = last;
    // The limit counts from the record's own start, so that what is found does not depend on how the bytes were cut.
    this.full = bytes.length - start >= this.maxRecordBytes;
    this.stop = this.full ? start + this.maxRecordBytes : bytes.length;
    this.fault = undefined;
    this.bits = 0;
    this.lines = 0;
    this.fieldCount = 0;
    const found = this.scanFields(start);
    this.ascii = this.bits < 0x80;
    return found;
  }

  /** The hot loop: one comparison for each byte of plain text. */
  private scanFields(start: number): Scan {
    const { bytes, delimiter, stop } = this;
    const ceiling = Math.max(delimiter, QUOTE);
    let fieldStart = start;
    let bits = 0;
    for (let index = start; index < stop; index += 1) {
      const byte = bytes[index] ?? 0;
      bits |= byte;
      if (byte > ceiling) continue;
      if (byte === delimiter) {
        this.field(fieldStart, index, 'plain');
        fieldStart = index + 1;
      } else if (byte === LF) {
        this.bits |= bits;
        const end = index > fieldStart && bytes[index - 1] === CR ? index - 1 : index;
        this.field(fieldStart, end, 'plain');
        return this.complete(end, index + 1, 1);
      } else if (byte === QUOTE && index === fieldStart) {
        const after = this.quoted(index);
        if (after < 0) return after === needsMore ? 'more' : 'lost';
        if (bytes[after] === delimiter) {
          fieldStart = after + 1;
          index = after;
        } else {
          this.bits |= bits;
          return this.lineEnd(after);
        }
      } else if (byte === QUOTE) this.mark('quote_in_field', index);
      else if (byte === 0) this.mark('nul_character', index);
      else if (byte === CR && index + 1 < bytes.length && bytes[index + 1] !== LF) {
        this.mark('stray_carriage_return', index);
      }
    }
    this.bits |= bits;
    return this.atStop(start, fieldStart);
  }

  /** Reads the field that opens with a quote at `open`; the index behind the closing quote, or a reason to stop. */
  private quoted(open: number): number {
    const { bytes, stop } = this;
    const linesBefore = this.lines;
    let kind: FieldKind = 'quoted';
    let bits = 0;
    for (let index = open + 1; index < stop; index += 1) {
      const byte = bytes[index] ?? 0;
      bits |= byte;
      if (byte > QUOTE) continue;
      if (byte === LF) this.lines += 1;
      else if (byte === 0) this.mark('nul_character', index);
      else if (byte === QUOTE) {
        const after = index + 1;
        if (after >= bytes.length && !this.last) return needsMore;
        if (bytes[after] === QUOTE) {
          kind = 'escaped';
          index = after;
          continue;
        }
        const ends = this.endsField(after);
        if (ends === undefined) return needsMore;
        if (!ends) return this.lose(open, linesBefore, 'text_after_quote', after);
        this.bits |= bits;
        this.field(open + 1, index, kind);
        return after;
      }
    }
    if (!this.full && !this.last) return needsMore;
    return this.lose(open, linesBefore, this.full ? 'record_too_long' : 'unclosed_quote', open);
  }

  /** Whether a delimiter or a line end stands at the index; undefined when the bytes end before it can be told. */
  private endsField(index: number): boolean | undefined {
    const { bytes } = this;
    if (index >= bytes.length) return true;
    const byte = bytes[index];
    if (byte === this.delimiter || byte === LF) return true;
    if (byte !== CR) return false;
    if (index + 1 < bytes.length) return bytes[index + 1] === LF;
    return this.last ? true : undefined;
  }

  /**
   * Where the record ends cannot be told. When the field goes over lines, its opening quote is the one too many: the lines
   * behind the first are taken for records again.
   */
  private lose(open: number, linesBefore: number, kind: CsvProblemKind, at: number): number {
    const overLines = this.lines > linesBefore;
    this.mark(overLines ? 'unclosed_quote' : kind, overLines ? open : at);
    this.lines = linesBefore;
    this.resumeAt = open;
    return isLost;
  }

  /** The bytes are over, or the record is too long; the last field is not quoted. */
  private atStop(start: number, fieldStart: number): Scan {
    const { bytes, stop } = this;
    if (this.full) {
      this.mark('record_too_long', start);
      this.resumeAt = stop;
      return 'lost';
    }
    if (!this.last) return 'more';
    const end = stop > fieldStart && bytes[stop - 1] === CR ? stop - 1 : stop;
    this.field(fieldStart, end, 'plain');
    return this.complete(end, stop, 0);
  }

  /** The line end, or the end of the file, at the index, which is behind a closing quote. */
  private lineEnd(index: number): Scan {
    if (this.bytes[index] === LF) return this.complete(index, index + 1, 1);
    if (this.bytes[index] === CR && this.bytes[index + 1] === LF) return this.complete(index, index + 2, 1);
    return this.complete(index, this.bytes.length, 0);
  }

  private complete(end: number, next: number, lineEnds: number): Scan {
    this.end = end;
    this.next = next;
    this.lines += lineEnds;
    return 'record';
  }

  private field(start: number, end: number, kind: FieldKind): void {
    const index = this.fieldCount;
    this.starts[index] = start;
    this.ends[index] = end;
    this.kinds[index] = kind;
    this.fieldCount = index + 1;
  }

  /** The first fault of a record is told. */
  private mark(kind: CsvProblemKind, at: number): void {
    this.fault ??= { kind, at };
  }
}

/** `escaped`: quoted, with doubled quotes inside. */
export type FieldKind = 'plain' | 'quoted' | 'escaped';

const needsMore = -1;
const isLost = -2;
