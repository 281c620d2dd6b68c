import { randomUUID } from 'node:crypto';

/**
 * A UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits. Messages and changes are
 * partitioned by time through this id alone.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  const hex = nowMs.toString(16).padStart(12, '0');
  // The random bits of a UUID version 4, which Node takes from a pool.
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}

/** The smallest UUID version 7 of an instant: the bound of a partition or of a search by time. */
export function uuidv7Floor(atMs: number): string {
  const hex = atMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
