import { element, writeIndentedXml, type XmlNode } from '../xml/index.ts';
import type { ManagerContract, WsdlContract } from './contract.ts';
import type { OperationContract } from './notation.ts';
import { schemaOf } from './schema.ts';

/**
 * The WSDL 1.1 description of a service: document / literal, SOAP 1.1 over HTTP, each message with a body part and a
 * header part. No wsdl:fault is declared: what is wrong with a record stands in the response header. The schemas are
 * inline, because some toolkits do not apply what they import.
 */
export function writeWsdl(service: WsdlContract, location: string): string {
  const { managers, schemas, namespace } = service;
  const foreign = schemas.filter((each) => each.namespace !== namespace);
  return writeIndentedXml(
    element(
      'wsdl:definitions',
      [
        element('wsdl:documentation', service.documentation),
        element(
          'wsdl:types',
          schemas.map((each) => schemaOf(each, () => undefined)),
        ),
        ...managers.flatMap((manager) =>
          manager.operations.flatMap((operation) => messages(service, manager, operation)),
        ),
        ...managers.map(portType),
        ...managers.map((manager) => binding(service, manager)),
        serviceElement(service, location),
      ],
      {
        name: `${service.name}SyncServices`,
        targetNamespace: namespace,
        'xmlns:wsdl': 'http://schemas.xmlsoap.org/wsdl/',
        'xmlns:soap': 'http://schemas.xmlsoap.org/wsdl/soap/',
        'xmlns:tns': namespace,
        ...Object.fromEntries(foreign.map((each) => [`xmlns:${each.prefix}`, each.namespace])),
      },
    ),
  );
}

function messages(
  { headers, schemas }: WsdlContract,
  { prefix = schemas[0].prefix }: ManagerContract,
  { name }: OperationContract,
): XmlNode[] {
  const message = (suffix: 'Request' | 'Response', body: string, header: string): XmlNode =>
    element(
      'wsdl:message',
      [
        element('wsdl:part', '', { name: body, element: `${prefix}:${name}${suffix}` }),
        element('wsdl:part', '', { name: header, element: headers[suffix] }),
      ],
      { name: `${name}${suffix}` },
    );
  return [
    message('Request', 'Parameters', 'HeaderInfoParameters'),
    message('Response', 'Response', 'HeaderInfoResponse'),
  ];
}

function portType({ name, operations }: ManagerContract): XmlNode {
  return element(
    'wsdl:portType',
    operations.map((operation) =>
      element(
        'wsdl:operation',
        [
          element('wsdl:documentation', operation.documentation),
          element('wsdl:input', '', { message: `tns:${operation.name}Request` }),
          element('wsdl:output', '', { message: `tns:${operation.name}Response` }),
        ],
        { name: operation.name },
      ),
    ),
    { name: `${name}SyncPortType` },
  );
}

function binding({ headers, ...service }: WsdlContract, { name, operations, ...manager }: ManagerContract): XmlNode {
  const soapAction = manager.soapAction ?? service.soapAction;
  const transport = element('soap:binding', '', {
    transport: 'http://schemas.xmlsoap.org/soap/http',
    style: 'document',
  });
  const parts = (message: string, body: string, header: string): XmlNode[] => [
    element('soap:body', '', { use: 'literal', parts: body }),
    element('soap:header', '', {
      message: `tns:${message}`,
      part: header,
      use: 'literal',
      'wsdl:required': headers.required ? 'true' : undefined,
    }),
  ];
  const bound = operations.map((operation) =>
    element(
      'wsdl:operation',
      [
        element('soap:operation', '', { soapAction: soapAction + operation.name, style: 'document' }),
        element('wsdl:input', parts(`${operation.name}Request`, 'Parameters', 'HeaderInfoParameters')),
        element('wsdl:output', parts(`${operation.name}Response`, 'Response', 'HeaderInfoResponse')),
      ],
      { name: operation.name },
    ),
  );
  return element('wsdl:binding', [transport, ...bound], {
    name: `${name}SyncSoapBinding`,
    type: `tns:${name}SyncPortType`,
  });
}

function serviceElement(service: WsdlContract, location: string): XmlNode {
  const ports = service.managers.map(({ name }) =>
    element('wsdl:port', [element('soap:address', '', { location })], {
      name: `${name}SyncSoapPort`,
      binding: `tns:${name}SyncSoapBinding`,
    }),
  );
  return element('wsdl:service', ports, { name: `${service.name}SyncService` });
}
