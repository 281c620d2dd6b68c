import { describe, expect, test } from '@jest/globals';
import { readCsv, type CsvOptions, type CsvProblem, type CsvRecord } from './index.ts';

interface ReadAll {
  header: readonly string[] | undefined;
  records: CsvRecord[];
  problems: CsvProblem[];
  bytesRead: number;
  batches: number;
}

async function read(text: string | Buffer, options: CsvOptions = {}, chunkBytes = 7): Promise<ReadAll> {
  const all: ReadAll = { header: undefined, records: [], problems: [], bytesRead: 0, batches: 0 };
  for await (const batch of readCsv(cut(Buffer.from(text as string), chunkBytes), options)) {
    all.header = batch.header;
    all.records.push(...batch.records);
    all.problems.push(...batch.problems);
    all.bytesRead = batch.bytesRead;
    all.batches += 1;
  }
  return all;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes is read asynchronously
async function* cut(bytes: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** `line:column kind field`, as short as a test can be. */
const places = ({ problems }: ReadAll) =>
  problems.map(({ line, column, kind, field }) => `${line}:${column} ${kind}${field === undefined ? '' : ` ${field}`}`);
const lines = ({ records }: ReadAll) => records.map(({ line, fields }) => [line, ...fields]);

describe('records', () => {
  test('are read with their lines, whatever ends them', async () => {
    const all = await read('code,name\r\nA1,Biology\nB2,\r\nC3,Chemie');
    expect(all.header).toEqual(['code', 'name']);
    expect(lines(all)).toEqual([
      [2, 'A1', 'Biology'],
      [3, 'B2', ''],
      [4, 'C3', 'Chemie'],
    ]);
    expect(all.problems).toEqual([]);
    expect(all.bytesRead).toBe(36);
  });

  test('hold delimiters, quotes and line ends in quoted fields', async () => {
    const all = await read('a,b\n"x,1","say ""hi"""\n"two\r\nlines",""\n"""",z\n');
    expect(lines(all)).toEqual([
      [2, 'x,1', 'say "hi"'],
      [3, 'two\r\nlines', ''],
      [5, '"', 'z'],
    ]);
  });

  test('keep blanks, and what is not ASCII', async () => {
    const all = await read('\ufeffnäme,x\n Zoë , \n"日本 ""語""",😀\n');
    expect(all.header).toEqual(['näme', 'x']);
    expect(lines(all)).toEqual([
      [2, ' Zoë ', ' '],
      [3, '日本 "語"', '😀'],
    ]);
  });

  test('come in batches of the size that is asked for, the header with the first', async () => {
    const all = await read(`n\n${'1\n'.repeat(25)}`, { batchSize: 10 });
    expect(all.batches).toBe(3);
    expect(all.records).toHaveLength(25);
    expect(await read('n\n')).toMatchObject({ header: ['n'], records: [], problems: [], batches: 1 });
  });

  test('take another delimiter', async () => {
    expect(lines(await read('a|b\n1,5|"x|y"\n', { delimiter: '|' }))).toEqual([[2, '1,5', 'x|y']]);
    await expect(read('a', { delimiter: 'é' })).rejects.toThrow(RangeError);
  });

  test('are not read further than the consumer wants', async () => {
    let released = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        yield Buffer.from('a,b\n');
        for (;;) yield await Promise.resolve(Buffer.from('1,2\n'.repeat(10_000)));
      } finally {
        released = true;
      }
    }
    for await (const { header } of readCsv(endless())) {
      expect(header).toEqual(['a', 'b']);
      break;
    }
    expect(released).toBe(true);
  });

  test('pass on what goes wrong with the bytes themselves', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes is read asynchronously
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('a,b\n1,2\n');
      throw new Error('the connection is gone');
    }
    await expect(readCsv(broken()).next()).rejects.toThrow('the connection is gone');
  });
});

