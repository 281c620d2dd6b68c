import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { runCli } from '../program.ts';

let folder: string;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-'));
  said = [];
  const listen = (text: unknown): void => void said.push(String(text));
  jest.spyOn(console, 'log').mockImplementation(listen);
  jest.spyOn(console, 'error').mockImplementation(listen);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const generate = (out: string, ...options: string[]): Promise<number> =>
  runCli(['generate', '--out', join(folder, out), '--students', '60', ...options], {});
const bytesOf = (name: string): Promise<Buffer> => readFile(join(folder, name));

test('the same seed and the same day make the same zip', async () => {
  expect(await generate('one.zip', '--seed', '7')).toBe(0);
  expect(await generate('two.zip', '--seed', '7')).toBe(0);
  expect(await generate('other.zip', '--seed', '7', '--day', '2', '--changes', '5%')).toBe(0);
  const [one, two, other] = [await bytesOf('one.zip'), await bytesOf('two.zip'), await bytesOf('other.zip')];
  expect(one.equals(two)).toBe(true);
  expect(one.equals(other)).toBe(false);
  expect(said[0]).toContain('08-Enrollments-20260901040000.csv');
});

test('a folder holds the files of the package and nothing else; what is wrong with them is told beside it', async () => {
  expect(await generate('feed', '--fault', 'broken-rows', '--fault', 'missing-parents')).toBe(0);
  expect((await readdir(join(folder, 'feed'))).sort().at(-1)).toBe('manifest.json');
  const told = JSON.parse(String(await bytesOf('feed.faults.json'))) as { format: string; faults: object[] };
  expect(told).toMatchObject({ format: 'd2l-csv-3.0', seed: 1, students: 60, day: 1 });
  expect(told.faults).toContainEqual({
    fault: 'broken-rows',
    found: 'reading',
    code: 'malformed_csv',
    field: 'first_name',
    what: 'a quote inside a value',
    file: '07-Users-20260901040000.csv',
    line: expect.any(Number),
  });
});

test('XML is one file', async () => {
  expect(await generate('feed.xml', '--format', 'ims-enterprise', '--day', '3', '--since', '2')).toBe(0);
  expect(String(await bytesOf('feed.xml'))).toMatch(/^<\?xml [^]*<\/enterprise>\n$/);
});

test('what is there is not written over, and what makes no sense is refused', async () => {
  expect(await generate('one.zip')).toBe(0);
  const { mtimeMs } = await stat(join(folder, 'one.zip'));
  expect(await generate('one.zip')).toBe(1);
  expect((await stat(join(folder, 'one.zip'))).mtimeMs).toBe(mtimeMs);
  expect(await generate('a.xml')).toBe(1);
  expect(await generate('b', '--day', '2', '--since', '2')).toBe(1);
  expect(await generate('c', '--fault', 'goblins')).toBe(1);
  expect(await generate('d.xml', '--format', 'lis2-bulk', '--fault', 'header-drift')).toBe(1);
  expect(await generate('e', '--changes', '200%')).toBe(2);
  expect(await generate('nowhere/f.zip')).toBe(1);
  expect(said.join('\n')).toMatch(
    /is there already.*several files.*a day before.*no fault goblins.*one of CSV files.*no folder .*nowhere/s,
  );
  expect(await readdir(folder)).toEqual(['one.zip']);
});

test.each([
  [['--sections', '3'], '--sections 3 is too few: students take 5 courses'],
  [['--sections', '50', '--templates', '2'], '--templates 2 is too few: 30 courses are offered'],
  [['--sections', '50', '--cross-lists', '26'], '--cross-lists 26 is too many: each has two of the 50'],
  [['--cross-lists', '2'], 'd2l-csv-3.0 has no word for cross-lists. These have: ims-enterprise, lis2-bulk'],
  [['--format', 'd2l-csv-1.1', '--faculties', '2'], 'd2l-csv-1.1 has no word for faculties'],
  [['--format', 'd2l-csv-1.0', '--auditors'], '--auditors: d2l-csv-1.0 has no word for auditors'],
  [['--format', 'saip-snapshot', '--attributes'], 'These have: d2l-csv-1.0, d2l-csv-1.1'],
  [['--format', 'lis2-bulk', '--csv', 'excel'], '--csv excel is for CSV files, and lis2-bulk is XML'],
  [['--csv', 'excel', '--fault', 'wrong-encoding'], 'each choose how the bytes are written'],
  [['--day', '2', '--since', '1', '--fault', 'shrunken'], 'is one of whole feeds'],
  [['--out', '-', '--fault', 'shrunken'], 'name a path with --out'],
])('what cannot be had is said, and not left out: %j', async (options, message) => {
  expect(await generate('feed', '--format', 'd2l-csv-3.0', ...options)).toBe(1);
  expect(said.join('\n')).toContain(message);
  expect(await readdir(folder)).toEqual([]);
});

test('what a format has no word for is told, and which faults found nothing to be done to', async () => {
  expect(
    await generate('a.zip', '--format', 'd2l-csv-1.0', '--day', '2', '--since', '1', '--fault', 'late-parents'),
  ).toBe(0);
  expect(said.join('\n')).toContain('d2l-csv-1.0 has no word for it: faculties, cross-lists, preferred names.');
  expect(said.join('\n')).toContain('The fault late-parents found nothing in this feed');
  expect(await generate('b.xml', '--format', 'lis2-bulk')).toBe(0);
  expect(said.at(-1)).not.toContain('no word');
});

test('a year, terms and cross-lists can be chosen', async () => {
  expect(await generate('a.xml', '--format', 'lis2-bulk', '--year', '2031', '--terms', '3', '--cross-lists', '4')).toBe(
    0,
  );
  const text = String(await bytesOf('a.xml'));
  expect(text.match(/<operationName>replaceSectionAssociation</g)).toHaveLength(12);
  expect([...new Set(text.match(/<begin>\d{4}-\d\d-\d\d</g))]).toEqual([
    '<begin>2031-08-31<',
    '<begin>2032-01-18<',
    '<begin>2032-08-31<',
  ]);
});
