import { element, writeIndentedXml, type XmlNode } from '../../../formats/xml/index.ts';
import type { OperationContract } from './notation.ts';
import { schemaOf } from './schema.ts';
import type { ManagerContract, ServiceContract } from './service.ts';

/**
 * The WSDL 1.1 description of a service: document / literal, SOAP 1.1 over HTTP, each message with a body part and a
 * header part. No wsdl:fault is declared: what is wrong with a record stands in the response header.
 */
export function writeWsdl(service: ServiceContract, location: string): string {
  const { managers } = service;
  const operations = managers.flatMap((manager) => manager.operations);
  return writeIndentedXml(
    element(
      'wsdl:definitions',
      [
        element('wsdl:documentation', service.documentation),
        element('wsdl:types', [schemaOf(service)]),
        ...operations.flatMap(messages),
        ...managers.map(portType),
        ...managers.map((manager) => binding(service, manager)),
        serviceElement(service, location),
      ],
      {
        name: `${service.name}SyncServices`,
        targetNamespace: service.namespace,
        'xmlns:wsdl': 'http://schemas.xmlsoap.org/wsdl/',
        'xmlns:soap': 'http://schemas.xmlsoap.org/wsdl/soap/',
        'xmlns:tns': service.namespace,
      },
    ),
  );
}

function messages({ name }: OperationContract): XmlNode[] {
  const message = (suffix: 'Request' | 'Response', body: string, header: string): XmlNode =>
    element(
      'wsdl:message',
      [
        element('wsdl:part', '', { name: body, element: `tns:${name}${suffix}` }),
        element('wsdl:part', '', { name: header, element: `tns:imsx_sync${suffix}HeaderInfo` }),
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

function binding({ soapAction }: ServiceContract, { name, operations }: ManagerContract): XmlNode {
  const transport = element('soap:binding', '', {
    transport: 'http://schemas.xmlsoap.org/soap/http',
    style: 'document',
  });
  const bound = operations.map((operation) =>
    element(
      'wsdl:operation',
      [
        element('soap:operation', '', { soapAction: soapAction + operation.name, style: 'document' }),
        element('wsdl:input', boundParts(`${operation.name}Request`, 'Parameters', 'HeaderInfoParameters')),
        element('wsdl:output', boundParts(`${operation.name}Response`, 'Response', 'HeaderInfoResponse')),
      ],
      { name: operation.name },
    ),
  );
  return element('wsdl:binding', [transport, ...bound], {
    name: `${name}SyncSoapBinding`,
    type: `tns:${name}SyncPortType`,
  });
}

function boundParts(message: string, body: string, header: string): XmlNode[] {
  return [
    element('soap:body', '', { use: 'literal', parts: body }),
    element('soap:header', '', { message: `tns:${message}`, part: header, use: 'literal', 'wsdl:required': 'true' }),
  ];
}

function serviceElement(service: ServiceContract, location: string): XmlNode {
  const ports = service.managers.map(({ name }) =>
    element('wsdl:port', [element('soap:address', '', { location })], {
      name: `${name}SyncSoapPort`,
      binding: `tns:${name}SyncSoapBinding`,
    }),
  );
  return element('wsdl:service', ports, { name: `${service.name}SyncService` });
}
