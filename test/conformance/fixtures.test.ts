import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const folders = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));

/** Of messages without an envelope, which LIS 2.0 reads as well. */
const besides = ['lis2-record'];

/** Languages of files: the folder of their fixtures, and the test that runs them. A case is a whole package. */
const ofFiles: Readonly<Record<string, string>> = {
  'd2l-csv': 'd2l-csv/fixtures.test.ts',
  'ims-enterprise-files': 'ims-enterprise/files.test.ts',
  'lis2-bulk': 'lis2/files.test.ts',
  'saip-snapshot': 'saip/files.test.ts',
};
const ofMessages = [...folders('src/dialects'), ...besides].filter((dialect) => !(dialect in ofFiles));

test.each(Object.entries(ofFiles))(
  '%s has packages, each with what it means, and a test that runs them',
  (name, file) => {
    expect(existsSync(join(root, 'src/dialects', file))).toBe(true);
    const cases = folders(`test/fixtures/${name}`);
    expect(cases.length).toBeGreaterThan(4);
    for (const each of cases) {
      const files = readdirSync(join(root, 'test/fixtures', name, each));
      expect([each, files.includes('commands.json'), files.length > 1]).toEqual([each, true, true]);
    }
  },
);

test.each(ofMessages)('the dialect %s has messages, each with what it means', (dialect) => {
  const cases = folders(`test/fixtures/${dialect}`);
  expect(cases.length).toBeGreaterThan(5);
  for (const each of cases) {
    const files = readdirSync(join(root, 'test/fixtures', dialect, each));
    expect([each, ...files.filter((file) => file.startsWith('request.'))]).toHaveLength(2);
    expect([each, files.includes('commands.json')]).toEqual([each, true]);
  }
});

test.each(ofMessages)('the fixtures of %s are run by a test', (dialect) => {
  const tests = ['src/dialects/lis2/record-fixtures.test.ts', `src/dialects/${dialect}/fixtures.test.ts`];
  expect(tests.some((file) => existsSync(join(root, file)))).toBe(true);
});
