import { z } from 'zod';
import { GatewayError } from '../../../domain/problem.ts';
import { route, type Route } from '../route.ts';
import { code, codeParam, instant, name, pageOf, pageQuery, version } from '../schemas.ts';
import type { Bearer } from '../services.ts';

const fieldNames = z.array(z.string().min(1).max(64)).max(50);

const organization = z
  .object({
    id: z.int(),
    code: z.string(),
    name: z.string(),
    lmsOwned: z
      .object({ user: z.array(z.string()), orgUnit: z.array(z.string()) })
      .meta({ description: 'Fields whose LMS-side edits (overrides) win over the source systems.' }),
    version,
    createdAt: instant,
  })
  .meta({ id: 'Organization', description: 'A tenant: every row and every request belongs to exactly one.' });

const changes = z.strictObject({
  name: name.optional(),
  lmsOwned: z.strictObject({ user: fieldNames.optional(), orgUnit: fieldNames.optional() }).nullable().optional(),
});

const tag = 'Organizations';

/** An operator's token sees all organizations and may create and remove them; other tokens see their own. */
export const organizationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/organizations',
    tag,
    summary: 'List organizations',
    description: 'An operator sees all of them, other tokens their own.',
    scope: 'admin:read',
    organization: 'optional',
    query: pageQuery,
    response: pageOf(organization),
    handle: async ({ query, bearer }, { administration }) => ({
      body: await administration.organizations.list(query, bearer.organizationId ?? undefined),
    }),
  }),
  route({
    method: 'post',
    path: '/organizations',
    tag,
    summary: 'Create an organization',
    description: "With an operator's token only.",
    scope: 'admin:write',
    organization: 'optional',
    body: z.strictObject({ code, name }),
    status: 201,
    response: organization,
    handle: async ({ body, bearer }, { administration }) => {
      requireOperator(bearer);
      const created = await administration.organizations.create(body);
      return { body: created, version: created.version };
    },
  }),
  route({
    method: 'get',
    path: '/organizations/{code}',
    tag,
    summary: 'Read an organization',
    scope: 'admin:read',
    organization: 'optional',
    params: codeParam,
    response: organization,
    handle: async ({ params, bearer }, { administration }) => {
      const found = await administration.organizations.get(params.code);
      requireVisible(bearer, found);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'patch',
    path: '/organizations/{code}',
    tag,
    summary: 'Change an organization',
    description: 'Absent = leave, null = clear.',
    scope: 'admin:write',
    organization: 'optional',
    versioned: true,
    params: codeParam,
    body: changes,
    response: organization,
    handle: async ({ params, body, bearer, expected, editor }, { administration }) => {
      requireVisible(bearer, await administration.organizations.get(params.code));
      const changed = await administration.organizations.update(params.code, body, expected, editor.actor);
      return { body: changed, version: changed.version };
    },
  }),
  route({
    method: 'delete',
    path: '/organizations/{code}',
    tag,
    summary: 'Remove an organization',
    description:
      "With an operator's token only. An organization that holds source systems, messages or people is removed with all of that only if `confirm` repeats its code.",
    scope: 'admin:write',
    organization: 'optional',
    params: codeParam,
    query: z.strictObject({ confirm: z.string().max(64).optional() }),
    handle: async ({ params, query, bearer }, { administration }) => {
      requireOperator(bearer);
      await administration.organizations.remove(params.code, query.confirm);
      return {};
    },
  }),
];

function requireOperator(bearer: Bearer): void {
  if (bearer.organizationId === null) return;
  throw new GatewayError('forbidden', "Only an operator's token may create and remove organizations.");
}

/** Whether another organization exists is nobody's business. */
function requireVisible(bearer: Bearer, found: { id: number; code: string }): void {
  if (bearer.organizationId === null || bearer.organizationId === found.id) return;
  throw new GatewayError('not_found', `There is no organization ${found.code}.`);
}
