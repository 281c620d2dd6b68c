import type { ElementView } from '../pipeline/ports.ts';

/** How old and how far in the future a Created may be. Clocks that disagree by `skewMs` are forgiven both ways. */
export type Freshness = { freshnessMs: number; skewMs: number };

/** The UsernameToken Profile 1.1 (3.1) recommends at least five minutes of freshness. */
export const defaultFreshness: Freshness = { freshnessMs: 5 * 60_000, skewMs: 60_000 };

/** Why `createdMs` is not fresh at `nowMs`, in words for the log; undefined when it is. */
export function staleness(createdMs: number, nowMs: number, { freshnessMs, skewMs }: Freshness): string | undefined {
  if (createdMs > nowMs + skewMs) return `Created is ${inSeconds(createdMs - nowMs)} in the future`;
  if (createdMs < nowMs - freshnessMs - skewMs) return `Created is ${inSeconds(nowMs - createdMs)} old`;
  return undefined;
}

/** What is wrong with the wsu:Timestamp beside a token, in words for the log; undefined when nothing is, or there is none. */
export function timestampFault(
  security: readonly ElementView[],
  nowMs: number,
  { skewMs }: Freshness,
): string | undefined {
  const [timestamp, ...others] = security.flatMap((header) => childrenNamed(header, 'Timestamp'));
  if (timestamp === undefined) return undefined;
  // Basic Security Profile 1.1: at most one Timestamp, one Created and one Expires.
  const [created, ...moreCreated] = childrenNamed(timestamp, 'Created');
  const [expires, ...moreExpires] = childrenNamed(timestamp, 'Expires');
  if (others.length + moreCreated.length + moreExpires.length > 0)
    return 'the Timestamp, Created or Expires is repeated';
  const createdMs = created && xsDateTimeMs(created.text);
  const expiresMs = expires && xsDateTimeMs(expires.text);
  if (created !== undefined && createdMs === undefined) return 'Created of the Timestamp is not a date and time';
  if (expires !== undefined && expiresMs === undefined) return 'Expires of the Timestamp is not a date and time';
  if (createdMs !== undefined && createdMs > nowMs + skewMs) return 'the Timestamp is in the future';
  if (expiresMs !== undefined && expiresMs < nowMs - skewMs) return 'the Timestamp has expired';
  return undefined;
}

function childrenNamed(element: ElementView, name: string): readonly ElementView[] {
  return element.children.filter((child) => child.name === name);
}

/** Milliseconds since 1970 of an xs:dateTime; without a zone it is UTC, as WS-Security asks; undefined if it is none. */
export function xsDateTimeMs(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] = match;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const local = Date.UTC(...parts);
  const date = new Date(local);
  // Date.UTC rolls the 31st of April over into May: what does not come back as it went in is no date.
  const back = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (back.some((value, index) => value !== parts[index])) return undefined;
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return local + Math.floor(Number(`0${fraction}`) * 1000) - zoneMs;
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
