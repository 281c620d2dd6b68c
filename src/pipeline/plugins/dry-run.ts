import { isDeepStrictEqual } from 'node:util';
import { isWrite, type Command } from '../../domain/command.ts';
import { type ChosenList, ListRefused } from '../../domain/extension-points.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Handler, SourceSystem } from '../ports.ts';
import { checkList } from './check-list.ts';
import { type Step, stepsOf } from './compile.ts';
import type { HandlerFunctions } from './plugin.ts';
import type { ListPoint } from './points.ts';
import type { Registry } from './registry.ts';
import { type Item, runStep } from './run-handlers.ts';

/** What one step of a list did to one command. */
export interface StepEffect {
  readonly plugin: string;
  /** It stands for a plug-in that the list does without. */
  readonly leftOut: boolean;
  /** The command as the step found it and as it left it; only where they differ. */
  readonly before?: Command;
  readonly after?: Command;
  readonly warnings: readonly Problem[];
  readonly refusal?: Problem;
}

/** What a list of handlers would do to one command. */
export interface CommandEffects {
  readonly command: Command;
  readonly steps: readonly StepEffect[];
  /** What would be declared; absent when it would be refused. */
  readonly result?: Command;
}

/**
 * Runs a list of handlers over commands, step by step, and writes nothing.
 *
 * @param always what runs behind every list
 * @throws ListRefused for a list that could not be put either.
 */
export function dryRun(
  registry: Registry,
  point: ListPoint,
  chosen: ChosenList,
  commands: readonly Command[],
  source: SourceSystem,
  always: readonly Handler[],
): CommandEffects[] {
  const { reasons, checked } = checkList(registry, point, chosen);
  if (reasons.length > 0) throw new ListRefused(point.name, reasons);
  // A point of handlers lists handlers.
  const listed = stepsOf(registry.listed(point), point, checked) as Step<HandlerFunctions>[];
  const steps = [...listed, ...always.map((made) => ({ name: made.name, made, leftOut: false }))];
  return commands.flatMap((command) => {
    if (command.verb !== 'read' && !isWrite(command)) return [];
    const item: Item = { command, warnings: [] } as Item;
    const effects: StepEffect[] = [];
    for (const step of steps) {
      effects.push(effectOf(step, item, source));
      if (item.refusal !== undefined) break;
    }
    return [{ command, steps: effects, ...(item.refusal === undefined ? { result: item.command } : {}) }];
  });
}

function effectOf({ name, made, leftOut }: Step<HandlerFunctions>, item: Item, source: SourceSystem): StepEffect {
  const before = item.command;
  const warned = item.warnings.length;
  runStep(made, [item], source);
  const differs = !isDeepStrictEqual(before, item.command);
  return {
    plugin: name,
    leftOut,
    ...(differs ? { before, after: item.command } : {}),
    warnings: item.warnings.slice(warned),
    ...(item.refusal === undefined ? {} : { refusal: item.refusal }),
  };
}
