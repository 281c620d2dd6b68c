import { z } from 'zod';
import { certificatePins, type CredentialSummary, secretKinds } from '../../../domain/access.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { fold } from '../../../domain/source-system.ts';
import { pageInMemory } from '../page-in-memory.ts';
import { route, type Route } from '../route.ts';
import { instant, isoOrNull, pageOf, pageQuery, sourceSystemParam } from '../schemas.ts';
import type { ApiServices } from '../services.ts';

const kind = z.enum(secretKinds).meta({
  description:
    "`hashed`: a password that nobody can read again; for HTTP Basic, PasswordText and OAuth 2. `sealed`: a password, readable with the gateway's key; PasswordDigest and OAuth 1.0a need it. `api_key`: a random key. `certificate`: an X.509 certificate of the sender, for signatures and TLS. `ssh_key`: a public key of the sender, for SFTP.",
});

const pin = z.enum(certificatePins).meta({
  description: '`certificate`: this very one. `public_key`: any that bears its public key, so that it may be renewed.',
});

const certificateFacts = z
  .object({
    subject: z.string(),
    fingerprint: z.string().meta({ description: 'SHA-256 of the DER bytes, in hexadecimal.' }),
    notBefore: instant,
    notAfter: instant,
    pin,
  })
  .meta({ id: 'CertificateFacts' });

const sshKeyFacts = z
  .object({ algorithm: z.string(), fingerprint: z.string().meta({ description: '`SHA256:...`' }) })
  .meta({ id: 'SshKeyFacts' });

const credential = z
  .object({
    id: z.string(),
    userName: z.string(),
    kind,
    createdAt: instant,
    lastUsedAt: instant.nullable().meta({ description: 'To the hour.' }),
    validUntil: instant.nullable(),
    revokedAt: instant.nullable(),
    certificate: certificateFacts.nullable().meta({ description: 'Of the kind `certificate` only.' }),
    sshKey: sshKeyFacts.nullable().meta({ description: 'Of the kind `ssh_key` only.' }),
  })
  .meta({ id: 'Credential', description: 'A secret of a source system. It is shown once, when it is made.' });

const shownCredential = credential
  .extend({
    secret: z.string().optional().meta({ description: 'Shown here and never again. Of a certificate there is none.' }),
  })
  .meta({ id: 'ShownCredential' });

const secret = z
  .string()
  .min(8)
  .max(1_000)
  .optional()
  .meta({ description: 'A password of your own; else a random one.' });
const material = {
  secret,
  certificate: z.string().min(1).max(20_000).optional().meta({ description: 'PEM; of the kind `certificate`.' }),
  pin: pin.optional().meta({ description: 'Of a certificate; `certificate` unless it says otherwise.' }),
  publicKey: z.string().min(1).max(8_000).optional().meta({
    description: 'Of the kind `ssh_key`: one line, as `ssh-keygen` writes it into a `.pub` file.',
    example: 'ssh-ed25519 AAAAC3... banner@sis',
  }),
  proof: z.string().min(1).max(4_000).optional().meta({
    description:
      'Of a certificate whose key is pinned for another user name: the signature by its private key, in base64, of "passerelle: what this key signs comes from the user name ..." (SHA-256). It takes the key over, unless the other has proven it as well.',
  }),
};
const credentialParam = sourceSystemParam.extend({ id: z.uuid() });
const loginParam = sourceSystemParam.extend({ userName: z.string().min(1).max(100) });
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
      'User names are unique over all organizations: the user name of a message identifies its source system. A user name of this source system may have more API keys and certificates beside its one password.',
    scope: 'admin:write',
    params: sourceSystemParam,
    body: z.strictObject({ userName: z.string().min(1).max(100), kind: kind.default('hashed'), ...material }),
    status: 201,
    response: shownCredential,
    handle: async ({ organizationId, params, body }, services) => {
      const { id } = await services.administration.sourceSystems.get(organizationId, params.sourceSystem);
      const made = await services.credentials.createCredential({ organizationId, sourceSystemId: id, ...body });
      return { body: shownJson(made) };
    },
  }),
  route({
    method: 'post',
    path: '/source-systems/{sourceSystem}/credentials/{id}/rotate',
    tag: credentialTag,
    summary: 'Rotate a credential',
    description:
      'Makes a new secret for the same user name; what it replaces stays valid for the overlap: every password of the user name, or this API key or certificate.',
    scope: 'admin:write',
    params: credentialParam,
    body: z.strictObject({
      overlapSeconds: z
        .int()
        .min(0)
        .max(90 * 86_400)
        .default(86_400),
      kind: kind.optional(),
      ...material,
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
      return { body: shownJson(made) };
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
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/logins/{userName}',
    tag: credentialTag,
    summary: 'Remove a login',
    description:
      'Ends all credentials of this user name at once, forgets them, and frees the name for another source system.',
    scope: 'admin:write',
    params: loginParam,
    status: 204,
    handle: async ({ organizationId, params: { sourceSystem, userName } }, { administration, credentials }) => {
      const source = await administration.sourceSystems.get(organizationId, sourceSystem);
      const all = await credentials.listCredentials(organizationId, source.id);
      if (!all.some((one) => fold(one.userName) === fold(userName))) {
        throw new GatewayError('not_found', `The source system ${source.code} has no login of this name.`);
      }
      await credentials.removeLogin(organizationId, userName);
      return {};
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

function shownJson({ credential: made, secret: shown }: { credential: CredentialSummary; secret?: string }) {
  return { ...credentialJson(made), ...(shown === undefined ? {} : { secret: shown }) };
}

function credentialJson({ id, userName, kind: secretKind, certificate, sshKey, ...times }: CredentialSummary) {
  return {
    id,
    userName,
    kind: secretKind,
    createdAt: times.createdAt.toISOString(),
    lastUsedAt: isoOrNull(times.lastUsedAt),
    validUntil: isoOrNull(times.validUntil),
    revokedAt: isoOrNull(times.revokedAt),
    sshKey: sshKey && { ...sshKey },
    certificate: certificate && {
      ...certificate,
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
    },
  };
}
