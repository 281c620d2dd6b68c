/**
 * The contracts of the pipeline, and its glossary.
 *
 *     bytes -> Message -> authenticate -> source system -> translate -> handle -> declare -> project -> Changes -> reply
 *
 * - Organization: the tenant. Every row and every request belongs to exactly one.
 * - Source system: one configured SIS integration of an organization.
 * - Message: one thing that arrived. Journaled before it is answered.
 * - MessageAuthenticator: a plug-in that recognises and checks one kind of credential on a message.
 * - Principal: who the message comes from, once authenticated. Its user name identifies the source system.
 * - Command: the canonical, dialect-free wish. Outcome: what became of it.
 * - Handler: one small business rule run on a batch of commands, in the configured order.
 */
import type { ExchangeNotice } from '../domain/bulk-exchange.ts';
import type { Command, WriteCommand } from '../domain/command.ts';
import type { Door, NonceClaim, Principal, SubmissionResult } from '../domain/message.ts';
import type { Problem } from '../domain/problem.ts';
import type { SourceSystem } from '../domain/source-system.ts';

export type * from '../domain/message.ts';
export type * from '../domain/source-system.ts';

/** An XML element as authenticators and translators see it; `formats/xml` builds it. Names are local names. */
export interface ElementView {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly ElementView[];
  /** The element's own character data, untrimmed. */
  readonly text: string;
}

/** One thing that arrived, before anything is known of its sender. */
export interface Message {
  readonly id: string;
  readonly receivedAt: Date;
  readonly door: Door;
  readonly method: string;
  readonly path: string;
  /** The path with its query, as the request line has it; absent where `path` is that already. */
  readonly target?: string;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly remote: Remote;
  /** The header blocks of a SOAP envelope; absent at other doors. */
  readonly soapHeaders?: readonly ElementView[];
  /** The SOAP envelope as the door read it, the very elements that are translated: what a signature must cover. */
  readonly soapEnvelope?: ElementView;
  /** The dialect, and the operation in its own word, as the door reads them off the message: a refused one is journaled under the names of an accepted one. */
  readonly dialect?: string;
  readonly operation?: string;
  /** The message that this one replays. */
  readonly replayOf?: string;
}

/** Where a message came from, as far as the connection or a declared trusted proxy can be believed. */
export interface Remote {
  readonly address: string;
  readonly loopback: boolean;
  /** TLS, natively or as a declared trusted proxy says. */
  readonly secure: boolean;
  /** It came through a proxy that nobody declared: the address is the proxy's, and says nothing of the sender. */
  readonly undeclaredProxy?: boolean;
  /** The sender's TLS client certificate (DER): it holds the key, but who that is nobody has judged. */
  readonly certificate?: Buffer;
}

/** What one link of the chain says: `reject` is "mine, and wrong"; `pass` is "not mine". */
export type Verdict =
  | { readonly verdict: 'accept'; readonly userName: string; readonly nonce?: NonceClaim }
  | { readonly verdict: 'reject'; readonly userName?: string; readonly reason: string }
  | { readonly verdict: 'pass' };

/** `identify` links find the principal; `require` links must also agree and never supply one. */
export interface MessageAuthenticator {
  readonly name: string;
  readonly role: 'identify' | 'require';
  /** True when the message carries a credential of this kind: the first such link decides (rule 3). */
  recognises(message: Message): boolean;
  /** The user name this link's credential claims, unverified; to see whether credentials name different principals. */
  claimedUserName(message: Message): string | undefined;
  /** Of a credential that names no user (a key, a certificate): whose it is, looked up. Asked before the secret is checked. */
  findUserName?(message: Message): Promise<string | undefined>;
  /** True when this kind of credential exposes the secret on a clear-text connection. */
  readonly exposesSecret: boolean;
  /** What it recognises is checked even where another link identifies: a signature must not look checked when it is not. */
  readonly alwaysChecked?: boolean;
  authenticate(message: Message): Promise<Verdict>;
}

export interface AuthenticatedMessage {
  readonly message: Message;
  readonly principal: Principal;
  readonly nonces: readonly NonceClaim[];
}

/** One command on its way through a batch; a handler may rewrite the command, note a warning, or refuse it. */
export interface BatchItem {
  command: WriteCommand;
  readonly warnings: Problem[];
  refusal?: Problem;
}

/** One small business rule run on a batch of commands of one source system, in the configured order. */
export interface Handler {
  readonly name: string;
  handle(batch: readonly BatchItem[], source: SourceSystem): void;
}

/** What a dialect makes of one message. */
export interface Translation {
  readonly dialect: string;
  /** The operation in the dialect's own word (`replaceMembership`, `PUT enrollments`), for the journal. */
  readonly operation: string;
  readonly commands: readonly Command[];
  /** What the message says of a bulk data exchange; it has no commands then. */
  readonly exchange?: ExchangeNotice;
}

/** Runs once the source system is known, whose options it may need. May throw GatewayError. */
export type Translate = (source: SourceSystem) => Translation;

/**
 * The pipeline as the doors see it. Both calls resolve after the commit, with one Outcome a command, in order. Both
 * throw GatewayError for a refused message (credentials, disabled source system, replayed nonce, busy) and journal every
 * authenticated message, refused ones included.
 */
export interface Gateway {
  /** For messages whose sender is not known yet. `translate` runs after authentication. */
  submit(message: Message, translate: Translate): Promise<SubmissionResult>;
  /** For work whose principal is already known (a replay, an uploaded file). */
  process(message: Message, principal: Principal, translate: Translate): Promise<SubmissionResult>;
}
