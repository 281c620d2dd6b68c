import type { Found } from '../../../domain/outcome.ts';

/** What is said beside the records of a list of those that are in it by their ids alone; empty if there are none. */
export function deletedBeside(found: Found | undefined): string {
  const deleted = found?.records === undefined ? 0 : found.sourcedIds.length - found.records.length;
  return deleted === 0 ? '' : `${deleted} more ${deleted === 1 ? 'was' : 'were'} deleted: read the ids to see which.`;
}
