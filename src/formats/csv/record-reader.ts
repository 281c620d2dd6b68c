import { defaultCsvLimits, type CsvOptions } from './csv-options.ts';
import type { CsvProblem } from './csv-problem.ts';
import { CsvText } from './csv-text.ts';
import { detectForm } from './detect-form.ts';
import { RecordJudge, type CsvRecord } from './judge-record.ts';
import { RecordScanner } from './record-scanner.ts';

/**
 * Makes records and problems of blocks of bytes: give it a block, then ask for the next until there is none. Between blocks it
 * keeps the unfinished record, which `maxRecordBytes` bounds.
 */
export class RecordReader {
  /** The header cannot be read: nothing behind it would mean anything. */
  hopeless = false;
  /** Bytes of the file that were read. */
  bytesRead = 0;

  private bytes: Buffer = Buffer.alloc(0);
  private last = false;
  private position = 0;
  private line = 1;
  /** Where the record before ends cannot be told: go on behind the next line end. */
  private skipping = false;
  private parts: { scanner: RecordScanner; judge: RecordJudge } | undefined;
  private readonly options: CsvOptions;

  constructor(options: CsvOptions) {
    this.options = options;
  }

  get header(): readonly string[] | undefined {
    return this.parts?.judge.header;
  }

  /** More bytes; `last` when none follow. The first block is the whole file, or holds all that its form is told by. */
  give(block: Buffer, last: boolean): void {
    const rest = this.bytes.subarray(this.position);
    this.bytes = rest.length === 0 ? block : Buffer.concat([rest, block]);
    this.position = 0;
    this.last = last;
    this.parts ??= this.begin();
  }

  /** The next record, without the header, or what is wrong with it; undefined when it takes more bytes, or all are read. */
  next(): CsvRecord | CsvProblem | undefined {
    for (;;) {
      const read = this.readOne();
      const header = this.header;
      if (read === undefined) return undefined;
      if ('kind' in read) {
        this.hopeless = header === undefined;
        return read;
      }
      if (read.fields !== header) return read;
    }
  }

  private begin(): { scanner: RecordScanner; judge: RecordJudge } {
    const limits = { ...defaultCsvLimits, ...this.options };
    const form = detectForm(this.bytes, this.options);
    this.advance(form.start);
    this.line = form.line;
    const scanner = new RecordScanner(form.delimiter, limits.maxRecordBytes);
    const judge = new RecordJudge(scanner, new CsvText(form.encoding), {
      ...limits,
      blankRows: this.options.accept === 'excel',
    });
    return { scanner, judge };
  }

  private readOne(): CsvRecord | CsvProblem | undefined {
    const { bytes, parts } = this;
    if (parts === undefined || this.hopeless) return undefined;
    if (this.skipping && !this.skipLine()) return undefined;
    const { scanner, judge } = parts;
    const start = this.position;
    // An empty file is read as an empty first line.
    if (start === bytes.length && !(this.last && judge.header === undefined)) return undefined;
    const scan = scanner.scan(bytes, start, this.last);
    if (scan === 'more') return undefined;
    const read = judge.judge(bytes, start, this.line);
    this.line += scanner.lines;
    this.skipping = scan === 'lost';
    this.advance(scan === 'lost' ? scanner.resumeAt : scanner.next);
    return read;
  }

  /** Goes on behind the next line end; false when it is not among the bytes. */
  private skipLine(): boolean {
    const lineEnd = this.bytes.indexOf(0x0a, this.position);
    this.advance(lineEnd < 0 ? this.bytes.length : lineEnd + 1);
    if (lineEnd < 0) return false;
    this.line += 1;
    this.skipping = false;
    return true;
  }

  private advance(position: number): void {
    this.bytesRead += position - this.position;
    this.position = position;
  }
}
