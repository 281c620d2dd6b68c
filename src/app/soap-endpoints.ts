import { es1Prefixes, loadEs1Endpoints } from '../dialects/ims-es1/index.ts';
import { lisEndpoints, lisPrefixes, loadWsdls } from '../dialects/lis2/index.ts';
import { loadSaipEndpoints, saipPrefixes } from '../dialects/saip/index.ts';
import type { SoapEndpoint } from '../http/soap-dialect.ts';

/** Whatever is posted as XML below these is meant for a SOAP service. */
export const soapPrefixes: readonly string[] = [...lisPrefixes, ...saipPrefixes, ...es1Prefixes];

/** What the SOAP door serves at each address, in every dialect. Throws when a description that we publish cannot be loaded. */
export async function loadSoapEndpoints(): Promise<ReadonlyMap<string, SoapEndpoint>> {
  const [lis, saip, es1] = await Promise.all([loadWsdls().then(lisEndpoints), loadSaipEndpoints(), loadEs1Endpoints()]);
  return new Map<string, SoapEndpoint>([...lis, ...saip, ...es1]);
}
