import {
  type FileWish,
  firstRecord,
  readXmlFiles,
  type RecordShape,
  refusedWish,
} from '../../formats/xml-files/index.ts';
import type { FileDialect, FilePackage } from '../../pipeline/file-ports.ts';
import type { CompiledLists } from '../../pipeline/plugins/index.ts';
import { stepsOf } from './lists.ts';
import { transactionsOf } from './translate/transaction.ts';

export const bulkDialect = 'lis2-bulk';

const root = 'bulkDataRecord';
const recordName = 'transactionRecord';

const shape: RecordShape = { isRoot: (name) => name === root };

/**
 * Bulk files of LIS 2.0 (bulk data exchange): the messages that would be sent one by one, in a `transactionRecord` each, read
 * by the same steps. The names of services and parameters are not looked at: the operation and the record say it all, and
 * senders differ in them.
 */
export function createLis2Bulk(lists?: CompiledLists): FileDialect {
  return {
    name: bulkDialect,
    recognises,
    read: (files, source) =>
      readXmlFiles(files, {
        shape,
        language: 'LIS 2.0 bulk data exchange',
        *wishesOf({ element, at }): Generator<FileWish> {
          if (element.name !== recordName) return;
          for (const read of transactionsOf(element, at, source, stepsOf(lists, source))) yield wishOf(read, at);
        },
      }),
  };
}

async function recognises({ files }: FilePackage): Promise<boolean> {
  for (const file of files) {
    const record = await firstRecord(file, shape);
    if (record?.name === recordName) return true;
  }
  return false;
}

function wishOf(read: ReturnType<typeof transactionsOf>[number], at: string): FileWish {
  return 'error' in read ? refusedWish(read.error, at, read.about) : { command: read };
}
