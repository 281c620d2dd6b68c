import type { Editor, Page, PageRequest } from './administration/index.ts';
import type {
  DueNotice,
  Notice,
  NoticeFacts,
  NoticeState,
  Recipient,
  Subscription,
  SubscriptionSettings,
} from './notices.ts';
import type { Problem } from './problem.ts';

/** Who is told of what. All throw GatewayError. */
export interface SubscriptionStore {
  list(organizationId: number): Promise<Subscription[]>;
  /** Throws `not_found`. */
  get(organizationId: number, name: string): Promise<Subscription>;
  /**
   * Of a webhook that is new, or moves to another host, the secret is made, and answered this once.
   *
   * @throws GatewayError `conflict`: `expected` is not the version that is there, or there are too many
   */
  put(
    editor: Editor,
    name: string,
    wish: SubscriptionSettings,
    expected?: string | number,
  ): Promise<{ readonly secret?: string }>;
  /** Makes another secret; the former one signs nothing any more. Throws `not_found`, `conflict` (no webhook). */
  renewSecret(editor: Editor, name: string): Promise<string>;
  /** Throws `not_found`. */
  remove(organizationId: number, name: string): Promise<void>;
  /** What a test is sent to, and who it is about. Throws `not_found`. */
  recipientOf(
    organizationId: number,
    name: string,
  ): Promise<{ readonly recipient: Recipient; readonly facts: NoticeFacts }>;
}

export interface NoticeFilter {
  readonly state?: NoticeState;
  readonly subscription?: string;
}

/** Notices on their way. */
export interface NoticeStore {
  /** Makes notices of what happened; true where there may be more. */
  spread(organizationId: number): Promise<boolean>;
  /** Takes one that is due, for a while; undefined when there is none. Counts as an attempt, whatever becomes of it. */
  claim(organizationId: number, forMs: number): Promise<DueNotice | undefined>;
  sent(notice: DueNotice): Promise<void>;
  /** @param again when it is tried again; null = it is given up */
  failed(notice: DueNotice, problem: Problem, again: Date | null): Promise<void>;
  /** The latest first. Throws GatewayError `invalid_request`: a cursor that is none. */
  list(organizationId: number, filter: NoticeFilter, page: PageRequest): Promise<Page<Notice>>;
  /** Makes one that was given up due again. Throws GatewayError: `not_found`, `conflict`. */
  retry(organizationId: number, id: string): Promise<void>;
  /** Removes what happened before an instant, and was told or given up long ago. Answers how many events. */
  forget(organizationId: number, before: Date): Promise<number>;
}
