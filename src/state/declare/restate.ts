import { isDeepStrictEqual } from 'node:util';
import type { Overwrite } from '../../domain/source-system.ts';
import { changeLists } from './change-lists.ts';
import type { ListChange } from './change-lists.ts';

type Fields = Record<string, unknown>;

/**
 * What a row declares after a replace or an update (docs/projection.md 1). An update brings the fields of a deleted row
 * back; what a row may not overwrite is looked at only if the row is there.
 *
 * @param before the declared fields of the former row, if there was one, and whether it was there (not deleted)
 * @param overwrite which fields are "set on creation only" (rule 14)
 * @param lists what an update does to the lists that it states
 */
export function restate(
  before: { fields: Fields; there: boolean } | undefined,
  verb: 'replace' | 'update',
  stated: Fields,
  overwrite: Overwrite,
  lists?: ListChange,
): Fields {
  const next =
    verb === 'update'
      ? { ...before?.fields, ...changeLists(before?.fields ?? {}, defined(stated), lists) }
      : defined(stated);
  if (before?.there !== true) return next;
  for (const field of [...Object.keys(before.fields), ...calledById]) {
    if (isKept(field, overwrite)) keep(before.fields, next, field);
  }
  return next;
}

/** What has a value from creation on: a row that states none is called by its sourcedId. */
const calledById = ['code', 'orgDefinedId'] as const;

/** A field that may not be overwritten: as it was before, if it was set before. */
export function keep(before: Fields, next: Fields, field: string): void {
  if (field in before) next[field] = before[field];
  else if (calledById.some((name) => name === field)) Reflect.deleteProperty(next, field);
}

/** Is what a row holds (read from JSON) what would be written to it? */
export function isSame(held: unknown, stated: unknown): boolean {
  return isDeepStrictEqual(held, JSON.parse(JSON.stringify(stated)));
}

/** Status and relations are the SIS's unless they are listed by name (rule 14). */
const alwaysItsOwn: ReadonlySet<string> = new Set(['active', 'relations']);

/** May a source system not overwrite this field? */
export function isKept(field: string, overwrite: Overwrite): boolean {
  if (overwrite === 'yes') return false;
  if (overwrite === 'no') return !alwaysItsOwn.has(field);
  return overwrite.keep.includes(field);
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
