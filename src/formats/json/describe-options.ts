import { z } from 'zod';

/** One option of a plug-in, for people. */
export interface OptionText {
  readonly name: string;
  /** `one of none, template, sibling`; `list of text`. */
  readonly type: string;
  /** Absent for one without. */
  readonly default?: unknown;
  readonly required: boolean;
  readonly description: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
}

/** The options that a schema of zod takes, in its order; none of a schema that cannot tell (a plug-in may bring another library). */
export function describeOptions(schema: unknown): OptionText[] {
  if (!(schema instanceof z.ZodType)) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema;
  return Object.entries(properties).map(([name, option]) => ({
    name,
    type: typeOf(option),
    ...(option.default === undefined ? {} : { default: option.default }),
    required: required.includes(name),
    description: option.description ?? '',
  }));
}

function typeOf({ type, const: only, enum: words, items, anyOf, additionalProperties: values }: JsonSchema): string {
  if (only !== undefined) return JSON.stringify(only);
  if (words !== undefined) return `one of ${words.map(String).join(', ')}`;
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${typeOf(items ?? {})}`;
  if (type === 'object' && typeof values === 'object') return `object of names to ${typeOf(values)}`;
  return type === 'string' ? 'text' : (type ?? 'anything');
}
