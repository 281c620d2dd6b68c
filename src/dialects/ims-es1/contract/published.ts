import type { SchemaContract } from '../../../formats/wsdl/index.ts';
import { sharedSchemas, type ServiceContract } from './service.ts';
import { descriptions, services } from './services.ts';

const [common, headers] = sharedSchemas as readonly [SchemaContract, SchemaContract];

/** The schemas that we publish beside the WSDLs, by their files. */
export const publishedSchemas: Readonly<Record<string, SchemaContract>> = {
  'common.xsd': common,
  'headers.xsd': headers,
  ...Object.fromEntries(Object.values(services).flatMap(ofService)),
  // All of them, for the combined address.
  'all.xsd': {
    prefix: 'tns',
    namespace: descriptions.all.namespace,
    types: {},
    enumerations: {},
    simpleTypes: {},
    elements: {},
    imports: Object.values(services).map(({ code, messages }) => ({ schema: messages, file: `${code}.xsd` })),
  },
};

function ofService({ code, messages, data }: ServiceContract): [string, SchemaContract][] {
  return [
    [`${code}.xsd`, messages],
    [`${code}-data.xsd`, data],
  ];
}
