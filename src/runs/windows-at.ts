import {
  type AddsOnlyWindow,
  lengthOf,
  minutesOf,
  minutesOfDay,
  type RunWindow,
  weekdays,
} from '../domain/run-windows.ts';
import type { SourceSystemOptions } from '../domain/source-system.ts';
import { instantOfWallTime, wallTimeOf } from '../formats/dates/index.ts';

/** What the windows of a source system say of an instant. */
export interface WindowsNow {
  /** No run is applied until then. */
  readonly blackout?: { readonly window: string; readonly until: Date };
  /** Only what a run adds is applied until then; and what it changes, where all windows that are open say so. */
  readonly addsOnly?: { readonly window: string; readonly until: Date; readonly changes: boolean };
}

/** Windows that follow each other without a gap are one. */
export function windowsAt({ windows, quirks }: Pick<SourceSystemOptions, 'windows' | 'quirks'>, now: Date): WindowsNow {
  const zone = windows.timeZone ?? quirks.timeZone;
  const blackout = openAt(windows.blackouts ?? [], zone, now);
  const addsOnly = openAt<AddsOnlyWindow>(windows.addsOnly ?? [], zone, now);
  return {
    ...(blackout === undefined ? {} : { blackout: { window: blackout.names, until: blackout.until } }),
    ...(addsOnly === undefined
      ? {}
      : {
          addsOnly: {
            window: addsOnly.names,
            until: addsOnly.until,
            changes: addsOnly.windows.every(({ changes }) => changes === true),
          },
        }),
  };
}

/** Windows are looked at anew when they end: nobody need look further ahead than so many. */
const mostInARow = 400;

interface Open<Window> {
  readonly windows: readonly Window[];
  readonly names: string;
  readonly until: Date;
}

function openAt<Window extends RunWindow>(
  windows: readonly Window[],
  zone: string | undefined,
  now: Date,
): Open<Window> | undefined {
  const open = windows.filter((window) => endOf(window, zone, now.getTime()) !== undefined);
  if (open.length === 0) return undefined;
  let until = now.getTime();
  for (let step = 0; step < mostInARow; step += 1) {
    const ends = windows.map((window) => endOf(window, zone, until)).filter((end) => end !== undefined);
    if (ends.length === 0) break;
    until = Math.max(...ends);
  }
  return { windows: open, names: open.map(({ name }) => name).join(', '), until: new Date(until) };
}

/** When the window ends that is open at an instant; undefined where it is not open. */
function endOf(window: RunWindow, zone: string | undefined, instantMs: number): number | undefined {
  const spans = 'weekly' in window ? weeklySpans(window.weekly, zone, instantMs) : [onceSpan(window)];
  for (const { from, until } of spans) {
    // Of a time that the clocks show twice, a window begins at the first and ends at the second.
    const [begin, end] = [instantOfWallTime(from, zone), instantOfWallTime(until, zone, 'last')];
    if (begin <= instantMs && instantMs < end) return end;
  }
  return undefined;
}

/** In the time of the clocks, as if it were UTC. */
interface Span {
  readonly from: number;
  readonly until: number;
}

function onceSpan({ from, until }: { readonly from: string; readonly until: string }): Span {
  return { from: Date.parse(`${from}Z`), until: Date.parse(`${until}Z`) };
}

const minuteMs = 60_000;
const dayMs = minutesOfDay * minuteMs;

/** Those that begin on the day of an instant, and those that began the day before. */
function weeklySpans(
  weekly: Extract<RunWindow, { weekly: unknown }>['weekly'],
  zone: string | undefined,
  instantMs: number,
): Span[] {
  const today = Math.floor(wallTimeOf(instantMs, zone) / dayMs) * dayMs;
  return [today - dayMs, today]
    .filter((day) => weekly.days.some((name) => name === weekdays[new Date(day).getUTCDay()]))
    .map((day) => {
      const from = day + minutesOf(weekly.from) * minuteMs;
      return { from, until: from + lengthOf(weekly) * minuteMs };
    });
}
