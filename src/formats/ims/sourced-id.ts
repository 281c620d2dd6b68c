import { GatewayError } from '../../domain/problem.ts';
import type { Quirks } from '../../domain/source-system.ts';
import { maxSourcedIdLength } from '../../domain/synthetic-enrollment-id.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { missing } from './record.ts';
import { child, textOf, valueOf } from './values.ts';

/** An identifier that may be absent. Throws `value_too_long`. */
export function sourcedIdOf(element: ElementView | undefined, at: string, quirks: Quirks): string | undefined {
  // IMS Enterprise Services wrap the identifier once more.
  const value = valueOf(element) ?? valueOf(child(element, 'identifier')) ?? textOf(element);
  if (value !== undefined && value.length > maxSourcedIdLength) {
    const message = `A sourcedId has at most ${maxSourcedIdLength} characters: ${at} has ${value.length}.`;
    throw new GatewayError('value_too_long', message, { at });
  }
  return value && unpadded(value, quirks.trimPadding);
}

export function requiredSourcedId(element: ElementView | undefined, what: string, at: string, quirks: Quirks): string {
  const value = sourcedIdOf(element, at, quirks);
  if (value === undefined) throw missing(what, at);
  return value;
}

/** An id as this gateway knows it. One of nothing but padding keeps one character of it. */
export function unpadded(value: string, padding: Quirks['trimPadding']): string {
  if (padding === undefined) return value;
  let [from, to] = [0, value.length];
  if (padding.side !== 'end') while (from < to - 1 && value[from] === padding.character) from += 1;
  if (padding.side !== 'start') while (to > from + 1 && value[to - 1] === padding.character) to -= 1;
  return value.slice(from, to);
}
