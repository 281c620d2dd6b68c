import { expect, test } from '@jest/globals';
import { createD2lCsv } from '../../src/dialects/d2l-csv/index.ts';
import { presets, type Quirks, type SourceSystem } from '../../src/domain/source-system.ts';
import { readCsv } from '../../src/formats/csv/index.ts';
import type { FilePackage } from '../../src/pipeline/file-ports.ts';
import { foundIn, generate, promisedOf, readAll } from '../generate/read-generated.ts';

const dialect = createD2lCsv(readCsv);

async function read(files: FilePackage, quirks: Quirks) {
  const source = { options: { ...presets['d2l-csv'], quirks } } as SourceSystem;
  const named = { ...dialect, read: () => dialect.read(files, source) };
  return readAll(named, files);
}

const users = Buffer.from(
  'sep=;\r\ntype;action;username;org_defined_id;first_name;last_name;password;is_active;role_name;email\r\n' +
    'user;;anaess;P-1;\xc5sa;"N\xe6ss; ph. d.";;1;Student;\r\n;;;;;;;;;\r\n',
  'latin1',
);
const saved: FilePackage = {
  name: 'users.csv',
  files: [
    {
      name: 'users.csv',
      sizeBytes: users.length,
      async *open() {
        await Promise.resolve();
        yield users;
      },
    },
  ],
};

test('a file that Excel saved is read where the source system says so', async () => {
  expect(await dialect.recognises(saved)).toBe(true);
  const { records, problems } = await read(saved, { excelCsv: true });
  // A row of nothing but separators is told, as an empty line is, and nothing is lost by it.
  expect(foundIn(problems)).toEqual(['users.csv:4 empty_row']);
  expect(records).toMatchObject([
    { place: { line: 3 }, command: { sourcedId: 'P-1', fields: { givenName: 'Åsa', familyName: 'Næss; ph. d.' } } },
  ]);
});

test('without that it is told what to do', async () => {
  const { records, problems } = await read(saved, {});
  expect(records).toEqual([]);
  expect(problems).toHaveLength(1);
  const semicolons = generate('d2l-csv-3.0', { csv: 'excel' });
  for (const { problem } of (await read(semicolons.package, {})).problems)
    expect(problem).toMatchObject({ code: 'unknown_file', message: expect.stringContaining('`excelCsv`') });
});

test.each(['excel', 'excel-utf8'] as const)('a whole feed in the form %s says what it said before', async (csv) => {
  const after = await read(generate('d2l-csv-3.0', { csv }).package, { excelCsv: true });
  const before = await read(generate('d2l-csv-3.0').package, { excelCsv: true });
  expect(foundIn(after.problems)).toEqual([]);
  // Windows-1252 has not all letters.
  const isWhole = (text: string) => csv === 'excel-utf8' || !/[^\x20-\xff]|\?/.test(text);
  const plain = (records: typeof after.records) =>
    records.map(({ command }) => JSON.stringify(command)).filter((text) => isWhole(text));
  const kept = new Set(plain(after.records));
  expect(after.records).toHaveLength(before.records.length);
  expect(plain(before.records).filter((command) => !kept.has(command))).toEqual([]);
});

test.each(['excel', 'excel-utf8'] as const)(
  'faults of a feed in the form %s are found where they are told',
  async (csv) => {
    const generated = generate('d2l-csv-2.1', { csv }, 'broken-rows', 'header-drift');
    const { problems } = await read(generated.package, { excelCsv: true });
    expect(foundIn(problems)).toEqual(
      promisedOf(generated).filter((line) => !line.includes('08-Enrollments') || line.includes('wrong_header')),
    );
  },
);
