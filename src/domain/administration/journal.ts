import type { EndpointType } from '../endpoint.ts';
import type { Door } from '../message.ts';
import type { Outcome } from '../outcome.ts';
import type { Problem } from '../problem.ts';
import type { Page, PageRequest } from './page.ts';

export const messageDirections = ['inbound', 'outbound'] as const;
export type MessageDirection = (typeof messageDirections)[number];

/** `sending`: an outbound message that is under way, or was interrupted: whether it arrived is not known. */
export const messageResults = ['success', 'warning', 'failure', 'refused', 'sending'] as const;
export type MessageResult = (typeof messageResults)[number];

export interface MessageView {
  id: string;
  direction: MessageDirection;
  /** When it came in, or set out. */
  receivedAt: string;
  /** Of an inbound message. */
  door: Door | null;
  /** What an outbound message was sent for. */
  endpointType: EndpointType | null;
  dialect: string;
  operation: string;
  contentType: string;
  /** Where it came from, or the address that it was sent to. */
  remoteAddress: string;
  sizeBytes: number;
  /** The code of the source system. */
  sourceSystem: string;
  /** The user name it came in by; of an outbound message: who had it sent. */
  userName: string;
  result: MessageResult;
  sourcedIds: string[];
  outcomes: Outcome[];
  /** Why the message as a whole was refused; of an outbound one: why it did not succeed. */
  refusal: Problem | null;
  /** Of an outbound message. */
  attempts: AttemptView[] | null;
  durationMs: number;
  replayOf: string | null;
}

export interface AttemptView {
  startedAt: string;
  durationMs: number;
  /** The HTTP status of the answer. */
  status?: number;
  /** Its content type, where the answer was read; empty where it says none. */
  answerType?: string;
  problem?: Problem;
}

/** A message with its original body, opened: never to be shown as it is. */
export interface JournaledMessage extends MessageView {
  sourceSystemId: number;
  body: Buffer;
  /** What an endpoint answered. */
  answer?: Buffer;
}

export interface MessageFilter {
  direction?: MessageDirection;
  endpointType?: EndpointType;
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

/** An outbound message about to be sent. */
export interface OutboundEntry {
  readonly id: string;
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly endpointType: EndpointType;
  readonly address: string;
  /** The contract and its operation, in the place of dialect and operation. */
  readonly contract: string;
  readonly operation: string;
  /** Who has it sent. */
  readonly actor: string;
  readonly startedAt: Date;
  /** What is to be sent, as JSON: what stays if the sending is interrupted. */
  readonly intent: Buffer;
}

/** What came of an outbound message. */
export interface OutboundCompletion {
  readonly attempts: readonly {
    readonly startedAt: Date;
    readonly durationMs: number;
    readonly status?: number;
    readonly answerType?: string;
    readonly problem?: Problem;
  }[];
  /** As it went over the wire; empty = nothing did, and the intent stays. */
  readonly sent: Buffer;
  readonly contentType: string;
  readonly received?: Buffer;
  readonly problem?: Problem;
  readonly durationMs: number;
}

/** Writes what the gateway sends into the journal: before it is sent, and what came of it. */
export interface OutboundJournal {
  begin(entry: OutboundEntry): Promise<void>;
  complete(entry: Pick<OutboundEntry, 'organizationId' | 'id'>, completion: OutboundCompletion): Promise<void>;
}
