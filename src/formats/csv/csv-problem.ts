/** What can be wrong with a record, or with the file where it has no header that can be read. */
export type CsvProblemKind =
  | 'no_header'
  | 'unclosed_quote'
  | 'quote_in_field'
  | 'text_after_quote'
  | 'wrong_field_count'
  | 'empty_row'
  | 'field_too_long'
  | 'record_too_long'
  | 'wrong_encoding'
  | 'nul_character'
  | 'stray_carriage_return';

/** A record that was left out, and why. The next one was read. */
export interface CsvProblem {
  readonly kind: CsvProblemKind;
  /** What is wrong and what to do, for people. */
  readonly message: string;
  /** Counted from 1; the header is line 1. */
  readonly line: number;
  /** In characters, counted from 1. */
  readonly column: number;
  /** What the header calls the field. */
  readonly field?: string;
  /** The fields as far as they could be told apart: of a wrong number of them. */
  readonly fields?: readonly string[];
}

/** What the texts tell, as far as the problem has it. */
export interface ProblemFacts {
  readonly limit?: number;
  readonly found?: number;
  readonly expected?: number;
  readonly encoding?: string;
}

/** The text of each problem: what is wrong, and what to do. */
export function textOf(kind: CsvProblemKind, facts: ProblemFacts = {}): string {
  return texts[kind](facts);
}

const texts: Readonly<Record<CsvProblemKind, (facts: ProblemFacts) => string>> = {
  no_header: () => 'The file is empty, or its first line is: the first line names the columns. Send the file with it.',
  unclosed_quote: () =>
    'The quote that begins this field is never closed by a quote before a delimiter or a line end. ' +
    'Close it; inside a quoted field, write each quote twice.',
  quote_in_field: () =>
    'A quote stands inside a field that does not begin with one. Put the whole field in quotes and write each quote in it twice.',
  text_after_quote: () =>
    'Text follows the quote that closes a field. Put the whole field in quotes and write each quote in it twice.',
  wrong_field_count: ({ found = 0, expected = 0 }) =>
    `The record has ${counted(found)}, the header has ${expected}. ` +
    `${found > expected ? 'Put fields that hold the delimiter in quotes' : 'Write a delimiter for each field, also for empty ones'}.`,
  empty_row: () => 'The row is empty. Leave it out.',
  field_too_long: ({ limit = 0 }) => `The field is longer than ${limit} characters. Shorten it.`,
  record_too_long: ({ limit = 0 }) =>
    `The record is longer than ${limit} bytes. Shorten it, or end the line where the record ends.`,
  wrong_encoding: ({ encoding = '' }) =>
    `The bytes are not ${encoding}. Save the file as CSV UTF-8, or state the encoding that it has.`,
  nul_character: () =>
    'A NUL character stands here, which no text has. Send the file as plain text; what Excel saves as "Unicode text" has them everywhere.',
  stray_carriage_return: () =>
    'A carriage return without a line feed stands outside quotes. End lines with LF or CR LF, and put fields that hold line ends in quotes.',
};

function counted(fields: number): string {
  return fields === 1 ? '1 field' : `${fields} fields`;
}