describe('a bad record is told with its place, and the next one is read', () => {
  const header = 'id,name,note\n';
  const good = '9,ok,\n';

  test.each<[string, string | Buffer, string[]]>([
    ['a quote that is never closed', '1,"open,x\n', ['2:3 unclosed_quote name']],
    ['one that meets the quotes of the next line', '1,"open,x\n', ['2:3 unclosed_quote name']],
    ['a quote in a field', '1,Anna "Al",x\n', ['2:8 quote_in_field name']],
    ['two faults in one record', '1,A"B,C"D\n', ['2:4 quote_in_field name']],
    ['text behind a closing quote', '1,"Anna" B,x\n', ['2:9 text_after_quote name']],
    ['text behind a closing quote, in a later line', '"1\n2","Anna"B,x\n', ['3:10 text_after_quote name']],
    ['too few fields', '1,Anna\n', ['2:7 wrong_field_count']],
    ['too many fields', '1,Anna,x,"y",z\n', ['2:10 wrong_field_count']],
    ['an empty row', '\n', ['2:1 empty_row id']],
    ['an empty row that ends as Windows does', '\r\n', ['2:1 empty_row id']],
    ['a NUL', '1,An\0na,x\n', ['2:5 nul_character name']],
    ['a NUL in quotes', '1,"An\n\0na",x\n', ['3:1 nul_character name']],
    ['a carriage return alone', '1,An\rna,x\n', ['2:5 stray_carriage_return name']],
    ['bytes in Windows-1252', Buffer.from('1,Zoé é,x\n', 'latin1'), ['2:5 wrong_encoding name']],
    ['a character cut short', Buffer.from('312cc3a92cc32c780a', 'hex'), ['2:5 wrong_encoding note']],
    ['half of a surrogate pair', Buffer.from('312ceda0802c780a', 'hex'), ['2:3 wrong_encoding name']],
  ])('%s', async (_, bad, expected) => {
    for (const chunkBytes of [1, 3, 100_000]) {
      const bytes = Buffer.concat([Buffer.from(header), Buffer.from(bad as string), Buffer.from(good.repeat(2))]);
      const all = await read(bytes, {}, chunkBytes);
      expect(places(all)).toEqual(expected);
      expect(all.records.map(({ fields }) => fields)).toEqual([
        ['9', 'ok', ''],
        ['9', 'ok', ''],
      ]);
      expect(all.bytesRead).toBe(bytes.length);
    }
  });

  test('a quote that is never closed costs its own line only, also where later quotes seem to close it', async () => {
    const all = await read('id,name\n1,"open\n2,fine\n3,"quoted"\n4,""\n"5","two\nlines"\n6,"last');
    expect(places(all)).toEqual(['2:3 unclosed_quote name', '8:3 unclosed_quote name']);
    expect(lines(all)).toEqual([
      [3, '2', 'fine'],
      [4, '3', 'quoted'],
      [5, '4', ''],
      [6, '5', 'two\nlines'],
    ]);
  });

  test('columns count characters', async () => {
    expect(places(await read('a,b\nZoë 😀,x"\n'))).toEqual(['2:8 quote_in_field b']);
  });

  test('the fields of a wrong number of them are told, so that the record can be named', async () => {
    const { problems } = await read('id,name\n7,Anna,Lee\n8\n');
    expect(problems).toEqual([
      expect.objectContaining({
        fields: ['7', 'Anna', 'Lee'],
        message: 'The record has 3 fields, the header has 2. Put fields that hold the delimiter in quotes.',
      }),
      expect.objectContaining({
        fields: ['8'],
        message: 'The record has 1 field, the header has 2. Write a delimiter for each field, also for empty ones.',
      }),
    ]);
  });

  test('every text says what to do', async () => {
    const { problems } = await read('a,b\n1,"x\n1,x"y\n"x"y,1\n1\n\n\0,1\n1,\r1\n');
    for (const { message } of problems) expect(message).toMatch(/^[A-Z].*\. (Close|Put|Write|Leave|Send|End) .*\.$/);
    expect(problems).toHaveLength(7);
  });
});

describe('limits', () => {
  test('a field that is too long', async () => {
    const all = await read('a,b\n12345,"1234567"\n12345,123456\n', { maxFieldChars: 6 });
    expect(places(all)).toEqual(['2:7 field_too_long b']);
    expect(lines(all)).toEqual([[3, '12345', '123456']]);
  });

  test.each([1, 5, 100_000])('a record that is too long, cut every %i bytes', async (chunkBytes) => {
    const text = `a,b\n1,${'x'.repeat(500)}\n2,y\n3,"${'x'.repeat(500)}"\n4,y\n5,"open\n${'6,y\n'.repeat(30)}`;
    const all = await read(text, { maxRecordBytes: 100 }, chunkBytes);
    expect(places(all)).toEqual(['2:1 record_too_long a', '4:3 record_too_long b', '6:3 unclosed_quote b']);
    expect(all.records).toHaveLength(32);
    expect(all.records.at(-1)).toEqual({ line: 36, fields: ['6', 'y'] });
  });

  test('a header that is too long', async () => {
    const all = await read('x'.repeat(500), { maxRecordBytes: 100 });
    expect(places(all)).toEqual(['1:1 record_too_long']);
  });
});

