/** A term of the world: autumn and spring by turns, from the autumn of its first year on. */
export interface Term {
  readonly id: string;
  readonly name: string;
  readonly startsOn: string;
  readonly endsOn: string;
}

export function termOf(firstYear: number, index: number): Term {
  const year = firstYear + Math.floor(index / 2);
  return index % 2 === 0
    ? { id: `${year + 1}10`, name: `Autumn ${year}`, startsOn: `${year}-08-31`, endsOn: `${year}-12-18` }
    : { id: `${year + 1}20`, name: `Spring ${year + 1}`, startsOn: `${year + 1}-01-18`, endsOn: `${year + 1}-06-04` };
}

/** `2026-12-18` and some days. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The instant at which the feed of a day is made: day 1 is 1 September, at four in the morning. */
export function instantOfDay(firstYear: number, day: number): Date {
  return new Date(Date.UTC(firstYear, 8, day, 4));
}

/** The same as it stands in names of files: `20260901040000`. */
export function stampOfDay(firstYear: number, day: number): string {
  return instantOfDay(firstYear, day).toISOString().replace(/\D/g, '').slice(0, 14);
}
