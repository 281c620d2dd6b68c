import { element, type XmlNode } from '../../../formats/xml/index.ts';
import type { Field } from '../contract/notation.ts';
import type { ServiceContract } from '../contract/service.ts';

/** The values of an element by the names of its children, in any order; what is undefined is left out. */
export interface Tree {
  readonly [name: string]: Value | readonly Value[] | undefined;
}
export type Value = string | Tree;

/** Puts a tree into the order of its schema type. A name that the type does not have is a mistake of ours and throws. */
export function inSchemaOrder(service: ServiceContract, type: string, tree: Tree): XmlNode[] {
  const fields = service.types[type];
  if (fields === undefined) throw new Error(`${service.name} has no type ${type}`);
  return inOrder(service, type, fields, tree);
}

/** The same of a sequence that has no type of its own: the content of a response. */
export function inOrder(service: ServiceContract, of: string, fields: readonly Field[], tree: Tree): XmlNode[] {
  const stranger = Object.keys(tree).find((name) => !fields.some((field) => field.name === name));
  if (stranger !== undefined) throw new Error(`${of} has no element ${stranger}`);
  return fields.flatMap((field) => valuesOf(tree[field.name]).map((value) => node(service, field, value)));
}

/** A language string. */
export function text(value: string): Tree;
export function text(value: string | undefined): Tree | undefined;
export function text(value: string | undefined): Tree | undefined {
  return value === undefined ? undefined : { language: 'en', textString: value };
}

/** A stated value, or undefined: what was stated as empty is not rendered. */
export function stated<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

/** Attributes as an extension; undefined without any, because an extension has at least one field. */
export function extension(
  vocabulary: string,
  fields: Readonly<Record<string, string>> | null | undefined,
): Tree | undefined {
  const entries = Object.entries(fields ?? {});
  if (entries.length === 0) return undefined;
  return {
    extensionNameVocabulary: vocabulary,
    extensionTypeVocabulary: vocabulary,
    extensionField: entries.map(([fieldName, fieldValue]) => ({ fieldName, fieldType: 'String', fieldValue })),
  };
}

function node(service: ServiceContract, field: Field, value: Value): XmlNode {
  return element(field.name, typeof value === 'string' ? value : inSchemaOrder(service, field.type, value));
}

function valuesOf(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}
