import type { Request } from 'express';
import { GatewayError } from '../../domain/problem.ts';
import type { Digests } from '../../pipeline/intake.ts';
import { refuseContentEncoding } from '../json-body.ts';
import { bePatientWith } from '../patience.ts';
import { SenderGone } from '../read-body.ts';
import { readDigests } from './read-digests.ts';

/** The body of a request that is a file: never in memory as a whole. */
export interface FileBody {
  /** Breaks off with SenderGone. */
  readonly bytes: AsyncIterable<Buffer>;
  readonly announcedBytes?: number;
  readonly digests: Digests;
}

/** Throws GatewayError: `unsupported_media_type` (a form, or an encoding), `invalid_request` (a checksum that is none). */
export function fileBodyOf(request: Request): FileBody {
  refuseContentEncoding(request);
  if (/^multipart\//i.test(request.headers['content-type'] ?? '')) {
    throw new GatewayError(
      'unsupported_media_type',
      'Send the file itself as the body, and not a form: curl -X POST -T FILE, and not -F.',
    );
  }
  const length = request.headers['content-length'];
  return {
    bytes: bytesOf(request),
    digests: readDigests(request.headers),
    ...(length === undefined ? {} : { announcedBytes: Number(length) }),
  };
}

/** The request stays open when its reader ends early: its sender is to see the answer. */
export async function* bytesOf(request: Request): AsyncGenerator<Buffer> {
  bePatientWith(request);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (cause) {
    throw new SenderGone('the sender closed the connection', { cause });
  }
  if (!request.complete) throw new SenderGone('the sender closed the connection');
}
