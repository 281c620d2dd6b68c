export { type CsvEncoding, type CsvOptions } from './csv-options.ts';
export type { CsvProblem, CsvProblemKind } from './csv-problem.ts';
export type { CsvRecord } from './judge-record.ts';
export { readCsv, type CsvBatch } from './read-csv.ts';
