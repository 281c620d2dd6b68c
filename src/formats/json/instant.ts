import { z } from 'zod';
import { parseInstant } from '../dates/index.ts';

/**
 * An instant as JSON states it: the `date-time` of OpenAPI, with its offset. It is kept as an instant of UTC, whatever
 * offset it was sent with.
 */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an instant of ISO 8601, such as 2026-09-01T00:00:00Z' })
  .refine((value) => parseInstant(value) !== undefined, 'must be an instant that is in the calendar')
  .overwrite((value) => parseInstant(value) ?? value);
