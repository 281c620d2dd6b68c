import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { faults } from '../../src/generate/index.ts';
import { foundIn, generate, promisedOf, readD2lCsv } from '../generate/read-generated.ts';

const formats = ['d2l-csv-2.0', 'd2l-csv-3.0'] as const;

describe.each(formats)('a feed in %s', (format) => {
  test('is read without a problem and without a note', async () => {
    const { records, problems } = await readD2lCsv(generate(format));
    expect(problems).toEqual([]);
    expect(records.flatMap(({ command }) => command.notes ?? [])).toEqual([]);
    expect(new Set(records.map(({ command }) => command.kind))).toEqual(
      new Set(['group', 'template', 'offering', 'section', 'person', 'membership']),
    );
  });

  test('of changes is read without a problem, deletes with it', async () => {
    const { records, problems } = await readD2lCsv(generate(format, { day: 4, since: 3, changes: 0.1 }));
    expect(problems).toEqual([]);
    expect(records.some(({ command: { verb, entity } }) => verb === 'delete' && entity === 'enrollment')).toBe(true);
  });

  test.each(faults.map(({ name }) => name))(
    'with the fault %s has the problems that were promised, and no others',
    async (fault) => {
      const generated = generate(format, {}, fault);
      const { problems } = await readD2lCsv(generated);
      expect(foundIn(problems)).toEqual(promisedOf(generated));
      expect(generated.told).not.toEqual([]);
    },
  );

  test('with several faults has the problems of all of them', async () => {
    const generated = generate(format, {}, 'broken-rows', 'missing-parents', 'late-parents', 'truncated');
    expect(foundIn((await readD2lCsv(generated)).problems)).toEqual(promisedOf(generated));
  });
});

test('what is told of a record names it as the dialect does', async () => {
  const generated = generate('d2l-csv-3.0', {}, 'unknown-references', 'renames');
  const { records } = await readD2lCsv(generated);
  const known = new Set(records.map(({ command: { kind, sourcedId } }) => `${kind} ${sourcedId}`));
  const told = generated.told.map(({ kind, sourcedId }) => `${kind} ${sourcedId}`);
  expect(told.length).toBe(15);
  expect(told.filter((name) => !known.has(name))).toEqual([]);
});

test('the same seed gives the same bytes', async () => {
  for (const format of formats) expect(await digestOf(generate(format))).toBe(await digestOf(generate(format)));
  expect(await digestOf(generate('d2l-csv-3.0', { seed: 2 }))).not.toBe(await digestOf(generate('d2l-csv-3.0')));
});

async function digestOf({ package: { files } }: ReturnType<typeof generate>): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(file.name);
    for await (const chunk of file.open()) hash.update(chunk);
  }
  return hash.digest('hex');
}
