import { isDeepStrictEqual } from 'node:util';
import type { Overwrite } from '../../domain/source-system.ts';

type Fields = Record<string, unknown>;

/**
 * What a row declares after a replace or an update (docs/projection.md 1).
 *
 * @param before the declared fields of the row that is there, if one is
 * @param overwrite which fields are "set on creation only" (rule 14)
 */
export function restate(before: Fields | undefined, verb: 'replace' | 'update', stated: Fields, overwrite: Overwrite): Fields {
  const next = verb === 'update' && before !== undefined ? { ...before, ...defined(stated) } : defined(stated);
  if (before === undefined || overwrite === 'yes') return next;
  for (const [field, value] of Object.entries(before)) {
    if (isKept(field, overwrite)) next[field] = value;
  }
  return next;
}

/** Is what a row holds (read from JSON) what would be written to it? */
export function isSame(held: unknown, stated: unknown): boolean {
  return isDeepStrictEqual(held, JSON.parse(JSON.stringify(stated)));
}

/** Status is the SIS's unless it is listed by name; a type is what the object is, never a field to keep. */
function isKept(field: string, overwrite: Exclude<Overwrite, 'yes'>): boolean {
  if (field === 'type') return false;
  if (overwrite === 'no') return field !== 'active';
  return overwrite.keep.includes(field);
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
