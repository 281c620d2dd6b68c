import { createD2lCsv } from '../dialects/d2l-csv/index.ts';
import { createEnterpriseFiles } from '../dialects/ims-enterprise/index.ts';
import { createLis2Bulk } from '../dialects/lis2/index.ts';
import { createSaipSnapshots } from '../dialects/saip/index.ts';
import { readCsv } from '../formats/csv/index.ts';
import type { FileDialect } from '../pipeline/file-ports.ts';
import type { CompiledLists } from '../pipeline/plugins/index.ts';

/** The languages of files, asked in this order whose a package is; those of messages are read by the same lists of steps. */
export function fileDialects(lists: CompiledLists): readonly FileDialect[] {
  return [createD2lCsv(readCsv), createLis2Bulk(lists), createSaipSnapshots(lists), createEnterpriseFiles(lists)];
}
