import { parseInstant } from '../dates/index.ts';
import type { Quirks } from '../../domain/source-system.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { malformed } from './record.ts';
import { child, valueOf } from './values.ts';

/**
 * The instant of an element, or of the 2007 draft's nested `date`. Throws `invalid_data` for what is no date, because to
 * drop it silently would move a course.
 */
export function instantOf(element: ElementView | undefined, at: string, quirks: Quirks): string | undefined {
  const value = valueOf(element) ?? valueOf(child(element, 'date', 'dateTime'));
  if (value === undefined) return undefined;
  const instant = parseInstant(value, quirks);
  if (instant === undefined) throw malformed('This is not a date or a time', value, at);
  return instant;
}
