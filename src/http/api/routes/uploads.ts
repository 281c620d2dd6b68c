import { z } from 'zod';
import { runModes } from '../../../domain/run.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { ownUpload } from '../../files/own-upload.ts';
import { receiptOf, receiptSchema } from '../../files/receipt.ts';
import { fileName, optionsOf, wishOf, wishShape } from '../../files/wish-query.ts';
import { hasScope } from '../authorize.ts';
import { type Call, route, type Route } from '../route.ts';
import { pageOf, pageQuery, sourceSystemParam } from '../schemas.ts';
import type { ApiServices } from '../services.ts';

const tag = 'Files';
const uploadParam = sourceSystemParam.extend({ id: z.uuid() });
const force = z.boolean().default(false).meta({ description: 'Guards hold nothing. Needs the scope admin:write.' });

export const uploadRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/uploads',
    tag,
    summary: 'Upload a file',
    description:
      'The file itself is the body, as it is; `Repr-Digest` or `Content-Digest` (RFC 9530, sha-256 and sha-512) are checked. Answered when its bytes are durable. Resumable by tus 1.0.0 at /api/v1/source-systems/{sourceSystem}/tus.',
    scope: 'messages:write',
    params: sourceSystemParam,
    query: z.strictObject({ name: fileName, ...wishShape, force: z.stringbool().default(false) }),
    body: z.unknown(),
    bodyType: 'application/octet-stream',
    status: 201,
    response: receiptSchema,
    handle: async (call, { administration, files }) => {
      const { organizationId, params, query, editor, file } = call;
      if (query.force) requireAdministrator(call);
      const { id: sourceSystemId } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      const { name, ...wish } = query;
      const upload = await files.receive(
        {
          organizationId,
          sourceSystemId,
          name,
          way: 'rest',
          receivedFrom: editor.actor,
          wish: wishOf(wish, editor.actor),
          ...(file.announcedBytes === undefined ? {} : { announcedBytes: file.announcedBytes }),
        },
        file.bytes,
        file.digests,
      );
      return { body: receiptOf(upload) };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/uploads',
    tag,
    summary: 'List the uploads of a source system',
    description: 'However they came in. Newest first.',
    scope: 'messages:read',
    params: sourceSystemParam,
    query: pageQuery.extend({ after: z.uuid().optional() }),
    response: pageOf(receiptSchema),
    handle: async ({ organizationId, params, query: { limit, after } }, { administration, files }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      const found = await files.list(organizationId, id, limit + 1, after);
      const items = found.slice(0, limit).map(receiptOf);
      const next = items.at(-1)?.id;
      return { body: found.length > limit && next !== undefined ? { items, next } : { items } };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/uploads/{id}',
    tag,
    summary: 'Read the receipt of an upload',
    scope: 'messages:read',
    params: uploadParam,
    response: receiptSchema,
    handle: async (call, services) => ({ body: receiptOf(await uploadOf(call, services)) }),
  }),
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/uploads/{id}/reprocess',
    tag,
    summary: 'Process an upload again',
    description: 'Another run of the same bytes.',
    scope: 'messages:write',
    params: uploadParam,
    body: z.strictObject({ mode: z.enum(runModes).default('apply'), snapshot: z.boolean().default(false), force }),
    status: 202,
    response: z.object({ runId: z.string() }).meta({ id: 'RequestedRun', description: 'The run that was queued.' }),
    handle: async (call, services) => {
      if (call.body.force) requireAdministrator(call);
      const { id } = await uploadOf(call, services);
      const { mode, ...options } = call.body;
      const wish = { mode, options: optionsOf(options), requestedBy: call.editor.actor };
      return { body: { runId: await services.files.reprocess(call.organizationId, id, wish) } };
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/uploads/{id}',
    tag,
    summary: 'Remove an upload that has not ended',
    scope: 'messages:write',
    params: uploadParam,
    handle: async (call, services) => {
      const { id } = await uploadOf(call, services);
      await services.files.abandon(call.organizationId, id);
      return {};
    },
  }),
];

async function uploadOf(
  { organizationId, params }: Pick<Call<{ sourceSystem: string; id: string }>, 'organizationId' | 'params'>,
  { administration, files }: ApiServices,
) {
  const { id: sourceSystemId } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
  return ownUpload(files, { organizationId, sourceSystemId, receivedFrom: '' }, params.id);
}

function requireAdministrator({ bearer }: Pick<Call, 'bearer'>): void {
  if (hasScope(bearer, 'admin:write')) return;
  throw new GatewayError('forbidden', 'To go past the guards, the token needs the scope admin:write.', {
    field: 'force',
  });
}
