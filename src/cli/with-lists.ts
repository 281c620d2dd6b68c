import { createReleases } from '../app/releases.ts';
import type { Environment } from '../config.ts';
import { ListRefused } from '../domain/extension-points.ts';
import type { DryRunServices } from '../http/api/routes/extension-points/dry-run.ts';
import type { ListServices } from '../http/api/routes/extension-points/lists.ts';
import { createAccessPolicyStore } from '../state/access/access-policy-store.ts';
import { tryCommands } from '../state/try-commands.ts';
import { readGroupTypes } from '../state/group-types.ts';
import { createSourceSystemLookup } from '../state/source-system-lookup.ts';
import { CommandError } from './output.ts';
import { type StateContext, withState } from './with-state.ts';

export type ListContext = StateContext & ListServices & DryRunServices;

/**
 * Runs a command on the lists of plug-ins, with the plug-ins of the configuration, by the same calls that the REST API makes.
 *
 * @throws CommandError with every reason for which a list is refused, one a line.
 */
export function withLists<T>(environment: Environment, work: (context: ListContext) => Promise<T>): Promise<T> {
  return withState(environment, async (context) => {
    const { config, logs, database } = context;
    const { pool } = database;
    const releases = createReleases(logs('cli'));
    const { loadPlugins, replayOf, shippedHandlers, createCompiledLists } = await loadLists();
    try {
      const registry = await loadPlugins(config, logs('plugins'), releases);
      const lists = createCompiledLists(registry, logs('plugins'));
      const sources = createSourceSystemLookup(pool);
      return await work({
        ...context,
        accessPolicies: createAccessPolicyStore({ pool }),
        extensionPoints: {
          registry,
          lists,
          inbound: [...config.authenticators, ...registry.authenticators],
          sourceSystem: (organizationId, id) => sources.get(organizationId, id),
          groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
          always: shippedHandlers,
          tryCommands: (source, commands) => tryCommands(pool, source, commands),
          log: logs('plugins'),
        },
        replayOf: (stored) => replayOf(stored, lists),
        meaningOf: (stored, traced) => replayOf(stored, traced, true),
      });
    } catch (error) {
      if (error instanceof ListRefused) throw inLines(error);
      throw error;
    } finally {
      await releases.releaseAll();
    }
  });
}

/** With them come all dialects and handlers, which commands beside these do without. */
async function loadLists() {
  const [{ loadPlugins }, { replayOf }, { shippedHandlers }, { createCompiledLists }] = await Promise.all([
    import('../app/plugins.ts'),
    import('../app/replay.ts'),
    import('../app/shipped-plugins.ts'),
    import('../pipeline/plugins/index.ts'),
  ]);
  return { loadPlugins, replayOf, shippedHandlers, createCompiledLists };
}

function inLines({ reasons, message }: ListRefused): CommandError {
  const [head = message] = message.split(': ');
  return new CommandError([`${head}:`, ...reasons.map(({ code, message: why }) => `  ${code}: ${why}`)].join('\n'));
}
