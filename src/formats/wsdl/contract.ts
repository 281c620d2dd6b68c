import type { Field, OperationContract } from './notation.ts';

/** One XML schema: a namespace, and what is declared in it. */
export interface SchemaContract {
  /** Under which the other schemas of the same service refer to it. */
  readonly prefix: string;
  readonly namespace: string;
  /** Complex types, each a sequence. */
  readonly types: Readonly<Record<string, readonly Field[]>>;
  readonly enumerations: Readonly<Record<string, readonly string[]>>;
  /** Named simple types and the XML Schema types they stand for, with their greatest length if they have one. */
  readonly simpleTypes: Readonly<Record<string, string>>;
  /** Global elements: a type (in contract notation), or the sequence inside. */
  readonly elements: Readonly<Record<string, string | readonly Field[]>>;
  /** The schemas whose elements and types stand in this one, with the names of their files. */
  readonly imports?: readonly { readonly schema: SchemaContract; readonly file: string }[];
}

/** One SOAP service as its WSDL describes it. */
export interface WsdlContract {
  /** `PersonManagementService`. */
  readonly name: string;
  readonly namespace: string;
  /** The SOAPAction is this and the name of the operation. */
  readonly soapAction: string;
  /** One manager is one port type. */
  readonly managers: readonly ManagerContract[];
  /** The schema of the messages comes first: its `{operation}Request` and `{operation}Response` are the bodies. */
  readonly schemas: readonly [SchemaContract, ...SchemaContract[]];
  /** The header elements of all messages, with the prefix of their schema. */
  readonly headers: { readonly Request: string; readonly Response: string; readonly required: boolean };
  /** What the WSDL says about itself, for people. */
  readonly documentation: string;
}

export interface ManagerContract {
  /** `PersonManager`. */
  readonly name: string;
  readonly operations: readonly OperationContract[];
  /** The prefix of the schema of its messages, where a service has several; the first schema's otherwise. */
  readonly prefix?: string;
  /** Its own SOAPAction, where it is not that of the service. */
  readonly soapAction?: string;
}
