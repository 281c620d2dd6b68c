import { type FileWish, firstRecord, readXmlFiles, type RecordShape } from '../../formats/xml-files/index.ts';
import type { FileDialect, FilePackage } from '../../pipeline/file-ports.ts';
import { type CompiledLists, stepsOfSource } from '../../pipeline/plugins/index.ts';
import { dialectName } from './translate.ts';
import { type RejectedRecord, wishesOf } from './wishes.ts';
import { child } from './values.ts';

const recordNames: ReadonlySet<string> = new Set(['person', 'group', 'membership']);

/** Extracts stand in one document, or in many, and brokers write them without a root: as messages do. */
const shape: RecordShape = {
  isRoot: (name) => name === 'enterprise',
  isLooseRecord: (name) => recordNames.has(name),
  lists: new Map([['membership', 'member']]),
};

/** How a record begins, `properties` and comments aside, so that one that is meant for another dialect is told. */
const passedOver: ReadonlySet<string> = new Set(['properties', 'comments']);

/**
 * Files of IMS Enterprise 1.1, with the conventions of Luminis: extracts of any size, read by the same steps as messages. A
 * membership of thousands is read in parts.
 */
export function createEnterpriseFiles(lists?: CompiledLists): FileDialect {
  return {
    name: dialectName,
    recognises,
    read: (files, source) => {
      const options = { quirks: source.options.quirks, stepsOf: stepsOfSource(lists, source) };
      return readXmlFiles(files, {
        shape,
        language: 'IMS Enterprise',
        *wishesOf({ element, at, listFrom }): Generator<FileWish> {
          if (!recordNames.has(element.name)) return;
          for (const wish of wishesOf(element, at, options, listFrom))
            yield 'status' in wish ? refused(wish) : { command: wish };
        },
      });
    },
  };
}

/** By the first record. Snapshots of PeopleSoft have the same root, and spell `sourcedId` otherwise. */
async function recognises({ files }: FilePackage): Promise<boolean> {
  for (const file of files) {
    const record = await firstRecord(file, shape, ({ name }) => !passedOver.has(name));
    if (record !== undefined && recordNames.has(record.name) && child(record, 'sourcedId') === undefined) return true;
  }
  return false;
}

function refused({ kind, sourcedId, problems: [problem], at }: RejectedRecord): FileWish {
  if (problem === undefined) throw new Error(`the record at ${at} was rejected without a problem`);
  return kind === null || sourcedId === null ? { problem } : { problem, about: { kind, sourcedId } };
}
