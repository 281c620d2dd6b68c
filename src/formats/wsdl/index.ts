/** WSDL 1.1 and XML Schema, written from contract tables. */
export type { ManagerContract, SchemaContract, WsdlContract } from './contract.ts';
export { loadPublished, pathOfPublished, readPublished, type Wsdl } from './load-wsdls.ts';
export { sequence, type Field, type OperationContract } from './notation.ts';
export { writeSchema } from './schema.ts';
export {
  describeService,
  messageElements,
  operationName,
  operationsByName,
  schemaOfService,
  type KnownOperation,
  type ServiceContract,
} from './service.ts';
export { inOrder, inSchemaOrder, stated, type Tree, type Value } from './tree.ts';
export { writeWsdl } from './wsdl.ts';
