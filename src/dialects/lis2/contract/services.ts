import { operationName, operationsByName, type KnownOperation } from '../../../formats/wsdl/index.ts';
import { bdems } from './bdems.ts';
import { cms } from './cms.ts';
import { gms } from './gms.ts';
import { mms } from './mms.ts';
import { oms } from './oms.ts';
import { pms } from './pms.ts';
import type { ServiceCode, ServiceContract } from './service.ts';

export const services: Readonly<Record<ServiceCode, ServiceContract>> = { pms, gms, mms, cms, oms, bdems };

const byName = operationsByName(Object.values(services));

/** Operation names are unique over all services, so that the local name of the body's element is enough (whatever the path, namespace or SOAPAction). */
export function findOperation(bodyElement: string): KnownOperation<ServiceContract> | undefined {
  return byName.get(operationName(bodyElement));
}

export { operationName };
