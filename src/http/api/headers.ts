import { z } from 'zod';
import { GatewayError } from '../../domain/problem.ts';

/** The headers of the administration API, as the OpenAPI file tells of them. */
export const organizationHeaders = z.object({
  'Passerelle-Organization': z.string().optional().meta({
    description:
      "The code of the organization. Needed with an operator's token; other tokens belong to one organization.",
    example: 'demo',
  }),
});

export const ifMatchHeaders = z.object({
  'If-Match': z.string().optional().meta({
    description:
      'The ETag of what was read. If the object has changed since, the answer is 412 `conflict` and nothing is changed.',
    example: '"3"',
  }),
});

export const etagHeader = { ETag: 'The version of the object, for If-Match.' };

/**
 * The version that an If-Match names; undefined for `*` and for none. Our ETags are one quoted version; a proxy that
 * compresses makes them weak. Throws GatewayError `invalid_request` for what is no entity tag (RFC 9110, 8.8.3).
 */
export function versionOf(ifMatch: string | undefined): string | undefined {
  const value = ifMatch?.trim();
  if (value === undefined || value === '*') return undefined;
  const version = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/.exec(value)?.[1];
  if (version !== undefined) return version;
  throw new GatewayError('invalid_request', 'If-Match is one ETag as it was read, in double quotes (`"3"`), or `*`.', {
    field: 'If-Match',
  });
}
