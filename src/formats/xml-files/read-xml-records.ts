import { DocumentReader } from './document-reader.ts';
import {
  defaultRecordLimits,
  type RecordLimits,
  type RecordShape,
  type XmlFault,
  type XmlRecord,
} from './record-shape.ts';
import { TextStream } from './text-stream.ts';

export interface XmlBatch {
  readonly records: readonly XmlRecord[];
  /** Why nothing more is read. Only the last batch has one. */
  readonly fault?: XmlFault;
  /** Bytes of the file that lie behind this batch. */
  readonly bytesRead: number;
}

const blockBytes = 65_536;

/**
 * Reads an XML file as a stream, in batches of records; at least one batch. Memory follows one record and one block, not the
 * file. What is not well-formed, or refused, ends the file, and what stands before it is read: XML has no place to go on
 * from. No DTD is loaded, and no entity expanded. What it reads does not depend on how the bytes were cut.
 */
export async function* readXmlRecords(
  bytes: AsyncIterable<Buffer>,
  shape: RecordShape,
  limits: Partial<RecordLimits> = {},
): AsyncGenerator<XmlBatch, void, undefined> {
  const text = new TextStream();
  const reader = new DocumentReader(shape, { ...defaultRecordLimits, ...limits });
  let bytesRead = 0;
  for await (const { block, last } of blocksOf(bytes)) {
    bytesRead += block.length;
    const decoded = text.next(block, last);
    const fault = reader.read(decoded, last);
    const records = reader.take();
    if (records.length > 0 || fault !== undefined || last)
      yield { records, bytesRead, ...(fault === undefined ? {} : { fault }) };
    if (fault !== undefined) return;
  }
}

/** Blocks of one size at most, and an empty last one. */
async function* blocksOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<{ block: Buffer; last: boolean }> {
  for await (const chunk of bytes) {
    for (let from = 0; from < chunk.length; from += blockBytes)
      yield { block: chunk.subarray(from, from + blockBytes), last: false };
  }
  yield { block: Buffer.alloc(0), last: true };
}
