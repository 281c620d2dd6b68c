import { createD2lCsv } from '../dialects/d2l-csv/index.ts';
import { readCsv } from '../formats/csv/index.ts';
import type { FileDialect } from '../pipeline/file-ports.ts';

/** The languages of files, asked in this order whose a package is. */
export const fileDialects: readonly FileDialect[] = [createD2lCsv((bytes) => readCsv(bytes))];
