import { type ChosenListView, shippedVersion } from '../../../../domain/administration/index.ts';
import type { ChosenList, ListEntry } from '../../../../domain/extension-points.ts';
import { GatewayError } from '../../../../domain/problem.ts';
import { presets } from '../../../../domain/source-system.ts';
import { describeOptions } from '../../../../formats/json/index.ts';
import { checkList, entriesOf, type ListPoint, type Registry } from '../../../../pipeline/plugins/index.ts';
import type { ApiServices } from '../../services.ts';

/** Throws GatewayError `not_found`. */
export function requirePoint(registry: Registry, name: string): ListPoint {
  const point = registry.points.get(name);
  if (point !== undefined) return point;
  throw new GatewayError('not_found', `There is no extension point ${name} with a list.`, { field: 'point' });
}

/** What was chosen at a place, and what holds there. */
interface ChosenAt {
  readonly inForce: ChosenListView | undefined;
  readonly own: ChosenListView | undefined;
}

export function chosenOf(lists: readonly ChosenListView[], point: string, sourceSystemId: number | null): ChosenAt {
  const at = (id: number | null) => lists.find((list) => list.point === point && list.sourceSystemId === id);
  const own = at(sourceSystemId);
  return { own, inForce: own ?? at(null) };
}

/** The list in force, as it is shown. The version is that of what was chosen at this very place. */
export async function effectiveList(
  { extensionPoints }: Pick<ApiServices, 'extensionPoints'>,
  organizationId: number,
  point: ListPoint,
  { inForce, own }: ChosenAt,
  sourceSystemId: number | null,
) {
  const { registry } = extensionPoints;
  const source =
    sourceSystemId === null ? undefined : await extensionPoints.sourceSystem(organizationId, sourceSystemId);
  const chosen: ChosenList = inForce?.chosen ?? { template: point.standard(source ?? { options: presets.lis }) };
  const { reasons } = checkList(registry, point, chosen);
  return {
    from: fromOf(inForce),
    template: 'template' in chosen ? chosen.template : null,
    entries: shown(registry, point, entriesOf(point, chosen) ?? []),
    reasons: [...reasons],
    changedAt: inForce?.changedAt ?? null,
    changedBy: inForce?.changedBy ?? null,
    version: own?.version ?? shippedVersion,
  };
}

function fromOf(list: ChosenListView | undefined): 'shipped' | 'organization' | 'source_system' {
  if (list === undefined) return 'shipped';
  return list.sourceSystemId === null ? 'organization' : 'source_system';
}

function shown(registry: Registry, point: ListPoint, entries: readonly ListEntry[]) {
  const ordered = [...entries].sort((one, other) => one.sortOrder - other.sortOrder);
  return ordered.map(({ plugin: name, sortOrder, options }) => {
    const plugin = registry.listed(point).get(name);
    return {
      plugin: name,
      sortOrder,
      ...(options === undefined ? {} : { options: { ...options } }),
      alias: plugin?.alias?.(point.name) ?? null,
      summary: plugin?.summary ?? null,
    };
  });
}

/** What an extension point is, whatever was chosen. */
export function describePoint(registry: Registry, point: ListPoint) {
  const { name, kind, summary, templates } = point;
  return {
    name,
    kind,
    summary,
    templates: templates.map((template) => ({
      name: template.name,
      summary: template.summary,
      entries: shown(registry, point, template.entries),
    })),
    plugins: [...registry.listed(point).values()]
      .filter(({ points }) => points.includes(name))
      .map((plugin) => ({
        name: plugin.name,
        summary: plugin.summary,
        alias: plugin.alias?.(name) ?? null,
        package: registry.packageOf(kind === 'handle' ? 'handler' : 'translator', plugin.name),
        stage: plugin.stage,
        required: plugin.requiredAt?.includes(name) ?? false,
        excludes: [...(plugin.excludes ?? [])],
        takesOptions: plugin.options !== undefined,
        options: describeOptions(plugin.options),
      })),
  };
}
