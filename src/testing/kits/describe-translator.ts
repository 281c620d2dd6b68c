import { describe, expect, test } from '@jest/globals';
import { GatewayError, type ProblemCode } from '../../domain/problem.ts';
import {
  guard,
  type TranslatedRecord,
  type TranslatorFunction,
  type TranslatorPlugin,
} from '../../pipeline/plugins/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { deepFreeze, describesItself, parseOptions } from './listed.ts';
import { element } from './samples.ts';

/** What a step reads from one record. */
export interface TranslatorExample {
  /** A sentence: what happens. */
  readonly name: string;
  readonly options?: unknown;
  /** The element that holds the record. */
  readonly object: ElementView;
  /** What the steps before have read. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** The fields afterwards. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly refused?: ProblemCode;
  readonly noted?: ProblemCode;
}

/**
 * The conformance kit of translator steps: is done when it returns, never falls over whatever a record holds (it throws GatewayErrors with the path of
 * what is wrong, or leaves the record alone), does not change the record, and reads what the examples say.
 */
export function describeTranslator(step: TranslatorPlugin, examples: readonly TranslatorExample[] = []): void {
  describe(`the translator step ${step.name}`, () => {
    test('says what it is', () => describesItself(step));

    test.each(hostile)('stands %s', (_, object) => {
      const read = made(step, {});
      try {
        read(recordOf(deepFreeze(object)), {});
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        expect(error.at).toContain('/replace/record/');
      }
    });

    if (examples.length > 0) test.each(examples)('$name', (example) => tryOut(step, example));
  });
}

function tryOut(step: TranslatorPlugin, { options, object, before, fields, refused, noted }: TranslatorExample): void {
  const record = recordOf(deepFreeze(object));
  const into: Record<string, unknown> = { ...before };
  const read = () => made(step, options ?? {})(record, into);
  if (refused !== undefined) {
    expect(codeThrownBy(read)).toBe(refused);
    return;
  }
  read();
  if (fields !== undefined) expect(into).toEqual(fields);
  if (noted !== undefined) expect(record.notes.map(({ code }) => code)).toContain(noted);
}

/** As it runs in a gateway: what it throws, and a promise that it returns, is said of it by name. */
function made(step: TranslatorPlugin, options: unknown): TranslatorFunction {
  return guard(step.make(parseOptions(step, options)), `the translator step ${step.name}`);
}

function codeThrownBy(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

function recordOf(object: ElementView): TranslatedRecord {
  return { sourcedId: 'X1', object, at: `/replace/record/${object.name}`, notes: [], partial: false, quirks: {} };
}

const names = ['name', 'partName', 'title', 'org', 'id', 'status', 'timeFrame', 'roles', 'extension', 'member', 'role'];

const hostile: readonly [string, ElementView][] = [
  ['an empty record', element('record')],
  ['elements without a value', element('record', ...names.map((name) => element(name)))],
  ['elements with blanks', element('record', ...names.map((name) => element(name, ' \n\t ')))],
  ['texts where records should be', element('record', ...names.map((name) => element(name, 'text')))],
  ['elements that come twice', element('record', ...[...names, ...names].map((name) => element(name, element(name))))],
  ['names of the language itself', element('record', element('__proto__', 'x'), element('constructor', 'x'))],
  ['a long text', element('record', ...names.map((name) => element(name, 'x'.repeat(100_000))))],
];
