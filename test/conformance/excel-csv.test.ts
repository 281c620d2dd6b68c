import { expect, test } from '@jest/globals';
import { createD2lCsv } from '../../src/dialects/d2l-csv/index.ts';
import { presets, type Quirks, type SourceSystem } from '../../src/domain/source-system.ts';
import { readCsv } from '../../src/formats/csv/index.ts';
import type { FilePackage } from '../../src/pipeline/file-ports.ts';
import { foundIn, generate, readAll } from '../generate/read-generated.ts';

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
  const semicolons = generate('d2l-csv-3.0', {}, 'excel-saved');
  for (const { problem } of (await read(semicolons.package, {})).problems)
    expect(problem).toMatchObject({ code: 'unknown_file', message: expect.stringContaining('`excelCsv`') });
});

test('a whole feed that Excel saved says what it said before, letters aside that Windows-1252 has not', async () => {
  const after = await read(generate('d2l-csv-3.0', {}, 'excel-saved').package, { excelCsv: true });
  const before = await read(generate('d2l-csv-3.0').package, { excelCsv: true });
  expect(foundIn(after.problems)).toEqual([]);
  const plain = (records: typeof after.records) =>
    records.filter(({ command }) => !/[^\x20-\xff]|\?/.test(JSON.stringify(command))).map(({ command }) => command);
  const kept = new Set(plain(after.records).map((command) => JSON.stringify(command)));
  expect(after.records).toHaveLength(before.records.length);
  expect(plain(before.records).filter((command) => !kept.has(JSON.stringify(command)))).toEqual([]);
});
