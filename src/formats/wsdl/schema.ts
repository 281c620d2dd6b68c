import { element, writeIndentedXml, type XmlNode } from '../xml/index.ts';
import type { SchemaContract } from './contract.ts';
import type { Field } from './notation.ts';

/** A schema as a document of its own, for validators; what it imports stands beside it. */
export function writeSchema(schema: SchemaContract): string {
  return writeIndentedXml(schemaOf(schema, ({ file }) => file));
}

/** A schema; `locationOf` says where an imported one is, which inside a WSDL nobody needs to be told. */
export function schemaOf(
  schema: SchemaContract,
  locationOf: (imported: { readonly file: string }) => string | undefined,
): XmlNode {
  const imports = schema.imports ?? [];
  const content = [
    ...imports.map((each) =>
      element('xs:import', '', { namespace: each.schema.namespace, schemaLocation: locationOf(each) }),
    ),
    ...simpleTypes(schema),
    ...complexTypes(schema),
    ...elements(schema),
  ];
  return element('xs:schema', content, {
    'xmlns:xs': 'http://www.w3.org/2001/XMLSchema',
    [`xmlns:${schema.prefix}`]: schema.namespace,
    ...Object.fromEntries(imports.map((each) => [`xmlns:${each.schema.prefix}`, each.schema.namespace])),
    targetNamespace: schema.namespace,
    elementFormDefault: 'qualified',
    attributeFormDefault: 'unqualified',
  });
}

function simpleTypes({ enumerations, simpleTypes }: SchemaContract): XmlNode[] {
  const restricted = (name: string, base: string, facets: readonly XmlNode[]): XmlNode =>
    element('xs:simpleType', [element('xs:restriction', facets, { base })], { name: typeName(name) });
  return [
    ...Object.entries(enumerations).map(([name, values]) =>
      restricted(
        name,
        'xs:string',
        values.map((value) => element('xs:enumeration', '', { value })),
      ),
    ),
    ...Object.entries(simpleTypes).map(([name, text]) => {
      const [base = '', maxLength] = text.split(' ');
      const facets = maxLength === undefined ? [] : [element('xs:maxLength', '', { value: maxLength })];
      return restricted(name, `xs:${base}`, facets);
    }),
  ];
}

function complexTypes(schema: SchemaContract): XmlNode[] {
  return Object.entries(schema.types).map(([name, fields]) =>
    element('xs:complexType', [sequenceOf(schema, fields)], { name: typeName(name) }),
  );
}

function elements(schema: SchemaContract): XmlNode[] {
  return Object.entries(schema.elements).map(([name, content]) =>
    typeof content === 'string'
      ? element('xs:element', '', { name, type: typeReference(schema, content) })
      : element('xs:element', [element('xs:complexType', [sequenceOf(schema, content)])], { name }),
  );
}

function sequenceOf(schema: SchemaContract, fields: readonly Field[]): XmlNode {
  return element(
    'xs:sequence',
    fields.map((field) =>
      element('xs:element', '', {
        ...(field.prefix === undefined
          ? { name: field.name, type: typeReference(schema, field.type) }
          : { ref: `${field.prefix}:${field.name}` }),
        nillable: field.nillable === true ? 'true' : undefined,
        minOccurs: field.optional ? '0' : undefined,
        maxOccurs: field.repeated ? 'unbounded' : undefined,
      }),
    ),
  );
}

/** Lower case is of XML Schema itself (`imsx_StatusInfo` is not). */
function typeReference({ prefix }: SchemaContract, type: string): string {
  const [, other, name = type] = /^(\w+)\.(\w+)$/.exec(type) ?? [];
  if (other !== undefined) return `${other}:${typeName(name)}`;
  return /^[a-z](?!msx_)/.test(type) ? `xs:${type}` : `${prefix}:${typeName(type)}`;
}

function typeName(name: string): string {
  return `${name}.Type`;
}