describe('without a header that can be read, nothing is', () => {
  test.each([
    ['an empty file', '', '1:1 no_header'],
    ['a mark alone', '\ufeff', '1:1 no_header'],
    ['an empty first line', '\na,b\n1,2\n', '1:1 no_header'],
    ['a quote that is never closed', 'a,"b\n1,2\n', '1:3 unclosed_quote'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), '1:4 nul_character'],
    ['bytes of another encoding', Buffer.from('naïve,b\n1,2\n', 'latin1'), '1:3 wrong_encoding'],
  ])('%s', async (_, text, place) => {
    const all = await read(text);
    expect(places(all)).toEqual([place]);
    expect(all).toMatchObject({ header: undefined, records: [], batches: 1 });
  });
});

describe('as Excel saves them', () => {
  const excel: CsvOptions = { accept: 'excel' };

  test.each([
    ['semicolons', 'code;name,1;x\nA;"b;c";\n'],
    ['a line that names the separator', 'sep=;\r\ncode;name,1;x\r\nA;"b;c";\r\n'],
    ['a mark and semicolons', '\ufeffcode;name,1;x\r\nA;"b;c";\r\n'],
  ])('%s', async (_, text) => {
    const all = await read(text, excel);
    expect(all.header).toEqual(['code', 'name,1', 'x']);
    expect(all.records.map(({ fields }) => fields)).toEqual([['A', 'b;c', '']]);
  });

  test('tabs, commas, and one column', async () => {
    expect((await read('a\tb\n', excel)).header).toEqual(['a', 'b']);
    expect((await read('a,b\n', excel)).header).toEqual(['a', 'b']);
    expect((await read('"a;b;c",d\n', excel)).header).toEqual(['a;b;c', 'd']);
    expect((await read('a\n', excel)).header).toEqual(['a']);
  });

  test('Windows-1252, told by the first record that is not ASCII', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a;b\n1;x\n2;'),
      Buffer.from([0x80, 0x93, 0xe9, 0x9c]),
      Buffer.from('\n3;é\n'),
    ]);
    expect(lines(await read(bytes, excel))).toEqual([
      [2, '1', 'x'],
      [3, '2', '€“éœ'],
      [4, '3', 'Ã©'],
    ]);
  });

  test('UTF-8 without a mark; then what is not UTF-8 is told', async () => {
    const bytes = Buffer.concat([Buffer.from('a;b\n1;é\n2;'), Buffer.from([0xe9]), Buffer.from('\n')]);
    const all = await read(bytes, excel);
    expect(lines(all)).toEqual([[2, '1', 'é']]);
    expect(places(all)).toEqual(['3:3 wrong_encoding b']);
  });

  test('bytes that are nothing in Windows-1252', async () => {
    const all = await read(Buffer.from('a,b\n1,\x81\n2,\xe9\n', 'latin1'), { encoding: 'windows-1252' });
    expect(places(all)).toEqual(['2:3 wrong_encoding b']);
    expect(all.problems[0]?.message).toContain('not Windows-1252');
    expect(lines(all)).toEqual([[3, '2', 'é']]);
  });

  test('rows of nothing but separators are empty rows', async () => {
    const all = await read('a;b;c\n1;2;3\n;;\n', excel);
    expect(places(all)).toEqual(['3:1 empty_row a']);
    expect((await read('a,b,c\n,,\n')).records).toEqual([{ line: 2, fields: ['', '', ''] }]);
  });

  test('what is given is not guessed', async () => {
    expect((await read('a;b;c,d\n', { ...excel, delimiter: ',' })).header).toEqual(['a;b;c', 'd']);
    const all = await read(Buffer.from('a,b\n1,\xe9\n', 'latin1'), { ...excel, encoding: 'utf-8' });
    expect(places(all)).toEqual(['2:3 wrong_encoding b']);
  });
});
