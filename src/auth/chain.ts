import type { ConfiguredLink, LinkName } from '../domain/access.ts';
import type { AuthenticatorChainParts, ChainLink } from '../pipeline/authenticate.ts';
import { securityHeaders } from '../pipeline/authenticate-must-understand.ts';
import type { MessageAuthenticator } from '../pipeline/ports.ts';
import { type ApiKeyParts, createApiKeyLink } from './api-key.ts';
import { createHttpBasic } from './http-basic.ts';
import { createOauth1, type Oauth1Parts } from './oauth1/link.ts';
import { type BearerParts, createOauth2Bearer } from './oauth2/bearer.ts';
import { createRequirements } from './requirements.ts';
import { type ClientCertificateParts, createClientCertificate } from './tls-client-certificate.ts';
import { defaultFreshness, timestampFault } from './ws-security-time.ts';
import { createPasswordDigest, createPasswordText, type UsernameTokenOptions } from './ws-security-username-token.ts';
import { createWssX509, type WssX509Options } from './wss-x509/link.ts';

export type LinkParts = UsernameTokenOptions &
  ApiKeyParts &
  WssX509Options &
  ClientCertificateParts &
  BearerParts &
  Oauth1Parts;

/** The shipped links in the order, and in the role, that the operator configured; behind them those of plug-ins. */
export function createChainLinks(
  parts: LinkParts,
  configured: readonly ConfiguredLink[],
  plugIns: readonly MessageAuthenticator[] = [],
): Required<Pick<AuthenticatorChainParts, 'links' | 'processors' | 'requirementsOf' | 'timestampFault'>> {
  const { now = Date.now, freshness = defaultFreshness } = parts;
  const byName = new Map(configured.map(({ name }) => [name, makers[name](parts)]));
  const inRole = (role: ConfiguredLink['role']) =>
    configured.flatMap((link) => (link.role === role ? (byName.get(link.name) ?? []) : []));
  const required = inRole('require');
  return {
    links: [...inRole('identify'), ...plugIns],
    processors: required,
    requirementsOf: createRequirements(
      new Map<string, MessageAuthenticator>([...byName, ...plugIns.map((link) => [link.name, link] as const)]),
      required.map(({ name }) => name),
    ),
    timestampFault: (message) => timestampFault(securityHeaders(message), now(), freshness),
  };
}

const makers: Record<LinkName, (parts: LinkParts) => ChainLink> = {
  'oauth2-bearer': createOauth2Bearer,
  'wss-x509': createWssX509,
  'wss-password-digest': createPasswordDigest,
  'wss-password-text': createPasswordText,
  'oauth1-body-hash': createOauth1,
  'api-key': createApiKeyLink,
  'http-basic': createHttpBasic,
  'tls-client-certificate': createClientCertificate,
};
