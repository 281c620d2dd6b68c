import { expect, test } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readCsv, type CsvOptions, type CsvProblem } from './index.ts';
import { RecordReader } from './record-reader.ts';

/** Bytes in pieces of the given sizes, over and over. */
// eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes is read asynchronously
async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(bytes: Buffer, sizes: readonly number[], options: CsvOptions = {}) {
  const table: (readonly string[])[] = [];
  const lines: number[] = [];
  const problems: CsvProblem[] = [];
  let bytesRead = 0;
  for await (const batch of readCsv(cut(bytes, sizes), options)) {
    if (table.length === 0 && batch.header !== undefined) table.push(batch.header);
    table.push(...batch.records.map(({ fields }) => fields));
    lines.push(...batch.records.map(({ line }) => line));
    problems.push(...batch.problems);
    bytesRead = batch.bytesRead;
  }
  return { table, lines, problems, bytesRead };
}

const sizes = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 5 });
const cell = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'é', '語', '😀', '"', ',', ';', '\n', '\r', ' ', '\t', '\ufeff'),
    maxLength: 12,
  }),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.toWellFormed().replaceAll('\0', '')),
);
const table = fc
  .integer({ min: 1, max: 6 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 30 }));
const form = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  record_delimiter: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
  eof: fc.boolean(),
});

test('what another writer wrote is read back, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(table, form, sizes, async (written, { delimiter, eof, ...rest }, pieces) => {
      // csv-stringify leaves the other line ends, and an empty single field, without quotes unless it is told.
      const text = stringify(written, { delimiter, eof, ...rest, quoted_match: /[\r\n\ufeff]/, quoted_empty: true });
      const { table: found, problems } = await read(Buffer.from(text), pieces, { delimiter });
      expect(problems).toEqual([]);
      expect(found).toEqual(written);
    }),
    { numRuns: 200 },
  );
});

test('with every field in quotes, too, and with the lines where the records begin', async () => {
  await fc.assert(
    fc.asyncProperty(table, sizes, async (written, pieces) => {
      const records = written.map(
        (fields) => fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',') + '\r\n',
      );
      const found = await read(Buffer.from(records.join('')), pieces);
      expect(found.problems).toEqual([]);
      expect(found.table).toEqual(written);
      expect(found.lines).toEqual(
        records.slice(1).map(
          (_, index) =>
            records
              .slice(0, index + 1)
              .join('')
              .split('\n').length,
        ),
      );
    }),
    { numRuns: 100 },
  );
});

/** Bytes that open and close quotes at random, with rests of characters. */
const hostile = fc
  .array(fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', 'é', '\0', 'x,y\n', '"a",b\n', '\xff', ';'), {
    maxLength: 400,
  })
  .map((parts) =>
    Buffer.concat(['a,b\n', ...parts].map((part) => Buffer.from(part, part === '\xff' ? 'latin1' : 'utf8'))),
  );

/** Without the reading ahead that makes blocks of small pieces: every cut counts. */
function readPieces(bytes: Buffer, pieces: readonly number[], options: CsvOptions) {
  const reader = new RecordReader(options);
  const found: unknown[] = [];
  const give = (block: Buffer, last: boolean): void => {
    reader.give(block, last);
    for (let read = reader.next(); read !== undefined; read = reader.next()) found.push(read);
  };
  const headerBytes = 4;
  give(bytes.subarray(0, headerBytes), false);
  for (let at = headerBytes, turn = 0; at < bytes.length; turn += 1) {
    const size = pieces[turn % pieces.length] ?? 1;
    give(bytes.subarray(at, at + size), false);
    at += size;
  }
  give(Buffer.alloc(0), true);
  return { found, bytesRead: reader.bytesRead };
}

test('hostile bytes give the same records and problems, however they are cut', () => {
  const limits = fc.constantFrom<CsvOptions>({}, { accept: 'excel' }, { maxRecordBytes: 20, maxFieldChars: 8 });
  const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(hostile, limits, pieces, (bytes, options, sizesOfPieces) => {
      const whole = readPieces(bytes, [bytes.length], options);
      expect(readPieces(bytes, sizesOfPieces, options)).toEqual(whole);
      expect(whole.bytesRead).toBe(bytes.length);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['quotes that are never closed', '1,"x\n'],
  ['quotes that seem to be closed', 'a","b\n'],
  ['doubled quotes in a field that stays open', '""\n'],
  ['odd runs of quotes', '"""\n'],
  ['fields that open at the end of a line', 'x,"\n'],
])(
  '%s take time that follows their bytes',
  async (_, line) => {
    const time = async (bytes: number): Promise<number> => {
      const start = process.cpuUsage().user;
      await read(Buffer.from('a,b\n1,"\n' + line.repeat(bytes / line.length)), [65_536]);
      return process.cpuUsage(Object.assign(process.cpuUsage(), { user: start, system: 0 })).user / 1e6;
    };
    // A little over the 1 MiB of a record: to go over it once for each line would take many minutes.
    expect(await time(1_200_000)).toBeLessThan(15);
  },
  60_000,
);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Buffers are swept a moment after the collection. */
async function liveBytes(): Promise<number> {
  collectGarbage();
  await setTimeout(30);
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

test('memory is bounded, also in a file that is one line, or one open quote', async () => {
  for (const text of ['x'.repeat(65_536), '"'.padEnd(65_535, 'x') + '\n', `1,${'x'.repeat(509)}\n`.repeat(128)]) {
    let most = 0;
    const block = Buffer.from(text);
    const source = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('a,b\n');
      for (let turn = 0; turn < 1_000; turn += 1) {
        if (turn % 300 === 0) most = Math.max(most, await liveBytes());
        yield block;
      }
    };
    const before = await liveBytes();
    let bytesRead = 0;
    for await (const batch of readCsv(source())) bytesRead = batch.bytesRead;
    expect(bytesRead).toBe(4 + 1_000 * 65_536);
    expect(most - before).toBeLessThan(8 * 1_048_576);
  }
}, 60_000);
