/**
 * The instant at which clocks in a zone show a time (both in ms since 1970, the time as if it were UTC). Of a time that
 * comes twice it is the first; a time that is skipped counts from before the clocks went forward.
 */
export function instantOfWallTime(wallMs: number, timeZone: string | undefined): number {
  // Long ago is no date of a course: it means "always".
  if (timeZone === undefined || wallMs < firstMs) return wallMs;
  // A day before and after, so that a change of the clocks lies between.
  const before = offsetMs(wallMs - dayMs, timeZone);
  const after = offsetMs(wallMs + dayMs, timeZone);
  const early = wallMs - Math.max(before, after);
  return offsetMs(early, timeZone) === wallMs - early ? early : wallMs - Math.min(before, after);
}

const dayMs = 86_400_000;
const firstMs = Date.UTC(1900, 0);

/** What clocks in a zone show at an instant, in ms since 1970 as if it were UTC. */
export function wallTimeOf(instantMs: number, timeZone: string): number {
  return instantMs + offsetMs(instantMs, timeZone);
}

/** How far the clocks of a zone are ahead of UTC at an instant. */
function offsetMs(instantMs: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(instantMs);
  const number = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value ?? '0');
  const wall = Date.UTC(
    number('year'),
    number('month') - 1,
    number('day'),
    number('hour'),
    number('minute'),
    number('second'),
  );
  return wall - Math.floor(instantMs / 1000) * 1000;
}

/** Expensive to make, and a source system has one zone. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-GB-u-ca-gregory', {
    timeZone,
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(timeZone, format);
  return format;
}
