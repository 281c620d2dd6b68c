import type { Submission, SubmissionResult } from '../domain/message.ts';
import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Problem } from '../domain/problem.ts';
import type { Work } from './group-commit.ts';

/** A message on its way into the state. */
export interface Writing extends Work<SubmissionResult> {
  readonly submission: Submission;
  /** The body as the journal keeps it, sealed before the lane is entered: nobody waits for that. */
  readonly sealedBody: Buffer;
  /** Journal only: it was refused before it had commands. */
  readonly refusal?: Problem;
  readonly validateOnly: boolean;
  /** The files that it announces, sealed, in their order. */
  readonly sealedFiles?: readonly Buffer[];
  /** It only reads, and was answered without the lane (list/read-apart.ts): to be journaled, and told once that is durable. */
  readonly answered?: readonly Outcome[];
}

/** What became of each message of a transaction; told to the senders after the commit. */
export type Verdict = { result: SubmissionResult } | { error: GatewayError };

/** The journal has it already: the pipeline need not write it again. */
export function journaledRefusal(error: GatewayError): GatewayError {
  error.journaled = true;
  return error;
}

export function busy(): GatewayError {
  return new GatewayError(
    'busy',
    'The gateway could not make this durable; send the message again, with a fresh nonce if it carries one.',
    {
      retryAfterS: 2,
    },
  );
}
