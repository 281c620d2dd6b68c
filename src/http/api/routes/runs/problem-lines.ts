import type { Page, RunProblemView } from '../../../../domain/administration/index.ts';
import { csvLines } from './csv-lines.ts';

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

/** Problems as CSV, a page of them at a time. */
export function problemLines(page: (after?: string) => Promise<Page<RunProblemView>>): AsyncGenerator<string> {
  return csvLines(columns, (problem: RunProblemView) => columns.map((column) => problem[column]), page);
}
