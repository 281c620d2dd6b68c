import { commandKey, isPairDelete, isWrite, statesFields } from '../domain/command.ts';
import type { Command, ReadCommand, WriteCommand } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import { allocateIds } from './allocate.ts';
import { type AnswerBudget, createAnswerBudgets } from './answer-budget.ts';
import { apart, batches } from './batches.ts';
import { foldMemberships } from './fold-memberships.ts';
import { completeCommands } from './declare/complete.ts';
import { declare } from './declare/declare.ts';
import type { Declaration, Declared, Warnings } from './declare/declare.ts';
import { declareEnrollments } from './declare/enrollments.ts';
import { defer } from './lane.ts';
import type { Lane, LaneSource } from './lane.ts';
import { noteHeldList, noteHeldReads } from './message-guard/note-held.ts';
import { overHeld } from './message-guard/over-held.ts';
import { withinMessageGuards } from './message-guard/within-message-guards.ts';
import { settleEnrollments } from './projection/enrollments.ts';
import { placeEnrollments } from './projection/place-enrollments.ts';
import { projectReferents } from './projection/project.ts';
import type { Reached } from './projection/project.ts';
import { readDeclared } from './read-declared.ts';
import { rename } from './rename/rename.ts';
import type { RenameStep } from './rename/rename.ts';
import { listDeclared, momentOf } from './list/list-declared.ts';
import { judgedTogether } from './rights/judged-together.ts';
import { withinRights } from './rights/within-rights.ts';
import { outcomeOf, readStandings } from './standing.ts';
import type { Growing } from './statistics.ts';

/** One command and where its outcome goes. */
export interface Step {
  readonly command: Command;
  readonly messageId: string;
  readonly sourceSystemId: number;
  /**
   * Nobody reads its outcome unless there is something to tell: the LMS id of what is simply done may be left out, and with others of its key it
   * may be applied as what they come to (chains.ts).
   */
  readonly isTerse?: boolean;
  /** It came in a message: the guard of messages counts it, and it takes the place of what is held of its key. */
  readonly guarded?: true;
  answer(outcome: Outcome): void;
}

/**
 * Applies commands in the order of each key, in batches. A batch is of one source system; steps of different ones do not
 * depend on each other's order.
 */
export async function applySteps(lane: Lane, steps: readonly Step[]): Promise<void> {
  const budgetOf = createAnswerBudgets();
  for (const [sourceSystemId, ofSource] of grouped(steps)) {
    const source = lane.sources.get(sourceSystemId);
    if (source === undefined) throw new Error(`source system ${String(sourceSystemId)} is unknown`);
    const identified = await allocateIds(lane, source, ofSource);
    for (const batch of await batches(lane, source, identified)) {
      for (const part of await apart(lane, source, batch)) await applyBatch(lane, source, part, budgetOf);
    }
  }
}

/** @param budgetOf what is left of the answer to a message */
async function applyBatch(
  lane: Lane,
  source: LaneSource,
  batch: readonly Step[],
  budgetOf: (messageId: string) => AnswerBudget,
): Promise<void> {
  for (const step of batch) {
    const { command } = step;
    if (command.verb !== 'list') continue;
    const found = await listDeclared(lane, source.id, command, await momentOf(lane), budgetOf(step.messageId));
    step.answer(await noteHeldList(lane, source, command, found));
  }
  await applyReads(
    lane,
    source,
    batch.filter(({ command }) => command.verb === 'read'),
    budgetOf,
  );
  const writes = batch.filter((step) => isWrite(step.command));
  // Renames share batches with renames alone.
  if (writes[0]?.command.verb === 'rename') await applyRenames(lane, source, writes as (Step & RenameStep)[]);
  else if (writes.length > 0) await applyWrites(lane, source, writes as WriteStep[]);
}

async function applyReads(
  lane: Lane,
  source: LaneSource,
  steps: readonly Step[],
  budgetOf: (messageId: string) => AnswerBudget,
): Promise<void> {
  if (steps.length === 0) return;
  const messageOf = new Map(steps.map(({ command, messageId }) => [command, messageId]));
  const commands = steps.map(({ command }) => command as ReadCommand);
  const read = await readDeclared(lane, source.id, commands, (command) => budgetOf(messageOf.get(command) ?? ''));
  const outcomes = await noteHeldReads(lane, source, commands, read);
  steps.forEach((step, index) => {
    const outcome = outcomes[index];
    if (outcome !== undefined) step.answer(outcome);
  });
}

async function applyRenames(lane: Lane, source: LaneSource, stated: readonly (Step & RenameStep)[]): Promise<void> {
  const steps = await overHeld(lane, source, stated, () => Promise.resolve());
  await rename(batchLaneOf(lane, steps), source, await withinRights(lane, source, steps));
}

/** The lane with the messages of a batch, to which its changes are put down. */
function batchLaneOf(lane: Lane, steps: readonly Step[]): Lane {
  const messageIds = [...new Set(steps.map(({ messageId }) => messageId))];
  const [only] = messageIds;
  const cause = {
    reason: 'message' as const,
    ...(messageIds.length === 1 && only !== undefined ? { messageId: only } : { messageIds }),
  };
  return { ...lane, messageIds, cause };
}

async function applyWrites(lane: Lane, source: LaneSource, steps: readonly WriteStep[]): Promise<void> {
  const apply = (taken: readonly WriteStep[]): Promise<void> => applyOpen(lane, source, taken);
  await apply(await overHeld(lane, source, steps, apply));
}

