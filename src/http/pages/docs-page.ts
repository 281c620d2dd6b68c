import { problemCatalogue } from '../../domain/problem.ts';
import type { OpenApiDocument } from '../openapi/build-openapi.ts';
import { escapeHtml, inline, page, prose } from './html.ts';
import { fieldsOf, isReference, schemaAnchor, type Schema, typeOf } from './schema-view.ts';

/** The OpenAPI document as a page to read: no script, nothing from elsewhere. */
export function docsPage(document: OpenApiDocument): string {
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, Schema][];
  return page(
    `${document.info.title}: the REST interface`,
    `<header>
<h1>${escapeHtml(document.info.title)}: the REST interface</h1>
${prose(document.info.description ?? '')}
<p>Also as an <a href="/openapi.json">OpenAPI ${escapeHtml(document.openapi)} file</a>. Version ${escapeHtml(document.info.version)}.</p>
<nav aria-label="Sections"><ul>
${tags.map((tag) => `<li><a href="#${anchor(tag)}">${escapeHtml(tag)}</a></li>`).join('\n')}
<li><a href="#schemas">Schemas</a></li>
<li><a href="#problems">Problems</a></li>
</ul></nav>
</header>
<main>
${tags.map((tag) => section(tag, operations)).join('\n')}
<section><h2 id="schemas">Schemas</h2>
${schemas.map(([name, schema]) => schemaBlock(name, schema)).join('\n')}
</section>
<section><h2 id="problems">Problems</h2>
<p>The codes of errors, of outcomes and of what waits. They are stable for ever.</p>
<dl>${Object.entries(problemCatalogue).map(problemEntry).join('\n')}</dl>
</section>
</main>`,
  );
}

interface Operation {
  method: string;
  path: string;
  tag: string;
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}

function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Omit<Operation, 'method' | 'path' | 'tag'> & { tags?: string[] }>).map(
      ([method, operation]) => ({ ...operation, method, path, tag: operation.tags?.[0] ?? 'Other' }),
    ),
  );
}

function section(tag: string, operations: readonly Operation[]): string {
  const own = operations.filter((operation) => operation.tag === tag);
  return `<section><h2 id="${anchor(tag)}">${escapeHtml(tag)}</h2>
${own.map(operationBlock).join('\n')}
</section>`;
}

function operationBlock({ method, path, summary = '', description, ...rest }: Operation): string {
  return `<details>
<summary><span class="method">${method}</span> <code>${escapeHtml(path)}</code> <span class="what">${escapeHtml(summary)}</span></summary>
${description === undefined ? '' : prose(description)}
${security(rest.security)}
${parameters(rest.parameters ?? [])}
${body(rest.requestBody)}
${responses(rest.responses ?? {})}
</details>`;
}

function security(needed: Operation['security']): string {
  const [[kind, scopes] = []] = (needed ?? []).map((one) => Object.entries(one)[0]);
  if (kind === undefined) return '';
  if (kind === 'basic') return '<p>With the credentials of a source system.</p>';
  return `<p>With a token${scopes?.[0] === undefined ? '' : ` of the scope <code>${escapeHtml(scopes[0])}</code>`}.</p>`;
}

function parameters(list: NonNullable<Operation['parameters']>): string {
  if (list.length === 0) return '';
  const entries = list.map(
    ({ name, in: place, required, description, schema = {} }) =>
      `<dt><code>${escapeHtml(name)}</code> <span class="type">${place}, ${typeOf(schema)}${required === true ? ', needed' : ''}</span></dt>
<dd><p>${inline(description ?? '')}</p></dd>`,
  );
  return `<h3>Parameters</h3>\n<dl>${entries.join('\n')}</dl>`;
}

function body(request: Operation['requestBody']): string {
  const schema = request?.content?.['application/json']?.schema;
  if (schema === undefined) return '';
  return `<h3>Body</h3>\n${schemaView(schema)}`;
}

function responses(all: NonNullable<Operation['responses']>): string {
  const entries = Object.entries(all).map(([status, { description = '', content }]) => {
    const schema = content?.['application/json']?.schema;
    return `<dt><code>${escapeHtml(status)}</code> <span class="type">${inline(description)}</span></dt>
<dd>${schema === undefined ? '' : schemaView(schema)}</dd>`;
  });
  return `<h3>Answers</h3>\n<dl>${entries.join('\n')}</dl>`;
}

/** A named schema by its link, another one by its fields. */
function schemaView(schema: Schema): string {
  return isReference(schema) || schema.properties === undefined ? `<p>${typeOf(schema)}</p>` : fieldsOf(schema);
}

function schemaBlock(name: string, schema: Schema): string {
  // The anchor is inside: a browser opens the block to show it.
  return `<details><summary><code>${escapeHtml(name)}</code> <span class="what">${inline(schema.description ?? '')}</span></summary>
<div id="${schemaAnchor(name)}">${schema.properties === undefined ? `<p>${typeOf(schema)}</p>` : fieldsOf(schema)}</div>
</details>`;
}

function problemEntry([code, { title, advice }]: [string, { title: string; advice: string }]): string {
  return `<dt><code>${code}</code> <span class="type">${escapeHtml(title)}</span></dt><dd><p>${inline(advice)}</p></dd>`;
}

function anchor(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z\d]+/g, '-');
}
