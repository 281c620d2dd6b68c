import { listChange, statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import type { Overwrite, SourceSystemOptions } from '../../domain/source-system.ts';
import { isKept, isSame } from '../declare/restate.ts';
import { restateAsWished } from '../declare/wishes.ts';
import type { Target } from './target.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the row would declare after a command that states fields. */
export function restated(
  command: WriteCommand,
  { declared }: Pick<Target, 'declared'>,
  options: SourceSystemOptions,
): Fields | undefined {
  if (!statesFields(command)) return undefined;
  // LIS gives the type of an association no word: it has always the same.
  const type = command.entity === 'association' ? { type: literalOrgUnitTypes.association } : {};
  const stated: Record<string, unknown> = { ...type, ...command.fields };
  const before = declared && { fields: { ...declared }, there: true };
  return restateAsWished(before, command, stated, overwriteOf(command, options), listChange(command));
}

/** The fields whose values would differ afterwards, attributes one by one. */
export function changedFields(command: WriteCommand, target: Target, options: SourceSystemOptions): string[] {
  const next = restated(command, target, options);
  if (next === undefined) return [];
  const before = flat(target.declared ?? {});
  const after = flat(next);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => !isSame(before[field] ?? null, after[field] ?? null),
  );
}

/**
 * The fields of the LMS object of others that would differ once the row has adopted it: what the row may overwrite and no
 * source system of a better rank states (docs/projection.md 6).
 */
export function adoptedFields(command: WriteCommand, target: Target, options: SourceSystemOptions): string[] {
  const { adopted } = target;
  const next = restated(command, target, options);
  if (adopted === undefined || next === undefined) return [];
  const overwrite = overwriteOf(command, options);
  const isLeft = (field: string): boolean =>
    adopted.held.includes(field) || isKept(field, overwrite) || command.wishes?.keep?.includes(field) === true;
  const { parents: _parents, sections: _sections, relations: _relations, roles: _roles, type: _type, ...own } = next;
  const stated = Object.fromEntries(Object.entries(own).filter(([field]) => !isLeft(field)));
  const { attributes, ...fields } = adopted.fields;
  const before = flat('attributes' in stated ? { ...fields, attributes } : fields);
  const after = flat(stated);
  const named = Object.keys({ ...after, ...('attributes' in stated ? flat({ attributes }) : {}) });
  const turning = command.entity === 'user' ? 'roles' : 'parents';
  const isTurned = adopted.turns && !isLeft(turning) && (turning === 'parents' || next.roles != null);
  return [
    ...named.filter((field) => !isSame(before[field] ?? null, after[field] ?? null)),
    ...(isTurned ? [turning] : []),
  ];
}

/** The same of the offering that a section brings, which has its name, dates and status (docs/projection.md 2). */
export function broughtFields(command: WriteCommand, target: Target, options: SourceSystemOptions): string[] {
  const { brought } = target;
  if (brought === undefined) return [];
  return adoptedFields(command, { ...target, adopted: brought }, options).filter((field) => lent.has(field));
}

const lent: ReadonlySet<string> = new Set(['name', 'startsAt', 'endsAt', 'active']);

function overwriteOf({ entity }: WriteCommand, { overwrite }: SourceSystemOptions): Overwrite {
  if (entity === 'enrollment') return 'yes';
  return overwrite[entity === 'user' ? 'user' : 'orgUnit'];
}

function flat({ attributes, ...fields }: Fields): Record<string, unknown> {
  const own = Object.entries((attributes ?? {}) as Record<string, unknown>);
  return { ...fields, ...Object.fromEntries(own.map(([name, value]) => [`${attribute}${name}`, value])) };
}

/** What the name of an attribute begins with among the fields. */
export const attribute = 'attributes.';
