import { describe, expect, test } from '@jest/globals';
import { isWrite, type ReadCommand, type WriteCommand } from '../../domain/command.ts';
import { problemCatalogue, type ProblemCode } from '../../domain/problem.ts';
import { presets, type SourceSystem } from '../../domain/source-system.ts';
import {
  culpritAt,
  guardHandler,
  type HandlerFunctions,
  type HandlerPlugin,
  inspectHandler,
  type Item,
  runStep,
} from '../../pipeline/plugins/index.ts';
import { deepFreeze, describesItself, type KitOptions, optionsToTry, parseOptions } from './listed.ts';
import { hostileCommands, sampleCommands, sampleSource } from './samples.ts';

/** What a handler does to one command. */
export interface HandlerExample {
  /** A sentence: what happens. */
  readonly name: string;
  readonly options?: unknown;
  readonly command: WriteCommand | ReadCommand;
  /** What happens where a list does without the handler. */
  readonly leftOut?: true;
  readonly source?: Partial<SourceSystem>;
  /** What the command becomes: what is named here must be so. Absent: it stays as it is. */
  readonly becomes?: object;
  readonly refused?: ProblemCode;
  readonly warned?: ProblemCode;
}

/**
 * The conformance kit of handlers: says itself what it is, is done when it returns, leaves keys alone, states values of the
 * right kind, changes nothing in place (nor the source system), gives the same answer for the same command whatever stands beside it and however often it is asked,
 * in any configuration of the source system, with hostile values as well; refuses only what can be said in the catalogue; and
 * does what the examples say.
 *
 * @param given options to meet hostile values with, where neither none nor those of the examples will do
 */
export function describeHandler(
  handler: HandlerPlugin,
  examples: readonly HandlerExample[] = [],
  given: KitOptions = {},
): void {
  describe(`the handler ${handler.name}`, () => {
    test('says what it is', () => describesItself(handler));

    test.each(handler.points)('takes whatever comes at %s', (point) => {
      const listed = optionsToTry(handler, examples, given).map((options) => made(handler, options, point));
      const leftOut = handler.leftOut?.(new Set());
      for (const functions of leftOut === undefined ? listed : [...listed, leftOut]) {
        for (const command of [...sampleCommands(point), ...hostileCommands(point)]) {
          for (const source of sources()) takes(functions, command, source);
        }
      }
    });

    test.each(handler.points)('treats each command of a batch by itself at %s', (point) => {
      for (const options of optionsToTry(handler, examples, given)) {
        const functions = made(handler, options, point);
        const alone = sampleCommands(point).map((command) => {
          const item = itemOf(deepFreeze(command));
          runStep(functions, [item], sampleSource());
          return item;
        });
        const together = sampleCommands(point).map((command) => itemOf(deepFreeze(command)));
        runStep(functions, together, sampleSource());
        expect(together).toEqual(alone);
      }
    });

    if (examples.length > 0) test.each(examples)('$name', (example) => tryOut(handler, example));
  });
}

/** Twice, to see that it keeps nothing from the first time. */
function takes(functions: HandlerFunctions, command: WriteCommand | ReadCommand, source: SourceSystem): void {
  const before = deepFreeze(structuredClone(command));
  const [item, again] = [itemOf(before), itemOf(before)];
  runStep(functions, [item], source);
  runStep(functions, [again], source);
  expect(again).toEqual(item);
  const { entity, kind, verb, sourcedId } = item.command;
  expect({ entity, kind, verb, sourcedId }).toEqual(keyOf(before));
  expect(structuredClone(item.command)).toEqual(item.command);
  for (const problem of [...item.warnings, ...(item.refusal === undefined ? [] : [item.refusal])]) {
    expect(problemCatalogue[problem.code]).toBeDefined();
    expect(problem.message).not.toBe('');
  }
}

/** As every kind of SIS has it, mapped and unmapped, patient and strict. */
function sources(): SourceSystem[] {
  const known = Object.values(presets).map((options) => sampleSource({ options }));
  const strict = sampleSource({
    options: { ...presets.lis, unmapped: 'reject' },
    roles: new Set(),
    orgUnitTypes: new Map(),
  });
  return [...known, strict].map(deepFreeze);
}

function tryOut(handler: HandlerPlugin, example: HandlerExample): void {
  const { command, becomes, refused, warned } = example;
  const item = itemOf(deepFreeze(structuredClone(command)));
  const functions = example.leftOut
    ? handler.leftOut?.(new Set())
    : made(handler, example.options ?? {}, 'its example');
  expect(functions).toBeDefined();
  runStep(functions ?? {}, [item], sampleSource(example.source));
  expect(item.refusal?.code).toBe(refused);
  if (warned !== undefined) expect(item.warnings.map(({ code }) => code)).toContain(warned);
  if (refused !== undefined) return;
  if (becomes === undefined) expect(item.command).toEqual(command);
  else expect(item.command).toMatchObject(becomes);
}

/** As it runs in a gateway: what it throws, a promise that it returns, and what it leaves of a wrong kind, is said of it by name. */
function made(handler: HandlerPlugin, options: unknown, at: string): HandlerFunctions {
  const culprit = culpritAt(handler.name, at);
  return inspectHandler(guardHandler(handler.make(parseOptions(handler, options)), culprit), culprit);
}

function itemOf(command: WriteCommand | ReadCommand): Item {
  return isWrite(command) ? { command, warnings: [] } : { command, warnings: [] };
}

function keyOf({ entity, kind, verb, sourcedId }: WriteCommand | ReadCommand): object {
  return { entity, kind, verb, sourcedId };
}
