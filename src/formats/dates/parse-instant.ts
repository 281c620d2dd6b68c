import { instantOfWallTime } from './wall-time.ts';

export interface InstantHabits {
  /** IANA name of the zone of what names none; UTC without it. A name that is none throws RangeError. */
  readonly timeZone?: string | undefined;
  /** The zone that a value names is not believed. */
  readonly ignoreZones?: boolean | undefined;
  /** Whole days that are added. */
  readonly dateOffsetDays?: number | undefined;
}

/**
 * A date or a time as senders write them: `2017-08-30`, `2017-08-30T08:00:00`, fractions of any length, `Z`, `+02:00`,
 * `+0200`. Without a zone it is UTC, unless the habits of the sender say otherwise.
 *
 * @returns an instant of ISO 8601 in UTC, with milliseconds, between the years 1 and 9999; undefined for what is no date
 */
export function parseInstant(value: string, habits: InstantHabits = {}): string | undefined {
  const parts = form.exec(value);
  if (parts === null) return undefined;
  const number = (index: number): number => Number(parts[index] ?? '0');
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hour, minute, second] = [number(4), number(5), number(6)];
  const zone = habits.ignoreZones === true ? undefined : parts[8];
  const offset = offsetMinutes(parts[8]);
  // ISO 8601 lets a day end at 24:00:00.
  const hourIsReal = hour < 24 || (hour === 24 && minute === 0 && second === 0);
  if (!hourIsReal || minute > 59 || second > 59 || offset === undefined) return undefined;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  midnight.setUTCDate(day + (habits.dateOffsetDays ?? 0));
  const fractionMs = Math.trunc(Number(`0.${parts[7] ?? '0'}`) * 1000);
  const wallMs = midnight.getTime() + (hour * 60 + minute) * minuteMs + second * 1000 + fractionMs;
  const ms = zone === undefined ? instantOfWallTime(wallMs, habits.timeZone) : wallMs - offset * minuteMs;
  // "Never" is often written as the first or the last moment of the calendar: a zone must not push it out.
  return new Date(Math.min(Math.max(ms, earliestMs), latestMs)).toISOString();
}

const form =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const minuteMs = 60_000;
const earliestMs = Date.parse('0001-01-01T00:00:00.000Z');
const latestMs = Date.parse('9999-12-31T23:59:59.999Z');

function offsetMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
