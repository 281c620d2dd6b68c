import type { Outcome, OutcomeStatus } from '../domain/outcome.ts';
import type { Problem } from '../domain/problem.ts';
import type { Message, Translation } from '../pipeline/ports.ts';
import type { Contract } from './openapi/contract.ts';

/** A JSON dialect for source systems, as far as the door needs it. */
export interface RestDialect<O extends RestOutcome = RestOutcome> {
  readonly name: string;
  readonly calls: readonly Contract[];
  /** How the journal calls what a call does (`PUT users`), known before its body is read. */
  operationOf(call: Pick<Message, 'method' | 'path' | 'headers'>): string;
  /** What a call wishes. Throws GatewayError. */
  translate(message: Message): RestTranslation<O>;
  /** The path of the calls that hold many commands; each of the others is one. */
  readonly many: string;
  /** Where the object of an outcome is found. */
  locationOf(outcome: O): string | undefined;
  /** Where a list goes on of which this is a page; `path` is that of the page, with its query. */
  nextOf(path: string, outcome: O): string | undefined;
  /** The outcomes of all commands in the order in which they were sent. */
  weave(outcomes: readonly Outcome[], unreadable: ReadonlyMap<number, O>): O[];
}

/** A translation, and what became of the commands that could not be read, by their position. */
export interface RestTranslation<O> extends Translation {
  readonly unreadable: ReadonlyMap<number, O>;
}

/** An outcome as the dialect says it. */
export interface RestOutcome {
  readonly status: OutcomeStatus;
  readonly problems: readonly Problem[];
}
