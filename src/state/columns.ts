/*
 * Rows for `unnest`, a parameter for each column. Of ten thousand rows, `jsonb_to_recordset` takes 100 ms only to take them apart;
 * arrays take a fifth. They are put together here because node-postgres looks at each value several times.
 */

/** For `$n::text[]`. */
export function textColumn(values: readonly (string | null | undefined)[]): string {
  return `{${values.map(textElement).join(',')}}`;
}

function textElement(value: string | null | undefined): string {
  if (value == null) return 'NULL';
  return `"${special.test(value) ? value.replace(/["\\]/g, String.raw`\$&`) : value}"`;
}

const special = /["\\]/;

/** The same, for words of our own: letters and underscores. */
export function wordColumn(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}

/** For `$n::integer[]` and its like. */
export function numberColumn(values: readonly (number | null | undefined)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** For `jsonColumnSql`: JSON has no control characters, so it can do without quotes around its quotes. Null: undefined. */
export function jsonColumn(values: readonly unknown[]): string {
  return values.map((value) => (value === undefined ? '' : JSON.stringify(value))).join('\u001f');
}

/** The texts of a `jsonColumn`, each to be read as `::jsonb`. */
export function jsonColumnSql(parameter: `$${number}`): string {
  return `string_to_array(${parameter}, chr(31), '')`;
}
