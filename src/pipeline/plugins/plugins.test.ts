import { expect, test } from '@jest/globals';
import { presets } from '../../domain/source-system.ts';
import { effectiveVariables } from '../../domain/variables.ts';
import type { SourceSystem } from '../ports.ts';
import {
  createCompiledLists,
  createRegistry,
  defineHandler,
  definePlugin,
  type ListPoint,
  PluginError,
} from './index.ts';

const point: ListPoint = {
  name: 'handle.user.replace',
  kind: 'handle',
  summary: 'A point.',
  templates: [{ name: 'standard', summary: 'Shipped.', entries: [{ plugin: 'first', sortOrder: 10 }] }],
  standard: () => 'standard',
};

let made = 0;
const handler = (name: string) =>
  defineHandler({
    name,
    summary: 'A handler.',
    points: [point.name],
    stage: 'rule',
    make: () => {
      made += 1;
      return { handle: () => undefined };
    },
  });
const plugin = (name: string, ...names: string[]) =>
  definePlugin({ name, apiVersion: 1, handlers: names.map(handler) });

const source: SourceSystem = {
  id: 1,
  organizationId: 1,
  code: 'sis',
  name: 'SIS',
  state: 'enabled',
  rank: 1,
  options: presets.lis,
  variables: effectiveVariables({}, {}),
  orgUnitTypes: new Map(),
  roles: new Set(),
};

test('two plug-ins that claim one name cannot be used together', () => {
  expect(() => createRegistry([point], [plugin('a', 'first'), plugin('b', 'first')])).toThrow(PluginError);
  expect(() => createRegistry([point], [plugin('a', 'Not Kebab')])).toThrow('kebab-case');
  expect(() => createRegistry([], [plugin('a', 'first')])).toThrow('no extension point');
  expect(createRegistry([point], [plugin('a', 'first')]).packageOf('handler', 'first')).toBe('a');
});

test('outbound authenticators are found by their names, each from one plug-in', () => {
  const authenticator = (name: string) => ({
    name,
    summary: 'Says hello.',
    needs: [],
    exposesSecret: false,
    soapOnly: false,
    authenticate: () => undefined,
  });
  const bringing = (owner: string, name: string) => ({ name: owner, outboundAuthenticators: [authenticator(name)] });
  const registry = createRegistry([point], [bringing('a', 'hello'), bringing('b', 'howdy')]);
  expect([...registry.outboundAuthenticators.keys()]).toEqual(['hello', 'howdy']);
  expect(registry.packageOf('outbound authenticator', 'howdy')).toBe('b');
  expect(() => createRegistry([point], [bringing('a', 'hello'), bringing('b', 'hello')])).toThrow(PluginError);
});

test('a list is made once for a source system, as long as its configuration is remembered', () => {
  const registry = createRegistry([point], [plugin('a', 'first', 'second')]);
  const lists = createCompiledLists(registry, { error: () => undefined });
  made = 0;
  const [step] = lists.handlers(source, point.name);
  expect(step?.name).toBe('first');
  expect(lists.handlers(source, point.name)).toBe(lists.handlers(source, point.name));
  expect(made).toBe(1);
  const chosen = {
    entries: [
      { plugin: 'second', sortOrder: 2 },
      { plugin: 'first', sortOrder: 1 },
    ],
  };
  const other = { ...source, lists: new Map([[point.name, chosen]]) };
  expect(lists.handlers(other, point.name).map(({ name }) => name)).toEqual(['first', 'second']);
});

test('a list whose plug-in is gone takes no message: the sender is asked to come again, the operator reads why', () => {
  const logged: object[] = [];
  const lists = createCompiledLists(createRegistry([point], [plugin('a', 'first')]), {
    error: (fields) => void logged.push(fields),
  });
  const gone = { ...source, lists: new Map([[point.name, { entries: [{ plugin: 'second', sortOrder: 1 }] }]]) };
  expect(() => lists.handlers(gone, point.name)).toThrow('cannot run for this source system');
  expect(logged).toEqual([
    { sourceSystem: 'sis', point: point.name, reasons: [expect.objectContaining({ code: 'unknown_plugin' })] },
  ]);
  // Told once, and once again after it could run.
  const sameAgain = { ...gone };
  for (const each of [gone, gone, sameAgain]) expect(() => lists.handlers(each, point.name)).toThrow('cannot run');
  expect(logged).toHaveLength(1);
  expect(lists.handlers(source, point.name)).toHaveLength(1);
  expect(() => lists.handlers({ ...gone }, point.name)).toThrow('cannot run');
  expect(logged).toHaveLength(2);
});

test('a list is not checked again for each message while it cannot run', () => {
  let made = 0;
  const broken = defineHandler({
    name: 'first',
    summary: 'Cannot be made.',
    points: [point.name],
    stage: 'rule',
    make: () => {
      made += 1;
      throw new TypeError('no such table');
    },
  });
  const logged: object[] = [];
  const registry = createRegistry([point], [definePlugin({ name: 'a', apiVersion: 1, handlers: [broken] })]);
  const lists = createCompiledLists(registry, { error: (fields) => void logged.push(fields) });
  for (const each of [source, source, { ...source }])
    expect(() => lists.handlers(each, point.name)).toThrow('cannot run for this source system');
  expect(made).toBe(2);
  const message = `the plug-in first at ${point.name} failed: no such table`;
  expect(logged).toEqual([{ sourceSystem: 'sis', point: point.name, reasons: [{ message }] }]);
});
