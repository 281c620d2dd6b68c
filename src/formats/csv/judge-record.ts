import { textOf, type CsvProblem, type CsvProblemKind, type ProblemFacts } from './csv-problem.ts';
import type { CsvText } from './csv-text.ts';
import type { RecordScanner } from './record-scanner.ts';

/** A record: as many fields as the header has. */
export interface CsvRecord {
  /** Where it begins, counted from 1; the header is line 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** The bytes end with it, without a line end. */
  readonly isOpen?: true;
}

interface JudgeLimits {
  readonly maxFieldChars: number;
  readonly maxRecordBytes: number;
  /** A row of nothing but delimiters is an empty row. */
  readonly blankRows: boolean;
}

/** Makes a record, or a problem, of what the scanner has found. The first record is the header. */
export class RecordJudge {
  header: readonly string[] | undefined;
  private readonly scanner: RecordScanner;
  private readonly text: CsvText;
  private readonly limits: JudgeLimits;
  private bytes: Buffer = Buffer.alloc(0);
  private start = 0;
  private line = 1;

  constructor(scanner: RecordScanner, text: CsvText, limits: JudgeLimits) {
    this.scanner = scanner;
    this.text = text;
    this.limits = limits;
  }

  /** The record from `start`, in `line`, which was scanned last. */
  judge(bytes: Buffer, start: number, line: number): CsvRecord | CsvProblem {
    this.bytes = bytes;
    this.start = start;
    this.line = line;
    const { scanner } = this;
    const { fault } = scanner;
    if (fault !== undefined) return this.problem(fault.kind, fault.at, { limit: this.limits.maxRecordBytes });
    const foreign = scanner.ascii ? undefined : this.text.findForeign(bytes, start, scanner.end);
    if (foreign !== undefined) return this.problem('wrong_encoding', foreign, { encoding: this.text.encodingName });
    return this.findEmpty() ?? this.judgeFields(this.fields());
  }

  private findEmpty(): CsvProblem | undefined {
    const { end, fieldCount } = this.scanner;
    const blank = end - this.start === fieldCount - 1 && (fieldCount === 1 || this.limits.blankRows);
    if (!blank) return undefined;
    return this.problem(this.header === undefined ? 'no_header' : 'empty_row', this.start);
  }

  private judgeFields(fields: readonly string[]): CsvRecord | CsvProblem {
    const tooLong = this.findTooLong(fields);
    if (tooLong !== undefined) return tooLong;
    const { scanner } = this;
    if (this.header === undefined) {
      this.header = fields;
      return { line: this.line, fields };
    }
    const expected = this.header.length;
    if (fields.length === expected)
      return scanner.next === scanner.end ? { line: this.line, fields, isOpen: true } : { line: this.line, fields };
    const at = fields.length > expected ? this.fieldStart(expected) : scanner.end;
    const { line, column, kind, message } = this.problem('wrong_field_count', at, { found: fields.length, expected });
    return { kind, message, line, column, fields };
  }

  private findTooLong(fields: readonly string[]): CsvProblem | undefined {
    const { maxFieldChars } = this.limits;
    if (this.scanner.end - this.start <= maxFieldChars) return undefined;
    const index = fields.findIndex(({ length }) => length > maxFieldChars);
    return index < 0 ? undefined : this.problem('field_too_long', this.fieldStart(index), { limit: maxFieldChars });
  }

  /** Each field keeps at most the text of its own record alive, not the block that it was read from. */
  private fields(): string[] {
    const { bytes, start, scanner, text } = this;
    const { ascii, starts, ends, kinds, fieldCount } = scanner;
    const line = ascii ? bytes.toString('latin1', start, scanner.end) : '';
    const fields = new Array<string>(fieldCount);
    for (let index = 0; index < fieldCount; index += 1) {
      const from = starts[index] ?? 0;
      const to = ends[index] ?? 0;
      const field = ascii ? line.slice(from - start, to - start) : text.decode(bytes, from, to);
      fields[index] = kinds[index] === 'escaped' ? field.replaceAll('""', '"') : field;
    }
    return fields;
  }

  /** Where the field begins, its opening quote included. */
  private fieldStart(index: number): number {
    const { starts, kinds } = this.scanner;
    return (starts[index] ?? 0) - (kinds[index] === 'plain' ? 0 : 1);
  }

  private problem(kind: CsvProblemKind, at: number, facts: ProblemFacts = {}): CsvProblem {
    const before = this.bytes.subarray(this.start, at);
    const lineStart = before.lastIndexOf(0x0a) + 1;
    const column = this.text.countCharacters(before.subarray(lineStart)) + 1;
    const line = this.line + countLineEnds(before.subarray(0, lineStart));
    const field = this.header?.[this.fieldIndexAt(at)];
    return { kind, message: textOf(kind, facts), line, column, ...(field === undefined ? {} : { field }) };
  }

  private fieldIndexAt(at: number): number {
    const { ends, fieldCount } = this.scanner;
    let index = 0;
    while (index < fieldCount && (ends[index] ?? 0) < at) index += 1;
    return index;
  }
}

function countLineEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
