import { commandKey, isWrite } from '../domain/command.ts';
import type { Command, ReadCommand } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import { declare } from './declare/declare.ts';
import type { Declaration, Declared } from './declare/declare.ts';
import type { Lane, LaneSource } from './lane.ts';
import { project } from './projection/project.ts';
import { readDeclared } from './read-declared.ts';
import { outcomeOf, readStandings } from './standing.ts';

/** One command and where its outcome goes. */
export interface Step {
  readonly command: Command;
  readonly messageId: string;
  readonly sourceSystemId: number;
  answer(outcome: Outcome): void;
}

/**
 * Applies commands in the order of each key: a key that comes again starts the next batch, so no row meets itself. A batch
 * is of one source system; steps of different ones do not depend on each other's order.
 */
export async function applySteps(lane: Lane, steps: readonly Step[]): Promise<void> {
  for (const [sourceSystemId, ofSource] of grouped(steps)) {
    const source = lane.sources.get(sourceSystemId);
    if (source === undefined) throw new Error(`source system ${String(sourceSystemId)} is unknown`);
    for (const batch of batches(ofSource, source)) await applyBatch(lane, source, batch);
  }
}

async function applyBatch(lane: Lane, source: LaneSource, batch: readonly Step[]): Promise<void> {
  const reads = batch.filter((step) => !isWrite(step.command));
  const outcomes = await readDeclared(
    lane,
    source.id,
    reads.map(({ command }) => command as ReadCommand),
  );
  reads.forEach((step, index) => {
    const outcome = outcomes[index];
    if (outcome !== undefined) step.answer(outcome);
  });
  const writes = batch.filter((step) => isWrite(step.command));
  if (writes.length > 0) await applyWrites(lane, source, writes);
}

async function applyWrites(lane: Lane, source: LaneSource, steps: readonly Step[]): Promise<void> {
  const messageIds = [...new Set(steps.map(({ messageId }) => messageId))];
  const cause = {
    reason: 'message' as const,
    ...(messageIds.length === 1 ? { messageId: messageIds[0] ?? '' } : { messageIds }),
  };
  const batchLane: Lane = { ...lane, messageIds, cause };
  const { declared, touched } = await declare(batchLane, source, steps as readonly (Step & Declaration)[]);
  await lane.statistics?.declared(
    lane.client,
    steps.map(({ command }) => command.entity),
  );
  // An enrollment that states nothing new stands as it stood, unless the projection comes across it.
  const commandsOf = (kept: (declared: Declared | undefined, command: Command) => boolean): Command[] =>
    steps.flatMap(({ command }, index) => (kept(declared[index], command) ? [command] : []));
  const unchanged = readStandings(
    lane,
    source.id,
    commandsOf((status, { entity }) => entity === 'enrollment' && status === 'unchanged'),
  );
  unchanged.catch(() => undefined);
  const enrollments = new Map(
    (await project(batchLane, touched))
      .filter((row) => row.sourceSystemId === source.id)
      .map((row) => [row.sourcedId, row]),
  );
  const others = await readStandings(
    lane,
    source.id,
    commandsOf((status, { entity }) => entity !== 'enrollment' && status !== 'unknown'),
  );
  const standings = new Map([...(await unchanged), ...others]);
  steps.forEach((step, index) => {
    const { command } = step;
    const enrollment = command.entity === 'enrollment' ? enrollments.get(command.sourcedId) : undefined;
    const standing =
      enrollment === undefined
        ? standings.get(commandKey(command))
        : { ...enrollment, live: enrollment.lmsId !== null };
    step.answer(outcomeOf(command, declared[index] ?? 'unchanged', standing));
  });
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

/** A key that comes again starts the next batch; so does what follows a command that reaches rows of other keys. */
function* batches(steps: readonly Step[], source: LaneSource): Generator<Step[]> {
  let batch: Step[] = [];
  let keys = new Set<string>();
  let closed = false;
  for (const step of steps) {
    const key = commandKey(step.command);
    if (batch.length > 0 && (closed || keys.has(key) || isPairDelete(step.command))) {
      yield batch;
      batch = [];
      keys = new Set();
    }
    keys.add(key);
    batch.push(step);
    closed = reachesOthers(step.command, source);
  }
  if (batch.length > 0) yield batch;
}

/** A delete by pair, and a delete that makes its dependants be forgotten: what comes after it must not be caught by it. */
function reachesOthers(command: Command, source: LaneSource): boolean {
  const forgets =
    command.verb === 'delete' && command.entity !== 'enrollment' && source.options.dependants === 'forget';
  return forgets || isPairDelete(command);
}

function isPairDelete(command: Command): boolean {
  return command.verb === 'delete' && command.entity === 'enrollment' && command.pair !== undefined;
}
