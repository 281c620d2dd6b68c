import { z } from 'zod';
import { type ApiToken, type CredentialSummary, type FailedAttempts, secretKinds } from '../../../domain/access.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { fold } from '../../../domain/source-system.ts';
import { hasScope } from '../authorize.ts';
import { pageInMemory } from '../page-in-memory.ts';
import { route, type Route } from '../route.ts';
import { instant, pageOf, pageQuery, sourceSystemParam } from '../schemas.ts';
import { type ApiScope, type ApiServices, apiScopes, type Bearer } from '../services.ts';

const kind = z.enum(secretKinds).meta({
  description:
    "`hashed`: nobody can read it again; for HTTP Basic and PasswordText. `sealed`: readable with the gateway's key; PasswordDigest needs it.",
});

const credential = z
  .object({
    id: z.string(),
    userName: z.string(),
    kind,
    createdAt: instant,
    lastUsedAt: instant.nullable().meta({ description: 'To the hour.' }),
    validUntil: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Credential', description: 'A secret of a source system. It is shown once, when it is made.' });

const shownCredential = credential
  .extend({ secret: z.string().meta({ description: 'Shown here and never again.' }) })
  .meta({ id: 'ShownCredential' });

const secret = z
  .string()
  .min(8)
  .max(1_000)
  .optional()
  .meta({ description: 'A secret of your own; else a random one.' });
const idParam = z.strictObject({ id: z.string().min(1).max(64) });
const credentialParam = sourceSystemParam.extend({ id: z.uuid() });
const credentialTag = 'Credentials';

export const credentialRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/credentials',
    tag: credentialTag,
    summary: 'List the credentials of a source system',
    description: 'Without their secrets; revoked ones included.',
    scope: 'admin:read',
    params: sourceSystemParam,
    query: pageQuery,
    response: pageOf(credential),
    handle: async ({ organizationId, params, query }, services) => {
      const { id } = await services.administration.sourceSystems.get(organizationId, params.sourceSystem);
      const all = await services.credentials.listCredentials(organizationId, id);
      return { body: pageInMemory(all.map(credentialJson), query) };
    },
  }),
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/credentials',
    tag: credentialTag,
    summary: 'Create a credential',
    description:
      'User names are unique over all organizations: the user name of a message identifies its source system.',
    scope: 'admin:write',
    params: sourceSystemParam,
    body: z.strictObject({ userName: z.string().min(1).max(100), kind: kind.default('hashed'), secret }),
    status: 201,
    response: shownCredential,
    handle: async ({ organizationId, params, body }, services) => {
      const { id } = await services.administration.sourceSystems.get(organizationId, params.sourceSystem);
      const made = await services.credentials.createCredential({ organizationId, sourceSystemId: id, ...body });
      return { body: { ...credentialJson(made.credential), secret: made.secret } };
    },
  }),
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/credentials/{id}/rotate',
    tag: credentialTag,
    summary: 'Rotate a credential',
    description: 'Makes a new secret for the same user name; the old ones stay valid for the overlap.',
    scope: 'admin:write',
    params: credentialParam,
    body: z.strictObject({
      overlapSeconds: z
        .int()
        .min(0)
        .max(90 * 86_400)
        .default(86_400),
      kind: kind.optional(),
      secret,
    }),
    status: 201,
    response: shownCredential,
    handle: async ({ organizationId, params, body: { overlapSeconds, ...others } }, services) => {
      await requireCredential(services, organizationId, params);
      const made = await services.credentials.rotateCredential({
        organizationId,
        credentialId: params.id,
        overlapMs: overlapSeconds * 1_000,
        ...others,
      });
      return { body: { ...credentialJson(made.credential), secret: made.secret } };
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/credentials/{id}',
    tag: credentialTag,
    summary: 'Revoke a credential',
    description: 'It ends at once, everywhere.',
    scope: 'admin:write',
    params: credentialParam,
    response: credential,
    handle: async ({ organizationId, params }, services) => {
      await requireCredential(services, organizationId, params);
      return { body: credentialJson(await services.credentials.revokeCredential(organizationId, params.id)) };
    },
  }),
];

async function requireCredential(
  { administration, credentials }: ApiServices,
  organizationId: number,
  { sourceSystem, id }: { sourceSystem: string; id: string },
): Promise<void> {
  const source = await administration.sourceSystems.get(organizationId, sourceSystem);
  const all = await credentials.listCredentials(organizationId, source.id);
  if (all.some((one) => one.id === id)) return;
  throw new GatewayError('not_found', `The source system ${source.code} has no credential ${id}.`);
}

function credentialJson({ id, userName, kind: secretKind, ...times }: CredentialSummary) {
  return {
    id,
    userName,
    kind: secretKind,
    createdAt: times.createdAt.toISOString(),
    lastUsedAt: isoOrNull(times.lastUsedAt),
    validUntil: isoOrNull(times.validUntil),
    revokedAt: isoOrNull(times.revokedAt),
  };
}

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
    description: 'A token gives no scope that the caller does not have.',
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
        ...(body.expiresAt === undefined ? {} : { expiresAt: new Date(body.expiresAt) }),
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

const lockout = z
  .object({
    id: z.string().meta({ description: 'Only to page by.' }),
    userName: z.string().meta({ description: 'Empty: the address as a whole, which only operators see.' }),
    address: z.string(),
    failures: z.int(),
    windowStartedAt: instant,
    lockedUntil: instant.nullable(),
  })
  .meta({
    id: 'Lockout',
    description: 'A user name that failed too often from one address and is locked out there for a while.',
  });

const lockoutTag = 'Lock-outs';

/** Lock-outs belong to user names: an organization sees those of its own source systems, an operator all. */
export const lockoutRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/lockouts',
    tag: lockoutTag,
    summary: 'List lock-outs',
    scope: 'admin:read',
    organization: 'optional',
    query: pageQuery,
    response: pageOf(lockout),
    handle: async ({ organizationId, named, query }, services) => {
      const all = await services.lockouts.listLockouts();
      const isOwn = named ? await ownUserNames(services, organizationId) : () => true;
      return { body: pageInMemory(all.filter(({ userName }) => isOwn(userName)).map(lockoutJson), query) };
    },
  }),
  route({
    method: 'delete',
    path: '/lockouts',
    tag: lockoutTag,
    summary: 'Clear a lock-out',
    description: 'The user name may try again from that address at once.',
    scope: 'admin:write',
    organization: 'optional',
    query: z.strictObject({ userName: z.string().max(100), address: z.string().min(1).max(64) }),
    handle: async ({ organizationId, named, query }, services) => {
      const isOwn = named ? await ownUserNames(services, organizationId) : () => true;
      const cleared = isOwn(query.userName) && (await services.lockouts.clearLockout(query.userName, query.address));
      if (cleared) return {};
      throw new GatewayError('not_found', `${query.userName} is not locked out at ${query.address}.`);
    },
  }),
];

async function ownUserNames(
  { credentials }: ApiServices,
  organizationId: number,
): Promise<(userName: string) => boolean> {
  const names = new Set((await credentials.listCredentials(organizationId)).map(({ userName }) => fold(userName)));
  return (userName) => names.has(fold(userName));
}

function lockoutJson({ userName, address, failures, windowStartedAt, lockedUntil }: FailedAttempts) {
  return {
    id: `${userName} ${address}`,
    userName,
    address,
    failures,
    windowStartedAt: windowStartedAt.toISOString(),
    lockedUntil: isoOrNull(lockedUntil),
  };
}

function isoOrNull(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
