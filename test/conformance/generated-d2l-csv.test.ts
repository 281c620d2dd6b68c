import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { faults, formats as allFormats } from '../../src/generate/index.ts';
import { foundIn, generate, promisedOf, readD2lCsv } from '../generate/read-generated.ts';

const formats = ['d2l-csv-1.0', 'd2l-csv-1.1', 'd2l-csv-2.0', 'd2l-csv-2.1', 'd2l-csv-3.0'] as const;

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

test.each(formats)('what is told of a record of %s names it as the dialect does', async (format) => {
  const generated = generate(format, {}, 'unknown-references', 'renames');
  const { records } = await readD2lCsv(generated);
  const known = new Set(records.map(({ command: { kind, sourcedId } }) => `${kind} ${sourcedId}`));
  const told = generated.told.map(({ kind, sourcedId }) => `${kind} ${sourcedId}`);
  expect(told.length).toBe(15);
  expect(told.filter((name) => !known.has(name))).toEqual([]);
});

test('a version says what it has columns for, and leaves out the rest', async () => {
  const said = async (format: (typeof formats)[number]) => {
    const generated = generate(format, { day: 9, changes: 0.2 });
    const { records } = await readD2lCsv(generated);
    const fields = new Set(records.flatMap(({ command }) => ('fields' in command ? Object.keys(command.fields) : [])));
    const types = records.flatMap(({ command }) =>
      'fields' in command && 'type' in command.fields ? [command.fields.type] : [],
    );
    return {
      manifest: generated.package.files.some(({ name }) => name === 'manifest.json'),
      faculties: types.includes('faculty'),
      fields: ['relations', 'preferredGivenName', 'sortFamilyName', 'pronouns'].filter((name) => fields.has(name)),
    };
  };
  const preferred = ['relations', 'preferredGivenName'];
  expect(await said('d2l-csv-1.0')).toEqual({ manifest: false, faculties: false, fields: [] });
  expect(await said('d2l-csv-1.1')).toEqual({ manifest: true, faculties: false, fields: ['relations'] });
  expect(await said('d2l-csv-2.0')).toEqual({ manifest: true, faculties: true, fields: preferred });
  expect(await said('d2l-csv-2.1')).toEqual({
    manifest: true,
    faculties: true,
    fields: [...preferred, 'sortFamilyName'],
  });
  expect(await said('d2l-csv-3.0')).toEqual({
    manifest: true,
    faculties: true,
    fields: [...preferred, 'sortFamilyName', 'pronouns'],
  });
});

test.each([
  ['d2l-csv-1.1', 'R10000'],
  ['d2l-csv-3.0', 'R10000'],
])('auditors and attributes of %s are read back, also where all ids are new', async (format, begin) => {
  const wanted = generate(format, { auditors: true, attributes: true }, 'new-ids');
  const { records, problems } = await readD2lCsv(wanted);
  expect(problems).toEqual([]);
  const fields = records.flatMap(({ command }) =>
    command.entity === 'user' && 'fields' in command ? [command.fields] : [],
  );
  const auditors = fields.flatMap(({ relations }) => relations ?? []);
  expect(auditors.length).toBeGreaterThanOrEqual(120);
  expect(auditors.filter(({ kind, sourcedId }) => kind !== 'auditor' || !sourcedId.startsWith(begin))).toEqual([]);
  const userNames = new Set(fields.map(({ userName }) => userName));
  const managers = fields.flatMap(({ attributes }) => attributes?.Manager ?? []);
  expect(managers).toHaveLength(8);
  expect(managers.filter((name) => !userNames.has(name))).toEqual([]);
});

test('the same seed gives the same bytes', async () => {
  for (const { name: format } of allFormats)
    expect(await digestOf(generate(format))).toBe(await digestOf(generate(format)));
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
