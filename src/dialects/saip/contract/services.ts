import { operationName, operationsByName, type KnownOperation } from '../../../formats/wsdl/index.ts';
import { cms } from './cms.ts';
import { gms } from './gms.ts';
import { mms } from './mms.ts';
import { pms } from './pms.ts';
import type { ServiceCode, ServiceContract } from './service.ts';

export const services: Readonly<Record<ServiceCode, ServiceContract>> = { pms, gms, mms, cms };

const byName = operationsByName(Object.values(services));

/** The operation of a body's element, whatever its namespace and the SOAPAction (`createPerson.v1`, `DELETEPERSON_SYNC.v1`). */
export function findOperation(bodyElement: string): KnownOperation<ServiceContract> | undefined {
  const name = operationName(bodyElement);
  return byName.get(misspelt.get(name) ?? name);
}

/** How the operation of a body's element is called; what is no operation is called as it calls itself. */
export function operationOf(bodyElement: string): string {
  return findOperation(bodyElement)?.operation.name ?? operationName(bodyElement);
}

/** As a client calls it that is made of the WSDL of PeopleSoft. */
const misspelt: ReadonlyMap<string, string> = new Map([
  ['readSectionAssocationsFromSavePoint', 'readSectionAssociationsFromSavePoint'],
]);
