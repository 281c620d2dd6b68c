import type { z } from 'zod';
import { escapePointer } from './parse-json.ts';

/** One thing that a schema has against a value, in words for its sender. */
export interface Mistake {
  /** `missing`: nothing is there. `too_long`: over a limit of length. `malformed`: anything else. */
  readonly sort: 'missing' | 'too_long' | 'malformed';
  /** JSON pointer; empty for the value as a whole. */
  readonly at: string;
  /** The innermost named field. */
  readonly field?: string;
  /** A sentence that names the place, what is wrong and what is expected. Never repeats the value: it may be a secret. */
  readonly message: string;
}

/**
 * Says what is wrong with `value`, in order, one mistake a place: what is empty also has none of the forms that it may have, and need not be
 * told twice.
 *
 * @param base JSON pointer of `value` in the whole message
 */
export function describeIssues(error: Refusal, value: unknown, base = ''): Mistake[] {
  const places = new Set<string>();
  return mistakesOf(error, value, base).filter(({ at }) => !places.has(at) && places.add(at));
}

interface Refusal {
  readonly issues: readonly Issue[];
}

function mistakesOf(error: Refusal, value: unknown, base: string): Mistake[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) =>
        mistake('malformed', [...issue.path, key], base, 'is not known here; check its spelling'),
      );
    const meant = issue.code === 'invalid_union' ? meantBy(issue, valueAt(value, issue.path)) : undefined;
    if (meant === undefined) return [describe(issue, value, base)];
    return mistakesOf({ issues: meant }, valueAt(value, issue.path), pointer(issue.path, base));
  });
}

type Issue = z.core.$ZodIssue;

/** Of several shapes the one that is meant: the only one whose fields are there. What is wrong with the others is of no use. */
function meantBy({ errors }: z.core.$ZodIssueInvalidUnion, value: unknown): readonly Issue[] | undefined {
  const isThere = ({ code, path: [first] }: Issue): boolean =>
    first === undefined ? code === 'unrecognized_keys' : valueAt(value, [first]) !== undefined;
  const fitting = errors.filter((issues) => issues.every(isThere));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function pointer(path: readonly PropertyKey[], base: string): string {
  return base + path.map((key) => `/${escapePointer(String(key))}`).join('');
}

function describe(issue: Issue, value: unknown, base: string): Mistake {
  if (valueAt(value, issue.path) === undefined) {
    return mistake('missing', issue.path, base, 'is missing');
  }
  if (issue.code === 'too_big' && !isNumeric(issue.origin)) {
    return mistake('too_long', issue.path, base, `has more than ${String(issue.maximum)} ${unitOf(issue.origin)}`);
  }
  if (issue.code === 'too_small' && !isNumeric(issue.origin)) {
    if (isEmpty(valueAt(value, issue.path))) return mistake('missing', issue.path, base, 'is empty');
    const few = `has fewer than ${String(issue.minimum)} ${unitOf(issue.origin)}`;
    return mistake('malformed', issue.path, base, few);
  }
  return mistake('malformed', issue.path, base, reasonOf(issue));
}

function isEmpty(value: unknown): boolean {
  // What was trimmed away says nothing, either.
  return typeof value === 'string' ? value.trim() === '' : Object.keys(value ?? {}).length === 0;
}

function reasonOf(issue: Issue): string {
  if (issue.code === 'invalid_type')
    return `must be ${withArticle(issue.expected === 'record' ? 'object' : issue.expected)}`;
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_big') return `must be at most ${String(issue.maximum)}`;
  if (issue.code === 'too_small') return `must be at least ${String(issue.minimum)}`;
  return issue.message;
}

function mistake(sort: Mistake['sort'], path: readonly PropertyKey[], base: string, reason: string): Mistake {
  const at = pointer(path, base);
  const field = path.findLast((key) => typeof key === 'string');
  const place = at === '' ? 'The JSON' : `\`${at}\``;
  return { sort, at, message: `${place} ${reason}.`, ...(field === undefined ? {} : { field }) };
}

/** zod names the bounds of safe integers `int`. */
function isNumeric(origin: string): boolean {
  return ['number', 'int', 'bigint'].includes(origin);
}

function unitOf(origin: string): string {
  return origin === 'string' ? 'characters' : 'entries';
}

function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
