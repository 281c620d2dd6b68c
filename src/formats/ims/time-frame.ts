import type { Quirks } from '../../domain/source-system.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { instantOf } from './dates.ts';
import { state, type ImsRecord } from './record.ts';
import { child, children, textOf } from './values.ts';

export interface Dates {
  startsAt?: string;
  endsAt?: string;
}

/** Courses spell it `timeFrame`, groups `timeframe`. Several are taken as one: from the first begin to the last end. */
export function datesOf(holder: ElementView, at: string, quirks: Quirks): Dates {
  const dates: Dates = {};
  for (const frame of timeFrames(holder)) {
    const begin = instantOf(child(frame, 'begin'), `${at}/${frame.name}/begin`, quirks);
    const end = instantOf(child(frame, 'end'), `${at}/${frame.name}/end`, quirks);
    if (begin !== undefined && (dates.startsAt === undefined || begin < dates.startsAt)) dates.startsAt = begin;
    if (end !== undefined && (dates.endsAt === undefined || end > dates.endsAt)) dates.endsAt = end;
  }
  return dates;
}

/** The term, for senders that name it here (Blackboard). */
export function adminPeriodOf(holder: ElementView): string | undefined {
  for (const frame of timeFrames(holder)) {
    const period = textOf(child(frame, 'adminPeriod'));
    if (period !== undefined) return period;
  }
  return undefined;
}

export const orgUnitDates = {
  name: 'dates',
  read(record: ImsRecord, fields: { startsAt?: string | null; endsAt?: string | null }): void {
    const dates = datesOf(record.object, record.at, record.quirks);
    state(fields, 'startsAt', dates.startsAt);
    state(fields, 'endsAt', dates.endsAt);
  },
};

function timeFrames(holder: ElementView): readonly ElementView[] {
  return children(holder, 'timeFrame', 'timeframe');
}
