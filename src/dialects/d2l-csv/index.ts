import type { FileDialect } from '../../pipeline/file-ports.ts';
import { excelReader, type ReadCsv } from './csv-source.ts';
import { fieldNameOf } from './field-names.ts';
import { guideTextOf } from './guide-texts.ts';
import { readPackage } from './read-package.ts';
import { reasonsAgainst, recognisesPackage } from './recognise.ts';

export type { ReadCsv } from './csv-source.ts';

export const dialectName = 'd2l-csv';

/**
 * D2L Standard CSV 1.0, 1.1, 2.0, 2.1 and 3.0: a zip of CSV files that are told by their headers, and from 1.1 on a
 * manifest.json. A row becomes one command.
 *
 * @param readCsv bytes to lines of fields, in bounded memory; with the quirk `excelCsv`, also those that Excel saved
 */
export function createD2lCsv(readCsv: ReadCsv): FileDialect {
  return {
    name: dialectName,
    // What is wrong with its form is told by reading it.
    recognises: (files) => recognisesPackage(files, excelReader(readCsv)),
    reasonsAgainst: (files) => reasonsAgainst(files, excelReader(readCsv)),
    read: (files, source) =>
      readPackage(files, source, source.options.quirks.excelCsv === true ? excelReader(readCsv) : readCsv),
    guideTextOf,
    fieldNameOf,
  };
}
