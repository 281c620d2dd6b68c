import type { Problem } from './problem.ts';

/** Entries of a list: more than any SIS has reason to send, and few enough to be projected in one go. */
export const entryLimits = { parents: 100, sections: 5_000, roles: 100, relations: 500, attributes: 500 } as const;

export type ListField = keyof typeof entryLimits;

/** The first of these lists that is longer than it may be; `attributes` is an object. */
export function overfullList(fields: Readonly<Record<string, unknown>>, among = listFields): ListField | undefined {
  return among.find((field) => entriesOf(fields[field]) > entryLimits[field]);
}

export const listFields = Object.keys(entryLimits) as readonly ListField[];

export function entriesOf(list: unknown): number {
  if (Array.isArray(list)) return list.length;
  return typeof list === 'object' && list !== null ? Object.keys(list).length : 0;
}

/** @param how in what way it comes to have that many: `has 101 entries` */
export function overfullProblem(field: ListField, how: string, at: string | undefined): Problem {
  const message = `${field} ${how}; at most ${String(entryLimits[field])} are taken.`;
  return { code: 'value_too_long', message, field, ...(at === undefined ? {} : { at }) };
}
