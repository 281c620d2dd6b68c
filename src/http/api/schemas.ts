import { z } from 'zod';
import { orgUnitBases, wireKinds } from '../../domain/entities.ts';
import { maxSourcedIdLength } from '../../domain/synthetic-enrollment-id.ts';

/* What the schemas of several resources share. */

export const instant = z.iso.datetime().meta({ description: 'An instant of ISO 8601, in UTC.' });

/** Codes are permanent: other systems and people refer to objects by them. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must have up to 64 letters, digits or . _ -')
  .meta({ description: 'Permanent. Up to 64 letters, digits or . _ -', example: 'student' });

/** Where a source system may be named by code or by number, no code is a number. */
export const sourceSystemCode = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/, 'must begin with a letter and have up to 64 letters, digits or . _ -')
  .meta({ description: 'Permanent. Begins with a letter; up to 64 letters, digits or . _ -', example: 'registrar' });

export const name = z.string().trim().min(1).max(200);

export const version = z.int().meta({ description: 'Grows with every change; also the ETag.' });

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100).meta({ description: 'The most items of this page.' }),
  after: z.string().max(4_096).optional().meta({ description: '`next` of the page before.' }),
});

const sourceSystemReference = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'A source system: its code, or the number of its id.', example: 'registrar' });

export const sourcedId = z.string().min(1).max(maxSourcedIdLength).meta({ description: "The source system's own id." });

export const sourceFilter = z.strictObject({
  sourceSystem: sourceSystemReference.optional(),
  sourcedId: sourcedId.optional(),
});

export const codeParam = z.strictObject({ code: z.string().min(1).max(64) });
export const sourceSystemParam = z.strictObject({ sourceSystem: sourceSystemReference });
export const lmsIdParam = z.strictObject({ lmsId: z.string().min(1).max(20).meta({ description: 'An LMS id.' }) });

/** `{items, next?}`: a page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z
      .string()
      .optional()
      .meta({ description: 'Give it as `after` to get the next page; absent on the last one.' }),
  });
}

export const wireKind = z.enum(wireKinds).meta({ description: 'The kind of declared object.' });
export const orgUnitBase = z.enum(orgUnitBases).meta({ description: 'What the type behaves like.' });

export const link = z
  .object({ sourceSystem: z.string(), sourcedId: z.string(), kind: wireKind })
  .meta({ id: 'Link', description: 'An object of a source system that the LMS object stands for.' });

export function isoOrNull(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
