import {
  operationName,
  operationsByName,
  type KnownOperation,
  type WsdlContract,
} from '../../../formats/wsdl/index.ts';
import { common, messageBinding } from './common.ts';
import { gms } from './gms.ts';
import { mms } from './mms.ts';
import { pms } from './pms.ts';
import type { ServiceCode, ServiceContract } from './service.ts';

export const services: Readonly<Record<ServiceCode, ServiceContract>> = { pms, gms, mms };

const byName = operationsByName(Object.values(services));

/** The operation of a body's element, whatever its namespace and the SOAPAction. */
export function findOperation(bodyElement: string): KnownOperation<ServiceContract> | undefined {
  return byName.get(operationName(bodyElement));
}

const headers = { Request: 'h:syncRequestHeaderInfo', Response: 'h:syncResponseHeaderInfo', required: true };
const answering =
  'As itslearning runs it: a create of what is there updates it, a replace creates, an update of a membership creates it. Operations on several ' +
  'objects answer one statusInfo an object, in the order of the request. Every response has a WS-Security Timestamp that must be understood.';

/** What the WSDL of an address describes: one service, or `all` of them at the combined address. */
export const descriptions: Readonly<Record<ServiceCode | 'all', WsdlContract>> = {
  pms: describe(pms.name, [pms]),
  gms: describe(gms.name, [gms]),
  mms: describe(mms.name, [mms]),
  all: describe('ImsEnterpriseServices', [pms, gms, mms]),
};

function describe(name: string, described: readonly [ServiceContract, ...ServiceContract[]]): WsdlContract {
  const [first, ...others] = described;
  return {
    name,
    // Of the WSDL alone: no element of a message is in it.
    namespace: `http://www.imsglobal.org/services/${name}/wsdl/v1p0`,
    soapAction: '',
    managers: described.flatMap(({ managers }) => [...managers]),
    schemas: [
      first.messages,
      ...others.map(({ messages }) => messages),
      ...described.map(({ data }) => data),
      common,
      messageBinding,
    ],
    headers,
    documentation: `${name} of IMS Enterprise Services 1.0, as Passerelle serves it. ${answering}`,
  };
}
