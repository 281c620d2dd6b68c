import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../domain/problem.ts';
import type { Digests } from '../../pipeline/intake.ts';

const lengths = { 'sha-256': 32, 'sha-512': 64 } as const;
const known = Object.keys(lengths).join(' and ');

/**
 * What the sender says that the file is, by `Repr-Digest` or `Content-Digest` (RFC 9530): of a body without a content
 * encoding both are of the same bytes. The fields are dictionaries of byte sequences (RFC 8941): `sha-256=:...:`.
 *
 * "A recipient MAY ignore any or all digests" (RFC 9530, 2): others than ours are, unless there is none of ours, because a
 * sender who asks for a check is to get one.
 */
export function readDigests(headers: IncomingHttpHeaders): Digests {
  const fields = ['repr-digest', 'content-digest'].flatMap((name) => headers[name] ?? []);
  const entries = fields.flatMap((field) => field.split(',')).map((entry) => entry.trim());
  const found = new Map<string, string>();
  for (const entry of entries.filter((each) => each !== '')) {
    const [, algorithm = '', value = ''] = /^([a-z][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):$/.exec(entry) ?? [];
    if (algorithm === '') throw malformed(entry);
    if (!isKnown(algorithm)) continue;
    const bytes = Buffer.from(value, 'base64');
    if (bytes.length !== lengths[algorithm]) throw malformed(entry);
    const hexadecimal = bytes.toString('hex');
    if ((found.get(algorithm) ?? hexadecimal) !== hexadecimal) throw malformed(entry);
    found.set(algorithm, hexadecimal);
  }
  if (entries.length > 0 && found.size === 0) throw noneOfOurs();
  const sha256 = found.get('sha-256');
  const sha512 = found.get('sha-512');
  return { ...(sha256 === undefined ? {} : { sha256 }), ...(sha512 === undefined ? {} : { sha512 }) };
}

function isKnown(algorithm: string): algorithm is keyof typeof lengths {
  return Object.hasOwn(lengths, algorithm);
}

function malformed(entry: string): GatewayError {
  return new GatewayError(
    'invalid_request',
    `${JSON.stringify(entry.slice(0, 100))} is no digest: write sha-256=:BASE64: as RFC 9530 has it.`,
    { field: 'Repr-Digest' },
  );
}

function noneOfOurs(): GatewayError {
  return new GatewayError('invalid_request', `Of the digests none is of an algorithm that is checked here: ${known}.`, {
    field: 'Repr-Digest',
  });
}
