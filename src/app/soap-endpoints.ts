import { es1Prefixes, loadEs1Endpoints } from '../dialects/ims-es1/index.ts';
import { lisEndpoints, lisPrefixes, loadWsdls } from '../dialects/lis2/index.ts';
import { loadSaipEndpoints, saipPrefixes } from '../dialects/saip/index.ts';
import type { CompiledLists } from '../pipeline/plugins/index.ts';
import type { SoapEndpoint } from '../http/soap-dialect.ts';

/** Whatever is posted as XML below these is meant for a SOAP service. */
export const soapPrefixes: readonly string[] = [...lisPrefixes, ...saipPrefixes, ...es1Prefixes];

/**
 * What the SOAP door serves at each address, in every dialect. Throws when a description that we publish cannot be loaded.
 *
 * @param lists which steps read the records of a source system; absent: all of them
 */
export async function loadSoapEndpoints(lists?: CompiledLists): Promise<ReadonlyMap<string, SoapEndpoint>> {
  const [wsdls, saip, es1] = await Promise.all([loadWsdls(), loadSaipEndpoints(lists), loadEs1Endpoints(lists)]);
  const lis = lisEndpoints(wsdls, lists);
  return new Map<string, SoapEndpoint>([...lis, ...saip, ...es1]);
}
