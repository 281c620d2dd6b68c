import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../domain/problem.ts';
import { findNonXmlCharacter } from '../xml/index.ts';

export interface JsonLimits {
  /** Levels of nesting. */
  readonly maxDepth: number;
}

export const defaultJsonLimits: JsonLimits = { maxDepth: 32 };

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * Reads a JSON text (RFC 8259, so UTF-8) from bytes that the caller has bounded.
 *
 * Throws GatewayError: `bad_encoding`; `malformed_json` (with line and column), also for a key given twice; `invalid_data` with a JSON pointer for what
 * JSON can say and the state cannot hold: control characters, lone surrogates, the key `__proto__`, nesting over the limit.
 */
export function parseJson(bytes: Buffer, limits: JsonLimits = defaultJsonLimits): JsonValue {
  if (!isUtf8(bytes)) throw new GatewayError('bad_encoding', 'The bytes of the message are not valid UTF-8.');
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (depthOf(text) > limits.maxDepth) {
    throw new GatewayError('invalid_data', `The JSON is nested more than ${limits.maxDepth} levels deep.`);
  }
  const value = parse(text);
  refuseRepeatedKeys(text);
  refuseUnstorable(value, '');
  return value;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new GatewayError('malformed_json', `The message is not valid JSON${placeOf(text, cause)}.`, { cause });
  }
}

/** V8 tells the position of a mistake, except for the end of the text; its words may quote a secret and are not passed on. */
function placeOf(text: string, error: unknown): string {
  if (text.trim() === '') return ': it is empty';
  const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  if (position === undefined) return ': it ends too early, or holds a word that is not JSON';
  return ` at ${lineAndColumn(text, Number(position))}`;
}

function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The deepest nesting of brackets outside strings, found before anything is built. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === QUOTE) index = endOfString(text, index);
    else if (character === OPEN_ARRAY || character === OPEN_OBJECT) deepest = Math.max(deepest, (depth += 1));
    else if (character === CLOSE_ARRAY || character === CLOSE_OBJECT) depth -= 1;
  }
  return deepest;
}

/**
 * RFC 8259, section 4: what a repeated key means is unpredictable, so the sender is asked instead of one value forgotten.
 * `JSON.parse` does not tell. The text is known to be JSON.
 */
function refuseRepeatedKeys(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (character === OPEN_OBJECT) open.push(new Set());
    else if (character === OPEN_ARRAY) open.push(undefined);
    else if (character === CLOSE_OBJECT || character === CLOSE_ARRAY) open.pop();
    else if (character === QUOTE) {
      const start = index;
      index = endOfString(text, start);
      if (!colonFollows(text, index)) continue;
      const written = text.slice(start + 1, index);
      const key = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
      const keys = open.at(-1);
      if (keys?.has(key) === true) throw repeatedKey(lineAndColumn(text, start));
      keys?.add(key);
    }
  }
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== QUOTE) {
    index += text.charCodeAt(index) === BACKSLASH ? 2 : 1;
  }
  return index;
}

/** A string before a colon is a key. */
function colonFollows(text: string, endOfKey: number): boolean {
  let index = endOfKey + 1;
  while (' \t\r\n'.includes(text.charAt(index)) && index < text.length) index += 1;
  return text.charAt(index) === ':';
}

function repeatedKey(place: string): GatewayError {
  return new GatewayError(
    'malformed_json',
    `The JSON names a key twice in one object, at ${place}. Send each key once.`,
  );
}

/**
 * Postgres cannot hold U+0000 in text, XML no other control characters either (what is taken here must be told there), UTF-8
 * has no lone surrogates, and `__proto__` is no name for data.
 */
function refuseUnstorable(value: JsonValue, at: string): void {
  if (typeof value === 'string') refuseText(value, at);
  else if (Array.isArray(value)) value.forEach((item, index) => refuseUnstorable(item, `${at}/${index}`));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      refuseText(key, at);
      if (key === '__proto__') {
        throw new GatewayError('invalid_data', 'A field is named `__proto__`, which is not allowed.', { at });
      }
      refuseUnstorable(item, `${at}/${escapePointer(key)}`);
    }
  }
}

function refuseText(text: string, at: string): void {
  const foreign = findNonXmlCharacter(text);
  if (foreign !== undefined) {
    throw new GatewayError(
      'invalid_data',
      `A text holds the character ${foreign}, which XML cannot carry; leave it out.`,
      {
        at,
      },
    );
  }
  if (!text.isWellFormed()) {
    throw new GatewayError('invalid_data', 'A text holds half of a surrogate pair; send whole characters.', { at });
  }
}

/** A key as a reference token of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
