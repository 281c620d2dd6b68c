import { z } from 'zod';
import { runModes } from '../../../domain/run.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { route, type Route } from '../route.ts';
import { sourceSystemParam, version } from '../schemas.ts';

const tag = 'Files';

const shape = {
  mode: z.enum(runModes).meta({ description: 'How far the runs of its files go.' }),
  snapshot: z.boolean().meta({ description: 'Its files are whole: what they do not name is gone.' }),
  pickUp: z.enum(['close', 'rest']).meta({
    description:
      'When a file of SFTP is taken: `close`, as soon as it is closed or gets its final name; `rest`, when it has rested as well.',
  }),
  restSeconds: z.int().min(1).max(86_400).meta({
    description: 'For how long a file must not have changed: of SFTP with `rest`, and of the watched folder.',
  }),
};

const settings = z.object({ ...shape, version }).meta({
  id: 'FileSettings',
  description: 'How files are taken that come by SFTP, a watched folder or a fetched address.',
});

export const fileSettingsRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/file-settings',
    tag,
    summary: 'Read how the files of a source system are taken',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: settings,
    handle: async ({ organizationId, params }, { administration, fileSettings }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      const { options, restS, ...found } = await fileSettings.get(organizationId, id);
      return { body: { ...found, snapshot: options.snapshot === true, restSeconds: restS }, version: found.version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/file-settings',
    tag,
    summary: 'Set how the files of a source system are taken',
    scope: 'admin:write',
    versioned: true,
    params: sourceSystemParam,
    body: z.strictObject({
      mode: shape.mode.default('apply'),
      snapshot: shape.snapshot.default(false),
      pickUp: shape.pickUp.default('close'),
      restSeconds: shape.restSeconds.default(30),
    }),
    response: settings,
    handle: async ({ organizationId, params, body, editor, expected }, { administration, fileSettings }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      const { snapshot, restSeconds: restS, ...others } = body;
      const wanted = { ...others, restS, options: snapshot ? { snapshot } : {} };
      await fileSettings.put(editor, id, wanted, expected.version);
      const { version: now } = await fileSettings.get(organizationId, id);
      return { body: { ...body, version: now }, version: now };
    },
  }),
  route({
    method: 'get',
    path: '/sftp',
    tag,
    summary: 'Read where SFTP is served',
    description: 'And the fingerprints of its host keys, for clients to compare.',
    scope: 'admin:read',
    organization: 'optional',
    response: z
      .object({ port: z.int(), fingerprints: z.array(z.string()) })
      .meta({ id: 'SftpService', description: 'The SFTP server of this gateway.' }),
    handle: (_, { sftp }) => {
      const info = sftp();
      if (info !== undefined)
        return Promise.resolve({ body: { port: info.port, fingerprints: [...info.fingerprints] } });
      throw new GatewayError('not_found', 'The gateway serves no SFTP: its operator sets PASSERELLE_SFTP_PORT.');
    },
  }),
];
