import type { Page } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';

/** The key of the last row of a page, opaque to its reader. */
export function encodeAfter(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key.map(String))).toString('base64url');
}

/** Throws GatewayError `invalid_request` for what is no cursor of a list with keys of `length` parts. */
export function decodeAfter(after: string | undefined, length: number): string[] | undefined {
  if (after === undefined) return undefined;
  const key = parse(after);
  if (Array.isArray(key) && key.length === length && key.every(isText)) return key;
  throw notOurs();
}

/** What Postgres can hold: a forged cursor has anything. */
function isText(part: unknown): part is string {
  return typeof part === 'string' && !part.includes('\u0000') && part.isWellFormed();
}

/** The same for a list whose key is one number. */
export function decodeNumberAfter(
  after: string | undefined,
  column: 'bigint' | 'integer' = 'bigint',
): string | undefined {
  const [number] = decodeAfter(after, 1) ?? [];
  if (number === undefined) return undefined;
  if (!isId(number) || (column === 'integer' && Number(number) > mostInteger)) throw notOurs();
  return number;
}

const mostInteger = 2 ** 31 - 1;

/** A number that a bigint column can hold. */
export function isId(text: string): boolean {
  return /^\d{1,18}$/.test(text);
}

/** Makes a page of up to `limit` rows out of up to `limit + 1`. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly (string | number)[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  return rows.length > limit && last !== undefined ? { items, next: encodeAfter(keyOf(last)) } : { items };
}

function parse(after: string): unknown {
  try {
    return JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function notOurs(): GatewayError {
  return new GatewayError('invalid_request', 'Give as `after` what `next` of the page before said.', {
    field: 'after',
  });
}
