import type { ManagerContract, SchemaContract, WsdlContract } from './contract.ts';
import type { Field, OperationContract } from './notation.ts';

/** One service whose messages are all in one namespace: drives its WSDL and schema, the order of its replies, and which operations are known. */
export interface ServiceContract {
  /** `PersonManagementService`. */
  readonly name: string;
  /** Of every element of its messages, the header's included. */
  readonly namespace: string;
  /** The SOAPAction is this and the name of the operation. */
  readonly soapAction: string;
  /** One manager is one port type. */
  readonly managers: readonly ManagerContract[];
  /** Complex types, each a sequence. */
  readonly types: Readonly<Record<string, readonly Field[]>>;
  readonly enumerations: Readonly<Record<string, readonly string[]>>;
  /** Named simple types and the XML Schema types they stand for. */
  readonly simpleTypes: Readonly<Record<string, string>>;
  /** The service's own spelling of "operation not supported". */
  readonly unsupportedOperation: string;
  /** Senders leave the header out, and may. */
  readonly headerOptional?: true;
  /** Global elements beside those of the messages. */
  readonly elements?: Readonly<Record<string, string | readonly Field[]>>;
  /** What the WSDL says about itself, for people. */
  readonly documentation: string;
}

/** The service as its WSDL describes it. */
export function describeService(service: ServiceContract): WsdlContract {
  const headers = {
    Request: 'tns:imsx_syncRequestHeaderInfo',
    Response: 'tns:imsx_syncResponseHeaderInfo',
    required: service.headerOptional !== true,
  };
  return { ...service, schemas: [schemaOfService(service)], headers };
}

/** One schema, without imports. */
export function schemaOfService(service: ServiceContract): SchemaContract {
  const { namespace, types, enumerations, simpleTypes, managers, elements = {} } = service;
  return {
    prefix: 'tns',
    namespace,
    types,
    enumerations,
    simpleTypes,
    elements: {
      imsx_syncRequestHeaderInfo: 'imsx_RequestHeaderInfo',
      imsx_syncResponseHeaderInfo: 'imsx_ResponseHeaderInfo',
      ...messageElements(managers),
      ...elements,
    },
  };
}

/** `{operation}Request` and `{operation}Response` of every operation. */
export function messageElements(managers: readonly ManagerContract[]): Record<string, readonly Field[]> {
  const messages = managers.flatMap(({ operations }) =>
    operations.flatMap(({ name, request, response }): [string, readonly Field[]][] => [
      [`${name}Request`, request],
      [`${name}Response`, response],
    ]),
  );
  return Object.fromEntries(messages);
}

export interface KnownOperation<Service> {
  readonly service: Service;
  readonly operation: OperationContract;
}

/** The operations of services by their names, which are unique over all services of a dialect. */
export function operationsByName<Service extends { readonly managers: readonly ManagerContract[] }>(
  services: readonly Service[],
): ReadonlyMap<string, KnownOperation<Service>> {
  return new Map(
    services.flatMap((service) =>
      service.managers.flatMap((manager) =>
        manager.operations.map((operation) => [operation.name, { service, operation }] as const),
      ),
    ),
  );
}

/** `replacePersonRequest` -> `replacePerson`; some senders leave `Request` out. */
export function operationName(bodyElement: string): string {
  return bodyElement.endsWith('Request') ? bodyElement.slice(0, -'Request'.length) : bodyElement;
}
