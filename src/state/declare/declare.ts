import { isPairDelete, tombstoneOf } from '../../domain/command.ts';
import type { RecordCommand } from '../../domain/command.ts';
import type { OutcomeStatus } from '../../domain/outcome.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { SourcedKey, Touched, TouchedOrgUnit, Unlinked } from '../touched.ts';
import { deletePairs } from './enrollments.ts';
import { forgetRelations } from './forget-relations.ts';
import { unlink } from './unlink.ts';
import { forgetDependants } from './forget.ts';
import { declareOrgUnits } from './org-units.ts';
import type { Overfull } from './overfull.ts';
import { declareUsers } from './users.ts';
import type { Unnamed } from './wishes.ts';

/** One command of a batch: all of one source system, no key twice. */
export interface Declaration {
  readonly command: RecordCommand;
  readonly messageId: string;
}

/**
 * What became of one declaration in the declared state: `unknown` = a delete of what is not there, or an update of it
 * that may not create it; `in_use` = a replace of what is there that was to make something new; `incomplete` = an update of
 * what is not there that does not state enough to create it; `nameless` = an update that would leave a person without any name;
 * `overfull_...` = a list would grow beyond its limit; `names_no_...` = a parent that a handler wishes it to name. The last three:
 * refused, since a handler wished so.
 */
export type Declared =
  | Extract<OutcomeStatus, 'created' | 'updated' | 'unchanged' | 'deleted'>
  | 'unknown'
  | 'in_use'
  | 'incomplete'
  | 'nameless'
  | Overfull
  | Unnamed
  | 'has_children'
  | 'in_association'
  | 'parent_missing';

/** What was left out of declarations, for their senders. */
export type Warnings = ReadonlyMap<Declaration, readonly Problem[]>;

/** Touched rows as they are collected; a row may be named many times. */
export interface TouchedRows {
  users: SourcedKey[];
  orgUnits: TouchedOrgUnit[];
  enrollments: SourcedKey[];
  relations: SourcedKey[];
}

/**
 * Writes what a batch of commands states of users, org units and associations, and deletes of enrollments by pair. Other
 * commands of enrollments are left to `declareEnrollments`, after the projection of what they refer to.
 */
export async function declare(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
): Promise<{ declared: Map<Declaration, Declared>; warnings: Warnings; touched: Touched; unlinked: Unlinked }> {
  const touched: TouchedRows = { users: [], orgUnits: [], enrollments: [], relations: [] };
  const declared = new Map<Declaration, Declared>();
  const warned = new Map<Declaration, readonly Problem[]>();
  const answer = (declaration: Declaration, status: Declared, warnings: readonly Problem[] = []): void => {
    declared.set(declaration, status);
    if (warnings.length > 0) warned.set(declaration, warnings);
  };
  const of = (...entities: string[]): Declaration[] => batch.filter(({ command }) => entities.includes(command.entity));

  // As long as the rows tell when they were declared.
  const unlinked = await unlink(lane, source, batch);
  await declareUsers(lane, source, of('user'), touched, answer);
  await declareOrgUnits(lane, source, of('org_unit', 'association'), touched, answer);
  const pairs = batch.filter(({ command }) => isPairDelete(command));
  await deletePairs(lane, source, pairs, touched, answer);
  const deleted = deletedOf(batch, declared);
  await forgetDependants(lane, source, deleted, touched);
  await forgetRelations(lane, source, deleted, touched);
  return { declared, warnings: warned, touched, unlinked };
}

/** Where a run is taken back, what it has brought along is taken back by itself, and what others hung on it stays theirs. */
function deletedOf(batch: readonly Declaration[], declared: ReadonlyMap<Declaration, Declared>): Declaration[] {
  return batch.filter(
    (declaration) => declared.get(declaration) === 'deleted' && tombstoneOf(declaration.command) === undefined,
  );
}
