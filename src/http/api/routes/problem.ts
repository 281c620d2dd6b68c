import { z } from 'zod';

/** A problem as a value, in a journaled message or the answer to a test. */
export const problem = z
  .object({ code: z.string(), message: z.string(), at: z.string().optional(), field: z.string().optional() })
  .meta({
    id: 'Problem',
    description: 'One thing that is wrong with one record. Codes are stable; see docs/problems.md.',
  });
