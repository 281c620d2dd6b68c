import type { Config } from '../config.ts';
import { calledServices } from '../dialects/lis2/index.ts';
import { pathOfPublished } from '../formats/wsdl/index.ts';
import type { Logs } from '../log.ts';
import {
  createEgress,
  createFileFetcher,
  createOutboundCaller,
  createWebhookPoster,
  type OutboundContracts,
} from '../outbound/index.ts';
import type { FileFetcher } from '../pipeline/file-fetcher.ts';
import type { WebhookPoster } from '../pipeline/notice-ports.ts';
import type { OutboundAuthenticator, OutboundCaller } from '../pipeline/outbound.ts';
import type { Registry } from '../pipeline/plugins/index.ts';

/** What calls endpoints, and what proves the gateway to them. */
export interface Outbound {
  readonly caller: OutboundCaller;
  readonly authenticators: ReadonlyMap<string, OutboundAuthenticator>;
  readonly fetcher: FileFetcher;
  readonly webhooks: WebhookPoster;
}

export function createOutbound(
  { outboundAllow: allow, allowClearText, publicUrl }: Pick<Config, 'outboundAllow' | 'allowClearText' | 'publicUrl'>,
  { outboundAuthenticators: authenticators }: Pick<Registry, 'outboundAuthenticators'>,
  logs: Logs,
): Outbound {
  const ownHosts = publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')];
  const egress = createEgress({ allow, allowClearText, ownHosts });
  const options = { authenticators, egress, contracts, log: logs('outbound') };
  return {
    caller: createOutboundCaller(options),
    fetcher: createFileFetcher(options),
    webhooks: createWebhookPoster(options),
    authenticators,
  };
}

const contracts: OutboundContracts = Object.fromEntries(
  Object.entries(calledServices).map(([name, service]) => [
    name,
    { service, wsdl: pathOfPublished('lis2-called', `${service.code}.wsdl`) },
  ]),
);
