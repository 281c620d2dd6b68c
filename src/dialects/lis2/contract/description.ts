import {
  describeService,
  schemaOfService,
  writeSchema as write,
  writeWsdl as describe,
} from '../../../formats/wsdl/index.ts';
import type { ServiceContract } from './service.ts';

/** The XML schema of a service as a document of its own, for validators. */
export function writeSchema(service: ServiceContract): string {
  return write(schemaOfService(service));
}

/** The WSDL of a service. */
export function writeWsdl(service: ServiceContract, location: string): string {
  return describe(describeService(service), location);
}
