import { z } from 'zod';
import { weekdays, windowMistakes } from '../../domain/run-windows.ts';
import type { Defined } from '../../formats/json/index.ts';
import { isTimeZone } from './quirks.ts';

const name = z.string().trim().min(1).max(100).meta({
  description: 'Said where something waits for it, so that people know why.',
  example: 'Exam weeks',
});
const wallTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/,
    'must be a date and a time without a zone, such as 2026-12-10T18:00',
  );
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day, such as 06:30');
const endOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of the day, such as 06:30, or 24:00');

const once = z.strictObject({ name, from: wallTime, until: wallTime });
const everyWeek = z.strictObject({
  name,
  weekly: z
    .strictObject({ days: z.array(z.enum(weekdays)).min(1).max(7), from: time, until: endOfDay })
    .meta({ description: 'On these days; an `until` that is not after `from` is that of the next day.' }),
});
const changes = {
  changes: z.boolean().optional().meta({ description: 'Changes are applied, too; without it adds alone.' }),
};

const asMeant =
  'must be {"name", "from": "2026-12-10T18:00", "until"} or {"name", "weekly": {"days": ["mon"], "from": "22:00", "until": "04:00"}}';
const window = z.union([once, everyWeek], { error: asMeant }).meta({
  id: 'RunWindow',
  description: 'Once, or every week; in the time of the clocks of the source system. The end is not part of it.',
});
const addsOnlyWindow = z
  .union([once.extend(changes), everyWeek.extend(changes)], { error: asMeant })
  .meta({ id: 'AddsOnlyWindow', description: 'A window in which only what a run adds is applied.' });

/** The option `windows`: when runs are applied. */
export const windows = z
  .strictObject({
    timeZone: z.string().max(64).refine(isTimeZone, 'must be the IANA name of a time zone, such as Europe/Paris').meta({
      description: 'The zone (IANA name) of the windows; without it that of the quirks, else UTC.',
    }),
    blackouts: z.array(window).max(100).meta({
      description: 'No run is applied: it is read and planned, and waits for the end. One that is being applied stops.',
    }),
    addsOnly: z.array(addsOnlyWindow).max(100).meta({
      description:
        'What a run removes (and changes), and what it adds or changes that ends something else, is held by the guard `adds_only`, and applied by itself when the window ends.',
    }),
  })
  .partial()
  .superRefine((value, context) => {
    for (const message of windowMistakes(value as Defined<typeof value>)) context.addIssue({ code: 'custom', message });
  })
  .meta({
    id: 'RunWindows',
    description: 'Blackouts and windows for adds alone. Messages that arrive one by one know none of them.',
  });
