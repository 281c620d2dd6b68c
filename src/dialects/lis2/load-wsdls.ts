import { loadPublished, type Wsdl } from '../../formats/wsdl/index.ts';
import { services } from './contract/services.ts';
import type { ServiceCode } from './contract/service.ts';

/** The published WSDLs and schemas of LIS 2.0. Throws when one cannot be loaded as a client would. */
export function loadWsdls(): Promise<ReadonlyMap<ServiceCode, Wsdl>> {
  return loadPublished('lis2', services);
}
