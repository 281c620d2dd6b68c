import type { RecordCommand } from '../../../src/domain/command.ts';
import { fold } from '../../../src/domain/source-system.ts';
import { rowKey, type Source, type State } from './state.ts';

type AnyFields = Record<string, unknown>;
type Entry = { role?: string; subRole?: string; kind?: string | null; sourcedId?: string };

/** The fields of a copy: those of the row that is there, under what is stated (projection.md, 1). */
export function copied(
  state: State,
  source: Source,
  command: Extract<RecordCommand, { verb: 'replace' }>,
): AnyFields | undefined {
  const key = rowKey(source, command.kind, command.copyOf!);
  const original = state.users.get(key) ?? state.units.get(key) ?? state.enrollments.get(key);
  if (original === undefined || original.deleted) return undefined;
  const before = original.fields as AnyFields;
  const { attributes, parents } = command.fields as { attributes?: object | null; parents?: Entry[] | null };
  const named = (of: object, role: string) =>
    ((of as { parents?: Entry[] | null }).parents ?? []).find((one) => one.role === role)?.sourcedId;
  const offering = state.units.get(rowKey(source, 'offering', named(before, 'offering') ?? ''));
  const isOffering = offering !== undefined && !offering.deleted;
  const term = named(before, 'semester') ?? (isOffering ? named(offering.fields, 'semester') : undefined);
  const stated = named(command.fields, 'semester');
  const isMoved = ['offering', 'section'].includes(command.kind) && stated !== undefined && stated !== term;
  const left = isMoved ? without(before, ['startsAt', 'endsAt', 'active']) : before;
  const fields: AnyFields = { ...left, ...command.fields };
  if (attributes) fields.attributes = { ...(before.attributes as object | null), ...attributes };
  if (parents) {
    const leavesOffering = isMoved && (isOffering || source.options.sectionBringsOffering === null);
    const isReplaced = ({ role }: Entry) =>
      parents.some((parent) => parent.role === role) || (leavesOffering && role === 'offering');
    fields.parents = [...((before.parents ?? []) as Entry[]).filter((parent) => !isReplaced(parent)), ...parents];
  }
  return fields;
}

/** What an update states, with entries added to its lists or taken out of them (projection.md, 1). */
export function withLists(before: AnyFields, stated: AnyFields, lists: 'add' | 'remove' | undefined): AnyFields {
  if (lists === undefined) return stated;
  const next = { ...stated };
  for (const name of ['sections', 'roles', 'relations', 'parents'] as const) {
    const entries = stated[name] as unknown[] | null | undefined;
    if (entries) next[name] = changed((before[name] ?? undefined) as unknown[] | undefined, entries, lists);
  }
  if (stated.attributes) {
    const had = before.attributes as AnyFields | null | undefined;
    if (lists === 'add') next.attributes = { ...had, ...(stated.attributes as AnyFields) };
    else next.attributes = had ? without(had, Object.keys(stated.attributes)) : had;
  }
  // Where there is nothing to take out of, nothing is said.
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
}

function changed(had: unknown[] | undefined, said: unknown[], lists: 'add' | 'remove'): unknown[] | undefined {
  if (lists === 'remove') return had?.filter((entry) => !said.some((other) => isSameEntry(entry, other)));
  const list = [...(had ?? [])];
  for (const entry of said) {
    const at = list.findIndex((other) => isInPlaceOf(entry, other));
    const others = list.filter((other, index) => index === at || !isInPlaceOf(entry, other));
    if (at === -1) list.push(entry);
    else list.splice(0, list.length, ...others.map((other) => (isInPlaceOf(entry, other) ? entry : other)));
  }
  return list;
}

/** An added entry takes the place of its like, and a parent of a course that of any of its role. */
function isInPlaceOf(entry: unknown, other: unknown): boolean {
  const [a, b] = [entry as Entry, other as Entry];
  if (typeof entry === 'object' && a.role !== undefined && a.sourcedId !== undefined && a.role !== 'parent')
    return a.role === b.role;
  return isSameEntry(entry, other);
}

/** Sections by id, relations by kind and id, parents by role, kind and id, roles by their name and sub-role. */
function isSameEntry(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  const [a, b] = [one as Entry, other as Entry];
  if (a.sourcedId !== undefined) return a.role === b.role && a.kind === b.kind && a.sourcedId === b.sourcedId;
  return fold(a.role!) === fold(b.role!) && fold(a.subRole ?? '') === fold(b.subRole ?? '');
}

function without(fields: AnyFields, names: string[]): AnyFields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
