import { listChange } from '../../domain/command.ts';
import type { RecordCommand } from '../../domain/command.ts';
import { listFields, overfullList } from '../../domain/entry-limits.ts';
import type { ListField } from '../../domain/entry-limits.ts';

/** A list would have more entries than are taken, with those that are there. */
export type Overfull = `overfull_${ListField}`;

/** Judges the lists that a command lets grow: what it states itself has been judged before it came here. */
export function overfullOf(command: RecordCommand, next: Readonly<Record<string, unknown>>): Overfull | undefined {
  const field = overfullList(next, grownBy(command));
  return field === undefined ? undefined : `overfull_${field}`;
}

function grownBy(command: RecordCommand): readonly ListField[] {
  if (command.verb === 'delete') return [];
  if (listChange(command) === 'add') return listFields.filter((field) => field in command.fields);
  return command.wishes?.leaveParents === undefined ? [] : ['parents'];
}

export function overfullField(declared: Overfull): ListField {
  return declared.slice('overfull_'.length) as ListField;
}

export function isOverfull(declared: string): declared is Overfull {
  return declared.startsWith('overfull_');
}
