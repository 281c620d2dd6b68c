import { statesFields, type WriteCommand } from '../domain/command.ts';
import type { BatchItem } from '../pipeline/ports.ts';

/** The fields that a command states, as plain values; undefined for one that states none. */
export function fieldsOf(command: WriteCommand): Readonly<Record<string, unknown>> | undefined {
  return statesFields(command) ? { ...command.fields } : undefined;
}

/** States more of the record of an item: the fields must be ones of its entity. */
export function restate(item: BatchItem, fields: Readonly<Record<string, unknown>>): void {
  if (!statesFields(item.command)) return;
  item.command = { ...item.command, fields: { ...item.command.fields, ...fields } } as WriteCommand;
}

/** Runs `work` over the items that state a whole record; a copy states only what differs from what it copies. */
export function eachReplace(
  batch: readonly BatchItem[],
  work: (item: BatchItem, fields: Readonly<Record<string, unknown>>) => void,
): void {
  for (const item of batch) {
    const { command } = item;
    const isWhole = command.verb === 'replace' && command.copyOf === undefined;
    const fields = isWhole ? fieldsOf(command) : undefined;
    if (fields !== undefined) work(item, fields);
  }
}
