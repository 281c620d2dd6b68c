import {
  messageElements,
  type ManagerContract,
  type OperationContract,
  type SchemaContract,
} from '../../../formats/wsdl/index.ts';
import { common, messageBinding, types } from './common.ts';

export type ServiceCode = 'pms' | 'gms' | 'mms';

/** One service of IMS Enterprise Services 1.0: the schema of its messages, and what they are about. */
export interface ServiceContract {
  readonly code: ServiceCode;
  /** `PersonManagementService`. */
  readonly name: string;
  readonly managers: readonly [ManagerContract];
  /** `createPersonRequest`, `sourcedId`, `person`. */
  readonly messages: SchemaContract;
  /** What is in a `person`. */
  readonly data: SchemaContract;
  readonly unsupportedOperation: string;
}

/** A service whose objects are `object`, several of them in `set`. */
export function service(
  about: {
    readonly code: ServiceCode;
    readonly name: string;
    readonly manager: string;
    readonly object: string;
    readonly set: string;
  },
  data: SchemaContract,
  operations: readonly OperationContract[],
): ServiceContract {
  const { code, name, manager, object, set } = about;
  const element = object.charAt(0).toLowerCase() + object.slice(1);
  const pair = set.replace(/I[dD]PairSet$/, 'IdPair');
  const managers = [
    { name: manager, operations, prefix: code, soapAction: `http://www.imsglobal.org/soap/${code}/` },
  ] as const;
  const messages: SchemaContract = {
    prefix: code,
    namespace: data.namespace.replace('DataSchema', 'MessSchema'),
    types: types({
      IdPairSet: `${pair}:IdPair*`,
      IdPair: `sourcedId:c.SourcedId ${element}:d.${object}`,
    }),
    enumerations: {},
    simpleTypes: {},
    elements: messageElements(managers),
    imports: [
      { schema: common, file: 'common.xsd' },
      { schema: data, file: `${code}-data.xsd` },
    ],
  };
  return { code, name, managers, messages, data, unsupportedOperation: 'unsupported' };
}

/** Of all services: the schemas that are in none of their own. */
export const sharedSchemas: readonly SchemaContract[] = [common, messageBinding];
