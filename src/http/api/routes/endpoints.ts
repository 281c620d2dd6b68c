import { z } from 'zod';
import type { EndpointWish } from '../../../domain/administration/index.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { type Defined, describeIssues } from '../../../formats/json/index.ts';
import { route, type Route } from '../route.ts';
import { pageOf, pageQuery, sourceSystemParam } from '../schemas.ts';
import { change, endpoint, endpointBody, endpointParam, test } from './endpoints/schemas.ts';

const tag = 'Endpoints';
const place = '/source-systems/{sourceSystem}/endpoints';

export const endpointRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: place,
    tag,
    summary: 'List the endpoints of a source system',
    description: 'What the gateway calls there, without the secrets.',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: z.object({ items: z.array(endpoint) }),
    handle: async ({ organizationId, params }, { administration }) => ({
      body: { items: await administration.endpoints.list(organizationId, params.sourceSystem) },
    }),
  }),
  route({
    method: 'get',
    path: `${place}/{type}`,
    tag,
    summary: 'Read an endpoint',
    description: 'Without its secrets.',
    scope: 'admin:read',
    params: endpointParam,
    response: endpoint,
    handle: async ({ organizationId, params: { sourceSystem, type } }, { administration }) => {
      const found = await administration.endpoints.get(organizationId, sourceSystem, type);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'put',
    path: `${place}/{type}`,
    tag,
    summary: 'Set an endpoint',
    description:
      'Settings that are absent have their default. A secret that is absent stays, null forgets it; where scheme, host or port of the address change, all secrets are given again, for they are not sent elsewhere.',
    scope: 'admin:write',
    versioned: true,
    params: endpointParam,
    body: endpointBody,
    response: endpoint,
    handle: async ({ editor, params: { sourceSystem, type }, body, expected }, { endpoints }) => {
      const set = await endpoints.put(editor, sourceSystem, type, body, expected);
      return { body: set, version: set.version };
    },
  }),
  route({
    method: 'delete',
    path: `${place}/{type}`,
    tag,
    summary: 'Remove an endpoint',
    description: 'With its secrets. Its history stays.',
    scope: 'admin:write',
    versioned: true,
    params: endpointParam,
    status: 204,
    handle: async ({ editor, params: { sourceSystem, type }, expected }, { administration }) => {
      await administration.endpoints.remove(editor, sourceSystem, type, expected);
      return {};
    },
  }),
  route({
    method: 'post',
    path: `${place}/{type}/test`,
    tag,
    summary: 'Test the connection',
    description:
      'Goes step by step (address, name, connection, TLS, authentication, SOAP), stops at the first that fails and says what is wrong with it. Changes nothing on the other side. Journaled as an outbound message.',
    scope: 'admin:write',
    params: endpointParam,
    response: test,
    handle: async ({ editor, params: { sourceSystem, type } }, { endpoints }) => {
      const { organizationId, actor } = editor;
      const { steps, ...others } = await endpoints.testEndpoint({ organizationId, sourceSystem, type, actor });
      return { body: { ok: others.problem === undefined, steps: steps.map((step) => ({ ...step })), ...others } };
    },
  }),
  route({
    method: 'get',
    path: `${place}/{type}/history`,
    tag,
    summary: 'Who changed an endpoint, and when',
    description: 'Newest first, without secrets. It outlives the endpoint.',
    scope: 'admin:read',
    params: endpointParam,
    query: pageQuery,
    response: pageOf(change),
    handle: async ({ organizationId, params: { sourceSystem, type }, query: { limit, after } }, { administration }) => {
      const page = after === undefined ? { limit } : { limit, after };
      return { body: await administration.endpoints.history(organizationId, sourceSystem, type, page) };
    },
  }),
];

/** A wish from elsewhere than this API, by the same rules. Throws GatewayError `invalid_request`. */
export function readEndpointWish(sent: unknown): EndpointWish {
  const { success, data, error } = endpointBody.safeParse(sent);
  // What zod calls undefined is absent.
  if (success) return data as Defined<typeof data>;
  const mistakes = describeIssues(error, sent).map(({ message }) => message);
  throw new GatewayError('invalid_request', mistakes.join(' '));
}
