import { createHash } from 'node:crypto';
import type { EnrollmentFields } from './entities.ts';

/** Sourced ids have at most so many characters. */
export const maxSourcedIdLength = 1024;

const prefix = 'synthetic:';

/**
 * The sourcedId of an enrollment that has none of its own (rule 5): made of its user and its org unit, so that the same
 * pair is the same enrollment whenever it is sent. Readable, unless it would be too long.
 */
export function syntheticEnrollmentId(userSourcedId: string, orgUnit: EnrollmentFields['orgUnit']): string {
  const parts = [userSourcedId, orgUnit.kind ?? 'any', orgUnit.sourcedId].map(encodeURIComponent).join('/');
  if (prefix.length + parts.length <= maxSourcedIdLength) return prefix + parts;
  return `${prefix}sha256/${createHash('sha256').update(parts).digest('hex')}`;
}
