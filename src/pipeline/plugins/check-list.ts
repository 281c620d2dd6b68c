import type { ChosenList, ListEntry, ListReason } from '../../domain/extension-points.ts';
import type { SourceSystem } from '../ports.ts';
import type { SchemaIssue, Stage } from './plugin.ts';
import type { ListPoint, Template } from './points.ts';
import type { AnyListed, Registry } from './registry.ts';

/** An entry that may run: its plug-in, and its options as the plug-in's schema made them. */
export interface CheckedEntry {
  readonly entry: ListEntry;
  readonly plugin: AnyListed;
  readonly options: unknown;
}

/** The entries of a chosen list; undefined for a template that is not there. */
export function entriesOf(point: ListPoint, chosen: ChosenList): readonly ListEntry[] | undefined {
  return 'entries' in chosen ? chosen.entries : templateOf(point, chosen.template)?.entries;
}

export function templateOf(point: ListPoint, name: string): Template | undefined {
  return point.templates.find((template) => template.name === name);
}

/** The list in force for a source system, as chosen or as shipped. */
export function chosenList(point: ListPoint, source: SourceSystem): ChosenList {
  return source.lists?.get(point.name) ?? { template: point.standard(source) };
}

/** Checks a list as a whole and says everything that is wrong with it; the entries in their order. */
export function checkList(
  registry: Registry,
  point: ListPoint,
  chosen: ChosenList,
): { reasons: readonly ListReason[]; checked: readonly CheckedEntry[] } {
  const entries = entriesOf(point, chosen);
  if (entries === undefined) return { reasons: [unknownTemplate(point, chosen)], checked: [] };
  const ordered = [...entries].sort((one, other) => one.sortOrder - other.sortOrder);
  const reasons: ListReason[] = [];
  const checked: CheckedEntry[] = [];
  for (const entry of ordered) {
    const found = checkEntry(registry, point, entry);
    if ('code' in found) reasons.push(found);
    else checked.push(found);
  }
  reasons.push(
    ...repeated(ordered),
    ...missing(registry, point, checked),
    ...misplaced(checked),
    ...together(point, checked),
  );
  return { reasons, checked };
}

function unknownTemplate(point: ListPoint, chosen: ChosenList): ListReason {
  const named = 'template' in chosen ? chosen.template : '';
  const names = point.templates.map(({ name }) => name).join(', ');
  return { code: 'unknown_template', message: `There is no template ${named} here; there are: ${names}.` };
}

function checkEntry(registry: Registry, point: ListPoint, entry: ListEntry): CheckedEntry | ListReason {
  const { plugin: name } = entry;
  const plugin = registry.listed(point).get(name);
  if (plugin === undefined) return { code: 'unknown_plugin', plugin: name, message: `There is no plug-in ${name}.` };
  if (!plugin.points.includes(point.name))
    return { code: 'wrong_point', plugin: name, message: `${name} may not stand at ${point.name}.` };
  if (plugin.options === undefined) {
    const surplus = Object.keys(entry.options ?? {});
    if (surplus.length === 0) return { entry, plugin, options: undefined };
    return { code: 'invalid_options', plugin: name, message: `${name} takes no options: ${surplus.join(', ')}.` };
  }
  const parsed = plugin.options.safeParse(entry.options ?? {});
  if (parsed.success) return { entry, plugin, options: parsed.data };
  const said = describeSchemaIssues(parsed.error.issues);
  return { code: 'invalid_options', plugin: name, message: `The options of ${name}: ${said}.` };
}

/** `keys.0.secret must be a string; ...` */
export function describeSchemaIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ');
}

function repeated(entries: readonly ListEntry[]): ListReason[] {
  const reasons: ListReason[] = [];
  entries.forEach(({ plugin, sortOrder }, index) => {
    if (entries.findIndex((other) => other.plugin === plugin) < index)
      reasons.push({ code: 'duplicate_plugin', plugin, message: `${plugin} stands twice.` });
    if (entries[index - 1]?.sortOrder === sortOrder)
      reasons.push({
        code: 'duplicate_sort_order',
        plugin,
        message: `${plugin} has the sort order ${sortOrder}, as another one.`,
      });
  });
  return reasons;
}

/** The base, what is required, and of each set of alternatives one. */
function missing(registry: Registry, point: ListPoint, checked: readonly CheckedEntry[]): ListReason[] {
  const names = new Set(checked.map(({ plugin }) => plugin.name));
  const reasons: ListReason[] = [];
  for (const plugin of registry.listed(point).values()) {
    if (plugin.requiredAt?.includes(point.name) !== true || names.has(plugin.name)) continue;
    const code = plugin.stage === 'read' ? 'base_missing' : 'required_missing';
    const what = code === 'base_missing' ? 'the base' : 'required here';
    reasons.push({ code, plugin: plugin.name, message: `${plugin.name} is missing: it is ${what}.` });
  }
  for (const set of point.oneOf ?? []) {
    if (set.some((name) => names.has(name))) continue;
    reasons.push({ code: 'required_missing', message: `One of ${set.join(', ')} must be in the list.` });
  }
  return reasons;
}

/** What must not stand before a stage: these come earlier, or not at all. */
const before: Readonly<Record<Stage, readonly Stage[]>> = {
  read: [],
  rule: ['read'],
  validate: ['read'],
  create: ['read', 'validate'],
  save: ['read', 'rule', 'validate', 'create'],
  effect: ['read', 'validate'],
  delete: ['read', 'rule', 'validate', 'effect', 'after'],
  after: ['read'],
};

function misplaced(checked: readonly CheckedEntry[]): ListReason[] {
  return checked.flatMap(({ plugin }, index): ListReason[] => {
    const late = checked.slice(index + 1).find((other) => before[plugin.stage].includes(other.plugin.stage))?.plugin;
    if (late === undefined) return [];
    if (late.stage === 'read')
      return [{ code: 'base_not_first', plugin: late.name, message: `${late.name} must stand before ${plugin.name}.` }];
    const message = `${plugin.name} (${plugin.stage}) stands before ${late.name} (${late.stage}); it must stand after it.`;
    return [{ code: 'wrong_order', plugin: plugin.name, message }];
  });
}

/** What may not stand together, and what may not stand alone. */
function together(point: ListPoint, checked: readonly CheckedEntry[]): ListReason[] {
  const names = new Set(checked.map(({ plugin }) => plugin.name));
  return checked.flatMap(({ plugin }): ListReason[] => {
    const rival = plugin.excludes?.find((name) => names.has(name));
    const needed = plugin.needs?.(point.name);
    const isAlone = needed !== undefined && !needed.some((name) => names.has(name));
    return [
      ...(rival === undefined ? [] : [exclusive(plugin.name, rival)]),
      ...(isAlone ? [companionMissing(plugin.name, needed)] : []),
    ];
  });
}

function exclusive(plugin: string, rival: string): ListReason {
  return { code: 'exclusive_plugins', plugin, message: `${plugin} and ${rival} may not stand in one list.` };
}

function companionMissing(plugin: string, needed: readonly string[]): ListReason {
  return { code: 'companion_missing', plugin, message: `${plugin} needs ${needed.join(' or ')} beside it.` };
}
