import { statesFields } from '../domain/command.ts';
import type { WriteCommand } from '../domain/command.ts';
import type { Problem } from '../domain/problem.ts';
import type { Handler } from '../pipeline/ports.ts';

/** Says of dates whose end is before their begin that they are: dates are data, and are stored as they were sent. */
export const noteDates: Handler = {
  name: 'note-dates',
  handle(batch) {
    for (const item of batch) {
      const dates = datesOf(item.command).find(isBackwards);
      if (dates !== undefined) item.warnings.push(backwards(item.command, dates));
    }
  },
};

interface Dates {
  readonly startsAt?: string | null;
  readonly endsAt?: string | null;
}

function datesOf(command: WriteCommand): readonly Dates[] {
  if (!statesFields(command)) return [];
  if (command.entity === 'org_unit') return [command.fields];
  return command.entity === 'enrollment' ? (command.fields.roles ?? []) : [];
}

function isBackwards({ startsAt, endsAt }: Dates): boolean {
  return startsAt != null && endsAt != null && Date.parse(endsAt) < Date.parse(startsAt);
}

function backwards({ kind, sourcedId, at }: WriteCommand, { startsAt, endsAt }: Dates): Problem {
  return {
    code: 'invalid_data',
    message: `The ${kind} "${sourcedId}" ends (${String(endsAt)}) before it begins (${String(startsAt)}); stored as it was sent. Correct the dates in the SIS.`,
    field: 'endsAt',
    ...(at === undefined ? {} : { at }),
  };
}
