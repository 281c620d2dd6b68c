import type { EndpointContent, EndpointSecretName, EndpointWish } from '../../domain/administration/index.ts';
import { type EndpointSecrets, type EndpointType, originOf } from '../../domain/endpoint.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';
import { checkAddress } from './check-address.ts';
import { checkAuthorities, checkKeyPair } from './check-pem.ts';

/** What of an authenticator a wish is judged by. */
export type KnownAuthenticator = Pick<OutboundAuthenticator, 'name' | 'needs' | 'soapOnly'>;

export interface Standing {
  readonly type: EndpointType;
  /** Undefined: there is no such endpoint yet. */
  readonly before: EndpointContent | undefined;
  readonly authenticators: readonly KnownAuthenticator[];
  readonly now: Date;
}

/**
 * The endpoint that a wish makes of what is there. Throws GatewayError `invalid_request`: an address that is none, an
 * authentication that is unknown or unfit, PEM that cannot be read, a key of another certificate, a secret that is missing.
 */
export function decideEndpoint({ secrets: wished, ...wish }: EndpointWish, standing: Standing): EndpointContent {
  const { type, before, authenticators, now } = standing;
  const settings = { ...wish, address: checkAddress(wish.address) };
  const authenticator = authenticators.find(({ name }) => name === settings.authentication);
  if (authenticator === undefined) throw unknownAuthentication(settings.authentication, type, authenticators);
  if (!fits(authenticator, type)) {
    throw new GatewayError(
      'invalid_request',
      `${authenticator.name} writes into a SOAP envelope, and a file is fetched without one. Choose one of: ${namesFor(type, authenticators)}.`,
      { field: 'authentication' },
    );
  }
  checkAuthorities(settings.tls.authorities);
  const isElsewhere = before !== undefined && originOf(before.settings.address) !== originOf(settings.address);
  const secrets = merged(isElsewhere ? {} : (before?.secrets ?? {}), wished);
  const certificate = checkKeyPair(secrets, wished, now);
  const missing = authenticator.needs.filter((name) => secrets[name] === undefined);
  if (missing.length > 0) throw missingSecrets(missing, authenticator.name, isElsewhere && before.secrets);
  return { settings, secrets, certificate };
}

/** Absent = leave, null = clear. */
function merged(kept: EndpointSecrets, wished: EndpointWish['secrets']): EndpointSecrets {
  const all = Object.entries({ ...kept, ...wished });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

function fits({ soapOnly }: KnownAuthenticator, type: EndpointType): boolean {
  return !(soapOnly && type === 'bulk_file_download');
}

function namesFor(type: EndpointType, authenticators: readonly KnownAuthenticator[]): string {
  return authenticators
    .filter((each) => fits(each, type))
    .map(({ name }) => name)
    .join(', ');
}

function unknownAuthentication(
  name: string,
  type: EndpointType,
  authenticators: readonly KnownAuthenticator[],
): GatewayError {
  return new GatewayError(
    'invalid_request',
    `There is no outbound authenticator ${name}. Choose one of: ${namesFor(type, authenticators)}.`,
    { field: 'authentication' },
  );
}

function missingSecrets(
  missing: readonly EndpointSecretName[],
  authentication: string,
  dropped: EndpointSecrets | false,
): GatewayError {
  const given = dropped !== false && missing.some((name) => dropped[name] !== undefined);
  const why = given
    ? ' Those that are set belong to another host or port and are not sent elsewhere: give them again.'
    : '';
  return new GatewayError('invalid_request', `${authentication} needs ${missing.join(' and ')} in \`secrets\`.${why}`, {
    field: 'secrets',
  });
}
