import type { ElementView } from '../../pipeline/ports.ts';
import { malformed } from './record.ts';
import { children } from './values.ts';

/**
 * The one element of this name, or undefined. Of several, all but one would be lost without a word: throws `invalid_data`.
 *
 * @param at of the element
 */
export function only(parent: ElementView | undefined, name: string, at: string): ElementView | undefined {
  const [first, ...others] = children(parent, name);
  if (others.length > 0)
    throw malformed(`An operation on one object has one ${name}`, String(others.length + 1), `count(${at})`);
  return first;
}
