import { element, type XmlNode } from '../xml/index.ts';
import type { SchemaContract } from './contract.ts';
import type { Field } from './notation.ts';

/** The values of an element by the names of its children, in any order; what is undefined is left out. */
export interface Tree {
  readonly [name: string]: Value | readonly Value[] | undefined;
}
export type Value = string | Tree;

/** As much of a schema as it takes to write by it. */
type Schema = Pick<SchemaContract, 'namespace' | 'types'> & Partial<Pick<SchemaContract, 'elements' | 'imports'>>;

/**
 * Puts a tree into the order of its schema type; what belongs to another schema gets the namespace of that one. A name that
 * the type does not have is a mistake of ours and throws.
 */
export function inSchemaOrder(schema: Schema, type: string, tree: Tree, outer = schema.namespace): XmlNode[] {
  const fields = schema.types[type];
  if (fields === undefined) throw new Error(`${schema.namespace} has no type ${type}`);
  return inOrder(schema, type, fields, tree, outer);
}

/** The same, of a sequence that has no type of its own. `outer` is the namespace of the element around it. */
export function inOrder(
  schema: Schema,
  of: string,
  fields: readonly Field[],
  tree: Tree,
  outer = schema.namespace,
): XmlNode[] {
  const stranger = Object.keys(tree).find((name) => !fields.some((field) => field.name === name));
  if (stranger !== undefined) throw new Error(`${of} has no element ${stranger}`);
  return fields.flatMap((field) => valuesOf(tree[field.name]).map((value) => node(schema, field, value, outer)));
}

/** A stated value, or undefined: what was stated as empty is not rendered. */
export function stated<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

function node(schema: Schema, field: Field, value: Value, outer: string): XmlNode {
  const owner = field.prefix === undefined ? schema : imported(schema, field.prefix);
  const attributes = owner.namespace === outer ? undefined : { xmlns: owner.namespace };
  if (typeof value === 'string') return element(field.name, value, attributes);
  const [content, type] = typeOf(owner, field);
  return element(field.name, inSchemaOrder(content, type, value, owner.namespace), attributes);
}

/** The schema that the type of an element is declared in, and its name there. */
function typeOf(owner: Schema, field: Field): [Schema, string] {
  const globalType = field.prefix === undefined ? field.type : owner.elements?.[field.name];
  const type = typeof globalType === 'string' ? globalType : field.type;
  const [, prefix, name = type] = /^(\w+)\.(\w+)$/.exec(type) ?? [];
  return prefix === undefined ? [owner, type] : [imported(owner, prefix), name];
}

function imported({ namespace, imports = [] }: Schema, prefix: string): SchemaContract {
  const found = imports.find(({ schema }) => schema.prefix === prefix);
  if (found === undefined) throw new Error(`${namespace} imports nothing under the prefix ${prefix}`);
  return found.schema;
}

function valuesOf(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}
