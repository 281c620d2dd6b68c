import { describe, expect, test } from '@jest/globals';
import { isWrite, type ReadCommand, type WriteCommand } from '../../domain/command.ts';
import { problemCatalogue, type ProblemCode } from '../../domain/problem.ts';
import type { SourceSystem } from '../../domain/source-system.ts';
import {
  culpritAt,
  guardHandler,
  type HandlerFunctions,
  type HandlerPlugin,
  type Item,
  runStep,
} from '../../pipeline/plugins/index.ts';
import { deepFreeze, describesItself, parseOptions } from './listed.ts';
import { sampleCommands, sampleSource } from './samples.ts';

/** What a handler does to one command. */
export interface HandlerExample {
  /** A sentence: what happens. */
  readonly name: string;
  readonly options?: unknown;
  readonly command: WriteCommand | ReadCommand;
  readonly source?: Partial<SourceSystem>;
  /** What the command becomes: what is named here must be so. Absent: it stays as it is. */
  readonly becomes?: object;
  readonly refused?: ProblemCode;
  readonly warned?: ProblemCode;
}

/**
 * The conformance kit of handlers: says itself what it is, is done when it returns, leaves keys alone, changes nothing in place, gives the same answer
 * for the same command whatever stands beside it; and does what the examples say.
 */
export function describeHandler(handler: HandlerPlugin, examples: readonly HandlerExample[] = []): void {
  describe(`the handler ${handler.name}`, () => {
    test('says what it is', () => describesItself(handler));

    test.each(handler.points)('takes whatever comes at %s', (point) => {
      const functions = made(handler, {}, point);
      for (const command of sampleCommands(point)) {
        const before = deepFreeze(structuredClone(command));
        const item = itemOf(before);
        runStep(functions, [item], sampleSource());
        const { entity, kind, verb, sourcedId } = item.command;
        expect({ entity, kind, verb, sourcedId }).toEqual(keyOf(before));
        if (item.refusal !== undefined) expect(problemCatalogue[item.refusal.code]).toBeDefined();
        if (item.refusal !== undefined) expect(item.refusal.message).not.toBe('');
      }
    });

    test.each(handler.points)('treats each command of a batch by itself at %s', (point) => {
      const functions = made(handler, {}, point);
      const alone = sampleCommands(point).map((command) => {
        const item = itemOf(deepFreeze(command));
        runStep(functions, [item], sampleSource());
        return item;
      });
      const together = sampleCommands(point).map((command) => itemOf(deepFreeze(command)));
      runStep(functions, together, sampleSource());
      expect(together).toEqual(alone);
    });

    if (examples.length > 0) test.each(examples)('$name', (example) => tryOut(handler, example));
  });
}

function tryOut(handler: HandlerPlugin, example: HandlerExample): void {
  const { command, becomes, refused, warned } = example;
  const item = itemOf(deepFreeze(structuredClone(command)));
  runStep(made(handler, example.options ?? {}, 'its example'), [item], sampleSource(example.source));
  expect(item.refusal?.code).toBe(refused);
  if (warned !== undefined) expect(item.warnings.map(({ code }) => code)).toContain(warned);
  if (refused !== undefined) return;
  if (becomes === undefined) expect(item.command).toEqual(command);
  else expect(item.command).toMatchObject(becomes);
}

/** As it runs in a gateway: what it throws, and a promise that it returns, is said of it by name. */
function made(handler: HandlerPlugin, options: unknown, at: string): HandlerFunctions {
  return guardHandler(handler.make(parseOptions(handler, options)), culpritAt(handler.name, at));
}

function itemOf(command: WriteCommand | ReadCommand): Item {
  return isWrite(command) ? { command, warnings: [] } : { command, warnings: [] };
}

function keyOf({ entity, kind, verb, sourcedId }: WriteCommand | ReadCommand): object {
  return { entity, kind, verb, sourcedId };
}
