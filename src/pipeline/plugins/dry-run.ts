import { isDeepStrictEqual } from 'node:util';
import { isWrite, type Command } from '../../domain/command.ts';
import { type ChosenList, ListRefused } from '../../domain/extension-points.ts';
import { GatewayError, type Problem, toProblem } from '../../domain/problem.ts';
import type { Handler, SourceSystem } from '../ports.ts';
import { checkList } from './check-list.ts';
import { type Step, stepsOf } from './compile.ts';
import { PluginFault } from './guard.ts';
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
  /** The plug-in is at fault: what it did. Nothing of it is shown, and no step behind it ran. */
  readonly fault?: PluginFault;
}

/** What a list of handlers would do to one command. */
export interface CommandEffects {
  readonly command: Command;
  readonly steps: readonly StepEffect[];
  /** What would be declared; absent when it would be refused, or a step is at fault. */
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
  // A point of handlers lists handlers.
  const listed = candidateSteps(registry, point, chosen) as Step<HandlerFunctions>[];
  const steps = [...listed, ...always.map((made) => ({ name: made.name, made, leftOut: false }))];
  return commands.flatMap((command) => {
    if (command.verb !== 'read' && !isWrite(command)) return [];
    const item: Item = { command: structuredClone(command), warnings: [] } as Item;
    const effects: StepEffect[] = [];
    let result: Command = command;
    for (const step of steps) {
      const effect = effectOf(step, item, result, source);
      effects.push(effect);
      if (effect.refusal !== undefined || effect.fault !== undefined) return [{ command, steps: effects }];
      result = effect.after ?? result;
    }
    return [{ command, steps: effects, result }];
  });
}

/** The steps of a list that is tried out; one that cannot be made is at fault when it is run. Throws ListRefused. */
export function candidateSteps(registry: Registry, point: ListPoint, chosen: ChosenList): Step<unknown>[] {
  const { reasons, checked } = checkList(registry, point, chosen);
  if (reasons.length > 0) throw new ListRefused(point.name, reasons);
  return stepsOf(registry, point, checked, (fault) => {
    const run = () => {
      throw fault;
    };
    return point.kind === 'handle' ? { handle: run, read: run } : run;
  });
}

/** What is told is a copy: a handler may change the command that it was given. */
function effectOf(
  { name, made, leftOut }: Step<HandlerFunctions>,
  item: Item,
  before: Command,
  source: SourceSystem,
): StepEffect {
  const warned = item.warnings.length;
  try {
    runStep(made, [item], source);
  } catch (error) {
    if (error instanceof PluginFault) return { plugin: name, leftOut, warnings: [], fault: error };
    if (!(error instanceof GatewayError)) throw error;
    return { plugin: name, leftOut, warnings: [], refusal: toProblem(error) };
  }
  const differs = !isDeepStrictEqual(before, item.command);
  return {
    plugin: name,
    leftOut,
    ...(differs ? { before, after: structuredClone(item.command) } : {}),
    warnings: structuredClone(item.warnings.slice(warned)),
    ...(item.refusal === undefined ? {} : { refusal: item.refusal }),
  };
}
