import type { Field, OperationContract } from './notation.ts';

export const serviceCodes = ['pms', 'gms', 'mms', 'cms', 'oms', 'bdems'] as const;
export type ServiceCode = (typeof serviceCodes)[number];

/** One LIS 2.0 service: drives the WSDL and schema that we serve, the order of our replies, and which operations are known. */
export interface ServiceContract {
  readonly code: ServiceCode;
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
  /** What the WSDL says about itself, for people. */
  readonly documentation: string;
}

export interface ManagerContract {
  /** `PersonManager`. */
  readonly name: string;
  readonly operations: readonly OperationContract[];
}
