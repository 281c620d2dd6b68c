import type { ExchangeState } from './bulk-exchange.ts';
import type { WireKind } from './entities.ts';
import type { Problem } from './problem.ts';
import type { CountedKind, RunMode } from './run.ts';

/*
 * Who is told of what (docs/adr/0057). An event is written in the transaction in which it happened; of it a notice is made for
 * each subscription that wants it, and each notice is delivered at least once, or given up.
 */

export const noticeEvents = [
  'run_finished',
  'run_failed',
  'run_cancelled',
  'held',
  'source_silent',
  'source_speaks_again',
  'report_given_up',
] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

/** `test`: somebody wants to see whether it arrives. */
export type ToldEvent = NoticeEvent | 'test';

export const mailLanguages = ['en', 'fr'] as const;
export type MailLanguage = (typeof mailLanguages)[number];

/** Who is told, as an administrator sets it. Of `email` and `webhook` there is one. */
export interface SubscriptionSettings {
  /** null = every source system of the organization. */
  readonly sourceSystemId: number | null;
  readonly events: readonly NoticeEvent[];
  readonly email: string | null;
  /** An https address. */
  readonly webhook: string | null;
  /** Of e-mails. */
  readonly language: MailLanguage;
  /** IANA name: times in e-mails are said in it. */
  readonly timeZone: string;
  readonly enabled: boolean;
}

export interface Subscription extends SubscriptionSettings {
  readonly name: string;
  /** The code of the source system. */
  readonly sourceSystem: string | null;
  readonly version: number;
}

/** Where a notice goes; `secret` signs webhooks, and is undefined where it does not open. */
export interface Recipient extends Pick<Subscription, 'email' | 'webhook' | 'language' | 'timeZone'> {
  readonly secret: string | undefined;
}

export const noticeStates = ['waiting', 'sent', 'given_up'] as const;
export type NoticeState = (typeof noticeStates)[number];

/** One event for one subscription. */
export interface Notice {
  readonly id: string;
  readonly event: NoticeEvent;
  readonly at: Date;
  /** Its code. */
  readonly sourceSystem: string;
  readonly runId: string | null;
  readonly subscription: string;
  readonly state: NoticeState;
  readonly attempts: number;
  readonly nextAt: Date | null;
  readonly giveUpAt: Date;
  /** Why the last attempt failed. */
  readonly problem: Problem | null;
  readonly endedAt: Date | null;
}

/** A notice that is to be delivered now. */
export interface DueNotice {
  readonly organizationId: number;
  readonly id: string;
  readonly message: NoticeMessage;
  readonly recipient: Recipient;
  readonly attempts: number;
  readonly giveUpAt: Date;
}

/** What is told. */
export interface NoticeMessage {
  readonly event: ToldEvent;
  readonly at: Date;
  readonly facts: NoticeFacts;
}

/** What there is to tell, as it was found when the event was spread. Plain JSON: instants are texts. */
export interface NoticeFacts {
  readonly organization: Named;
  /** null only of a test. */
  readonly sourceSystem: Named | null;
  readonly run?: RunFacts;
  readonly holds?: readonly HoldFacts[];
  readonly silence?: SilenceFacts;
  readonly exchange?: ExchangeFacts;
}

interface Named {
  readonly code: string;
  readonly name: string;
}

export interface RunFacts {
  readonly id: string;
  readonly state: string;
  readonly mode: RunMode;
  readonly file: string | null;
  /** The run that this one takes back. */
  readonly takesBack: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly processed: NoticeCounts;
  readonly notProcessed: NoticeCounts;
  readonly problems: { readonly error: number; readonly warning: number };
  /** Declared, and not in the LMS before something else arrives. */
  readonly waiting: number;
  /** Left alone, because somebody else changed them since. */
  readonly overtaken: number;
  readonly failure: Problem | null;
}

/** What is kept back until somebody decides. */
export interface HoldFacts {
  /** Of the hold, within its run; null where it is of no run. */
  readonly number: number | null;
  readonly guard: string;
  readonly kind: WireKind;
  readonly items: number;
  readonly expiresAt: string | null;
}

export interface SilenceFacts {
  readonly lastHeardAt: string | null;
  readonly silentSince: string;
  readonly maxSilenceMinutes: number;
}

/** A bulk data exchange whose end its SIS could not be told. */
export interface ExchangeFacts {
  readonly id: string;
  readonly transactionId: string;
  readonly state: ExchangeState;
  /** What it was to be told by. */
  readonly operation: string | null;
  readonly problem: Problem;
}

/** The five lines of IPSIS's batch summary. */
export const noticeCounters = ['orgUnits', 'courseTemplates', 'courseSections', 'users', 'enrollments'] as const;
export type NoticeCounter = (typeof noticeCounters)[number];
export type NoticeCounts = Readonly<Partial<Record<NoticeCounter, number>>>;

/** An offering is an org unit like a department; an association is about sections. */
export const counterOf: Readonly<Record<CountedKind, NoticeCounter>> = {
  group: 'orgUnits',
  offering: 'orgUnits',
  template: 'courseTemplates',
  section: 'courseSections',
  association: 'courseSections',
  person: 'users',
  membership: 'enrollments',
  // Tables tell whether they are of persons or enrollments, and not which org units.
  unknown: 'orgUnits',
};

/** True where a run ended, and something in it could not be processed: IPSIS calls that an error. */
export function hasErrors({ state, notProcessed, problems }: RunFacts): boolean {
  return state === 'failed' || problems.error > 0 || Object.values(notProcessed).some((count) => count > 0);
}

/** Most subscriptions of an organization: each event is delivered to each. */
export const mostSubscriptions = 100;
