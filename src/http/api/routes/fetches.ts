import { z } from 'zod';
import type { FetchWish, ScheduledFetch } from '../../../domain/file-fetch.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { type Defined, describeIssues } from '../../../formats/json/index.ts';
import { route, type Route } from '../route.ts';
import { code, instant, isoOrNull, sourceSystemParam, version } from '../schemas.ts';
import type { ApiServices } from '../services.ts';
import { fileName } from '../../files/wish-query.ts';
import { problem } from './problem.ts';

const tag = 'Files';
const fetchParam = sourceSystemParam.extend({ name: code });

const shape = {
  address: z.string().min(1).max(2_000).meta({ description: 'An https or sftp address, without user and password.' }),
  fileName: fileName.meta({ description: 'What the file is called here.' }),
  schedule: z.string().min(1).max(200).meta({
    description: 'Five fields of cron: minute, hour, day of the month, month, day of the week.',
    example: '30 2 * * *',
  }),
  timeZone: z.string().min(1).max(64).meta({ example: 'America/Toronto' }),
  enabled: z.boolean(),
  authentication: z.string().min(1).max(64).meta({
    description:
      'Of an https address an outbound authenticator: `none`, `http-basic`, `tls-client-certificate`. Of an sftp address `password` or `public-key`.',
  }),
  hostKey: z.string().max(100).meta({
    description: 'Of an sftp address: the fingerprint of its host, `SHA256:...`. No other host is spoken to.',
  }),
  tls: z
    .strictObject({
      authorities: z.string().max(100_000).optional().meta({ description: 'PEM: in place of those of the system.' }),
      serverName: z.string().max(255).optional(),
      minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).optional(),
    })
    .meta({ id: 'FetchTls' }),
};

const secret = (about: string) => z.string().min(1).max(20_000).nullable().optional().meta({ description: about });

const secretNames = z.array(z.enum(['userName', 'password', 'privateKey', 'certificate']));

const view = z
  .object({
    name: code,
    ...shape,
    hostKey: shape.hostKey.nullable(),
    secrets: secretNames.meta({ description: 'Which are set; never they themselves.' }),
    last: z
      .object({
        at: instant,
        result: z.enum(['received', 'repeated', 'unchanged', 'failed']),
        uploadId: z.string().nullable(),
        problem: problem.nullable().meta({ description: 'Why it failed.' }),
      })
      .nullable()
      .meta({
        description:
          'What came of it last. `unchanged`: the other side said so (ETag, Last-Modified; of sftp size and time). `repeated`: the bytes were the same.',
      }),
    nextAt: instant.nullable(),
    version,
  })
  .meta({ id: 'ScheduledFetch', description: 'An address that is fetched on schedule.' });

const fetchBody = z.strictObject({
  ...shape,
  timeZone: shape.timeZone.default('UTC'),
  enabled: shape.enabled.default(true),
  authentication: shape.authentication.default('none'),
  hostKey: shape.hostKey.optional(),
  tls: shape.tls.default({}),
  secrets: z
    .strictObject({
      userName: secret('The user name.'),
      password: secret('The password.'),
      privateKey: secret('PEM, or as OpenSSH writes it.'),
      certificate: secret('PEM: the TLS client certificate.'),
    })
    .default({}),
});

export const fetchRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/fetches',
    tag,
    summary: 'List the addresses that are fetched for a source system',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: z.object({ items: z.array(view) }),
    handle: async (call, services) => {
      const found = await services.fetches.list(await sourceOf(call, services));
      return { body: { items: found.map(fetchView) } };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/fetches/{name}',
    tag,
    summary: 'Read an address that is fetched',
    scope: 'admin:read',
    params: fetchParam,
    response: view,
    handle: async (call, services) => {
      const found = await services.fetches.find(await sourceOf(call, services), call.params.name);
      if (found === undefined) throw new GatewayError('not_found', 'There is no such fetch.');
      return { body: fetchView(found), version: found.version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/fetches/{name}',
    tag,
    summary: 'Set an address that is fetched',
    description:
      'Public addresses need no permission; others only where the operator lists them (PASSERELLE_OUTBOUND_ALLOW). A secret that is absent stays as it is, null = forget it; when the address moves to another host, all are given anew.',
    scope: 'admin:write',
    versioned: true,
    params: fetchParam,
    body: fetchBody,
    response: view,
    handle: async (call, services) => {
      const { params, body, editor, expected } = call;
      const source = await sourceOf(call, services);
      const by = { actor: editor.actor, ...(expected.version === undefined ? {} : { expected: expected.version }) };
      await services.fetches.put(source, params.name, body, by);
      const found = await services.fetches.find(source, params.name);
      if (found === undefined) throw new GatewayError('conflict', 'Somebody else has removed it.');
      return { body: fetchView(found), version: found.version };
    },
  }),
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/fetches/{name}/now',
    tag,
    summary: 'Fetch an address now',
    description: 'Within seconds; what came of it is then its `last`.',
    scope: 'messages:write',
    params: fetchParam,
    status: 204,
    handle: async (call, services) => {
      await services.fetches.hurry(await sourceOf(call, services), call.params.name);
      return {};
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/fetches/{name}',
    tag,
    summary: 'Remove an address that is fetched',
    scope: 'admin:write',
    params: fetchParam,
    handle: async (call, services) => {
      await services.fetches.remove(await sourceOf(call, services), call.params.name);
      return {};
    },
  }),
];

/** What sets an address, as somebody wrote it. Throws GatewayError `invalid_request`. */
export function readFetchWish(sent: unknown): FetchWish {
  const { success, data, error } = fetchBody.safeParse(sent);
  // What zod calls undefined is absent.
  if (success) return data as Defined<typeof data>;
  const mistakes = describeIssues(error, sent).map(({ message }) => message);
  throw new GatewayError('invalid_request', mistakes.join(' '));
}

async function sourceOf(
  { organizationId, params }: { readonly organizationId: number; readonly params: { readonly sourceSystem: string } },
  { administration }: ApiServices,
) {
  const { id: sourceSystemId } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
  return { organizationId, sourceSystemId };
}

export function fetchView(fetch: ScheduledFetch) {
  const { name, address, fileName: file, schedule, timeZone, enabled, authentication, tls, last } = fetch;
  return {
    name,
    address,
    fileName: file,
    schedule,
    timeZone,
    enabled,
    authentication,
    tls,
    hostKey: fetch.hostKey ?? null,
    secrets: [...fetch.secretNames],
    last: last && { at: last.at, result: last.result, uploadId: last.uploadId ?? null, problem: last.problem ?? null },
    nextAt: isoOrNull(fetch.nextAt),
    version: fetch.version,
  };
}
