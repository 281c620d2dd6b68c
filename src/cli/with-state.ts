import { type AccessAdministration, createAccessAdministration } from '../app/access-administration.ts';
import { createReleases } from '../app/releases.ts';
import { checkKey } from '../app/check-key.ts';
import { createSealerFor } from '../app/sealer.ts';
import { findSealingKey, sealingKeyFile } from '../app/sealing-key.ts';
import { StartError } from '../app/start-error.ts';
import { createState, type State } from '../app/state.ts';
import type { Config, Environment } from '../config.ts';
import type { Sealer } from '../domain/access.ts';
import type { Editor, OrganizationView } from '../domain/administration/index.ts';
import { CommandError } from './output.ts';
import { type CommandContext, withDatabase } from './with-database.ts';

export type StateContext = CommandContext & State & AccessAdministration & { readonly sealer: Sealer };

/** Runs a command on the state, by the same calls that the REST API makes. */
export function withState<T>(environment: Environment, work: (context: StateContext) => Promise<T>): Promise<T> {
  return withDatabase(environment, async (context) => {
    const { config, database, logs } = context;
    const releases = createReleases(logs('cli'));
    const sealer = await sealerOf(context, config);
    const state = createState(config, database, sealer, logs, releases);
    const access = createAccessAdministration(database.pool, sealer, logs('auth'));
    try {
      return await work({ ...context, ...state, ...access, sealer });
    } finally {
      await releases.releaseAll();
    }
  });
}

/**
 * A command makes no key: that is for the gateway's first start. Without the right one it still does whatever seals and
 * opens nothing, such as revoking a credential.
 */
async function sealerOf({ database, logs }: CommandContext, config: Config): Promise<Sealer> {
  const file = sealingKeyFile(config.varFolder);
  const key = await findSealingKey(config.key, config.varFolder);
  const sealer = key && createSealerFor(key, config);
  try {
    await checkKey(database.pool, sealer, file, config.lostKeys, logs('app'));
  } catch (error) {
    if (error instanceof StartError) return refusing(error.message);
    throw error;
  }
  return (
    sealer ?? refusing(`There is no sealing key yet: start the gateway, which makes ${file}, or set PASSERELLE_KEY.`)
  );
}

function refusing(message: string): Sealer {
  const refuse = (): never => {
    throw new CommandError(message);
  };
  return { keyId: 'none', seal: refuse, open: refuse };
}

/** Who stands in the changes that a command makes. */
export function commandEditor({ id }: Pick<OrganizationView, 'id'>): Editor {
  return { organizationId: id, actor: 'command line' };
}
