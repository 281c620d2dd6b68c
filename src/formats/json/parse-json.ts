import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../domain/problem.ts';

export interface JsonLimits {
  /** Levels of nesting. */
  readonly maxDepth: number;
}

export const defaultJsonLimits: JsonLimits = { maxDepth: 32 };

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/**
 * Reads a JSON text (RFC 8259, so UTF-8) from bytes that the caller has bounded. Of a key given twice the last one counts.
 *
 * Throws GatewayError: `bad_encoding`; `malformed_json` (with line and column); `invalid_data` with a JSON pointer for what
 * JSON can say and the state cannot hold: U+0000, lone surrogates, the key `__proto__`, nesting over the limit.
 */
export function parseJson(bytes: Buffer, limits: JsonLimits = defaultJsonLimits): JsonValue {
  if (!isUtf8(bytes)) throw new GatewayError('bad_encoding', 'The bytes of the message are not valid UTF-8.');
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (depthOf(text) > limits.maxDepth) {
    throw new GatewayError('invalid_data', `The JSON is nested more than ${limits.maxDepth} levels deep.`);
  }
  const value = parse(text);
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
  const before = text.slice(0, Number(position)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The deepest nesting of brackets outside strings, found before anything is built. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === BACKSLASH) index += 1;
      else if (character === QUOTE) inString = false;
    } else if (character === QUOTE) inString = true;
    else if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if (character === 0x5d || character === 0x7d) depth -= 1;
  }
  return deepest;
}

/** Postgres cannot hold U+0000 in text, UTF-8 has no lone surrogates, and `__proto__` is no name for data. */
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
  if (text.includes('\u0000')) {
    throw new GatewayError('invalid_data', 'A text holds the character U+0000, which cannot be stored; leave it out.', {
      at,
    });
  }
  if (!text.isWellFormed()) {
    throw new GatewayError('invalid_data', 'A text holds half of a surrogate pair; send whole characters.', { at });
  }
}

/** A key as a reference token of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