type WriteStep = Step & { readonly command: WriteCommand };

async function applyOpen(lane: Lane, source: LaneSource, stated: readonly Step[]): Promise<void> {
  if (stated.length === 0) return;
  const steps = await completeCommands(lane, source, stated);
  const answers: (() => Promise<void>)[] = [];
  for (const part of judgedTogether(source, steps as readonly (Step & Declaration)[]))
    if (part.length > 0) answers.push(await applyPart(lane, source, part));
  for (const answer of answers) await answer();
}

/** @returns what tells how the others stand, once all parts are applied: a later one may have made room for them */
async function applyPart(
  lane: Lane,
  source: LaneSource,
  steps: readonly (Step & Declaration)[],
): Promise<() => Promise<void>> {
  const batchLane = batchLaneOf(lane, steps);
  const allowed = await withinMessageGuards(lane, source, await withinRights(lane, source, steps));
  const [enrollments, others] = partition(allowed, ({ command }) => isKeyedEnrollment(command));

  const { declared, warnings, touched, unlinked } = await declare(batchLane, source, others);
  await grown(lane, others);
  const reached = await projectReferents(batchLane, touched, unlinked);
  await applyEnrollments(batchLane, source, enrollments, reached);
  return () => answerOthers(lane, source, others, declared, warnings);
}

/** A delete by pair is about whatever the source system declared for the pair, and is declared apart. */
function isKeyedEnrollment(command: Command): boolean {
  return command.entity === 'enrollment' && !isPairDelete(command);
}

async function grown(lane: Lane, declarations: readonly Declaration[]): Promise<void> {
  if (declarations.length === 0) return;
  await lane.statistics?.declared(lane.client, declarations.flatMap(growthOf));
}

function growthOf({ command }: Declaration): Growing[] {
  const { entity } = command;
  if (entity !== 'user' || !statesFields(command)) return [entity];
  return [entity, ...(command.fields.relations ?? []).map(() => 'relation' as const)];
}

/** Memberships with what the projection of others came across. */
async function applyEnrollments(
  lane: Lane,
  source: LaneSource,
  steps: readonly (Step & Declaration)[],
  reached: Reached,
): Promise<void> {
  const [first = [], ...others] = foldMemberships(steps);
  await declareAndSettle(lane, source, first, reached);
  for (const round of others) await declareAndSettle(lane, source, round, nothingReached);
}

const nothingReached: Reached = { enrollments: [], along: { lost: [], pairs: [] } };

/** Declares memberships, no key twice, and settles them, with those that the projection of others came across. */
async function declareAndSettle(
  lane: Lane,
  source: LaneSource,
  steps: readonly (Step & Declaration)[],
  { enrollments, along }: Reached,
): Promise<void> {
  const placed = await placeEnrollments(lane, enrollments);
  const declaring = declareEnrollments(lane, source, steps);
  defer(lane, declaring);
  await grown(lane, steps);
  const rows = steps.map(({ command, messageId }) => ({ sourcedId: command.sourcedId, messageId }));
  const settling = settleEnrollments(lane, placed, { sourceSystemId: source.id, rows }, along);
  const [declared, lmsIdOf] = await Promise.all([declaring, settling]);

  const became = new Map(declared.map((row) => [row.sourcedId, row]));
  const ofSource = placed.filter(({ sourceSystemId }) => sourceSystemId === source.id);
  const again = new Map(ofSource.map((row) => [row.sourcedId, row]));
  for (const step of steps) {
    const { command } = step;
    const row = became.get(command.sourcedId);
    if (row === undefined) throw new Error(`nothing became of the membership ${command.sourcedId}`);
    // One that states nothing new stands as it stood, unless the projection came across it.
    const standing = row.status === 'unchanged' ? (again.get(command.sourcedId) ?? row) : row;
    const { waitCode, waitOn, unmapped } = standing;
    const lmsId = standing === row ? (row.lmsId ?? lmsIdOf(row)) : lmsIdOf(standing);
    step.answer(outcomeOf(command, row.status, { live: lmsId !== null, waitCode, waitOn, unmapped, lmsId }));
  }
}

async function answerOthers(
  lane: Lane,
  source: LaneSource,
  steps: readonly (Step & Declaration)[],
  declared: ReadonlyMap<Declaration, Declared>,
  warnings: Warnings,
): Promise<void> {
  const known = steps.filter((step) => declared.get(step) !== 'unknown');
  const standings = await readStandings(
    lane,
    source.id,
    known.map(({ command }) => command),
    steps.every((step) => step.isTerse === true),
  );
  for (const step of steps) {
    const warned = warnings.get(step);
    const command =
      warned === undefined ? step.command : { ...step.command, notes: [...(step.command.notes ?? []), ...warned] };
    step.answer(outcomeOf(command, declared.get(step) ?? 'unchanged', standings.get(commandKey(command))));
  }
}

function partition<T>(all: readonly T[], test: (each: T) => boolean): [T[], T[]] {
  const { yes = [], no = [] } = Object.groupBy(all, (each) => (test(each) ? 'yes' : 'no'));
  return [yes, no];
}

function grouped(steps: readonly Step[]): Map<number, Step[]> {
  const bySource = new Map<number, Step[]>();
  for (const step of steps) {
    const known = bySource.get(step.sourceSystemId);
    if (known === undefined) bySource.set(step.sourceSystemId, [step]);
    else known.push(step);
  }
  return bySource;
}
