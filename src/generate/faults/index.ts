import { brokenRows } from './broken-rows.ts';
import { noEnrollments, shrunken, unknownReferences, unmappedRoles, vanishedTerm } from './enrollments.ts';
import type { Fault } from './fault.ts';
import { headerDrift, truncated, wrongEncoding } from './files.ts';
import { lateParents, missingParents } from './parents.ts';
import { duplicates, newIds, renames } from './persons.ts';

export type { Fault } from './fault.ts';

/** In the order in which they are done where several are asked for: what goes for the files comes last. */
export const faults: readonly Fault[] = [
  vanishedTerm,
  noEnrollments,
  shrunken,
  renames,
  newIds,
  lateParents,
  missingParents,
  duplicates,
  unknownReferences,
  unmappedRoles,
  brokenRows,
  headerDrift,
  truncated,
  wrongEncoding,
];
