import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type CheckSumAlgorithm, checkSumOf } from '../../domain/check-sum.ts';
import type { LeasedFile } from '../../domain/exchange-work.ts';
import { GatewayError } from '../../domain/problem.ts';

/**
 * Passes the bytes of a file on; throws `checksum_mismatch` at their end unless they are, together with those that came before them, those
 * that were announced.
 */
export async function* verified(
  before: AsyncIterable<Buffer>,
  bytes: AsyncIterable<Buffer>,
  { sizeBytes, checkSum, shown }: Pick<LeasedFile, 'sizeBytes' | 'checkSum' | 'shown'>,
): AsyncGenerator<Buffer> {
  const announced = checkSum === null ? undefined : checkSumOf(checkSum);
  const digest = announced && digestOf(announced.algorithm);
  let size = 0;
  const count = (chunk: Buffer): void => {
    size += chunk.length;
    digest?.update(chunk);
  };
  for await (const chunk of before) count(chunk);
  for await (const chunk of bytes) {
    count(chunk);
    yield chunk;
  }
  if (sizeBytes !== null && size !== sizeBytes) {
    throw new GatewayError(
      'checksum_mismatch',
      `${shown} has ${String(size)} bytes, and ${String(sizeBytes)} were announced. Announce it anew once it is whole.`,
    );
  }
  const found = digest?.hex();
  if (announced !== undefined && found !== announced.hex) {
    throw new GatewayError(
      'checksum_mismatch',
      `${shown} has the ${announced.algorithm} ${found ?? ''}, and ${announced.hex} was announced. It was changed after it was announced, or on its way.`,
    );
  }
}

interface Digest {
  update(bytes: Buffer): void;
  hex(): string;
}

function digestOf(algorithm: CheckSumAlgorithm): Digest {
  if (algorithm === 'crc32') {
    let value = 0;
    return {
      update: (bytes) => void (value = crc32(bytes, value)),
      hex: () => value.toString(16).padStart(8, '0'),
    };
  }
  const hash = createHash(algorithm);
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
}
