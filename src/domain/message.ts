import type { ExchangeNotice } from './bulk-exchange.ts';
import type { Command } from './command.ts';
import type { Outcome } from './outcome.ts';

/** `file`: a run, which is journaled as one message. */
export type Door = 'soap' | 'rest' | 'cli' | 'file';

/** Who a message comes from, once authenticated. The user name identifies the source system. */
export interface Principal {
  readonly userName: string;
  readonly organizationId: number;
  readonly sourceSystemId: number;
  /** The name of the link of the chain that identified the principal. */
  readonly mechanism: string;
}

/** A nonce that must be fresh when its message commits: nonces commit with their message. */
export interface NonceClaim {
  readonly userName: string;
  readonly nonce: string;
  /** Kept at least until then. */
  readonly expiresAt: Date;
}

/** What the journal keeps of a message: facts about it in plain, its body sealed. */
export interface MessageEnvelope {
  readonly id: string;
  readonly receivedAt: Date;
  readonly door: Door;
  readonly dialect: string;
  /** The operation in the dialect's own word (`replaceMembership`, `PUT enrollments`). */
  readonly operation: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly remoteAddress: string;
  readonly idempotencyKey?: string;
  /** The message that this one replays. */
  readonly replayOf?: string;
}

/** A translated message of a known principal. */
export interface Submission {
  readonly envelope: MessageEnvelope;
  readonly principal: Principal;
  readonly nonces: readonly NonceClaim[];
  readonly commands: readonly Command[];
  /** Commands that a handler refused, by their place: they are answered and journaled, not applied. */
  readonly refusals?: ReadonlyMap<number, Outcome>;
  /** What the message says of a bulk data exchange. */
  readonly exchange?: ExchangeNotice;
}

/** One outcome a command, in order. Durable before it is given. */
export interface SubmissionResult {
  readonly messageId: string;
  readonly outcomes: readonly Outcome[];
}
