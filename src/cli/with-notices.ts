import { createNotices } from '../app/notices.ts';
import type { NoticeService } from '../http/api/services.ts';
import { createOutbound } from '../app/outbound.ts';
import { loadPlugins } from '../app/plugins.ts';
import { createReleases } from '../app/releases.ts';
import type { Environment } from '../config.ts';
import { type StateContext, withState } from './with-state.ts';

export type NoticeContext = StateContext & { readonly notices: NoticeService; readonly organizationId: number };

/** Runs a command on who is told of what in an organization. What is told meanwhile, the gateway delivers. */
export function withNotices<T>(
  environment: Environment,
  org: string,
  work: (context: NoticeContext) => Promise<T>,
): Promise<T> {
  return withState(environment, async (context) => {
    const { config, logs, administration, database, sealer } = context;
    const releases = createReleases(logs('cli'));
    try {
      const registry = await loadPlugins(config, logs('plugins'), releases);
      const { webhooks } = createOutbound(config, registry, logs);
      const notices = createNotices(config, { pool: database.pool, sealer, webhooks, logs });
      const { id: organizationId } = await administration.organizations.get(org);
      return await work({ ...context, notices, organizationId });
    } finally {
      await releases.releaseAll();
    }
  });
}
