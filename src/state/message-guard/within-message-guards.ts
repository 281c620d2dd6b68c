import { statesFields } from '../../domain/command.ts';
import type { Command, RecordCommand } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import {
  defaultWindowMinutes,
  isOver,
  type MessageGuardName,
  type MessageGuards,
  messageLimitOf,
} from '../../domain/guards.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { mayEnd } from '../declare/ends.ts';
import { type Lane, type LaneSource, defer } from '../lane.ts';
import { outcomeBase } from '../standing.ts';
import { type HoldFinding, holdCommands, type ToHold } from './hold-commands.ts';
import { addToWindow, countLive, type Ended, look, type Window, windowKey } from './look.ts';
import { type Changing, judgeStating } from './stating.ts';
import { heldProblem } from './words.ts';

/** A command of a message, or of anybody else. */
export interface Guarded {
  readonly command: RecordCommand;
  readonly messageId: string;
  /** It came in a message: what it does counts. */
  readonly guarded?: true;
  /** The command as it came, where it was completed by the row that is there. */
  readonly stated?: Command;
  answer(outcome: Outcome): void;
}

/**
 * Leaves out what is over the limits of the source system for messages, keeps it for an approval, and answers it. Judged is what
 * messages did within a sliding window, by the database, so it is the same for all processes; what is held counts as well, so a SIS that
 * goes on and on is stopped until it calms down. A source system without such limits is not looked at.
 */
export async function withinMessageGuards<S extends Guarded>(
  lane: Lane,
  source: LaneSource,
  steps: readonly S[],
): Promise<readonly S[]> {
  const guards = source.options.guards.messages;
  if (guards === undefined) return steps;
  const asked = steps.filter((step) => step.guarded === true);
  const deletes = limitsRemovals(guards) ? asked.filter(({ command }) => command.verb === 'delete') : [];
  const stating = asked.filter(({ command }) => isJudged(guards, command));
  const changing = stating.length === 0 ? new Map<S, Changing>() : await judgeStating(lane, source, stating);
  if (deletes.length + changing.size === 0) return steps;
  const ending = limitsRemovals(guards) ? asked.filter((step) => endsAlong(step, changing.get(step))) : [];
  const windowMinutes = guards.windowMinutes ?? defaultWindowMinutes;
  const { ended, window } = await look(
    lane,
    source,
    ending.map(({ command }) => command),
    windowMinutes,
  );
  const endedBy = Map.groupBy(ended, ({ at }) => ending[at]);
  const risks = asked.flatMap((step): Risk<S>[] => {
    const weights = weightsOf(step, endedBy.get(step) ?? [], changing.get(step)).filter(
      ({ guard, kind }) => messageLimitOf(guards, guard, kind) !== undefined,
    );
    return weights.length === 0 ? [] : [{ step, weights }];
  });
  await knowLive(lane, source, guards, window, risks);
  const { over, done } = judge(guards, window, windowMinutes, risks);
  if (done.size > 0) defer(lane, addToWindow(lane, source, done));
  await hold(lane, source, over);
  const held = new Set(over.map(({ step }) => step));
  return steps.filter((step) => !held.has(step));
}

/** Of any kind: what ends along may be of another one. */
function limitsRemovals(guards: MessageGuards): boolean {
  return [guards, ...Object.values(guards.kinds ?? {})].some(({ removals: limit }) => limit !== undefined);
}

/** What cannot end anything is looked at only where changes are limited. */
function isJudged(guards: MessageGuards, command: RecordCommand): boolean {
  const isLimited = (guard: MessageGuardName): boolean => messageLimitOf(guards, guard, command.kind) !== undefined;
  if (!statesFields(command)) return false;
  return isLimited('identifiers') || isLimited('changes') || (endsLimited(guards, command) && mayEnd(command));
}

/** A delete, or what ends as by one. */
function endsAlong({ command }: Guarded, changing: Changing | undefined): boolean {
  return command.verb === 'delete' || changing?.endsAlong === true;
}

/** Nothing hangs on an enrollment. */
function endsLimited(guards: MessageGuards, { entity, kind }: RecordCommand): boolean {
  return entity === 'enrollment' ? messageLimitOf(guards, 'removals', kind) !== undefined : limitsRemovals(guards);
}

