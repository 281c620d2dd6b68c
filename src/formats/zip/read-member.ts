import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteSource } from '../../pipeline/file-ports.ts';
import { readBytes } from './byte-source-reader.ts';
import { localHeaderBytes } from './check-members.ts';
import { PackageRefused } from './package-refused.ts';
import type { ZipMember } from './read-directory.ts';

/**
 * The bytes of a member, inflated, never more than its directory says. Throws PackageRefused where they are not what the
 * directory says (for the checksum and for too few, only behind the last byte), and what the source throws.
 */
export async function* readMember(name: string, source: ByteSource, member: ZipMember): AsyncGenerator<Buffer> {
  const what = { package: name, member: member.name };
  const start = await findData(name, source, member);
  const packed = source.read(start, start + member.packedBytes);
  let size = 0;
  let sum = 0;
  try {
    for await (const chunk of isDeflated(member) ? inflate(packed) : packed) {
      size += chunk.length;
      if (size > member.inflatedBytes) {
        throw new PackageRefused(
          'bomb',
          what,
          `it grows over the ${member.inflatedBytes} bytes that the zip says it has`,
        );
      }
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new PackageRefused('broken', what, `it cannot be inflated behind byte ${size} (${error.code})`, error);
  }
  if (size < member.inflatedBytes) {
    throw new PackageRefused('broken', what, `it has ${size} bytes, the zip says ${member.inflatedBytes}`);
  }
  if (sum !== member.crc32) {
    throw new PackageRefused('checksum', what, `its checksum is ${hex(sum)}, the zip says ${hex(member.crc32)}`);
  }
}

/** Some programs compress an empty file to no bytes at all. */
function isDeflated({ method, packedBytes }: ZipMember): boolean {
  return method !== 0 && packedBytes > 0;
}

const localSignature = 0x04034b50;

/** APPNOTE 4.3.7: behind the local header, whose name and extra field have lengths of their own. */
async function findData(name: string, source: ByteSource, member: ZipMember): Promise<number> {
  const what = { package: name, member: member.name };
  const { headerAt, packedBytes } = member;
  const header = await readBytes(source, headerAt, Math.min(headerAt + localHeaderBytes, source.sizeBytes));
  if (header.length < localHeaderBytes || header.readUInt32LE(0) !== localSignature) {
    throw new PackageRefused('broken', what, 'it is not where the directory says');
  }
  const start = headerAt + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + packedBytes > source.sizeBytes) throw new PackageRefused('broken', what, 'the zip ends before it does');
  return start;
}

/** A consumer that stops, an error of the bytes and one of zlib each end both streams. */
function inflate(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const inflated = createInflateRaw({ chunkSize: 65_536 });
  pipeline(Readable.from(packed, { objectMode: false }), inflated, () => undefined);
  return inflated;
}

/** By its code: an error of zlib may come from another realm. */
function isZlibError(error: unknown): error is { code: string } {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('Z_');
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
