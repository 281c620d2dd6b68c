import { z } from 'zod';
import type { VariableView } from '../../../domain/administration/index.ts';
import { GatewayError } from '../../../domain/problem.ts';
import {
  isValueOf,
  valuesOf,
  variableDefinitions,
  type VariableName,
  variableNames,
  type VariableValue,
} from '../../../domain/variables.ts';
import { route, type Route } from '../route.ts';
import { instant, pageOf, pageQuery, sourceSystemParam } from '../schemas.ts';

const value = z.union([z.boolean(), z.string().max(100)]);
const variable = z
  .object({
    name: z.string(),
    value: value.meta({ description: 'The value in force.' }),
    setAt: z
      .enum(['organization', 'source_system'])
      .nullable()
      .meta({ description: 'Where it was set; null: nowhere, the default holds.' }),
    default: value,
    values: z.array(z.string()).optional().meta({ description: 'The words that it may be; absent: true or false.' }),
    scope: z.enum(['organization', 'source_system']).meta({
      description: '`source_system`: a source system may differ from its organization.',
    }),
    description: z.string(),
  })
  .meta({
    id: 'Variable',
    description: 'What an organization decides for all its source systems, or for one of them.',
  });

const change = z
  .object({
    sourceSystem: z.string().nullable().meta({ description: 'null: of the organization.' }),
    before: value.nullable().meta({ description: 'null: was not set.' }),
    after: value.nullable().meta({ description: 'null: is not set any more.' }),
    actor: z.string(),
    changedAt: instant,
  })
  .meta({ id: 'VariableChange' });

const list = z.object({ items: z.array(variable) });
const variableParam = z.strictObject({
  name: z.enum(variableNames as [VariableName, ...VariableName[]]).meta({ example: 'require.offering-semester' }),
});
const given = z.union([z.boolean(), z.string().max(100)], {
  error: 'must be true or false, or one of the words in `values` of the variable; null: not set',
});
const body = z.strictObject({ value: given.nullable().meta({ description: 'null: not set.' }) });
const tag = 'Variables';

export const variableRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/variables',
    tag,
    summary: 'List the variables of the organization',
    scope: 'admin:read',
    response: list,
    handle: async ({ organizationId }, { administration }) => ({
      body: { items: await administration.variables.list(organizationId, null) },
    }),
  }),
  route({
    method: 'put',
    path: '/variables/{name}',
    tag,
    summary: 'Set a variable of the organization',
    scope: 'admin:write',
    params: variableParam,
    body,
    response: variable,
    handle: async ({ editor, params: { name }, body: { value } }, { administration }) => {
      refuseOtherValue(name, value);
      await administration.variables.set(editor, null, name, value);
      return { body: one(await administration.variables.list(editor.organizationId, null), name) };
    },
  }),
  route({
    method: 'get',
    path: '/variables/{name}/history',
    tag,
    summary: 'Who set a variable, and when',
    description: 'Newest first, of the organization and of all its source systems.',
    scope: 'admin:read',
    params: variableParam,
    query: pageQuery,
    response: pageOf(change),
    handle: async ({ organizationId, params: { name }, query: { limit, after } }, { administration }) => ({
      body: await administration.variables.history(
        organizationId,
        undefined,
        name,
        after === undefined ? { limit } : { limit, after },
      ),
    }),
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/variables',
    tag,
    summary: 'List the variables of a source system',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: list,
    handle: async ({ organizationId, params }, { administration }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      return { body: { items: await administration.variables.list(organizationId, id) } };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/variables/{name}',
    tag,
    summary: 'Set a variable of a source system',
    scope: 'admin:write',
    params: sourceSystemParam.extend(variableParam.shape),
    body,
    response: variable,
    handle: async ({ editor, params: { sourceSystem, name }, body: { value } }, { administration }) => {
      refuseOfOrganization(name);
      refuseOtherValue(name, value);
      const { id } = await administration.sourceSystems.get(editor.organizationId, sourceSystem);
      await administration.variables.set(editor, id, name, value);
      return { body: one(await administration.variables.list(editor.organizationId, id), name) };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/variables/{name}/history',
    tag,
    summary: 'Who set a variable of a source system, and when',
    description:
      'Newest first. Of this source system alone: what its organization set, which holds where the source system says nothing, stands in `GET /api/v1/variables/{name}/history`.',
    scope: 'admin:read',
    params: sourceSystemParam.extend(variableParam.shape),
    query: pageQuery,
    response: pageOf(change),
    handle: async ({ organizationId, params, query: { limit, after } }, { administration }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      const page = after === undefined ? { limit } : { limit, after };
      return { body: await administration.variables.history(organizationId, id, params.name, page) };
    },
  }),
];

function one(variables: readonly VariableView[], name: VariableName): VariableView {
  const found = variables.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no variable ${name}`);
  return found;
}

function refuseOfOrganization(name: VariableName): void {
  if (variableDefinitions[name].scope === 'source_system') return;
  throw new GatewayError(
    'invalid_request',
    `${name} is set for the organization as a whole: PUT /api/v1/variables/${name}.`,
    {
      field: 'name',
    },
  );
}

function refuseOtherValue(name: VariableName, value: VariableValue | null): void {
  if (value === null || isValueOf(name, value)) return;
  throw new GatewayError('invalid_request', `${name} is ${valuesOf(name)}.`, { field: 'value' });
}
