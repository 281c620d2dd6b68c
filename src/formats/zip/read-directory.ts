import { type Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, type ZipFile } from 'yauzl';
import type { ByteSource } from '../../pipeline/file-ports.ts';
import { ByteSourceReader, readBytes } from './byte-source-reader.ts';
import { PackageRefused } from './package-refused.ts';

/** One member of a zip, as its directory has it. Nothing of it is checked yet. */
export interface ZipMember {
  readonly name: string;
  /** Where its local header begins. */
  readonly headerAt: number;
  readonly method: number;
  readonly packedBytes: number;
  readonly inflatedBytes: number;
  readonly crc32: number;
  readonly encrypted: boolean;
  readonly type: 'file' | 'folder' | 'other';
}

/**
 * The members of a zip in the order of its directory (PKWARE's APPNOTE 6.3.10, sections 4.3.12 to 4.3.16, zip64 included). Of
 * a directory with more than `maxFiles` nothing is read. Throws PackageRefused, and what the source throws.
 */
export async function readDirectory(name: string, source: ByteSource, maxFiles: number): Promise<ZipMember[]> {
  const reader = new ByteSourceReader(source);
  const members: ZipMember[] = [];
  try {
    // Names are decoded here: yauzl would change backslashes, and refuse names in words of its own.
    const options = { decodeStrings: false, validateEntrySizes: true };
    const zip = await fromRandomAccessReaderPromise(reader, source.sizeBytes, options);
    if (zip.entryCount > maxFiles) {
      zip.close();
      throw new PackageRefused(
        'too_many_files',
        { package: name },
        `it holds ${zip.entryCount} files, at most ${maxFiles} are taken`,
      );
    }
    for await (const entry of zip.eachEntry()) members.push(memberOf(entry));
    await refuseMoreMembers(name, source, zip);
    return members;
  } catch (error) {
    if (reader.failure !== undefined) throw reader.failure.error;
    if (error instanceof PackageRefused) throw error;
    throw await refusalOf(name, source, error, members.length);
  }
}

function memberOf(entry: Entry): ZipMember {
  const strictFileNames = true;
  return {
    name: getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, strictFileNames),
    headerAt: entry.relativeOffsetOfLocalHeader,
    method: entry.compressionMethod,
    packedBytes: entry.compressedSize,
    inflatedBytes: entry.uncompressedSize,
    crc32: entry.crc32,
    encrypted: entry.isEncrypted(),
    type: typeOf(entry),
  };
}

const madeOnUnix = 3;
const madeOnMacOs = 19;
const dosFolder = 0x10;

/** APPNOTE 4.4.15: the attributes are those of the system that the zip was made on (4.4.2). */
function typeOf({ versionMadeBy, externalFileAttributes }: Entry): ZipMember['type'] {
  if ((externalFileAttributes & dosFolder) !== 0) return 'folder';
  const system = versionMadeBy >>> 8;
  if (system !== madeOnUnix && system !== madeOnMacOs) return 'file';
  const fileType = (externalFileAttributes >>> 16) & 0o170000;
  if (fileType === 0o040000) return 'folder';
  return fileType === 0 || fileType === 0o100000 ? 'file' : 'other';
}

const memberSignature = 0x02014b50;

/** The directory says how many members it has. Where more follow, some reader shows them, and rows would be lost here. */
async function refuseMoreMembers(name: string, source: ByteSource, zip: ZipFile): Promise<void> {
  // The types of yauzl take the place of the next entry for a flag.
  const next = Number(zip.readEntryCursor);
  const bytes = await readBytes(source, next, Math.min(next + 4, source.sizeBytes));
  if (bytes.length < 4 || bytes.readUInt32LE() !== memberSignature) return;
  throw new PackageRefused('broken', { package: name }, 'its directory holds more files than it says');
}

/** What yauzl says, as far as it can be told better. */
async function refusalOf(name: string, source: ByteSource, error: unknown, read: number): Promise<PackageRefused> {
  const said = error instanceof Error ? error.message : String(error);
  const what = { package: name };
  if (said.startsWith('strong encryption')) {
    return new PackageRefused('encrypted', what, `file ${read + 1} of its directory is encrypted`, error);
  }
  if (said.startsWith('multi-disk')) {
    return new PackageRefused('unsupported', what, 'it is one part of a zip in several parts', error);
  }
  if (said.startsWith('End of central directory record signature not found')) {
    if (await startsAsZip(source)) {
      return new PackageRefused('broken', what, 'it ends before its directory, which is the last part of a zip', error);
    }
    return new PackageRefused(
      'not_a_zip',
      what,
      'its name ends as that of a zip, its bytes are not those of one',
      error,
    );
  }
  return new PackageRefused('broken', what, `its directory cannot be read (${said})`, error);
}

const starts: readonly string[] = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'];

/** APPNOTE 4.3.7, 4.3.16 and 8.5.4: a member, an empty zip, the first of several parts. */
export async function startsAsZip(source: ByteSource): Promise<boolean> {
  const bytes = await readBytes(source, 0, Math.min(4, source.sizeBytes));
  return starts.includes(bytes.toString('latin1'));
}
