import { RandomAccessReader } from 'yauzl';
import type { ByteSource } from '../../pipeline/file-ports.ts';

/** What is read ahead: a directory is read in pieces of 46 bytes and of names, and each read may be a query. */
const windowBytes = 65_536;

/** Lets yauzl read the directory of a zip from a ByteSource. */
export class ByteSourceReader extends RandomAccessReader {
  /** What went wrong with the source itself: it says nothing about the zip. */
  failure: { readonly error: unknown } | undefined;
  private readonly source: ByteSource;
  private window = { start: 0, bytes: Buffer.alloc(0) as Buffer };

  constructor(source: ByteSource) {
    super();
    this.source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.bytesAt(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (error: unknown) => callback(error as Error),
    );
  }

  private async bytesAt(position: number, length: number): Promise<Buffer> {
    const { sizeBytes } = this.source;
    if (position + length > sizeBytes) throw new RangeError('it points behind its own end');
    const within = position - this.window.start;
    if (within >= 0 && within + length <= this.window.bytes.length) {
      return this.window.bytes.subarray(within, within + length);
    }
    const end = Math.min(position + Math.max(length, windowBytes), sizeBytes);
    const bytes = await readBytes(this.source, position, end).catch((error: unknown) => {
      this.failure = { error };
      throw error;
    });
    this.window = { start: position, bytes };
    return bytes.subarray(0, length);
  }
}

/** A few bytes, at once. */
export async function readBytes(source: ByteSource, start: number, end: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (end > start) for await (const chunk of source.read(start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
