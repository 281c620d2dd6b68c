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
import type { Command, WriteCommand } from '../domain/command.ts';
import type { OrgUnitBase } from '../domain/entities.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Problem } from '../domain/problem.ts';

/** An XML element as authenticators and translators see it; `formats/xml` builds it. Names are local names. */
export interface ElementView {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly ElementView[];
  /** The element's own character data, untrimmed. */
  readonly text: string;
}

export type Door = 'soap' | 'rest' | 'cli';

/** One thing that arrived, before anything is known of its sender. */
export interface Message {
  readonly id: string;
  readonly receivedAt: Date;
  readonly door: Door;
  readonly method: string;
  readonly path: string;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly remote: Remote;
  /** The header blocks of a SOAP envelope; absent at other doors. */
  readonly soapHeaders?: readonly ElementView[];
}

/** Where a message came from, as far as the connection or a declared trusted proxy can be believed. */
export interface Remote {
  readonly address: string;
  readonly loopback: boolean;
  /** TLS, natively or as a declared trusted proxy says. */
  readonly secure: boolean;
}

export interface Principal {
  readonly userName: string;
  readonly organizationId: number;
  readonly sourceSystemId: number;
  /** The name of the link of the chain that identified the principal. */
  readonly mechanism: string;
}

/** A nonce that must be fresh when its message commits (rule 8 of the chain). */
export interface NonceClaim {
  readonly userName: string;
  readonly nonce: string;
  /** Kept at least until then. */
  readonly expiresAt: Date;
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
  /** True when this kind of credential exposes the secret on a clear-text connection. */
  readonly exposesSecret: boolean;
  authenticate(message: Message): Promise<Verdict>;
}

export interface AuthenticatedMessage {
  readonly message: Message;
  readonly principal: Principal;
  readonly nonces: readonly NonceClaim[];
}

export type SourceSystemState = 'enabled' | 'disabled' | 'validate';

/**
 * The options of a source system; a preset is a set of them, so every part of a preset is an ordinary option.
 * See docs/guides/administrator.md for what each does.
 */
export interface SourceSystemOptions {
  /** How an existing LMS user is matched when a person first projects (rule 6). */
  identityRule: 'org_defined_id' | 'user_name';
  /** Adopt an existing LMS org unit of the same type and code instead of waiting `code_in_use`. */
  adoptOrgUnits: boolean;
  /** `wait`: declare and wait (rule 9). `reject`: refuse the record, as IPSIS does. */
  unmapped: 'wait' | 'reject';
  /** What a delete of a person does to the LMS user. */
  userDelete: 'inactivate' | 'delete';
  /** What becomes of dependants of a deleted object: they detach and revive, or are forgotten (rule 11). */
  dependants: 'detach' | 'forget';
  /** May the SIS overwrite fields of what exists? `no` and the listed fields mean "set on creation only" (rule 14). */
  overwrite: {
    user: 'yes' | 'no' | { keep: string[] };
    orgUnit: 'yes' | 'no' | { keep: string[] };
  };
  /** A section brings its own offering under the template, semester and department it names (rule 12); null = waits for its offering. */
  sectionBringsOffering: null | { semesterType: string; departmentType: string };
}

export interface SourceSystem {
  readonly id: number;
  readonly organizationId: number;
  readonly code: string;
  readonly name: string;
  readonly state: SourceSystemState;
  readonly rank: number;
  readonly options: SourceSystemOptions;
  /** SIS org unit type -> the LMS type's base. Only for warnings and choice of handlers: projection joins the map itself. */
  readonly orgUnitTypes: ReadonlyMap<string, OrgUnitBase>;
  /** Folded SIS role strings that are mapped. */
  readonly roles: ReadonlySet<string>;
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

/** What the journal keeps of a message beside its sealed body. */
export interface MessageEnvelope {
  readonly id: string;
  readonly receivedAt: Date;
  readonly door: Door;
  readonly dialect: string;
  readonly operation: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly remoteAddress: string;
  readonly idempotencyKey?: string;
}

/** A translated message of a known principal: what `process` takes. */
export interface Submission {
  readonly envelope: MessageEnvelope;
  readonly principal: Principal;
  readonly nonces: readonly NonceClaim[];
  readonly commands: readonly Command[];
}

/** One outcome a command, in order. Durable before it is given. */
export interface SubmissionResult {
  readonly messageId: string;
  readonly outcomes: readonly Outcome[];
}

/** What a dialect makes of one message. */
export interface Translation {
  readonly dialect: string;
  /** The operation in the dialect's own word (`replaceMembership`, `PUT enrollments`), for the journal. */
  readonly operation: string;
  readonly commands: readonly Command[];
}

/**
 * The pipeline as the doors see it. Both calls resolve after the commit, with one Outcome a command, in order. Both
 * throw GatewayError for a refused message (credentials, disabled source system, replayed nonce, busy) and journal every
 * authenticated message, refused ones included.
 */
export interface Gateway {
  /** For messages whose sender is not known yet. `translate` runs after authentication and may throw GatewayError. */
  submit(message: Message, translate: () => Translation): Promise<SubmissionResult>;
  /** For work whose principal is already known (a replay, an uploaded file). */
  process(message: Message, principal: Principal, translate: () => Translation): Promise<SubmissionResult>;
}
