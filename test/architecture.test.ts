import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { readSources } from './architecture/imports.ts';
import { violations } from './architecture/violations.ts';

const root = join(import.meta.dirname, '..');

test('every import of the product points inwards', async () => {
  const sources = [...(await readSources(root, 'src')), ...(await readSources(root, 'plugins'))];
  expect(sources.length).toBeGreaterThan(10);
  expect(violations(sources)).toEqual([]);
});

describe('the check finds', () => {
  const file = (path: string, text: string) => ({ path, text });

  test.each([
    ['an outward arrow', 'src/domain/ids.ts', `import { x } from '../state/store.ts';`, 'domain may not import state'],
    [
      'a type on an outward arrow',
      'src/pipeline/ports.ts',
      `import type { X } from '../http/x.ts';`,
      'may not import http',
    ],
    ['a re-export', 'src/auth/basic.ts', `export * from '../handlers/save.ts';`, 'auth may not import handlers'],
    ['a dynamic import', 'src/state/store.ts', `await import('../app.ts');`, 'state may not import app'],
    [
      'an import inside a type',
      'src/handlers/a.ts',
      `type A = import('../auth/b.ts').B;`,
      'handlers may not import auth',
    ],
    ['one dialect in another', 'src/dialects/lis2/a.ts', `import '../d2l-csv/b.ts';`, 'lis2 may not import d2l-csv'],
    ['a package in the domain', 'src/domain/ids.ts', `import { z } from 'zod';`, 'domain imports nothing'],
    ['SQL outside the state', 'src/http/rest.ts', `import pg from 'pg';`, 'pg belongs to state'],
    ['a folder without arrows', 'src/helpers/a.ts', `import 'node:fs';`, 'the layer helpers has no arrows'],
    ['a plug-in that looks inside', 'plugins/hello/a.ts', `import '../../src/state/store.ts';`, 'only src/index.ts'],
  ])('%s', (_, path, text, reason) => {
    expect(violations([file(path, text)])).toEqual([expect.stringContaining(reason)]);
  });

  test('files that need each other to load, but not types that refer to each other', () => {
    const a = file('src/domain/a.ts', `import { b } from './b.ts';`);
    expect(violations([a, file('src/domain/b.ts', `import { a } from './a.ts';`)])).toEqual([
      'src/domain/a.ts -> src/domain/b.ts -> src/domain/a.ts: a cycle',
    ]);
    expect(violations([a, file('src/domain/b.ts', `import type { A } from './a.ts';`)])).toEqual([]);
  });

  test('nothing wrong with what is allowed', () => {
    const allowed = [
      file('src/app.ts', `import pg from 'pg'; import { x } from './http/app.ts';`),
      file('src/auth/basic.ts', `import type { Message } from '../pipeline/ports.ts'; import 'basic-auth';`),
      file('src/dialects/lis2/a.ts', `import './b.ts'; import '../../formats/xml/index.ts';`),
      file('plugins/hello/index.ts', `import '../../src/index.ts'; import './own.ts';`),
    ];
    expect(violations(allowed)).toEqual([]);
  });
});
