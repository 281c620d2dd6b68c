import fc from 'fast-check';
import type { WriteCommand } from '../../src/domain/command.ts';
import type { History, Step } from './arbitraries.ts';

/** How many histories are tried; one run of the whole suite takes about a minute with the default. */
export const runs = Number(process.env.ORACLE_RUNS ?? 60);
/** `ORACLE_SEED=123 ORACLE_PATH=4:1:1` repeats a failure; `ORACLE_SEED=random` looks for new ones. */
const { ORACLE_SEED: seed = '1', ORACLE_PATH: path } = process.env;

/** Tries a property on random histories; a failure tells the shortest one found, and how to repeat it. */
export async function holdsFor<Given>(
  histories: fc.Arbitrary<Given & History>,
  property: (history: Given & History) => Promise<void>,
  numRuns = runs,
): Promise<void> {
  const result = await fc.check(fc.asyncProperty(histories, property), {
    numRuns,
    ...(seed === 'random' ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  });
  if (!result.failed) return;
  const again = `ORACLE_SEED=${result.seed} ORACLE_PATH=${result.counterexamplePath ?? ''}`;
  const shortest = result.counterexample?.[0];
  const told = shortest === undefined ? 'no counterexample' : describe(shortest);
  const message = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  throw new Error(`${again}\n${told}\n${message}`);
}

/** A history as a person reads it: the options, then a line for each command and edit. */
function describe({ options, steps, otherSteps = [] }: History & { otherSteps?: Step[] }): string {
  return [
    ...Object.entries(options).map(([source, chosen]) => `${source}: ${JSON.stringify(chosen)}`),
    ...describeSteps(steps),
    ...(otherSteps.length > 0 ? ['or in another order:', ...describeSteps(otherSteps)] : []),
  ].join('\n');
}

function describeSteps(steps: Step[]): string[] {
  return steps.flatMap((step, index) => describeStep(step).map((line) => `${index + 1}. ${line}`));
}

function describeStep(step: Step): string[] {
  if ('edit' in step) return [JSON.stringify(step)];
  return step.commands.map((command) => `${step.source}: ${describeCommand(command)}`);
}

function describeCommand(command: WriteCommand): string {
  const { entity: _entity, kind, verb, sourcedId, ...wish } = command;
  return `${verb} ${kind} ${sourcedId} ${JSON.stringify(wish)}`;
}
