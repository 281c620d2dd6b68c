import type { CsvBatch, CsvProblem, CsvRecord } from '../../src/dialects/d2l-csv/csv-source.ts';

/**
 * As much of a CSV reader as the tests of the dialect need: commas, quoted values without line breaks, two records a batch,
 * and the three things that D2L's guide knows to go wrong.
 */
export async function* standInCsv(bytes: AsyncIterable<Buffer>): AsyncGenerator<CsvBatch> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  const lines = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const header = lines[0] === '' ? undefined : fieldsOf(lines[0] ?? '');
  if (header === undefined) {
    yield { header, records: [], problems: [problem('no_header', 1, 'There is no header.')], bytesRead: 0 };
    return;
  }
  const read = lines.slice(1).map((text, index) => readLine(text, index + 2, header));
  for (let start = 0; start === 0 || start < read.length; start += 2) {
    const some = read.slice(start, start + 2);
    yield {
      header,
      records: some.filter((each): each is CsvRecord => 'fields' in each),
      problems: some.filter((each): each is CsvProblem => 'kind' in each),
      bytesRead: Buffer.byteLength(lines.slice(0, start + 3).join('\n')),
    };
  }
}

function readLine(text: string, line: number, header: readonly string[]): CsvRecord | CsvProblem {
  if (text === '') return problem('empty_row', line, 'The row is empty.');
  const fields = fieldsOf(text);
  if (fields === undefined)
    return { ...problem('quote_in_field', line, 'A quote stands in a field.'), field: header[3] ?? '' };
  if (fields.length === header.length) return { line, fields };
  return problem('wrong_field_count', line, `The record has ${fields.length} fields, the header has ${header.length}.`);
}

/** undefined: a quote stands inside a field. */
function fieldsOf(line: string): string[] | undefined {
  const field = /(?:"((?:[^"]|"")*)"|([^,"]*))(,|$)/y;
  const fields: string[] = [];
  for (let more = true; more;) {
    const match = field.exec(line);
    if (match === null) return undefined;
    const [, quoted, plain = '', end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    more = end === ',';
  }
  return fields;
}

function problem(kind: string, line: number, message: string): CsvProblem {
  return { kind, line, column: 1, message };
}
