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
export type KnownAuthenticator = Pick<
  OutboundAuthenticator,
  'name' | 'needs' | 'soapOnly' | 'tlsClient' | 'checkSecrets'
>;

export interface Standing {
  readonly type: EndpointType;
  /** Undefined: there is no such endpoint yet. */
  readonly before: EndpointContent | undefined;
  /** Secrets that are set and do not open: their key is not there, or the row was changed. */
  readonly closed?: readonly EndpointSecretName[];
  readonly authenticators: readonly KnownAuthenticator[];
  readonly now: Date;
}

/**
 * The endpoint that a wish makes of what is there. Throws GatewayError `invalid_request`: an address that is none, an
 * authentication that is unknown or unfit, PEM that cannot be read, a key of another certificate, a secret that is missing, one that
 * its authenticator cannot use, one that does not open and is neither given again nor forgotten.
 */
export function decideEndpoint({ secrets: wished, ...wish }: EndpointWish, standing: Standing): EndpointContent {
  const { type, before, closed = [], authenticators, now } = standing;
  const settings = { ...wish, address: checkAddress(wish.address) };
  const authenticator = chooseAuthenticator(settings, type, authenticators);
  checkAuthorities(settings.tls.authorities);
  const isElsewhere = before !== undefined && originOf(before.settings.address) !== originOf(settings.address);
  const secrets = merged(isElsewhere ? {} : (before?.secrets ?? {}), wished);
  if (!isElsewhere) refuseLost(closed.filter((name) => wished[name] === undefined));
  const certificate = checkKeyPair(secrets, wished, now);
  const missing = authenticator.needs.filter((need) => secrets[need] === undefined);
  if (missing.length > 0) throw missingSecrets(missing, authenticator.name, isElsewhere && before.secrets);
  refuseUnusable(authenticator, secrets);
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

/** Absent = leave, and what does not open cannot be left: it would be lost without anybody having said so. */
function refuseLost(closed: readonly EndpointSecretName[]): void {
  if (closed.length === 0) return;
  throw new GatewayError(
    'invalid_request',
    `These secrets of the endpoint do not open any more: ${closed.join(', ')}. Give each again in \`secrets\`, or null to forget it; or have the operator put their key back.`,
    { field: 'secrets' },
  );
}

/** What a call would be refused for is refused here. */
function refuseUnusable({ checkSecrets }: KnownAuthenticator, secrets: EndpointSecrets): void {
  try {
    checkSecrets?.(secrets);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const field = error.field === undefined ? 'secrets' : `secrets.${error.field}`;
    throw new GatewayError('invalid_request', error.message, { field, cause: error });
  }
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
