import type { Problem } from './problem.ts';

/*
 * Bulk data exchanges of LIS: a SIS announces files, by itself or because it was asked for them; they are fetched, verified
 * and processed as runs; then the SIS is told what became of them (docs/adr/0060).
 */

/**
 * requesting -> requested -> announced -> downloading -> processing -> reporting -> finished or failed; cancelling -> cancelled.
 * One that a SIS begins starts as `announced`.
 */
export const exchangeStates = [
  'requesting',
  'requested',
  'announced',
  'downloading',
  'processing',
  'reporting',
  'cancelling',
  'finished',
  'failed',
  'cancelled',
] as const;
export type ExchangeState = (typeof exchangeStates)[number];

/** While an exchange is in one of these, its source system is in the state `bulk`. */
export const bulkStates = [
  'requested',
  'announced',
  'downloading',
  'processing',
] as const satisfies readonly ExchangeState[];

/** What a SIS can be asked for, in the words of LIS. */
export const exchangeEntityTypes = [
  'Person',
  'Group',
  'CourseTemplate',
  'CourseOffering',
  'CourseSection',
  'SectionAssociation',
  'Membership',
] as const;
export type ExchangeEntityType = (typeof exchangeEntityTypes)[number];

/** What is asked for: absent = everything. */
export interface ExchangeFilter {
  readonly entityTypes?: readonly ExchangeEntityType[];
  /** Only what changed since (ISO 8601). One for all kinds: a SIS need not keep several. */
  readonly savePoint?: string;
}

/** A file that is announced. */
export interface AnnouncedFile {
  /** http or https; may have a user name and a password in it. */
  readonly address: string;
  readonly sizeBytes?: number;
  /** As it came; `checkSumOf` can read it. */
  readonly checkSum?: string;
}

/** What a SIS says of an exchange. */
export type ExchangeNotice =
  | {
      readonly says: 'announced';
      readonly transactionId: string;
      readonly files: readonly AnnouncedFile[];
      /** ISO 8601. */
      readonly expiresAt?: string;
    }
  | { readonly says: 'failed'; readonly transactionId: string; readonly report: readonly string[] };

/** What the SIS was told last, and whether it heard. */
export interface ExchangeTold {
  readonly at: string;
  readonly operation: string;
  /** The message of the journal. */
  readonly messageId?: string;
  /** Why it could not be told. */
  readonly problem?: Problem;
}

/** An exchange as people see it. */
export interface ExchangeView {
  id: string;
  sourceSystem: string;
  transactionId: string;
  state: ExchangeState;
  begunBy: 'sis' | 'gateway';
  requestedBy: string | null;
  filter: { entityTypes?: ExchangeEntityType[]; savePoint?: string };
  createdAt: string;
  announcedAt: string | null;
  announcedBy: string | null;
  expiresAt: string | null;
  endedAt: string | null;
  files: ExchangeFileView[];
  cancelledBy: string | null;
  /** What the SIS said when it failed. */
  sisReport: string[];
  problem: Problem | null;
  told: { at: string; operation: string; messageId: string | null; problem: Problem | null } | null;
  /** When it is looked at next, while it waits. */
  nextAt: string | null;
}

export interface ExchangeFileView {
  number: number;
  /** Without user, password and query. */
  address: string;
  sizeBytes: number | null;
  checkSum: string | null;
  receivedAt: string | null;
  uploadId: string | null;
  runId: string | null;
}

/** The most files of one announcement. */
export const mostFiles = 1_000;

/** For people: what may be a secret is left out. */
export function shownAddress(address: string): string {
  const url = new URL(address);
  url.username = url.password = url.hash = '';
  if (url.search !== '') url.search = '?...';
  return url.href;
}
