import { type Row, shown } from './row.ts';

/** What is to be done with a row's record. D2L: "case insensitive; if not specified, default is UPDATE". */
export type Action = 'CREATE' | 'UPDATE' | 'DELETE';

/** undefined = it is none of them, and must not delete by mistake. */
export function actionOf(row: Row): Action | undefined {
  const text = row.text('action');
  if (text === undefined) return row.cell('action') === '' ? 'UPDATE' : undefined;
  const word = text.toUpperCase();
  if (word === 'CREATE' || word === 'UPDATE' || word === 'DELETE') return word;
  row.refuse(
    'action',
    'invalid_data',
    `action is ${shown(text)}, and must be CREATE, UPDATE or DELETE, or empty for UPDATE.`,
  );
  return undefined;
}

/** The literal of the column `type`, in files where all rows have the same. */
export function isType(row: Row, literal: 'user' | 'enrollment'): boolean {
  const type = row.required('type');
  if (type === literal) return true;
  if (type !== undefined)
    row.refuse(
      'type',
      'invalid_data',
      `type is ${shown(type)}, and must be ${literal}, in lower case, in a file of ${row.table.kind}.`,
    );
  return false;
}
