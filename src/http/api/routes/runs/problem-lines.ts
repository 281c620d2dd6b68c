import type { Page, RunProblemView } from '../../../../domain/administration/index.ts';

const columns = [
  'severity',
  'code',
  'file',
  'line',
  'column',
  'field',
  'kind',
  'sourcedId',
  'affects',
  'message',
  'guideText',
] as const satisfies readonly (keyof RunProblemView)[];

/** Problems as CSV (RFC 4180), a page of them at a time. */
export async function* problemLines(page: (after?: string) => Promise<Page<RunProblemView>>): AsyncGenerator<string> {
  yield csvLine(columns);
  let after: string | undefined;
  do {
    const { items, next } = await page(after);
    yield items.map((problem) => csvLine(columns.map((column) => problem[column]))).join('');
    after = next;
  } while (after !== undefined);
}

function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/**
 * What files say comes back here, and is opened in a spreadsheet: a text that begins as a formula does is marked as text
 * (OWASP, CSV injection).
 */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
