import type { Page, RunItemView } from '../../../../domain/administration/index.ts';
import { csvLines } from './csv-lines.ts';

const columns = [
  'number',
  'operation',
  'kind',
  'sourcedId',
  'file',
  'line',
  'outcome',
  'hold',
  'codes',
  'problems',
  'changes',
  'leaves',
  'dueAt',
  'message',
];

/** What differed, and what became of it, as CSV. `done`: it was applied, and nothing is to be told of it. */
export function itemLines(page: (after?: string) => Promise<Page<RunItemView>>): AsyncGenerator<string> {
  return csvLines(columns, rowOf, page);
}

function rowOf(item: RunItemView): (string | number | null)[] {
  const { outcome, leaves, changes } = item;
  const problems = outcome?.problems ?? [];
  return [
    item.number,
    item.operation,
    item.kind,
    item.sourcedId,
    item.file,
    item.line,
    outcome?.status ?? (item.applied ? 'done' : null),
    item.hold,
    problems.map(({ code }) => code).join(' '),
    problems.map(({ message }) => message).join('\n'),
    changes.map(({ field, before, after }) => `${field}: ${textOf(before)} -> ${textOf(after)}`).join('\n'),
    leaves === null ? null : (leaves.state ?? leaves.meanwhile),
    leaves?.dueAt ?? null,
    item.message,
  ];
}

function textOf(value: unknown): string {
  return JSON.stringify(value ?? null);
}
