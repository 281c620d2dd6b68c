import { z } from 'zod';
import { maxLabelPatternLength, parseLabelPattern } from '../../domain/label-pattern.ts';

/** The option `quirks`: what a source system writes otherwise than its dialect means it. */
export const quirks = z
  .strictObject({
    dateOffsetDays: z.int().min(-31).max(31).meta({
      description: 'Days added to every date of a course, a group or a role; -1 for dates that come a day late.',
    }),
    timeZone: z.string().max(64).refine(isTimeZone, 'must be the IANA name of a time zone, such as Europe/Paris').meta({
      description: 'The zone (IANA name) of dates and times that name none; without it they are UTC.',
    }),
    ignoreZones: z.boolean().meta({
      description: 'The zones that dates and times name are wrong: they are read as if they named none.',
    }),
    labelPattern: z
      .string()
      .max(maxLabelPatternLength)
      .refine(
        (text) => parseLabelPattern(text) !== undefined,
        'must be literals and parts in braces, such as "{term} {code}": each part with a name of its own, and something between two parts',
      )
      .meta({
        description:
          'Takes the labels of courses apart: `{term} {subject}-{number}`. Each part takes as little as it can, the last one the rest. The part `code` becomes the code of the org unit, the others attributes.',
      }),
    trimPadding: z
      .strictObject({
        character: z
          .string()
          .regex(/^[\x21-\x7e]$/, 'must be one visible ASCII character')
          .meta({ description: 'What fills the sourcedIds up, such as `0`.' }),
        side: z.enum(['start', 'end', 'both']),
      })
      .meta({
        description:
          'Takes padding off every sourcedId that comes, so that those of padded and of plain messages are the same. Set it before the first message: ids that were declared with their padding stay as they are.',
      }),
    excelCsv: z.boolean().meta({
      description:
        'CSV files are read also as Excel saves them: with semicolons or tabs, a first line `sep=;`, and in Windows-1252.',
    }),
  })
  .partial()
  .meta({ id: 'Quirks', description: 'What the source system writes otherwise than its dialect means it.' });

/** An IANA name, which Node knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}
