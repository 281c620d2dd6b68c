import { describe, expect, test } from '@jest/globals';
import { GatewayError } from '../../domain/problem.ts';
import { element, sampleSource } from '../../testing/kits/samples.ts';
import {
  createCompiledLists,
  createRegistry,
  defineHandler,
  definePlugin,
  defineTranslator,
  type ListPoint,
  PluginFault,
  runHandlers,
} from './index.ts';

type Loose = Record<string, unknown>;
type Step = (item: { command: Loose & { fields: Loose }; warnings: unknown[]; refusal?: unknown }) => void;

const points = ['handle.user.replace', 'translate.lis2.person'].map((name): ListPoint => ({
  name,
  kind: name.startsWith('handle') ? 'handle' : 'translate',
  summary: 'A point.',
  templates: [{ name: 'standard', summary: 'Shipped.', entries: [{ plugin: 'odd', sortOrder: 10 }] }],
  standard: () => 'standard',
}));
const at = { summary: 'Is odd.', name: 'odd', stage: 'rule' } as const;

function runHandler(step: Step, owner = 'somebody') {
  const handle = (batch: readonly unknown[]): void => {
    for (const item of batch) step(item as never);
  };
  const odd = defineHandler({ ...at, points: ['handle.user.replace'], make: () => ({ handle }) });
  const registry = createRegistry(points, [definePlugin({ name: owner, apiVersion: 1, handlers: [odd] })]);
  const command = { verb: 'replace', entity: 'user', kind: 'person', sourcedId: 'P1', fields: { userName: 'ann' } };
  const item = { command, warnings: [] } as never;
  runHandlers(createCompiledLists(registry, { error: () => undefined }), [item], sampleSource(), new Map());
  return item as { command: unknown };
}

function runTranslator(step: (fields: Loose, notes: unknown[]) => void): void {
  const odd = defineTranslator({
    ...at,
    points: ['translate.lis2.person'],
    make: () => (record, fields) => {
      step(fields, record.notes);
    },
  });
  const registry = createRegistry(points, [definePlugin({ name: 'somebody', apiVersion: 1, translators: [odd] })]);
  const lists = createCompiledLists(registry, { error: () => undefined });
  const record = { sourcedId: 'P1', object: element('person'), at: '/person', notes: [], partial: false, quirks: {} };
  for (const { made } of lists.translators(sampleSource(), 'translate.lis2.person')) made(record, {});
}

const setting =
  (fields: Loose): Step =>
  (item) => {
    item.command = { ...item.command, fields: { ...item.command.fields, ...fields } };
  };
const cyclic: Loose = {};
cyclic.self = cyclic;

describe('a handler of a plug-in is at fault, and named, that', () => {
  test.each<[string, Step, string]>([
    [
      'states an object for a text',
      setting({ givenName: { a: 1 } }),
      'the field givenName as something else than a text',
    ],
    ['states U+0000', setting({ givenName: 'a\u0000b' }), 'the field givenName'],
    ['states half of a surrogate pair', setting({ attributes: { a: '\ud800' } }), 'the field attributes'],
    ['states what no JSON holds', setting({ attributes: { x: 10n } }), 'the field attributes'],
    ['states what has no end', setting({ attributes: cyclic }), 'the field attributes'],
    ['states a role without its words', setting({ roles: ['Learner'] }), 'the field roles'],
    ['states a field that there is not', setting({ givenname: 'Ann' }), 'the field "givenname"'],
    [
      'states it in place',
      (item) => {
        item.command.fields.givenName = 5;
      },
      'the field givenName',
    ],
    ['leaves no command', (item) => void Object.assign(item, { command: null }), 'left what is no command'],
    ['leaves no fields', (item) => void Object.assign(item.command, { fields: undefined }), 'without fields'],
    [
      'changes the key',
      (item) => {
        item.command = { ...item.command, sourcedId: 'P2' };
      },
      'changed the sourcedId',
    ],
    ['changes it in place', (item) => void Object.assign(item.command, { verb: 'delete' }), 'changed the verb'],
    [
      'wishes what there is not',
      (item) => {
        item.command = { ...item.command, wishes: { keep: 'email' } };
      },
      'the command wishes',
    ],
    ['refuses with a word', (item) => void Object.assign(item, { refusal: 'no' }), 'refused with what is no problem'],
    [
      'refuses with a code of its own',
      (item) => void Object.assign(item, { refusal: { code: 'nope', message: 'No.' } }),
      'refused with what is no problem',
    ],
    ['warns of a word', ({ warnings }) => void warnings.push('x'), 'warned of what is no problem'],
    [
      'throws a refusal with a code of its own',
      () => {
        throw new GatewayError('nope' as never, 'No.');
      },
      'odd at handle.user.replace',
    ],
  ])('%s', (_, step, words) => {
    const run = (): unknown => runHandler(step);
    expect(run).toThrow(PluginFault);
    expect(run).toThrow(words);
    expect(run).toThrow(expect.objectContaining({ culprit: 'the plug-in odd at handle.user.replace' }));
  });
});

test('a handler that states what is of the right kind, refuses and warns by the catalogue is not', () => {
  const problem = { code: 'invalid_data', message: 'No.', at: '/a' };
  const full = { givenName: null, active: true, roles: [{ role: 'Learner', primary: true }], attributes: { a: 'b' } };
  expect(runHandler(setting(full)).command).toMatchObject({ fields: full });
  runHandler(({ warnings }) => void warnings.push(problem));
  runHandler((item) => void Object.assign(item, { refusal: problem }));
  expect(() =>
    runHandler(() => {
      throw new GatewayError('invalid_data', 'No.');
    }),
  ).toThrow(GatewayError);
});

test('what is shipped is held to its types, and costs no look', () => {
  expect(() => runHandler(setting({ givenName: 5 }), 'passerelle')).not.toThrow();
});

test('a step of a translator is looked at as well', () => {
  const named = 'the plug-in odd at translate.lis2.person';
  expect(() => {
    runTranslator((fields) => (fields.givenName = { a: 1 }));
  }).toThrow(`${named} stated the field givenName`);
  expect(() => {
    runTranslator((_, notes) => void notes.push('x'));
  }).toThrow(`${named} noted what is no problem`);
  runTranslator((fields, notes) => {
    fields.givenName = 'Ann';
    notes.push({ code: 'invalid_data', message: 'Odd.' });
  });
});

test('a plug-in that makes what is no handler is named, and its list cannot run', () => {
  const odd = defineHandler({ ...at, points: ['handle.user.replace'], make: () => null as never });
  const registry = createRegistry(points, [definePlugin({ name: 'somebody', apiVersion: 1, handlers: [odd] })]);
  const logged: object[] = [];
  const lists = createCompiledLists(registry, { error: (fields) => void logged.push(fields) });
  expect(() => lists.handlers(sampleSource(), 'handle.user.replace')).toThrow('cannot run');
  expect(JSON.stringify(logged)).toContain('the plug-in odd at handle.user.replace failed');
});
