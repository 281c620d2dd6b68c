import { z } from 'zod';
import { type ChosenList, outboundPoint } from '../../../domain/extension-points.ts';
import type { Defined } from '../../../formats/json/index.ts';
import { type Answer, type Call, route, type Route } from '../route.ts';
import { pageOf, pageQuery, sourcedId, sourceSystemParam } from '../schemas.ts';
import type { ApiServices } from '../services.ts';
import { tryList } from './extension-points/dry-run.ts';
import { listPoints, putList, readPoint, resetList } from './extension-points/lists.ts';
import {
  associationChange,
  dryRunAnswer,
  dryRunBody,
  listBody,
  listView,
  outbound,
  pointSummary,
  pointView,
} from './extension-points/schemas.ts';

const tag = 'Extension points';
const pointParam = z.strictObject({
  point: z.string().min(1).max(100).meta({ description: 'An extension point.', example: 'handle.user.replace' }),
});
const ofSource = sourceSystemParam.extend(pointParam.shape);

/** Which plug-ins run, and in which order: for the organization, and for a source system in its place. */
export const extensionPointRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/extension-points',
    tag,
    summary: 'List the extension points, with the lists of the organization',
    scope: 'admin:read',
    response: z.object({ items: z.array(pointSummary), outbound }),
    handle: async ({ organizationId }, services) => ({
      body: { items: await listPoints(services, organizationId, null), outbound: outboundOf(services) },
    }),
  }),
  route({
    method: 'get',
    path: '/extension-points/{point}',
    tag,
    summary: 'Read an extension point: its list, its templates, and what may stand in it',
    scope: 'admin:read',
    params: pointParam,
    response: pointView,
    handle: async ({ organizationId, params }, services) => {
      const view = await readPoint(services, organizationId, { point: params.point, sourceSystemId: null });
      return { body: view, version: view.list.version };
    },
  }),
  route({
    method: 'put',
    path: '/extension-points/{point}',
    tag,
    summary: 'Put the list of the organization',
    description:
      'A wrong list is refused with `invalid_plugin_list` and every reason. A list of `authenticate.inbound` is stored as the access policy; its entries have the options `role` (identify, require or both) and, of `address-list`, `addresses`.',
    scope: 'admin:write',
    versioned: true,
    params: pointParam,
    body: listBody,
    response: listView,
    handle: (call, services) => put(call, services, null),
  }),
  route({
    method: 'delete',
    path: '/extension-points/{point}',
    tag,
    summary: 'Have the list of the organization as shipped again',
    scope: 'admin:write',
    versioned: true,
    params: pointParam,
    handle: (call, services) => reset(call, services, null),
  }),
  route({
    method: 'post',
    path: '/extension-points/{point}/dry-run',
    tag,
    summary: 'Try a list out on a stored message',
    description:
      'At a point of handlers: what each step would do to each command of the message that this point handles (`DryRun`). At a point of translators: which fields each step reads from each record, and what the message would wish (`TranslatorDryRun`); messages that were refused can be tried as well. What handlers leave is applied and undone, so that `outcome` tells what would become of it now, waits and conflicts too; nothing is written. Refused with `forbidden` where the variable `tool.message-bodies` is off. Without `list`, the list in force.',
    scope: 'messages:read',
    params: pointParam,
    body: dryRunBody,
    response: dryRunAnswer,
    handle: async ({ organizationId, params, body }, services) => {
      return { body: await tryList(services, organizationId, params.point, body) };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/extension-points',
    tag,
    summary: 'List the extension points, with the lists in force for a source system',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: z.object({ items: z.array(pointSummary), outbound }),
    handle: async ({ organizationId, params }, services) => {
      const { id } = await services.administration.sourceSystems.get(organizationId, params.sourceSystem);
      return { body: { items: await listPoints(services, organizationId, id), outbound: outboundOf(services) } };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/extension-points/{point}',
    tag,
    summary: 'Read an extension point, with the list in force for a source system',
    description: 'In the same shape as of the organization.',
    scope: 'admin:read',
    params: ofSource,
    response: pointView,
    handle: async ({ organizationId, params }, services) => {
      const { id } = await services.administration.sourceSystems.get(organizationId, params.sourceSystem);
      const view = await readPoint(services, organizationId, { point: params.point, sourceSystemId: id });
      return { body: view, version: view.list.version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/extension-points/{point}',
    tag,
    summary: 'Put the list of a source system',
    description: 'It takes the place of that of the organization. A wrong list is refused with every reason.',
    scope: 'admin:write',
    versioned: true,
    params: ofSource,
    body: listBody,
    response: listView,
    handle: async (call, services) => {
      const { id } = await services.administration.sourceSystems.get(call.organizationId, call.params.sourceSystem);
      return put(call, services, id);
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/extension-points/{point}',
    tag,
    summary: 'Have the list of the organization, or the shipped one, for a source system again',
    scope: 'admin:write',
    versioned: true,
    params: ofSource,
    handle: async (call, services) => {
      const { id } = await services.administration.sourceSystems.get(call.organizationId, call.params.sourceSystem);
      return reset(call, services, id);
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/associations/{sourcedId}/history',
    tag,
    summary: 'Read which sections came to a section association and left it',
    description:
      'Newest first. Kept while the handler `association-history` is in the list. It follows the association under a new sourcedId; sections are told as they were called then.',
    scope: 'roster:read',
    params: sourceSystemParam.extend({ sourcedId }),
    query: pageQuery,
    response: pageOf(associationChange),
    handle: async ({ organizationId, params, query: { limit, after } }, { administration }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      const page = after === undefined ? { limit } : { limit, after };
      return {
        body: await administration.extensionPoints.associationHistory(organizationId, id, params.sourcedId, page),
      };
    },
  }),
];

type PointCall<Body> = Call<{ point: string }, unknown, Body>;

async function put(
  { editor, params, body, expected }: PointCall<ChosenList>,
  services: ApiServices,
  sourceSystemId: number | null,
): Promise<Answer<Defined<z.input<typeof listView>>>> {
  const list = await putList(services, editor, { point: params.point, sourceSystemId }, body, expected);
  return { body: list, version: list.version };
}

async function reset(
  { editor, params, expected }: PointCall<unknown>,
  services: ApiServices,
  sourceSystemId: number | null,
): Promise<Answer> {
  await resetList(services, editor, { point: params.point, sourceSystemId }, expected);
  return {};
}

function outboundOf({ extensionPoints: { registry } }: ApiServices) {
  const authenticators = [...registry.outboundAuthenticators.values()].map(
    ({ name, summary, needs, soapOnly, exposesSecret }) => ({
      name,
      summary,
      package: registry.packageOf('outbound authenticator', name),
      needs: [...needs],
      soapOnly,
      exposesSecret,
    }),
  );
  return { name: outboundPoint, authenticators };
}
