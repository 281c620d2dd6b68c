import type { Request } from 'express';
import { GatewayError } from '../../domain/problem.ts';
import { proxyHint } from '../../pipeline/authenticate-refusals.ts';
import { plainHeaders } from '../plain-headers.ts';
import type { RemoteOf } from '../remote.ts';
import type { Call } from './route.ts';
import type { ApiScope, ApiServices, Bearer } from './services.ts';

export interface AuthorizeOptions {
  readonly services: ApiServices;
  readonly remoteOf: RemoteOf;
  readonly allowClearText: boolean;
}

/** What of a route is asked for before it is served. */
export interface Authorized {
  readonly contract: { readonly scope: ApiScope };
  readonly organization: 'required' | 'optional';
}

/**
 * Who calls, whether the token may, and for which organization: its own, or the one that an operator names.
 *
 * Throws GatewayError: `clear_text_refused`, `credentials_conflict` (several Authorization headers), `credentials_missing`,
 * `credentials_invalid`, `forbidden`, `not_found` (the organization that an operator names), `invalid_request` (an operator
 * names none).
 */
export async function authorize(
  route: Authorized,
  request: Request,
  { services, remoteOf, allowClearText }: AuthorizeOptions,
): Promise<Pick<Call, 'bearer' | 'organizationId' | 'named' | 'editor'>> {
  const remote = remoteOf(request);
  if (!allowClearText && !remote.secure && !remote.loopback) {
    const reason = 'Tokens are accepted from beyond this machine only over TLS.';
    throw new GatewayError('clear_text_refused', `${reason}${proxyHint(remote)}`);
  }
  const bearer = await services.tokens.verifyToken(plainHeaders(request).authorization);
  requireScope(bearer, route.contract.scope);
  const organizationId = await organizationOf(route, request, bearer, services);
  return {
    bearer,
    organizationId: organizationId ?? nobody,
    named: organizationId !== undefined,
    editor: { organizationId: organizationId ?? nobody, actor: `token ${bearer.label}` },
  };
}

/** Row-level security shows it nothing. */
const nobody = 0;

/** `x:write` includes `x:read`. */
export function hasScope({ scopes }: Pick<Bearer, 'scopes'>, needed: ApiScope): boolean {
  return scopes.includes(needed) || scopes.some((scope) => scope === needed.replace(/:read$/, ':write'));
}

function requireScope(bearer: Bearer, needed: ApiScope): void {
  if (!hasScope(bearer, needed)) throw new GatewayError('forbidden', `The token needs the scope ${needed}.`);
}

async function organizationOf(
  { organization }: Pick<Authorized, 'organization'>,
  request: Request,
  bearer: Bearer,
  { administration }: ApiServices,
): Promise<number | undefined> {
  const code = request.get('Passerelle-Organization');
  if (bearer.organizationId !== null) {
    if (code !== undefined) await requireOwn(bearer.organizationId, code, administration);
    return bearer.organizationId;
  }
  if (code !== undefined) return (await administration.organizations.get(code)).id;
  if (organization === 'optional') return undefined;
  throw new GatewayError(
    'invalid_request',
    "An operator's token belongs to no organization: name one by the header Passerelle-Organization.",
    { field: 'Passerelle-Organization' },
  );
}

async function requireOwn(own: number, code: string, { organizations }: ApiServices['administration']): Promise<void> {
  if ((await organizations.getById(own)).code === code) return;
  throw new GatewayError('forbidden', `The token does not belong to the organization ${code}.`, {
    field: 'Passerelle-Organization',
  });
}
