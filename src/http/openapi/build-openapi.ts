import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { type ProblemCode, problemCatalogue } from '../../domain/problem.ts';
import type { Contract, ContractResponse } from './contract.ts';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The OpenAPI 3.1 document of all calls. `version` is the product's. */
export function buildOpenApi(contracts: readonly Contract[], version: string): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of the administration API (`passerelle token create`, POST /api/v1/tokens).',
  });
  registry.registerComponent('securitySchemes', 'basic', {
    type: 'http',
    scheme: 'basic',
    description: 'The user name and secret of a source system; the user name says which one it is.',
  });
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'An API key of a source system (`psk_...`).',
  });
  registry.registerComponent('securitySchemes', 'oauth2', {
    type: 'oauth2',
    description: 'The client is a user name of a source system, its secret the password. Tokens have no scopes.',
    flows: { clientCredentials: { tokenUrl: '/oauth2/token', scopes: {} } },
  });
  for (const contract of contracts) registry.registerPath(toPath(contract));
  return new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' }).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Passerelle', version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: [...new Set(contracts.map(({ tag }) => tag))].map((name) => ({ name })),
  });
}

const description = `Keeps a learning management system's organization, people, courses and enrollments in step with student information systems.

- \`/sis/v1\` is for source systems: the same pipeline as the SOAP services, in JSON.
- \`/api/v1\` is for administrators and for the LMS: configuration, what the LMS sees, what waits, messages, changes.

Lists answer \`{items, next?}\`; give \`next\` as \`after\` to go on. In updates, absent = leave and null = clear. What has a version answers it as its ETag, and honours If-Match. Every error has one body, whose \`code\` is stable and explained in docs/problems.md.`;

const errorBody = z
  .object({
    code: z.enum(Object.keys(problemCatalogue) as [ProblemCode, ...ProblemCode[]]),
    message: z.string().meta({ description: 'What, where, why and what to do, for people.' }),
    field: z.string().optional(),
    at: z.string().optional().meta({ description: 'JSON pointer into the request.' }),
    messageId: z.string().meta({ description: 'Finds the request in the log, and the message in the journal.' }),
  })
  .meta({
    id: 'Error',
    description: 'The one body of every error. More may stand beside it (an outcome, the address of the snapshot).',
  });

/** The credentials of a source system come in several forms, and any will do. */
function securityOf({ security, scope }: Contract): Record<string, string[]>[] {
  if (security === 'none') return [];
  if (security === 'basic') return [{ basic: [] }, { apiKey: [] }, { oauth2: [] }];
  if (security === 'client') return [{ basic: [] }, {}];
  return [{ [security]: scope === undefined ? [] : [scope] }];
}

function toPath(contract: Contract): RouteConfig {
  const { method, path, tag, summary, description: text, body } = contract;
  const { params, query, headers, bodyType = 'application/json', error = errorBody } = contract;
  return {
    method,
    path,
    tags: [tag],
    summary,
    operationId: operationId(contract),
    ...(text === undefined ? {} : { description: text }),
    security: securityOf(contract),
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: { required: true, content: { [bodyType]: { schema: body } } } }),
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(contract.responses).map(([status, response]) => [status, toResponse(response)]),
      ),
      default: { description: 'An error.', content: { 'application/json': { schema: error } } },
    },
  };
}

function toResponse({
  description: text,
  schema,
  type = 'application/json',
  headers = {},
}: ContractResponse): RouteConfig['responses'][string] {
  return {
    description: text,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, about]) => [
        name,
        { description: about, schema: { type: 'string' as const } },
      ]),
    ),
    ...(schema === undefined ? {} : { content: { [type]: { schema } } }),
  };
}

/** `get /api/v1/roles/{code}` -> `getRolesByCode`. */
function operationId({ method, path }: Contract): string {
  const words = path
    .replace(/^\/(?:api|sis)\/v1\//, path.startsWith('/sis') ? 'sis/' : '')
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .split(/[/.-]/);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
