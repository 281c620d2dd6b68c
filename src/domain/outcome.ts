import type { Verb } from './command.ts';
import type { EntityFields, EntityKind, WireKind } from './entities.ts';
import type { Problem } from './problem.ts';

/**
 * What became of one command.
 * - created, updated, unchanged, deleted: done and durable.
 * - waiting: declared and durable, projected later; the first problem says what it waits for, another may tell of a role
 *   that is not mapped. An association waits as long as one of its sections does, though it is projected with the others.
 * - held: durable, and not applied before somebody approves; the record is as it was.
 * - read: `record` is what the source system last declared, `found` what a list found of it.
 * - rejected: the record is at fault; nothing of it was written.
 * - failed: the gateway is at fault or does not offer it; nothing of it was written.
 */
export const outcomeStatuses = [
  'created',
  'updated',
  'unchanged',
  'deleted',
  'waiting',
  'held',
  'read',
  'rejected',
  'failed',
] as const;
export type OutcomeStatus = (typeof outcomeStatuses)[number];

export interface Outcome {
  entity: EntityKind;
  kind: WireKind;
  verb: Verb;
  sourcedId: string;
  status: OutcomeStatus;
  /** Warnings beside a success, the reasons of a wait, or why it was refused. */
  problems: Problem[];
  /** The LMS object, once there is one. */
  lmsId?: string;
  record?: DeclaredRecord;
  /** What a list found. */
  found?: Found;
}

export interface Found {
  readonly sourcedIds: readonly string[];
  /** The records of those that are not deleted, if they were asked for. */
  readonly records?: readonly DeclaredRecord[];
  /** How many records there are, where these are a page of them. */
  readonly total?: number;
  /** The last sourcedId of a slice that there is more after. */
  readonly next?: string;
  /** Ask for what changed since then the next time (ISO 8601, milliseconds): nothing is missed, something may come twice. */
  readonly savePoint: string;
}

/** A declared row as read back. */
export type DeclaredRecord = {
  [E in EntityKind]: { entity: E; kind: WireKind; sourcedId: string; fields: EntityFields[E]; lmsId?: string };
}[EntityKind];

export function isSuccess(outcome: Outcome): boolean {
  return outcome.status !== 'rejected' && outcome.status !== 'failed';
}
