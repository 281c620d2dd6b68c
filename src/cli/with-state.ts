import { type AccessAdministration, createAccessAdministration } from '../app/access.ts';
import { createReleases } from '../app/releases.ts';
import { createSealerFor } from '../app/sealer.ts';
import { obtainSealingKey } from '../app/sealing-key.ts';
import { createState, type State } from '../app/state.ts';
import type { Environment } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { Editor, OrganizationView } from '../domain/administration/index.ts';
import { type CommandContext, withDatabase } from './with-database.ts';

export type StateContext = CommandContext & State & AccessAdministration & { readonly sealer: Sealer };

/** Runs a command on the state, by the same calls that the REST API makes. */
export function withState<T>(environment: Environment, work: (context: StateContext) => Promise<T>): Promise<T> {
  return withDatabase(environment, async (context) => {
    const { config, database, logs } = context;
    const releases = createReleases(logs('cli'));
    const sealer = createSealerFor(await obtainSealingKey(config.key, config.varFolder), config);
    const state = createState(config, database, sealer, logs, releases);
    const access = createAccessAdministration(database.pool, sealer, logs('auth'));
    try {
      return await work({ ...context, ...state, ...access, sealer });
    } finally {
      await releases.releaseAll();
    }
  });
}

/** Who stands in the changes that a command makes. */
export function commandEditor({ id }: Pick<OrganizationView, 'id'>): Editor {
  return { organizationId: id, actor: 'command line' };
}
