import type { DateSpan, FreshnessCalendar } from '../../domain/freshness.ts';
import { weekdays } from '../../domain/freshness.ts';
import { instantOfWallTime, wallTimeOf } from '../../formats/dates/index.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Who looks further ahead looks at terms that nobody has planned. */
const mostDays = 1_500;

/**
 * When a silence that began at `from` has lasted too long, counting only the time that the calendar has.
 *
 * @returns null where the calendar does not have as much time within the next four years, as after the last of its terms
 */
export function silentAt(calendar: FreshnessCalendar, from: Date): Date | null {
  const { timeZone } = calendar;
  let leftMs = calendar.maxSilenceMinutes * minuteMs;
  const today = Math.floor(wallTimeOf(from.getTime(), timeZone) / dayMs) * dayMs;
  const hours = hoursOf(calendar);
  // The hours of yesterday may last into today.
  for (let day = today - dayMs; day < today + mostDays * dayMs; day += dayMs) {
    if (!counts(calendar, day)) continue;
    const begins = Math.max(instantOfWallTime(day + hours.fromMs, timeZone), from.getTime());
    const ends = instantOfWallTime(day + hours.toMs, timeZone);
    if (ends - begins >= leftMs) return new Date(begins + leftMs);
    leftMs -= Math.max(0, ends - begins);
  }
  return null;
}

function hoursOf({ hours }: FreshnessCalendar): { fromMs: number; toMs: number } {
  if (hours === undefined) return { fromMs: 0, toMs: dayMs };
  const [fromMs, toMs] = [msOf(hours.from), msOf(hours.to)];
  return { fromMs, toMs: toMs > fromMs ? toMs : toMs + dayMs };
}

function msOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return (hour * 60 + minute) * minuteMs;
}

/** @param day its midnight, in ms since 1970 as if it were UTC */
function counts({ weekdays: chosen, terms, excluded = [] }: FreshnessCalendar, day: number): boolean {
  const date = new Date(day);
  // getUTCDay begins with Sunday.
  const weekday = weekdays[(date.getUTCDay() + 6) % 7];
  if (weekday === undefined || chosen?.includes(weekday) === false) return false;
  const text = date.toISOString().slice(0, 10);
  const holds = ({ from, to }: DateSpan): boolean => from <= text && text <= to;
  return (terms === undefined || terms.some(holds)) && !excluded.some(holds);
}
