import { services, writeSchema, writeWsdl } from '../src/dialects/lis2/index.ts';
import type { GeneratedFile } from './generate.ts';

/** The LIS 2.0 contracts that we serve, from the contract tables. */
export async function generate(): Promise<GeneratedFile[]> {
  return Promise.resolve(
    Object.values(services).flatMap((service) => [
      { path: `wsdl/lis2/${service.code}.wsdl`, text: writeWsdl(service, `http://localhost:8080/lis/${service.code}`) },
      { path: `wsdl/lis2/${service.code}.xsd`, text: writeSchema(service) },
    ]),
  );
}
