import type pg from 'pg';
import type { Submission, SubmissionResult } from '../domain/message.ts';
import type { Problem } from '../domain/problem.ts';
import type { SourceSystem } from '../domain/source-system.ts';
import type { Cause } from './changes.ts';
import type { Touched } from './touched.ts';

/**
 * The state as the rest of the gateway sees it. Every write goes through one of two calls; both hold the organization's
 * lane (rule 1), project what they touched, record Changes, and resolve after the commit.
 */
export interface Store {
  /**
   * Declares, projects and journals a message. Concurrent messages of an organization share a transaction (group
   * commit), each with its own outcome. Throws GatewayError `credentials_invalid` for a replayed nonce,
   * `idempotency_mismatch`, and `busy` when the queue is full or the fate of a commit is unknown.
   */
  write(submission: Submission, source: SourceSystem): Promise<SubmissionResult>;

  /** Journals an authenticated message that was refused before it had commands. */
  refuse(submission: Submission, problem: Problem): Promise<void>;

  /**
   * Edits maps, options, links or overrides under the lane: `change` does the edit and says what it touches; that is
   * projected again in the same transaction, or queued when it fans out too far (rule 8).
   */
  edit<T>(organizationId: number, cause: Cause, change: (tx: Transaction) => Promise<Edited<T>>): Promise<T>;

  /** Projects everything of an organization again; a repair that changes nothing when all is well. */
  reproject(organizationId: number): Promise<{ touched: number; changes: number }>;

  /** Resolves when everything accepted so far is answered; refuses new work with `busy`. */
  close(): Promise<void>;
}

/** A transaction that holds the lane of one organization, with row-level security set to it. */
export interface Transaction {
  readonly organizationId: number;
  readonly client: pg.ClientBase;
}

export interface Edited<T> {
  readonly result: T;
  readonly touched: Touched;
}
