import { crc32, deflateRawSync } from 'node:zlib';
import type { ByteSource } from '../../src/pipeline/file-ports.ts';

/** A member of a zip; what is stated here is written as it is, right or wrong. */
export interface MadeMember {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** The bytes in the zip; default: the content, deflated. */
  readonly packed?: Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly inflatedBytes?: number;
  readonly packedBytes?: number;
  readonly crc32?: number;
  readonly madeOn?: number;
  readonly attributes?: number;
  /** Another place of the local header. */
  readonly headerAt?: number;
  /** The sizes and the place stand in the extra field of zip64. */
  readonly zip64?: boolean;
}

export interface MadeEnd {
  /** What the end record says; default: the truth. */
  readonly members?: number;
  readonly directoryAt?: number;
  readonly disk?: number;
  readonly comment?: Buffer;
  readonly zip64?: boolean;
}

/** A zip written byte by byte, also such as no program would write. */
export function handMadeZip(members: readonly MadeMember[], end: MadeEnd = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const packed = packedOf(member);
    const local = localHeader(member, packed);
    directory.push(directoryEntry(member, packed, member.headerAt ?? at));
    parts.push(local, packed);
    at += local.length + packed.length;
  }
  const entries = Buffer.concat(directory);
  return Buffer.concat([...parts, entries, endOf(members.length, at, entries.length, end)]);
}

/** Bytes in memory as a source, handed out in small pieces. */
export function sourceOf(bytes: Buffer, pieceBytes = 1_000): ByteSource {
  return {
    sizeBytes: bytes.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes is read asynchronously
    async *read(start, end) {
      for (let at = start; at < end; at += pieceBytes) yield bytes.subarray(at, Math.min(at + pieceBytes, end));
    },
  };
}

const contentOf = ({ content = 'a,b\n1,2\n' }: MadeMember): Buffer => Buffer.from(content as string);

function packedOf(member: MadeMember): Buffer {
  if (member.packed !== undefined) return member.packed;
  return member.method === 0 ? contentOf(member) : deflateRawSync(contentOf(member));
}

const utf8Names = 0x800;

/** What local header and directory have in common: from the version to the length of the name. */
function common(member: MadeMember, packed: Buffer): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16LE(member.zip64 === true ? 45 : 20, 0);
  bytes.writeUInt16LE(member.flags ?? utf8Names, 2);
  bytes.writeUInt16LE(member.method ?? 8, 4);
  bytes.writeUInt32LE(member.crc32 ?? crc32(contentOf(member)), 10);
  bytes.writeUInt32LE(member.zip64 === true ? 0xffffffff : (member.packedBytes ?? packed.length), 14);
  bytes.writeUInt32LE(member.zip64 === true ? 0xffffffff : (member.inflatedBytes ?? contentOf(member).length), 18);
  bytes.writeUInt16LE(Buffer.from(member.name as string).length, 22);
  return bytes;
}

function localHeader(member: MadeMember, packed: Buffer): Buffer {
  const signature = Buffer.from('PK\x03\x04', 'latin1');
  return Buffer.concat([signature, common(member, packed), Buffer.alloc(2), Buffer.from(member.name as string)]);
}

function directoryEntry(member: MadeMember, packed: Buffer, headerAt: number): Buffer {
  const extra = member.zip64 === true ? zip64Extra(member, packed, headerAt) : Buffer.alloc(0);
  const rest = Buffer.alloc(16);
  rest.writeUInt16LE(extra.length, 0);
  rest.writeUInt32LE(member.attributes ?? 0, 8);
  rest.writeUInt32LE(member.zip64 === true ? 0xffffffff : headerAt, 12);
  const head = Buffer.from(['P', 'K'].map((letter) => letter.charCodeAt(0)).concat(1, 2, 20, member.madeOn ?? 0));
  return Buffer.concat([head, common(member, packed), rest, Buffer.from(member.name as string), extra]);
}

function zip64Extra(member: MadeMember, packed: Buffer, headerAt: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt16LE(1, 0);
  bytes.writeUInt16LE(24, 2);
  bytes.writeBigUInt64LE(BigInt(member.inflatedBytes ?? contentOf(member).length), 4);
  bytes.writeBigUInt64LE(BigInt(member.packedBytes ?? packed.length), 12);
  bytes.writeBigUInt64LE(BigInt(headerAt), 20);
  return bytes;
}

function endOf(count: number, directoryAt: number, directoryBytes: number, end: MadeEnd): Buffer {
  const members = end.members ?? count;
  const zip64 = end.zip64 === true;
  const comment = end.comment ?? Buffer.alloc(0);
  const bytes = Buffer.alloc(22);
  bytes.write('PK\x05\x06', 'latin1');
  bytes.writeUInt16LE(end.disk ?? 0, 4);
  bytes.writeUInt16LE(zip64 ? 0xffff : members, 8);
  bytes.writeUInt16LE(zip64 ? 0xffff : members, 10);
  bytes.writeUInt32LE(zip64 ? 0xffffffff : directoryBytes, 12);
  bytes.writeUInt32LE(zip64 ? 0xffffffff : (end.directoryAt ?? directoryAt), 16);
  bytes.writeUInt16LE(comment.length, 20);
  const records = zip64 ? zip64End(members, end.directoryAt ?? directoryAt, directoryAt, directoryBytes) : [];
  return Buffer.concat([...records, bytes, comment]);
}

/** The end record of zip64, and what says where it is. */
function zip64End(members: number, directoryAt: number, realAt: number, directoryBytes: number): Buffer[] {
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(members), 24);
  record.writeBigUInt64LE(BigInt(members), 32);
  record.writeBigUInt64LE(BigInt(directoryBytes), 40);
  record.writeBigUInt64LE(BigInt(directoryAt), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(realAt + directoryBytes), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator];
}
