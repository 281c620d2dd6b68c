import type { FeedFile, Piece } from './feed.ts';

/**
 * How CSV files are written: as the format says; or as Excel saves them in many countries, with semicolons and CR LF, in
 * Windows-1252 (`excel`) or in UTF-8 with a byte order mark (`excel-utf8`).
 */
export const csvForms = ['plain', 'excel', 'excel-utf8'] as const;
export type CsvForm = (typeof csvForms)[number];

export function savedAs(files: readonly FeedFile[], form: CsvForm): readonly FeedFile[] {
  if (form === 'plain') return files;
  return files.map((file) => (file.name.endsWith('.csv') ? saved(file, form) : file));
}

function saved(file: FeedFile, form: CsvForm): FeedFile {
  const isUtf8 = form === 'excel-utf8';
  return {
    ...file,
    encoding: isUtf8 ? 'utf-8' : 'windows-1252',
    *pieces() {
      let mark = isUtf8 ? byteOrderMark : '';
      for (const piece of file.pieces()) {
        yield { ...piece, text: mark + withSemicolons(piece) };
        mark = '';
      }
    },
  };
}

const byteOrderMark = '\ufeff';

/** Commas between fields become semicolons; those in quotes stay, and the few fields with a semicolon have none of ours. */
function withSemicolons({ text }: Piece): string {
  return text.replace(/"(?:[^"]|"")*"|,|\n/g, (found) => (found === ',' ? ';' : found === '\n' ? '\r\n' : found));
}
