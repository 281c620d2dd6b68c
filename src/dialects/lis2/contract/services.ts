import { bdems } from './bdems.ts';
import { cms } from './cms.ts';
import { gms } from './gms.ts';
import { mms } from './mms.ts';
import type { OperationContract } from './notation.ts';
import { oms } from './oms.ts';
import { pms } from './pms.ts';
import type { ServiceCode, ServiceContract } from './service.ts';

export const services: Readonly<Record<ServiceCode, ServiceContract>> = { pms, gms, mms, cms, oms, bdems };

export interface KnownOperation {
  readonly service: ServiceContract;
  readonly operation: OperationContract;
}

const operationsByName = new Map<string, KnownOperation>(
  Object.values(services).flatMap((service) =>
    service.managers.flatMap((manager) =>
      manager.operations.map((operation) => [operation.name, { service, operation }] as const),
    ),
  ),
);

/** `replacePersonRequest` -> `replacePerson`; some senders leave `Request` out. */
export function operationName(bodyElement: string): string {
  return bodyElement.endsWith('Request') ? bodyElement.slice(0, -'Request'.length) : bodyElement;
}

/** Operation names are unique over all services, so that the local name of the body's element is enough (whatever the path, namespace or SOAPAction). */
export function findOperation(bodyElement: string): KnownOperation | undefined {
  return operationsByName.get(operationName(bodyElement));
}
