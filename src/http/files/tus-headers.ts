import { createHash, type Hash } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../domain/problem.ts';
import { describeIssues } from '../../formats/json/index.ts';
import { fileName, wishShape } from './wish-query.ts';

/* The headers of tus 1.0.0, read. All throw GatewayError `invalid_request`. */

/** "The value MUST be a non-negative integer." */
export function countOf(request: Request, name: 'Upload-Length' | 'Upload-Offset'): number {
  const value = request.get(name) ?? '';
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new GatewayError('invalid_request', `${name} is missing, or is not a number of bytes.`, { field: name });
}

const metadata = z.object({ filename: fileName, ...wishShape });

/**
 * Upload-Metadata: comma-separated pairs of a key and its value in Base64. `filename` (or `name`) and what is wished; other
 * keys are the client's own business.
 */
export function metadataOf(request: Request): z.output<typeof metadata> {
  const given: Record<string, string> = {};
  for (const pair of (request.get('Upload-Metadata') ?? '').split(',').map((each) => each.trim())) {
    const [key = '', value = '', ...more] = pair.split(' ');
    if (key === '') continue;
    if (more.length > 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || Object.hasOwn(given, key)) {
      throw new GatewayError(
        'invalid_request',
        'Upload-Metadata is pairs of a key and a value in Base64, with commas.',
        {
          field: 'Upload-Metadata',
        },
      );
    }
    given[key] = Buffer.from(value, 'base64').toString('utf8');
  }
  const named = given.filename === undefined && given.name !== undefined ? { ...given, filename: given.name } : given;
  const parsed = metadata.safeParse(named);
  if (parsed.success) return parsed.data;
  const [mistake] = describeIssues(parsed.error, named);
  throw new GatewayError('invalid_request', `In Upload-Metadata, ${mistake?.message ?? 'something is wrong'}`, {
    field: 'Upload-Metadata',
  });
}

export const checksumAlgorithms = ['sha1', 'sha256', 'sha512', 'md5'] as const;

/** What the sender says that the bytes of this request are. */
export interface Checksum {
  readonly hash: Hash;
  isRight(): boolean;
}

/** Upload-Checksum: "the name of the used checksum algorithm and the Base64 encoded checksum separated by a space". */
export function checksumOf(request: Request): Checksum | undefined {
  const header = request.get('Upload-Checksum');
  if (header === undefined) return undefined;
  const [algorithm = '', value = ''] = header.split(' ');
  if (!(checksumAlgorithms as readonly string[]).includes(algorithm)) {
    throw new GatewayError('invalid_request', `Upload-Checksum is by one of ${checksumAlgorithms.join(', ')}.`, {
      field: 'Upload-Checksum',
    });
  }
  const hash = createHash(algorithm);
  return { hash, isRight: () => hash.digest().equals(Buffer.from(value, 'base64')) };
}
