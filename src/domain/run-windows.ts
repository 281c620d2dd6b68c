/*
 * When runs of a source system are applied (docs/adr/0058). Windows are written in the time of its clocks, as an administrator
 * writes them on a calendar; what instants they are depends on the zone.
 */

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof weekdays)[number];

/** Either once, `2026-12-10T18:00` to `2027-01-04T06:00`, or every week on some days. The end is not part of it. */
export type RunWindow = { readonly name: string } & (
  | { readonly from: string; readonly until: string }
  | {
      /** `HH:MM`; an `until` that is not after `from` is that of the next day, and `24:00` the end of the day. */
      readonly weekly: { readonly days: Weekday[]; readonly from: string; readonly until: string };
    }
);

/** In it only what a run adds is applied; with `changes` also what it changes. */
export type AddsOnlyWindow = RunWindow & { readonly changes?: boolean };

export interface RunWindows {
  /** IANA name; default: the zone of the quirks, else UTC. */
  readonly timeZone?: string;
  /** No run is applied. */
  readonly blackouts?: RunWindow[];
  readonly addsOnly?: AddsOnlyWindow[];
}

export const minutesOfDay = 1_440;
const minutesOfWeek = 7 * minutesOfDay;

export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** How long a weekly window is, in minutes of the clock. */
export function lengthOf({ from, until }: { readonly from: string; readonly until: string }): number {
  const length = minutesOf(until) - minutesOf(from);
  return length > 0 ? length : length + minutesOfDay;
}

/** What is wrong with windows, in words for whoever wrote them; empty = nothing. */
export function windowMistakes({ blackouts = [], addsOnly = [] }: RunWindows): string[] {
  return [
    ...mistakesOf('blackouts', blackouts),
    ...mistakesOf('addsOnly', addsOnly),
    ...(coversWeek(blackouts) ? ['blackouts leave no minute of the week in which a run could be applied.'] : []),
  ];
}

function mistakesOf(list: string, windows: readonly RunWindow[]): string[] {
  const mistakes = windows.flatMap((window) => mistakeOf(list, window));
  if (mistakes.length > 0) return mistakes;
  const names = windows.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...[...new Set(twice)].map((name) => `${list} has two windows that are called "${name}": give each its own name.`),
    ...overlapsOf(list, windows),
  ];
}

function mistakeOf(list: string, window: RunWindow): string[] {
  const named = `${list} "${window.name}"`;
  if ('weekly' in window) {
    const { days, from, until } = window.weekly;
    return [
      ...(new Set(days).size < days.length ? [`${named} names a day twice.`] : []),
      ...(from === until
        ? [`${named} ends when it begins (${from}): write 00:00 to 24:00 for the whole of a day.`]
        : []),
    ];
  }
  const { from, until } = window;
  const wrong = [from, until].filter((text) => !isDate(text));
  if (wrong.length > 0) return wrong.map((text) => `${named} names a day that is in no calendar: ${text}.`);
  return until > from ? [] : [`${named} ends (${until}) before it begins (${from}).`];
}

function isDate(text: string): boolean {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10));
}

/** Those of one list and one sort: a range over a weekly window is meant, two that overlap are a slip. */
function overlapsOf(list: string, windows: readonly RunWindow[]): string[] {
  const spans = windows.flatMap((window) => spansOf(window).map((span) => ({ ...span, name: window.name })));
  const found = new Set<string>();
  spans.forEach((one, index) => {
    for (const other of spans.slice(index + 1))
      if (one.sort === other.sort && one.from < other.until && other.from < one.until)
        found.add(
          one.name === other.name
            ? `${list} "${one.name}" overlaps itself.`
            : `${list} "${one.name}" and "${other.name}" overlap: make one window of them, or let one end where the other begins.`,
        );
  });
  return [...found];
}

interface Span {
  readonly sort: 'once' | 'weekly';
  readonly from: number;
  readonly until: number;
}

function spansOf(window: RunWindow): Span[] {
  if (!('weekly' in window))
    return [{ sort: 'once', from: Date.parse(`${window.from}Z`), until: Date.parse(`${window.until}Z`) }];
  return window.weekly.days.flatMap((day): Span[] => {
    const from = weekdays.indexOf(day) * minutesOfDay + minutesOf(window.weekly.from);
    const until = from + lengthOf(window.weekly);
    if (until <= minutesOfWeek) return [{ sort: 'weekly', from, until }];
    return [
      { sort: 'weekly', from, until: minutesOfWeek },
      { sort: 'weekly', from: 0, until: until - minutesOfWeek },
    ];
  });
}

function coversWeek(windows: readonly RunWindow[]): boolean {
  const spans = windows.flatMap(spansOf).filter(({ sort }) => sort === 'weekly');
  let covered = 0;
  for (const { from, until } of spans.sort((one, other) => one.from - other.from)) {
    if (from > covered) return false;
    covered = Math.max(covered, until);
  }
  return covered >= minutesOfWeek;
}
