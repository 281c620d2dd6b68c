import { describe, expect, test } from '@jest/globals';
import { GatewayError, type ProblemCode } from '../../domain/problem.ts';
import {
  guard,
  inspectTranslator,
  type TranslatedRecord,
  type TranslatorFunction,
  type TranslatorPlugin,
} from '../../pipeline/plugins/index.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { deepFreeze, describesItself, type KitOptions, optionsToTry, parseOptions } from './listed.ts';
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
 * The conformance kit of translator steps: is done when it returns, never falls over whatever a record holds, whole or in part
 * (it throws GatewayErrors with the path of what is wrong, or leaves the record alone), does not change the record, reads the
 * same twice, states plain values of the right kind, leaves what other steps have read, keeps no password, and reads what the examples say.
 *
 * @param given options to meet hostile records with, where neither none nor those of the examples will do
 */
export function describeTranslator(
  step: TranslatorPlugin,
  examples: readonly TranslatorExample[] = [],
  given: KitOptions = {},
): void {
  describe(`the translator step ${step.name}`, () => {
    test('says what it is', () => describesItself(step));

    test.each(hostile)('stands %s', (_, object) => {
      for (const { options, partial } of eachWay(optionsToTry(step, examples, given))) {
        const once = readBy(step, object, { options, partial });
        expect(readBy(step, object, { options, partial })).toEqual(once);
        expect(plain(once)).toEqual(once);
        expect(JSON.stringify(once)).not.toContain(password);
        if (once.refused !== undefined) expect(once.refused.at).toContain('/replace/record/');
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    });

    test.each(hostile)('leaves what other steps read of %s', (_, object) => {
      for (const options of optionsToTry(step, examples, given)) {
        const { fields, refused } = readBy(step, object, { options, before: ofOthers() });
        if (refused !== undefined) continue;
        expect(fields.ofAnotherStep).toEqual(ofOthers().ofAnotherStep);
        expect(fields.attributes).toMatchObject(ofOthers().attributes);
        expect(fields.parents).toEqual(expect.arrayContaining(ofOthers().parents));
      }
    });

    if (examples.length > 0) test.each(examples)('$name', (example) => tryOut(step, example));
  });
}

/** Whole and in part. */
function eachWay(options: readonly unknown[]): { options: unknown; partial: boolean }[] {
  return options.flatMap((each) => [false, true].map((partial) => ({ options: each, partial })));
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

/**
 * As it runs in a gateway: what it throws, a promise that it returns, and what it states of a wrong kind, is said of it by name;
 * among others with fields of their own, what they state is not looked at.
 */
function made(step: TranslatorPlugin, options: unknown, among?: 'others'): TranslatorFunction {
  const culprit = `the translator step ${step.name}`;
  const guarded = guard(step.make(parseOptions(step, options)), culprit);
  return among === 'others' ? guarded : inspectTranslator(guarded, step.points[0] ?? '', culprit);
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

function recordOf(object: ElementView, partial = false): TranslatedRecord {
  return { sourcedId: 'X1', object, at: `/replace/record/${object.name}`, notes: [], partial, quirks: {} };
}

/** What becomes of one record: never anything but fields, notes or a refusal. */
function readBy(
  step: TranslatorPlugin,
  object: ElementView,
  { options, partial = false, before }: { options: unknown; partial?: boolean; before?: Record<string, unknown> },
) {
  const record = recordOf(deepFreeze(object), partial);
  const fields = { ...before };
  try {
    made(step, options, before === undefined ? undefined : 'others')(record, fields);
    return { fields, notes: record.notes };
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    const { code, at } = error as GatewayError;
    return { fields, notes: record.notes, refused: { code, at } };
  }
}

/** What it is once it has been stored. */
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function ofOthers() {
  return {
    ofAnotherStep: deepFreeze({ read: ['before'] }),
    attributes: { 'of another step': 'kept' },
    parents: [{ role: 'parent', kind: null, sourcedId: 'of-another-step' }],
  };
}

const password = 'never-kept-hunter2';

function extension(name: string, value: string): ElementView {
  return element(
    'extension',
    element('extensionField', element('fieldName', name), element('fieldType', 'String'), element('fieldValue', value)),
  );
}

const names = [
  'name',
  'partName',
  'title',
  'org',
  'id',
  'status',
  'timeFrame',
  'timeframe',
  'roles',
  'extension',
  'member',
  'members',
  'role',
  'relationship',
  'description',
  'groupType',
  'grouptype',
  'userid',
  'institutionrole',
  'sectionClass',
  'courseSectionIdList',
];

const hostile: readonly [string, ElementView][] = [
  ['an empty record', element('record')],
  ['elements without a value', element('record', ...names.map((name) => element(name)))],
  ['elements with blanks', element('record', ...names.map((name) => element(name, ' \n\t ')))],
  ['texts where records should be', element('record', ...names.map((name) => element(name, 'text')))],
  ['elements that come twice', element('record', ...[...names, ...names].map((name) => element(name, element(name))))],
  ['names of the language itself', element('record', element('__proto__', 'x'), element('constructor', 'x'))],
  [
    'extension fields that are called as the language calls its own',
    extensions('__proto__', 'constructor', 'toString'),
  ],
  ['a password in an extension', element('record', extension('Password', password), extension('birthDate', password))],
  ['control characters', element('record', ...names.map((name) => element(name, element('id', '\u0007\ufffe'))))],
  [
    'thousands of elements',
    element('record', ...names.flatMap((name) => Array.from({ length: 60 }, () => element(name)))),
  ],
  ['elements in elements', element('record', ...names.map((name) => deep(name, 30)))],
  ['a long text', element('record', ...names.map((name) => element(name, 'x'.repeat(100_000))))],
];

function extensions(...fieldNames: string[]): ElementView {
  return element('record', ...fieldNames.map((name) => extension(name, 'x')));
}

function deep(name: string, levels: number): ElementView {
  return levels === 0 ? element(name, 'x') : element(name, deep(name, levels - 1));
}
