import type { Page } from '../../../../domain/administration/index.ts';

type Cell = string | number | boolean | null;

/** A list as CSV (RFC 4180), a page of it at a time. */
export async function* csvLines<Item>(
  columns: readonly string[],
  rowOf: (item: Item) => readonly Cell[],
  page: (after?: string) => Promise<Page<Item>>,
): AsyncGenerator<string> {
  yield csvLine(columns);
  let after: string | undefined;
  do {
    const { items, next } = await page(after);
    yield items.map((item) => csvLine(rowOf(item))).join('');
    after = next;
  } while (after !== undefined);
}

function csvLine(values: readonly Cell[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/**
 * What files say comes back here, and is opened in a spreadsheet: a text that begins as a formula does is marked as text
 * (OWASP, CSV injection).
 */
function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
