import type { FeedFile, FeedFormat, Piece } from '../feed.ts';
import { toWindows1252 } from '../encode.ts';
import type { Part } from '../world/records.ts';
import type { Fault } from './fault.ts';

type Syntax = FeedFormat['syntax'];

export const truncated: Fault = {
  name: 'truncated',
  what: 'the file, or that of the enrollments, ends in the middle of a record',
  files: (files, format) =>
    changed(files, 'enrollment', format, (file) => ({ pieces: () => cut(file, format.syntax) })),
};

/** Half of the lines, and half of the next one. */
function* cut(file: FeedFile, syntax: Syntax): Generator<Piece> {
  let count = 0;
  for (const _ of file.pieces()) count += 1;
  const last = Math.floor(count / 2);
  let index = 0;
  for (const piece of file.pieces()) {
    if (index === last) {
      const code = syntax === 'csv' ? 'wrong_column_count' : 'malformed_xml';
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
  what: 'the header of the enrollments is written in another case (CSV only)',
  only: 'csv',
  files: (files, format) => changed(files, 'enrollment', format, (file) => ({ pieces: () => drifted(file) })),
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
  ofEncoding: true,
  files: (files, format) =>
    changed(files, 'person', format, (file) => ({
      encoding: 'windows-1252',
      pieces: () => misread(file, format.syntax),
    })),
};

/** Of a CSV file each line that is not ASCII is refused; of an XML file, everything from the first one on. */
function* misread(file: FeedFile, syntax: Syntax): Generator<Piece> {
  const what = 'bytes that are not UTF-8';
  const promised = { fault: wrongEncoding.name, found: 'reading', code: 'bad_encoding', what } as const;
  let isTold = false;
  for (const piece of file.pieces()) {
    const isForeign = toWindows1252(piece.text).some((byte) => byte > 0x7f);
    if (isForeign && !isTold) yield { ...piece, promised };
    else yield piece;
    isTold ||= isForeign && syntax === 'xml';
  }
}

/** Changes the file of a part, or the one that holds all. */
function changed(
  files: readonly FeedFile[],
  part: Part,
  { form }: FeedFormat,
  change: (file: FeedFile) => Partial<FeedFile>,
): readonly FeedFile[] {
  return files.map((file) => (form === 'file' || file.part === part ? { ...file, ...change(file) } : file));
}
