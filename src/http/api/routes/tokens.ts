import { z } from 'zod';
import type { ApiToken } from '../../../domain/access.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { hasScope } from '../authorize.ts';
import { pageInMemory } from '../page-in-memory.ts';
import { route, type Route } from '../route.ts';
import { instant, isoOrNull, pageOf, pageQuery } from '../schemas.ts';
import { type ApiScope, apiScopes, type Bearer } from '../services.ts';

const idParam = z.strictObject({ id: z.string().min(1).max(64) });

const token = z
  .object({
    id: z.string(),
    label: z.string(),
    scopes: z.array(z.string()),
    createdAt: instant,
    expiresAt: instant.nullable(),
    lastUsedAt: instant.nullable().meta({ description: 'To the hour.' }),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Token', description: 'A bearer token of this API. It is shown once, when it is made.' });

const scopes = z
  .array(z.enum(apiScopes))
  .min(1)
  .meta({ description: 'What the token may do; `x:write` includes `x:read`.' });
const tokenTag = 'Tokens';

/** An operator who names no organization deals with the operators' own tokens. */
export const tokenRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/tokens',
    tag: tokenTag,
    summary: 'List tokens',
    scope: 'admin:read',
    organization: 'optional',
    query: pageQuery,
    response: pageOf(token),
    handle: async ({ organizationId, named, query }, { tokens }) => {
      const all = await tokens.listTokens(named ? organizationId : null);
      return { body: pageInMemory(all.map(tokenJson), query) };
    },
  }),
  route({
    method: 'post',
    path: '/tokens',
    tag: tokenTag,
    summary: 'Create a token',
    description:
      'A token gives no scope that the caller does not have, and does not outlive the token of the caller: a later `expiresAt`, or none, becomes that one.',
    scope: 'admin:write',
    organization: 'optional',
    body: z.strictObject({
      label: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .meta({ description: 'Says whose it is; stands in the changes it makes.' }),
      scopes,
      expiresAt: z.iso.datetime({ offset: true, error: 'must be an instant of ISO 8601' }).optional(),
    }),
    status: 201,
    response: token.extend({ token: z.string().meta({ description: 'Shown here and never again.' }) }),
    handle: async ({ organizationId, named, bearer, body }, { tokens }) => {
      refuseEscalation(bearer, body.scopes);
      const made = await tokens.createToken({
        label: body.label,
        scopes: body.scopes,
        organizationId: named ? organizationId : null,
        ...cappedExpiry(bearer, body.expiresAt),
      });
      return { body: { ...tokenJson(made.apiToken), token: made.token } };
    },
  }),
  route({
    method: 'delete',
    path: '/tokens/{id}',
    tag: tokenTag,
    summary: 'Revoke a token',
    scope: 'admin:write',
    organization: 'optional',
    params: idParam,
    response: token,
    handle: async ({ organizationId, named, params }, { tokens }) => ({
      body: tokenJson(await tokens.revokeToken(params.id, named ? organizationId : null)),
    }),
  }),
];

function refuseEscalation(bearer: Bearer, wanted: readonly ApiScope[]): void {
  const missing = wanted.find((scope) => !hasScope(bearer, scope));
  if (missing === undefined) return;
  throw new GatewayError(
    'forbidden',
    `The token that you use does not have the scope ${missing}, so it cannot give it.`,
    {
      field: 'scopes',
    },
  );
}

/** A stolen token that expires must not live on in one that it made. */
function cappedExpiry({ expiresAt: own }: Bearer, wanted: string | undefined): { expiresAt?: Date } {
  const asked = wanted === undefined ? null : new Date(wanted);
  if (asked !== null && asked <= new Date())
    throw new GatewayError('invalid_request', 'expiresAt is past: the token could not be used.', {
      at: '/expiresAt',
      field: 'expiresAt',
    });
  const expiresAt = own !== null && (asked === null || asked > own) ? own : asked;
  return expiresAt === null ? {} : { expiresAt };
}

function tokenJson({ id, label, scopes: granted, ...times }: ApiToken) {
  return {
    id,
    label,
    scopes: [...granted],
    createdAt: times.createdAt.toISOString(),
    expiresAt: isoOrNull(times.expiresAt),
    lastUsedAt: isoOrNull(times.lastUsedAt),
    revokedAt: isoOrNull(times.revokedAt),
  };
}
