import type { Door } from '../message.ts';
import type { Outcome } from '../outcome.ts';
import type { Problem } from '../problem.ts';
import type { Page, PageRequest } from './page.ts';

export const messageResults = ['success', 'warning', 'failure', 'refused'] as const;
export type MessageResult = (typeof messageResults)[number];

export interface MessageView {
  id: string;
  receivedAt: string;
  door: Door;
  dialect: string;
  operation: string;
  contentType: string;
  remoteAddress: string;
  sizeBytes: number;
  /** The code of the source system, and the user name it came in by. */
  sourceSystem: string;
  userName: string;
  result: MessageResult;
  sourcedIds: string[];
  outcomes: Outcome[];
  /** Why the message as a whole was refused. */
  refusal: Problem | null;
  durationMs: number;
  replayOf: string | null;
}

/** A message with its original body, opened: never to be shown as it is. */
export interface JournaledMessage extends MessageView {
  sourceSystemId: number;
  body: Buffer;
}

export interface MessageFilter {
  sourceSystem?: string;
  sourcedId?: string;
  result?: MessageResult;
  operation?: string;
  /** ISO 8601 instants; `from` included, `to` not. */
  from?: string;
  to?: string;
}

export interface JournalAdministration {
  /** Newest first. */
  list(organizationId: number, filter: MessageFilter, page: PageRequest): Promise<Page<MessageView>>;
  /** Throws GatewayError `not_found`. */
  get(organizationId: number, id: string): Promise<JournaledMessage>;
}
