import { isWrite, type Command } from '../../domain/command.ts';
import type { HandlePoint } from '../../domain/extension-points.ts';
import type { BatchItem, SourceSystem } from '../ports.ts';
import type { CompiledLists } from './compile.ts';
import type { HandlerFunctions, ReadItem } from './plugin.ts';
import { needsType, pointOf } from './points.ts';

export type Item = BatchItem | ReadItem;

/** The types of groups that commands leave open, by sourcedId; declared ones are read, those of the same message are known. */
export type GroupTypes = ReadonlyMap<string, string>;

/** Runs the handlers of each extension point over its commands; what is refused goes no further. */
export function runHandlers(
  lists: CompiledLists,
  items: readonly Item[],
  source: SourceSystem,
  groupTypes: GroupTypes,
): void {
  for (const [point, ofPoint] of byPoint(items, source, groupTypes)) {
    for (const { made } of lists.handlers(source, point)) runStep(made, ofPoint, source);
  }
}

/** One step over those commands of its point that no step before refused. */
export function runStep(functions: HandlerFunctions, items: readonly Item[], source: SourceSystem): void {
  if (functions.handle !== undefined) functions.handle(items.filter(isOpenWrite), source);
  if (functions.read !== undefined) functions.read(items.filter(isOpenRead), source);
}

function byPoint(
  items: readonly Item[],
  source: SourceSystem,
  groupTypes: GroupTypes,
): ReadonlyMap<HandlePoint, readonly Item[]> {
  const points = new Map<HandlePoint, Item[]>();
  const types = new Map(groupTypes);
  for (const item of items) {
    const { command } = item;
    const point = pointOf(command, source, types.get(command.sourcedId));
    const type = typeOf(command);
    if (command.kind === 'group' && type !== undefined) types.set(command.sourcedId, type);
    if (point === undefined) continue;
    const known = points.get(point);
    if (known === undefined) points.set(point, [item]);
    else known.push(item);
  }
  return points;
}

/** The groups whose type must be read to know who handles them. */
export function groupsOfUnknownType(commands: readonly Command[]): string[] {
  return commands.filter(needsType).map(({ sourcedId }) => sourcedId);
}

function typeOf(command: Command): string | undefined {
  return command.entity === 'org_unit' && 'fields' in command ? command.fields.type : undefined;
}

function isOpenWrite(item: Item): item is BatchItem {
  return item.refusal === undefined && isWrite(item.command);
}

function isOpenRead(item: Item): item is ReadItem {
  return item.refusal === undefined && item.command.verb === 'read';
}
