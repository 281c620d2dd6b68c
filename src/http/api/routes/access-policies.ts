import { z } from 'zod';
import { type AccessPolicy, sftpLinkNames } from '../../../domain/access.ts';
import { parseAddressBlock } from '../../../domain/address-block.ts';
import { GatewayError } from '../../../domain/problem.ts';
import type { ApiServices } from '../services.ts';
import { route, type Route } from '../route.ts';
import { sourceSystemParam } from '../schemas.ts';

const policy = z
  .strictObject({
    mechanisms: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(20)
      .nullable()
      .meta({
        description:
          'Which links of the authenticator chain may identify a sender, `sftp-password` and `sftp-public-key` for SFTP; null: any.',
        example: ['wss-password-digest'],
      }),
    allowedAddresses: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(1_000)
      .nullable()
      .meta({
        description: 'Addresses or CIDR blocks that messages must come from; null: any.',
        example: ['192.0.2.0/24'],
      }),
    requires: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(20)
      .nullable()
      .default(null)
      .meta({
        description:
          'Links of the chain that must agree, for the same login, beside the one that identifies; null: none.',
        example: ['tls-client-certificate'],
      }),
  })
  .meta({ id: 'AccessPolicy', description: 'What is demanded beside the right secret.' });

const tag = 'Credentials';

/** Of the organization for all its source systems, and of one: both must be met. */
export const accessPolicyRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/access-policy',
    tag,
    summary: 'Read what the organization demands of all senders',
    scope: 'admin:read',
    response: policy,
    handle: async ({ organizationId }, { accessPolicies }) => ({
      body: copy(await accessPolicies.get(organizationId, null)),
    }),
  }),
  route({
    method: 'put',
    path: '/access-policy',
    tag,
    summary: 'Set what the organization demands of all senders',
    scope: 'admin:write',
    body: policy,
    response: policy,
    handle: async ({ organizationId, editor, body }, { accessPolicies, extensionPoints }) => {
      refuseWrongAddresses(body);
      refuseUnknownLinks(body, extensionPoints.inbound);
      await accessPolicies.set(editor, null, body);
      return { body: copy(await accessPolicies.get(organizationId, null)) };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/access-policy',
    tag,
    summary: 'Read what is demanded of the senders of a source system',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: policy,
    handle: async ({ organizationId, params }, { administration, accessPolicies }) => {
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      return { body: copy(await accessPolicies.get(organizationId, id)) };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/access-policy',
    tag,
    summary: 'Set what is demanded of the senders of a source system',
    scope: 'admin:write',
    params: sourceSystemParam,
    body: policy,
    response: policy,
    handle: async ({ organizationId, editor, params, body }, { administration, accessPolicies, extensionPoints }) => {
      refuseWrongAddresses(body);
      refuseUnknownLinks(body, extensionPoints.inbound);
      const { id } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      await accessPolicies.set(editor, id, body);
      return { body: copy(await accessPolicies.get(organizationId, id)) };
    },
  }),
];

/** All at once, so that a long list is put right at once. */
function refuseWrongAddresses({ allowedAddresses }: z.output<typeof policy>): void {
  const wrong = allowedAddresses?.filter((address) => parseAddressBlock(address) === undefined) ?? [];
  if (wrong.length === 0) return;
  throw new GatewayError(
    'invalid_request',
    `${wrong.map((address) => JSON.stringify(address)).join(', ')}: no address or CIDR block; write them like 192.0.2.7 or 192.0.2.0/24.`,
    { field: 'allowedAddresses' },
  );
}

/** A link that is not in the chain would never agree: it would lock everybody out. */
function refuseUnknownLinks(
  { mechanisms, requires }: z.output<typeof policy>,
  chain: ApiServices['extensionPoints']['inbound'],
): void {
  const inChain = chain.map(({ name }) => name);
  for (const [field, names, links] of [
    ['mechanisms', mechanisms, [...inChain, ...sftpLinkNames]],
    ['requires', requires, inChain],
  ] as const) {
    const known = new Set<string>(links);
    const unknown = names?.find((name) => !known.has(name));
    if (unknown === undefined) continue;
    throw new GatewayError(
      'invalid_request',
      `The authenticator chain has no link "${unknown.slice(0, 64)}". Links: ${[...known].join(', ')}.`,
      { field },
    );
  }
}

function copy({ mechanisms, allowedAddresses, requires = null }: AccessPolicy) {
  return {
    mechanisms: mechanisms === null ? null : [...mechanisms],
    allowedAddresses: allowedAddresses === null ? null : [...allowedAddresses],
    requires: requires === null ? null : [...requires],
  };
}
