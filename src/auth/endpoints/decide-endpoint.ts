import type {
  EndpointContent,
  EndpointSecretName,
  EndpointSettings,
  EndpointWish,
} from '../../domain/administration/index.ts';
import { type EndpointSecrets, type EndpointType, originOf } from '../../domain/endpoint.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';
import { checkAddress } from './check-address.ts';
import { checkAuthorities, checkKeyPair } from './check-pem.ts';

/** What of an authenticator a wish is judged by. */
export type KnownAuthenticator = Pick<OutboundAuthenticator, 'name' | 'needs' | 'soapOnly' | 'tlsClient'>;

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
  const { name, needs } = chooseAuthenticator(settings, type, authenticators);
  checkAuthorities(settings.tls.authorities);
  const isElsewhere = before !== undefined && originOf(before.settings.address) !== originOf(settings.address);
  const secrets = merged(isElsewhere ? {} : (before?.secrets ?? {}), wished);
  const certificate = checkKeyPair(secrets, wished, now);
  const missing = needs.filter((need) => secrets[need] === undefined);
  if (missing.length > 0) throw missingSecrets(missing, name, isElsewhere && before.secrets);
  return { settings, secrets, certificate };
}

/** The one that the endpoint names, found fit for its type and address. */
function chooseAuthenticator(
  { authentication, address }: EndpointSettings,
  type: EndpointType,
  authenticators: readonly KnownAuthenticator[],
): KnownAuthenticator {
  const found = authenticators.find(({ name }) => name === authentication);
  if (found !== undefined && fits(found, type)) {
    if (found.tlsClient === undefined || !address.startsWith('http:')) return found;
    throw new GatewayError(
      'invalid_request',
      `${found.name} proves the gateway in TLS, and the address is http. Use an https address.`,
      { field: 'address' },
    );
  }
  const reason =
    found === undefined
      ? `There is no outbound authenticator ${authentication}.`
      : `${found.name} writes into a SOAP envelope, and a file is fetched without one.`;
  const fit = authenticators.filter((each) => fits(each, type)).map(({ name }) => name);
  throw new GatewayError('invalid_request', `${reason} Choose one of: ${fit.join(', ')}.`, { field: 'authentication' });
}

function fits({ soapOnly }: KnownAuthenticator, type: EndpointType): boolean {
  return !(soapOnly && type === 'bulk_file_download');
}

/** Absent = leave, null = clear. */
function merged(kept: EndpointSecrets, wished: EndpointWish['secrets']): EndpointSecrets {
  const all = Object.entries({ ...kept, ...wished });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
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
