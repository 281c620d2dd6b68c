import { createEndpoints, type Endpoints } from '../app/endpoints.ts';
import { createOutbound } from '../app/outbound.ts';
import { loadPlugins } from '../app/plugins.ts';
import { createReleases } from '../app/releases.ts';
import type { Environment } from '../config.ts';
import { type StateContext, withState } from './with-state.ts';

export type EndpointContext = StateContext & { readonly endpoints: Endpoints };

/** Runs a command that sets or calls endpoints: with the authenticators that plug-ins bring. */
export function withEndpoints<T>(environment: Environment, work: (context: EndpointContext) => Promise<T>): Promise<T> {
  return withState(environment, async (context) => {
    const { config, logs, administration } = context;
    const releases = createReleases(logs('cli'));
    try {
      const registry = await loadPlugins(config, logs('plugins'), releases);
      const endpoints = createEndpoints(administration, createOutbound(config, registry, logs), logs('outbound'));
      return await work({ ...context, endpoints });
    } finally {
      await releases.releaseAll();
    }
  });
}