interface Weight {
  readonly guard: MessageGuardName;
  readonly kind: WireKind;
  readonly count: number;
  readonly isEffect: boolean;
}

/** A command that does something of which too much would be held. */
interface Risk<S> {
  readonly step: S;
  readonly weights: readonly Weight[];
}

/** It is held for its own row first, then for what ends along, then for what else it changes. */
function weightsOf({ command: { kind } }: Guarded, ended: readonly Ended[], changing: Changing | undefined): Weight[] {
  const removals = ended.map((one): Weight => ({ guard: 'removals', ...one }));
  const effects = removals.filter(({ isEffect }) => isEffect);
  if (changing === undefined) return [...removals.filter(({ isEffect }) => !isEffect), ...effects];
  const own = changing.guards.map((guard): Weight => ({ guard, kind, count: 1, isEffect: false }));
  const [ends, others] = [
    own.filter(({ guard }) => guard === 'removals'),
    own.filter(({ guard }) => guard !== 'removals'),
  ];
  return [...ends, ...effects, ...others];
}

/** Counts how much there is of the kinds of which more than the floor would be touched; not more than once a window. */
async function knowLive(
  lane: Lane,
  source: LaneSource,
  guards: MessageGuards,
  { done, live }: Window,
  risks: readonly Risk<Guarded>[],
): Promise<void> {
  const sums = new Map(done);
  const unknown = new Set<WireKind>();
  for (const { guard, kind, count } of risks.flatMap(({ weights }) => weights)) {
    const sum = (sums.get(windowKey(guard, kind)) ?? 0) + count;
    sums.set(windowKey(guard, kind), sum);
    if (sum > (messageLimitOf(guards, guard, kind)?.floor ?? 0) && !live.has(kind)) unknown.add(kind);
  }
  if (unknown.size === 0) return;
  for (const [kind, count] of await countLive(lane, source, [...unknown])) live.set(kind, count);
}

interface Over<S> {
  readonly step: S;
  readonly weight: Weight;
  readonly finding: HoldFinding;
}

/** In their order: those that fit go, those that do not are held. Of these only their own rows count, not what they would take along. */
function judge<S>(
  guards: MessageGuards,
  window: Window,
  windowMinutes: number,
  risks: readonly Risk<S>[],
): { over: Over<S>[]; done: Map<string, number> } {
  const over: Over<S>[] = [];
  const done = new Map<string, number>();
  const sumWith = ({ guard, kind, count }: Weight): number => {
    const key = windowKey(guard, kind);
    return (window.done.get(key) ?? 0) + (done.get(key) ?? 0) + count;
  };
  for (const { step, weights } of risks) {
    const found = weights.flatMap((weight): Over<S>[] => {
      const limit = messageLimitOf(guards, weight.guard, weight.kind);
      const count = sumWith(weight);
      const of = window.live.get(weight.kind) ?? 0;
      if (limit === undefined || !isOver(limit, count, of)) return [];
      return [{ step, weight, finding: { count, of, limit, windowMinutes } }];
    });
    const [first] = found;
    if (first !== undefined) over.push(first);
    for (const { guard, kind, count, isEffect } of weights) {
      if (first !== undefined && isEffect) continue;
      const key = windowKey(guard, kind);
      done.set(key, (done.get(key) ?? 0) + count);
    }
  }
  return { over, done };
}

async function hold<S extends Guarded>(lane: Lane, source: LaneSource, over: readonly Over<S>[]): Promise<void> {
  if (over.length === 0) return;
  const places = await holdCommands(
    lane,
    source,
    over.map(({ step, weight, finding }): ToHold => {
      const command = (step.stated ?? step.command) as RecordCommand;
      const guard = weight.isEffect ? 'effects' : weight.guard;
      const operation = step.command.verb === 'delete' || weight.guard === 'removals' ? 'remove' : 'change';
      return { command, messageId: step.messageId, operation, guard, finding };
    }),
  );
  over.forEach(({ step, weight: { guard, kind }, finding }, index) => {
    const { command } = step;
    const place = places[index];
    if (place === undefined) throw new Error('a held command has no hold');
    const problems = [heldProblem(guard, kind, finding, place), ...(command.notes ?? [])];
    step.answer({ ...outcomeBase(command), status: 'held', problems });
  });
}
