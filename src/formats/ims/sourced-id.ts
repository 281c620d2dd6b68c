import { GatewayError } from '../../domain/problem.ts';
import type { Quirks } from '../../domain/source-system.ts';
import { maxSourcedIdLength } from '../../domain/synthetic-enrollment-id.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { missing } from './record.ts';
import { children, textOf, valueOf } from './values.ts';

/** An identifier that may be absent. Throws `value_too_long`. */
export function sourcedIdOf(element: ElementView | undefined, at: string, quirks: Quirks): string | undefined {
  const value = heldBy(element, at);
  const bytes = value === undefined ? 0 : Buffer.byteLength(value);
  if (bytes > maxSourcedIdLength) {
    const message = `A sourcedId has at most ${maxSourcedIdLength} bytes of UTF-8: ${at} has ${bytes}. Shorten it in the SIS.`;
    throw new GatewayError('value_too_long', message, { at });
  }
  return value && unpadded(value, quirks.trimPadding);
}

export function requiredSourcedId(element: ElementView | undefined, what: string, at: string, quirks: Quirks): string {
  const value = sourcedIdOf(element, at, quirks);
  if (value === undefined) throw missing(what, at);
  return value;
}

/**
 * The one element of these names that holds an id, or undefined. Of several, all but one would be lost without a word: throws
 * `invalid_data`. An empty one says nothing: generators write the out-parameters of an operation into its request.
 *
 * @param at of the element
 */
export function onlyId(
  parent: ElementView | undefined,
  at: string,
  ...names: readonly [string, ...string[]]
): ElementView | undefined {
  const [first, ...others] = children(parent, ...names).filter((each) => heldBy(each, at) !== undefined);
  if (others.length === 0) return first;
  const where = `count(${at})`;
  const message =
    `An operation on one object has one ${names[0]}, and all but one would be lost: ${where} is "${others.length + 1}". ` +
    `Send each object by itself, with one ${names[0]}.`;
  throw new GatewayError('invalid_data', message, { at: where });
}

/** IMS Enterprise Services wrap the identifier once more. */
function heldBy(element: ElementView | undefined, at: string): string | undefined {
  const bare = valueOf(element);
  if (bare !== undefined || element?.children.length === 0) return bare;
  return valueOf(onlyId(element, `${at}/identifier`, 'identifier')) ?? textOf(element);
}

/** An id as this gateway knows it. One of nothing but padding keeps one character of it. */
export function unpadded(value: string, padding: Quirks['trimPadding']): string {
  if (padding === undefined) return value;
  let [from, to] = [0, value.length];
  if (padding.side !== 'end') while (from < to - 1 && value[from] === padding.character) from += 1;
  if (padding.side !== 'start') while (to > from + 1 && value[to - 1] === padding.character) to -= 1;
  return value.slice(from, to);
}
