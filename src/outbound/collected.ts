import type { Readable } from 'node:stream';
import { type AnswerHead, limited } from './exchange.ts';

/** The largest answer of a SOAP service that is read. */
export const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024;

/** A whole body in memory. Throws TooMuch. */
export async function collected(head: AnswerHead, body: Readable, limitBytes = LARGEST_ANSWER_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of limited(head, body, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
