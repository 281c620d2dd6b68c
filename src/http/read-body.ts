import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/problem.ts';

/** The sender went away before its message was whole: there is nobody to answer. */
export class SenderGone extends Error {}

/** Bytes of bodies that are being read, of senders that nobody knows yet: the most that this process holds of them. */
export const readingLimitBytes = 64 * 1024 * 1024;
let readingBytes = 0;

/**
 * The bytes of a request, never more than the limit. Throws `payload_too_large` as soon as that is known, `busy` when too
 * much is being read at once, and SenderGone.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const release = (): void => {
      readingBytes -= size;
      size = 0;
    };
    const collect = (chunk: Buffer): void => {
      size += chunk.length;
      readingBytes += chunk.length;
      if (size <= limitBytes && readingBytes <= readingLimitBytes) {
        chunks.push(chunk);
        return;
      }
      request.off('data', collect);
      reject(size > limitBytes ? tooLarge(limitBytes) : tooMuchAtOnce());
      chunks.length = 0;
      release();
    };
    request.on('data', collect);
    request.once('end', () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      release();
    });
    request.once('close', () => {
      release();
      if (!request.complete) reject(new SenderGone('the sender closed the connection'));
    });
    request.once('error', (cause) => reject(new SenderGone('the connection broke', { cause })));
  });
}

/** The most that is read and dropped of a refused message before the connection is cut. */
const dropLimitBytes = 128 * 1024 * 1024;

/** What a refused sender still sends is read and dropped for a while, so that it gets to see the answer. */
export function dropRest(request: IncomingMessage): void {
  let left = dropLimitBytes;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

function tooMuchAtOnce(): GatewayError {
  return new GatewayError('busy', 'Too many large messages are being received at once; send the message again.', {
    retryAfterS: 5,
  });
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError('payload_too_large', `The message is larger than the limit of ${limitBytes} bytes.`);
}
