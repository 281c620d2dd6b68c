import type pg from 'pg';
import { loadPlugins } from '../../app/plugins.ts';
import { createReleases } from '../../app/releases.ts';
import type { Config } from '../../config.ts';
import type { Logs } from '../../log.ts';
import { checkList, type Registry } from '../../pipeline/plugins/index.ts';
import type { SourceSystem } from '../../pipeline/ports.ts';
import { listSourceSystems } from '../../state/doctor/standing-facts.ts';
import { createSourceSystemLookup } from '../../state/source-system-lookup.ts';
import { error, type Finding, ok } from './finding.ts';

/** The stored lists of plug-ins: one that cannot run keeps every message of its source system waiting outside. */
export async function checkLists(pool: pg.Pool, config: Config, logs: Logs): Promise<Finding[]> {
  const releases = createReleases(logs('cli'));
  try {
    const registry = await loadPlugins(config, logs('plugins'), releases);
    const lookup = createSourceSystemLookup(pool);
    const findings: Finding[] = [];
    for (const { organizationId, organization, id } of await listSourceSystems(pool)) {
      const source = await lookup.get(organizationId, id);
      if (source !== undefined) findings.push(...faultsOf(registry, organization, source));
    }
    return findings.length > 0 ? findings : [ok('lists of plug-ins', 'all that are stored can run')];
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    return [error('plug-ins', what, 'Correct PASSERELLE_PLUGINS and PASSERELLE_PLUGIN_OPTIONS.')];
  } finally {
    await releases.releaseAll();
  }
}

function faultsOf(registry: Registry, organization: string, source: SourceSystem): Finding[] {
  return [...(source.lists ?? [])].flatMap(([name, chosen]) => {
    const point = registry.points.get(name);
    const reasons = point === undefined ? [] : checkList(registry, point, chosen).reasons;
    if (point !== undefined && reasons.length === 0) return [];
    const why =
      point === undefined ? 'there is no such extension point' : reasons.map(({ message }) => message).join(' ');
    return error(
      `${organization}: lists of plug-ins`,
      `the list of ${name} cannot run for ${source.code}, whose messages are refused: ${why}`,
      `Load the plug-in again (PASSERELLE_PLUGINS), or have the list as shipped: passerelle list reset ${organization} ${name}`,
    );
  });
}
