import { GatewayError } from '../../../domain/problem.ts';
import { requiredSourcedId, textOf } from '../../../formats/ims/index.ts';
import type { Quirks } from '../../../domain/source-system.ts';
import type { ElementView } from '../../../pipeline/ports.ts';

/**
 * The greatest lengths in characters: of identifiers as itslearning takes them (the specification has 1,024), of all
 * others as in the schemas of IMS Enterprise Services 1.0.
 */
export const maxLengths = {
  person: 64,
  group: 64,
  membership: 255,
  userIdValue: 256,
  fieldValue: 2048,
  descShort: 64,
  descLong: 256,
  descFull: 2048,
} as const;

/** A text that may be absent. Throws `value_too_long`. */
export function limitedText(element: ElementView | undefined, max: number, at: string): string | undefined {
  const value = textOf(element);
  if (value !== undefined) refuseLong(value, max, at);
  return value;
}

/** The identifier inside a `sourcedId` of any name. Throws `incomplete_data` and `value_too_long`. */
export function identifierOf(
  element: ElementView | undefined,
  kind: 'person' | 'group' | 'membership',
  about: { readonly at: string; readonly quirks: Quirks },
): string {
  const value = requiredSourcedId(element, `The identifier of the ${kind}`, `${about.at}/identifier`, about.quirks);
  refuseLong(value, maxLengths[kind], about.at);
  return value;
}

function refuseLong(value: string, max: number, at: string): void {
  if (value.length <= max) return;
  const message = `${at} has at most ${max} characters, and this one has ${value.length}: shorten it.`;
  throw new GatewayError('value_too_long', message, { at });
}
