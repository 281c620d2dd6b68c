import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const folders = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));

/** Of messages without an envelope, which LIS 2.0 reads as well. */
const besides = ['lis2-record'];

test.each([...folders('src/dialects'), ...besides])(
  'the dialect %s has messages, each with what it means',
  (dialect) => {
    const cases = folders(`test/fixtures/${dialect}`);
    expect(cases.length).toBeGreaterThan(5);
    for (const each of cases) {
      const files = readdirSync(join(root, 'test/fixtures', dialect, each));
      expect([each, ...files.filter((file) => file.startsWith('request.'))]).toHaveLength(2);
      expect([each, files.includes('commands.json')]).toEqual([each, true]);
    }
  },
);

test.each([...folders('src/dialects'), ...besides])('the fixtures of %s are run by a test', (dialect) => {
  const tests = ['src/dialects/lis2/record-fixtures.test.ts', `src/dialects/${dialect}/fixtures.test.ts`];
  expect(tests.some((file) => existsSync(join(root, file)))).toBe(true);
});
