import { escapeHtml, inline } from './html.ts';

/** As much of a JSON schema as our document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: string | number | boolean | null;
  description?: string;
  example?: string | number | boolean;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: boolean | Schema;
}

export function isReference(schema: Schema): schema is Schema & { $ref: string } {
  return schema.$ref !== undefined;
}

export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** What a value is, in a few words; HTML. */
export function typeOf(schema: Schema): string {
  if (isReference(schema)) {
    const name = escapeHtml(schema.$ref.split('/').at(-1) ?? '');
    return `<a href="#${schemaAnchor(name)}">${name}</a>`;
  }
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' ');
  if (schema.const !== undefined) return `<code>${escapeHtml(String(schema.const))}</code>`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeOf).join(' or ');
  if (schema.allOf !== undefined) return schema.allOf.map(typeOf).join(' and ');
  const types = [schema.type ?? 'anything'].flat();
  return types.map((type) => nameOf(type, schema)).join(' or ');
}

function nameOf(type: string, { items, format, additionalProperties }: Schema): string {
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeOf(items)}`;
  if (type === 'string') return format === 'date-time' ? 'instant' : 'text';
  if (type === 'object' && typeof additionalProperties === 'object') return `map of ${typeOf(additionalProperties)}`;
  return escapeHtml(type);
}

/** The fields of an object, inner objects within; HTML. */
export function fieldsOf({ properties = {}, required = [] }: Schema): string {
  const entries = Object.entries(properties).map(([name, schema]) => {
    const needed = required.includes(name) ? ', needed' : '';
    return `<dt><code>${escapeHtml(name)}</code> <span class="type">${typeOf(schema)}${needed}</span></dt>
<dd>${about(schema)}${inner(schema)}</dd>`;
  });
  return `<dl>${entries.join('\n')}</dl>`;
}

function about({ description, example, default: fallback }: Schema): string {
  const parts = [
    ...(description === undefined ? [] : [inline(description)]),
    ...(fallback === undefined ? [] : [`Default: <code>${escapeHtml(JSON.stringify(fallback))}</code>`]),
    ...(example === undefined ? [] : [`Example: <code>${escapeHtml(String(example))}</code>`]),
  ];
  return parts.length === 0 ? '' : `<p>${parts.join(' ')}</p>`;
}

function inner(schema: Schema): string {
  if (schema.properties !== undefined) return fieldsOf(schema);
  if (schema.items?.properties !== undefined) return fieldsOf(schema.items);
  const objects = (schema.anyOf ?? []).filter((choice) => choice.properties !== undefined);
  return objects.map(fieldsOf).join('');
}
