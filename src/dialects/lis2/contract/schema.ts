import { element, writeIndentedXml, type XmlNode } from '../../../formats/xml/index.ts';
import type { Field } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** The XML schema of a service as a document of its own, for validators. */
export function writeSchema(service: ServiceContract): string {
  return writeIndentedXml(schemaOf(service));
}

/** One schema, without imports: the WSDL holds it inline, because some toolkits do not apply what they import. */
export function schemaOf(service: ServiceContract): XmlNode {
  return element('xs:schema', [...simpleTypes(service), ...complexTypes(service), ...elements(service)], {
    'xmlns:xs': 'http://www.w3.org/2001/XMLSchema',
    'xmlns:tns': service.namespace,
    targetNamespace: service.namespace,
    elementFormDefault: 'qualified',
    attributeFormDefault: 'unqualified',
  });
}

function simpleTypes({ enumerations, simpleTypes }: ServiceContract): XmlNode[] {
  const restricted = (name: string, base: string, values: readonly string[]): XmlNode => {
    const facets = values.map((value) => element('xs:enumeration', '', { value }));
    return element('xs:simpleType', [element('xs:restriction', facets, { base })], { name: typeName(name) });
  };
  return [
    ...Object.entries(enumerations).map(([name, values]) => restricted(name, 'xs:string', values)),
    ...Object.entries(simpleTypes).map(([name, base]) => restricted(name, `xs:${base}`, [])),
  ];
}

function complexTypes({ types }: ServiceContract): XmlNode[] {
  return Object.entries(types).map(([name, fields]) =>
    element('xs:complexType', [sequenceOf(fields)], { name: typeName(name) }),
  );
}

function elements({ managers }: ServiceContract): XmlNode[] {
  const header = (name: string, type: string): XmlNode =>
    element('xs:element', '', { name, type: `tns:${typeName(type)}` });
  const message = (name: string, fields: readonly Field[]): XmlNode =>
    element('xs:element', [element('xs:complexType', [sequenceOf(fields)])], { name });
  return [
    header('imsx_syncRequestHeaderInfo', 'imsx_RequestHeaderInfo'),
    header('imsx_syncResponseHeaderInfo', 'imsx_ResponseHeaderInfo'),
    ...managers.flatMap(({ operations }) =>
      operations.flatMap(({ name, request, response }) => [
        message(`${name}Request`, request),
        message(`${name}Response`, response),
      ]),
    ),
  ];
}

function sequenceOf(fields: readonly Field[]): XmlNode {
  return element(
    'xs:sequence',
    fields.map(({ name, type, optional, repeated }) =>
      element('xs:element', '', {
        name,
        type: /^[a-z](?!msx_)/.test(type) ? `xs:${type}` : `tns:${typeName(type)}`,
        minOccurs: optional ? '0' : undefined,
        maxOccurs: repeated ? 'unbounded' : undefined,
      }),
    ),
  );
}

function typeName(name: string): string {
  return `${name}.Type`;
}
