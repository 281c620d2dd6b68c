import { GatewayError } from '../../../domain/problem.ts';
import { maxSourcedIdLength } from '../../../domain/synthetic-enrollment-id.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { missing } from './record.ts';
import { child, textOf, valueOf } from './values.ts';

/** An identifier that may be absent. Throws `value_too_long`. */
export function sourcedIdOf(element: ElementView | undefined, at: string): string | undefined {
  // IMS Enterprise Services wrap the identifier once more.
  const value = valueOf(element) ?? valueOf(child(element, 'identifier')) ?? textOf(element);
  if (value !== undefined && value.length > maxSourcedIdLength) {
    const message = `A sourcedId has at most ${maxSourcedIdLength} characters: ${at} has ${value.length}.`;
    throw new GatewayError('value_too_long', message, { at });
  }
  return value;
}

export function requiredSourcedId(element: ElementView | undefined, what: string, at: string): string {
  const value = sourcedIdOf(element, at);
  if (value === undefined) throw missing(what, at);
  return value;
}
