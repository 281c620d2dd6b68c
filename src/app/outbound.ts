import type { Config } from '../config.ts';
import { calledServices } from '../dialects/lis2/index.ts';
import { pathOfPublished } from '../formats/wsdl/index.ts';
import type { Log } from '../log.ts';
import { createEgress, createOutboundCaller, type OutboundContracts } from '../outbound/index.ts';
import type { OutboundCaller } from '../pipeline/outbound.ts';
import type { Registry } from '../pipeline/plugins/index.ts';

/** What the gateway calls at a SIS. */
const contracts: OutboundContracts = {
  bdems: { wsdl: pathOfPublished('lis2-called', 'bdems.wsdl'), service: calledServices.bdems },
  oms: { wsdl: pathOfPublished('lis2-called', 'oms.wsdl'), service: calledServices.oms },
};

/** The caller of endpoints, kept to where the operator lets it call. */
export function createOutbound(
  { outboundAllow, allowClearText, publicUrl }: Pick<Config, 'outboundAllow' | 'allowClearText' | 'publicUrl'>,
  { outboundAuthenticators }: Pick<Registry, 'outboundAuthenticators'>,
  log: Log,
): OutboundCaller {
  const ownHosts = publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')];
  return createOutboundCaller({
    authenticators: outboundAuthenticators,
    egress: createEgress({ allow: outboundAllow, allowClearText, ownHosts }),
    contracts,
    log,
  });
}
