import { isDeepStrictEqual } from 'node:util';
import { type RecordCommand, statesFields } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import { outcomeBase, outcomeOf } from './standing.ts';

interface Answerable {
  readonly command: RecordCommand;
  answer(outcome: Outcome): void;
}

/**
 * Memberships in rounds in which no key comes twice. What a batch says of one key, a chain (chains.ts), is declared as what it comes to: all that was
 * stated, and in the second round a delete, where it ends with one. Each of them is answered.
 */
export function foldMemberships<S extends Answerable>(steps: readonly S[]): readonly (readonly S[])[] {
  const chains = [...Map.groupBy(steps, ({ command }) => command.sourcedId).values()];
  if (chains.length === steps.length) return [steps];
  const folded = chains.map(foldChain);
  const ends = folded.flatMap(([, end]) => (end === undefined ? [] : [end]));
  return [folded.map(([comesTo]) => comesTo), ...(ends.length > 0 ? [ends] : [])];
}

type Folded<S> = readonly [comesTo: S, end: S | undefined];

function foldChain<S extends Answerable>(chain: readonly S[]): Folded<S> {
  const [first, ...others] = chain as [S, ...S[]];
  if (others.length === 0) return [first, undefined];
  if (first.command.verb === 'replace') return foldWhole(first, chain);
  if (first.command.verb === 'update') return [answeringAll(first, statedBy(chain)), undefined];
  for (const step of others) step.answer(outcomeOf(step.command, 'unknown', undefined));
  return [first, undefined];
}

/** What a membership states once a step has come. */
interface Stated<S> {
  readonly step: S;
  readonly fields: object;
}

/** Each states the same fields, and all of them. */
function statedBy<S extends Answerable>(chain: readonly S[]): readonly Stated<S>[] {
  return chain.map((step) => ({ step, fields: statesFields(step.command) ? step.command.fields : {} }));
}

/** The first states the whole, so it is known of each of them whether the membership is there. */
function foldWhole<S extends Answerable>(first: S, chain: readonly S[]): Folded<S> {
  const stated: Stated<S>[] = [];
  let end: S | undefined;
  for (const step of chain) {
    const { command } = step;
    if (!statesFields(command)) {
      if (end === undefined) end = step;
      else step.answer(outcomeOf(command, 'unknown', undefined));
      continue;
    }
    end?.answer(outcomeOf(end.command, 'deleted', undefined));
    end = undefined;
    // An update of what was deleted builds on what that was.
    const before = command.verb === 'update' ? stated.at(-1)?.fields : {};
    stated.push({ step, fields: { ...before, ...command.fields } });
  }
  return [answeringAll(first, stated), end];
}

/** The last state, declared as the first step wishes it. What was waited for in between is nobody's concern any more. */
function answeringAll<S extends Answerable>(first: S, stated: readonly Stated<S>[]): S {
  const fields = stated.at(-1)?.fields ?? {};
  const { notes: _notes, ...command } = first.command;
  return {
    ...first,
    command: { ...command, fields } as RecordCommand,
    answer: (outcome) => {
      for (const each of stated) each.step.answer(outcomeAmong(each, fields, outcome));
    },
  };
}

function outcomeAmong<S extends Answerable>(each: Stated<S>, fields: object, outcome: Outcome): Outcome {
  const { command } = each.step;
  if (outcome.status === 'rejected') return { ...outcome, ...outcomeBase(command) };
  if (!isDeepStrictEqual(each.fields, fields)) return outcomeOf(command, 'updated', undefined);
  return { ...outcome, ...outcomeBase(command), problems: [...outcome.problems, ...(command.notes ?? [])] };
}
