/** The encodings that text of one byte a delimiter can be in. */
export type CsvEncoding = 'utf-8' | 'windows-1252';

/** How a file is to be read. What is given is not guessed; every limit has a default. */
export interface CsvOptions {
  /** One ASCII character. Default `,`, or what the first line shows with `accept: 'excel'`. */
  readonly delimiter?: string;
  /** Default UTF-8, or what the bytes show with `accept: 'excel'`. A byte order mark wins over it. */
  readonly encoding?: CsvEncoding;
  /**
   * `excel`: also as Excel saves CSV files. It writes the list separator of its country (comma, semicolon, tab), at times
   * a first line `sep=;`, Windows-1252 unless "CSV UTF-8" was chosen, and rows of nothing but separators at the end.
   */
  readonly accept?: 'excel';
  /** UTF-16 code units of one field. */
  readonly maxFieldChars?: number;
  /** Bytes of one record, with its line end; also how far the end of a quoted field is looked for, and what is kept in memory. */
  readonly maxRecordBytes?: number;
  /** Records and problems of one batch, together. */
  readonly batchSize?: number;
}

/** A cell of Excel holds 32,767 characters; the rest is ours. */
export const defaultCsvLimits = { maxFieldChars: 32_768, maxRecordBytes: 1_048_576, batchSize: 500 } as const;

const codeOfTilde = 126;

/** The byte of a delimiter. Throws RangeError for what cannot be one: a mistake of the caller, not of the file. */
export function delimiterByte(delimiter: string): number {
  const code = delimiter.charCodeAt(0);
  if (delimiter.length !== 1 || code > codeOfTilde || '"\r\n\0'.includes(delimiter)) {
    throw new RangeError(`${JSON.stringify(delimiter)} cannot be a delimiter: give one ASCII character.`);
  }
  return code;
}
