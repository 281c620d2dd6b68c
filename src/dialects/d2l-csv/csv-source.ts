import type { ProblemCode } from '../../domain/problem.ts';
import type { FileProblem, PackagedFile } from '../../pipeline/file-ports.ts';
import * as guide from './guide-texts.ts';
import { type Header, kindOfHeader } from './header.ts';

/** One line of a file, as its fields: as many as the header has. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
  /** The file ends with it, without a line end. */
  readonly isOpen?: true;
}

/** A line that was left out, and why. */
export interface CsvProblem {
  readonly kind: string;
  readonly message: string;
  readonly line: number;
  /** In characters, counted from 1. */
  readonly column: number;
  /** What the header calls the field. */
  readonly field?: string;
}

export interface CsvBatch {
  /** undefined: the first line cannot be read, and then nothing else is. */
  readonly header: readonly string[] | undefined;
  readonly records: readonly CsvRecord[];
  readonly problems: readonly CsvProblem[];
  readonly bytesRead: number;
}

/** `excel`: also with the separators and the encoding of the country where Excel saved the file. */
export interface CsvForm {
  readonly accept?: 'excel';
}

/** Bytes to lines of fields, some at a time, in bounded memory; at least one batch. */
export type ReadCsv = (bytes: AsyncIterable<Buffer>, form?: CsvForm) => AsyncIterable<CsvBatch>;

const excel: CsvForm = { accept: 'excel' };

/** The reader for files that Excel may have saved. */
export function excelReader(readCsv: ReadCsv): ReadCsv {
  return (bytes) => readCsv(bytes, excel);
}

/** The header of a file, or what is wrong with its first line. Reads no further than that. */
export async function readHeader(file: PackagedFile, readCsv: ReadCsv): Promise<Header | FileProblem> {
  for await (const { header, problems } of readCsv(file.open())) {
    if (header !== undefined) return { names: header, kind: kindOfHeader(header) };
    const [problem] = problems;
    if (problem !== undefined) return fileProblem(file.name, problem, undefined);
  }
  return {
    place: { file: file.name, line: 1 },
    problem: { code: 'wrong_header', message: `${file.name} has no header.`, at: `${file.name}:1` },
  };
}

/** What the reader found wrong with a line, in the words of this dialect. Columns are those of the table. */
export function fileProblem(
  file: string,
  { kind, message, line, column, field }: CsvProblem,
  header: readonly string[] | undefined,
): FileProblem {
  // An empty row has no field that could be at fault.
  const index = field === undefined || kind === 'empty_row' ? -1 : (header?.indexOf(field) ?? -1);
  const named = index < 0 || field === undefined ? {} : { field };
  const guideText = guideTexts[kind]?.(line, field ?? '');
  return {
    place: { file, line, ...(index < 0 ? {} : { column: index + 1 }), ...named },
    problem: {
      code: codes[kind] ?? 'malformed_csv',
      message: `At character ${column}: ${message}`,
      at: [file, line, ...(index < 0 ? [] : [index + 1])].join(':'),
      ...named,
    },
    ...(guideText === undefined ? {} : { guideText }),
  };
}

/** What is not here is `malformed_csv`. */
const codes: Readonly<Record<string, ProblemCode>> = {
  no_header: 'wrong_header',
  wrong_field_count: 'wrong_column_count',
  empty_row: 'empty_row',
  field_too_long: 'value_too_long',
  record_too_long: 'value_too_long',
  wrong_encoding: 'bad_encoding',
  nul_character: 'illegal_characters',
};

const guideTexts: Readonly<Record<string, (line: number, field: string) => string>> = {
  wrong_field_count: () => guide.recordLength,
  quote_in_field: guide.openingQuote,
  text_after_quote: guide.openingQuote,
  unclosed_quote: guide.openingQuote,
};
