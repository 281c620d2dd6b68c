import type { WatchedSource, WatchFindings } from '../../domain/freshness.ts';
import { silentAt } from './silent-at.ts';

const minuteMs = 60_000;
/** Whether a silence is over is looked at so often. */
const whileSilentMs = minuteMs;
const whileDisabledMs = 5 * minuteMs;
/** Nothing is left alone for longer: what was read of the journal is not read again. */
const atTheLatestMs = 24 * 60 * minuteMs;

/** What to make of a source system now: each silence is told once, and so is its end. */
export function judgeSilence(source: WatchedSource, now: Date): WatchFindings {
  const { calendar, newlyHeardAt } = source;
  const heardAt = newlyHeardAt ?? source.heardAt;
  const later = (ms: number): Date => new Date(now.getTime() + ms);
  // Whoever is not listened to may be silent; and has as long as anybody when that is over.
  if (!source.enabled) return { watchedFrom: now, heardAt, silentSince: null, nextAt: later(whileDisabledMs) };
  const { watchedFrom } = source;
  const from = heardAt !== null && heardAt > watchedFrom ? heardAt : watchedFrom;
  const dueAt = silentAt(calendar, from);
  const isSilent = dueAt !== null && dueAt <= now;
  const nextAt = dueAt === null || dueAt > later(atTheLatestMs) ? later(atTheLatestMs) : dueAt;
  const heard = { watchedFrom, heardAt };
  if (source.silentSince === null) {
    if (!isSilent) return { ...heard, silentSince: null, nextAt };
    return { ...heard, silentSince: dueAt, nextAt: later(whileSilentMs), tell: 'source_silent' };
  }
  if (newlyHeardAt !== null) return { ...heard, silentSince: null, nextAt, tell: 'source_speaks_again' };
  // Another calendar may say that it is no silence.
  if (!isSilent) return { ...heard, silentSince: null, nextAt };
  return { ...heard, silentSince: source.silentSince, nextAt: later(whileSilentMs) };
}
