import type { SourceKey } from './sftp.ts';

/** How long a source system may say nothing, counted in the time that its calendar has. */
export interface FreshnessCalendar {
  readonly maxSilenceMinutes: number;
  /** IANA name of the zone of hours and dates. */
  readonly timeZone: string;
  /** `HH:MM`; an end that is not after the beginning lies in the next day. Absent = the whole day. */
  readonly hours?: { readonly from: string; readonly to: string };
  /** Days on which time counts; absent = all. */
  readonly weekdays?: readonly Weekday[];
  /** Dates between which time counts, both included; absent = always. */
  readonly terms?: readonly DateSpan[];
  /** Dates on which no time counts. */
  readonly excluded?: readonly DateSpan[];
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Dates of the calendar, `YYYY-MM-DD`, both included. */
export interface DateSpan {
  readonly from: string;
  readonly to: string;
}

/** How a source system is watched, and what was found. */
export interface Freshness {
  readonly calendar: FreshnessCalendar;
  readonly watchedFrom: Date;
  /** The last message or file that the watch knows of. */
  readonly heardAt: Date | null;
  /** It has been too long since then; null = it is not silent. */
  readonly silentSince: Date | null;
  /** It is looked at again then. */
  readonly nextAt: Date;
  readonly version: number;
}

/** One that is looked at now, and kept from others meanwhile. */
export interface WatchedSource {
  readonly calendar: FreshnessCalendar;
  readonly enabled: boolean;
  readonly watchedFrom: Date;
  readonly heardAt: Date | null;
  /** The last message or file before now, where one is later than the one that was known. */
  readonly newlyHeardAt: Date | null;
  readonly silentSince: Date | null;
}

/** What became of a look. */
export interface WatchFindings {
  readonly watchedFrom: Date;
  readonly heardAt: Date | null;
  readonly silentSince: Date | null;
  readonly nextAt: Date;
  readonly tell?: 'source_silent' | 'source_speaks_again';
}

/** How long source systems may be silent, and which are. All throw GatewayError. */
export interface FreshnessStore {
  find(source: SourceKey): Promise<Freshness | undefined>;
  /** Watches a source system. Throws `conflict`: `expected` is not the version that is there (0 = none). */
  put(source: SourceKey, calendar: FreshnessCalendar, by: { actor: string; expected?: string | number }): Promise<void>;
  /** Throws `not_found`. */
  remove(source: SourceKey): Promise<void>;
  /**
   * Looks at a source system that is due, which nobody else looks at meanwhile, and tells what `judge` says.
   *
   * @returns true where there may be more
   */
  look(organizationId: number, now: Date, judge: (source: WatchedSource) => WatchFindings): Promise<boolean>;
}
