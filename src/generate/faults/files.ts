import type { FeedFile, Piece } from '../feed.ts';
import { toWindows1252 } from '../encode.ts';
import type { Fault } from './fault.ts';

export const truncated: Fault = {
  name: 'truncated',
  what: 'the file, or that of the enrollments, ends in the middle of a record',
  files: (files, { form }) =>
    files.map((file) => (isLargest(file, form) ? { ...file, pieces: () => cut(file, form) } : file)),
};

/** Half of the lines, and half of the next one. */
function* cut(file: FeedFile, form: 'package' | 'file'): Generator<Piece> {
  let count = 0;
  for (const _ of file.pieces()) count += 1;
  const last = Math.floor(count / 2);
  let index = 0;
  for (const piece of file.pieces()) {
    if (index === last) {
      const code = form === 'package' ? 'wrong_column_count' : 'malformed_xml';
      const what = 'the file ends in the middle of this record';
      const text = piece.text.slice(0, Math.floor(piece.text.length / 2));
      yield { text, promised: { fault: truncated.name, found: 'reading', code, what } };
      return;
    }
    yield piece;
    index += 1;
  }
}

export const headerDrift: Fault = {
  name: 'header-drift',
  what: 'the header of the enrollments is written in another case',
  only: 'package',
  files: (files) => files.map((file) => (isOf('08', file) ? { ...file, pieces: () => drifted(file) } : file)),
};

function* drifted(file: FeedFile): Generator<Piece> {
  let isHeader = true;
  for (const piece of file.pieces()) {
    if (isHeader) {
      const what = 'the names of the columns are in capitals: nothing of the file is taken';
      const promised = { fault: headerDrift.name, found: 'reading', code: 'wrong_header', what } as const;
      yield { text: piece.text.toUpperCase(), promised };
    } else yield piece;
    isHeader = false;
  }
}

export const wrongEncoding: Fault = {
  name: 'wrong-encoding',
  what: 'the file, or that of the users, is in Windows-1252, where UTF-8 is meant',
  files: (files, { form }) =>
    files.map((file) =>
      form === 'file' || isOf('07', file)
        ? { ...file, encoding: 'windows-1252', pieces: () => misread(file, form) }
        : file,
    ),
};

/** Of a CSV file each line that is not ASCII is refused; of an XML file, everything from the first one on. */
function* misread(file: FeedFile, form: 'package' | 'file'): Generator<Piece> {
  const what = 'bytes that are not UTF-8';
  const promised = { fault: wrongEncoding.name, found: 'reading', code: 'bad_encoding', what } as const;
  let isTold = false;
  for (const piece of file.pieces()) {
    const isForeign = toWindows1252(piece.text).some((byte) => byte > 0x7f);
    if (isForeign && !isTold) yield { ...piece, promised };
    else yield piece;
    isTold ||= isForeign && form === 'file';
  }
}

export const excelSaved: Fault = {
  name: 'excel-saved',
  what: 'the CSV files are as Excel saves them in many countries: semicolons, Windows-1252, CR LF',
  only: 'package',
  files: (files) =>
    files.map((file) =>
      file.name.endsWith('.csv') ? { ...file, encoding: 'windows-1252', pieces: () => resaved(file) } : file,
    ),
};

function* resaved(file: FeedFile): Generator<Piece> {
  let isHeader = true;
  for (const piece of file.pieces()) {
    const text = withSemicolons(piece.text).replaceAll('\n', '\r\n');
    const what = 'semicolons: nothing of the file is taken, unless the source system says that Excel saved it';
    const promised = { fault: excelSaved.name, found: 'reading', code: 'unknown_file', what } as const;
    yield isHeader ? { text, promised } : { ...piece, text };
    isHeader = false;
  }
}

/** Commas between fields become semicolons; those in quotes stay, and the few fields with a semicolon have none of ours. */
function withSemicolons(line: string): string {
  return line.replace(/"(?:[^"]|"")*"|,/g, (found) => (found === ',' ? ';' : found));
}

function isLargest(file: FeedFile, form: 'package' | 'file'): boolean {
  return form === 'file' || isOf('08', file);
}

function isOf(number: string, { name }: FeedFile): boolean {
  return name.startsWith(`${number}-`);
}
