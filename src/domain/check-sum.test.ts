import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { checkSumAlgorithms, checkSumOf } from './check-sum.ts';

const bytes = Buffer.from('what a SIS exports');

function hexOf(algorithm: string): string {
  if (algorithm === 'crc32') return crc32(bytes).toString(16).padStart(8, '0');
  return createHash(algorithm).update(bytes).digest('hex');
}

describe.each(checkSumAlgorithms)('a checksum of %s is known', (algorithm) => {
  const hex = hexOf(algorithm);
  test.each([
    ['in hexadecimal', hex],
    ['in capitals', ` ${hex.toUpperCase()}\n`],
    ['in base64', Buffer.from(hex, 'hex').toString('base64')],
    ['with its name', `${algorithm}:${hex}`],
    ['with its name in braces', `{${algorithm.toUpperCase()}}${Buffer.from(hex, 'hex').toString('base64')}`],
  ])('%s', (_, text) => {
    expect(checkSumOf(text)).toEqual({ algorithm, hex });
  });
});

test.each([
  ['', 'nothing'],
  ['12345', 'a number that no algorithm makes'],
  [`sha256:${hexOf('md5')}`, 'a name that does not fit'],
  [`adler32:${hexOf('crc32')}`, 'an algorithm that nobody verifies'],
  ['=====', 'no base64'],
  ['not a checksum', 'words'],
])('%j is none: %s', (text) => {
  expect(checkSumOf(text)).toBeUndefined();
});
