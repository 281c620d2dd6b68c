import type { ParentReference, Relation, RoleEntry } from '../../domain/entities.ts';
import { fold } from '../../domain/source-system.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an update does to the lists that it states; undefined = they take the place of the former ones. */
export type ListChange = 'add' | 'remove' | undefined;

/**
 * What an update states, with its lists as they become (docs/projection.md 1): `add` puts entries in, in the place of those
 * of the same key, `remove` takes them out. A list that is stated as null is cleared all the same.
 *
 * @param before the fields that the row has, or had before it was deleted
 */
export function changeLists(before: Fields, stated: Fields, change: ListChange): Fields {
  if (change === undefined) return stated;
  const next = Object.entries(stated).map(([field, value]) => {
    return [field, isList(field, value) ? changeList(field, before[field], value, change) : value] as const;
  });
  return Object.fromEntries(next.filter(([, value]) => value !== undefined));
}

/** What one entry of a list is told by. `attributes` is an object: its entries are told by their names. */
const keysOf: Record<string, (entry: never) => string> = {
  sections: (section: string) => section,
  // An institution role has no sub-role.
  roles: ({ role, subRole }: Pick<RoleEntry, 'role' | 'subRole'>) => JSON.stringify([fold(role), fold(subRole ?? '')]),
  relations: ({ kind, sourcedId }: Relation) => JSON.stringify([kind, sourcedId]),
  parents: ({ role, kind, sourcedId }: ParentReference) => JSON.stringify([role, kind, sourcedId]),
};

/** A course has one department, one semester, one template or offering: another that is added takes its place. */
function addedUnder(field: string, entry: unknown, key: string): string {
  const role = field === 'parents' ? (entry as ParentReference).role : 'parent';
  return role === 'parent' ? key : role;
}

function isList(field: string, value: unknown): value is object {
  return typeof value === 'object' && value !== null && (field === 'attributes' || field in keysOf);
}

type Keyed = readonly [key: string, entry: unknown];

/** undefined = there is nothing to take anything out of: it stays as it is. */
function changeList(field: string, before: unknown, stated: object, change: 'add' | 'remove'): unknown {
  if (change === 'remove' && !isList(field, before)) return undefined;
  const keyOf = keysOf[field] as ((entry: unknown) => string) | undefined;
  const merge = change === 'add' ? added : removed;
  if (keyOf === undefined) return Object.fromEntries(merge(Object.entries(before ?? {}), Object.entries(stated)));
  const keyed = (list: unknown): Keyed[] =>
    ((list ?? []) as unknown[]).map((entry) => {
      const key = keyOf(entry);
      return [change === 'add' ? addedUnder(field, entry, key) : key, entry];
    });
  return merge(keyed(before), keyed(stated)).map(([, entry]) => entry);
}

/** Of several that are stated under one key the last counts; it takes the place of the first that had the key. */
function added(had: readonly Keyed[], said: readonly Keyed[]): Keyed[] {
  const open = new Map(said);
  const keys = new Set(open.keys());
  const next = had.flatMap(([key, entry]): Keyed[] => {
    const instead = open.get(key);
    if (instead === undefined) return keys.has(key) ? [] : [[key, entry]];
    open.delete(key);
    return [[key, instead]];
  });
  return [...next, ...open];
}

function removed(had: readonly Keyed[], said: readonly Keyed[]): Keyed[] {
  const out = new Set(said.map(([key]) => key));
  return had.filter(([key]) => !out.has(key));
}
