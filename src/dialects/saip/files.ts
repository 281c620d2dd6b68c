import { GatewayError } from '../../domain/problem.ts';
import { children } from '../../formats/ims/index.ts';
import {
  type FileWish,
  firstRecord,
  readXmlFiles,
  type RecordShape,
  refusedWish,
} from '../../formats/xml-files/index.ts';
import type { FileDialect, FilePackage } from '../../pipeline/file-ports.ts';
import { type CompiledLists, stepsOfSource } from '../../pipeline/plugins/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { entities } from './translate/entities.ts';
import { type ReadSnapshotRecord, readSnapshotObject } from './translate/snapshot.ts';
import { inOneSpelling } from './translate/spelling.ts';
import { snapshotRoot } from './translate/translate.ts';

export const snapshotDialect = 'saip-snapshot';

const shape: RecordShape = {
  isRoot: (name) => name.toLowerCase() === snapshotRoot,
  lists: new Map([['membership', 'members']]),
};

/**
 * Snapshots of PeopleSoft SAIP as they stand in their files, of any size: each record is stated as a whole, or deleted if its
 * `Mode` is D, and read by the same steps as one of a message. A course of thousands is read in parts.
 */
export function createSaipSnapshots(lists?: CompiledLists): FileDialect {
  return {
    name: snapshotDialect,
    recognises,
    read(files, source) {
      const { quirks } = source.options;
      const stepsOf = stepsOfSource(lists, source);
      return readXmlFiles(files, {
        shape,
        language: 'a PeopleSoft snapshot',
        *wishesOf({ element, at }): Generator<FileWish> {
          const records = readSnapshotObject({ object: inOneSpelling(element), at, quirks, stepsOf });
          const members = children(element, 'members');
          for (const [index, record] of records.entries())
            yield { ...wishOf(record, at), element: records.length > 1 ? members[index] : undefined };
        },
      });
    },
  };
}

/** By the first record: extracts of IMS Enterprise have the same root, and ids that are wrapped twice. */
async function recognises({ files }: FilePackage): Promise<boolean> {
  for (const file of files) {
    const record = await firstRecord(file, shape);
    if (record !== undefined && isSnapshotRecord(inOneSpelling(record))) return true;
  }
  return false;
}

function isSnapshotRecord({ name, children }: ElementView): boolean {
  return entities.has(name) && children.some((child) => child.name === 'sourcedId' && child.children.length === 0);
}

function wishOf({ entity, sourcedId, command }: ReadSnapshotRecord, at: string): FileWish {
  if (!(command instanceof GatewayError)) return { command };
  const { kind } = entity.delete({ sourcedId, at });
  return refusedWish(command, at, sourcedId === '' ? undefined : { kind, sourcedId });
}
