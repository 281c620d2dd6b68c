import type { Endpoint, EndpointSecrets } from '../domain/endpoint.ts';
import type { OutboundAuthenticator } from '../pipeline/outbound.ts';
import { CallFailed } from './call-failed.ts';

/** Of requests that carry nothing to prove who sends them. */
export const anonymous: OutboundAuthenticator = {
  name: 'anonymous',
  summary: 'Sends the request as it is.',
  needs: [],
  exposesSecret: false,
  soapOnly: false,
  authenticate: () => undefined,
};

export type OutboundAuthenticators = ReadonlyMap<string, OutboundAuthenticator>;

/**
 * An http or https address without user name, password and fragment.
 *
 * @throws CallFailed
 */
export function parseAddress(address: string, of = 'endpoint'): URL {
  const url = URL.parse(address);
  if (url === null) throw wrongAddress(of, 'is not an address: it must look like https://sis.example.edu/service');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw wrongAddress(of, `begins with ${url.protocol}, which is not called: only https: and http: are`);
  if (url.username !== '' || url.password !== '')
    throw wrongAddress(of, 'has a user name or a password in it: they belong into the secrets of the endpoint');
  url.hash = '';
  return url;
}

function wrongAddress(of: string, what: string): CallFailed {
  return new CallFailed('address', 'endpoint_misconfigured', `The address of the ${of} ${what}.`);
}

/**
 * The authenticator that an endpoint names, found to have all that it needs.
 *
 * @throws CallFailed `no_authenticator`, `endpoint_misconfigured`
 */
export function chooseAuthenticator(
  authenticators: OutboundAuthenticators,
  { authentication }: Endpoint,
  secrets: EndpointSecrets,
  url: URL,
  { download = false } = {},
): OutboundAuthenticator {
  const found = authenticators.get(authentication);
  if (found === undefined) {
    const names = [...authenticators.keys()].sort().join(', ');
    const message = `The endpoint asks for the authentication "${authentication}", and there is none of that name. There are: ${names}.`;
    throw new CallFailed('authentication', 'no_authenticator', message);
  }
  const { name } = found;
  const missing = found.needs.filter((need) => (secrets[need] ?? '') === '');
  if (missing.length > 0)
    throw misconfigured(`${name} needs ${missing.join(' and ')}, which the endpoint does not have`);
  if (download && found.soapOnly)
    throw misconfigured(
      `${name} writes into a SOAP message, and a file is fetched without one. Use http-basic, tls-client-certificate or none`,
    );
  if (found.tlsClient !== undefined && url.protocol !== 'https:')
    throw misconfigured(`${name} proves itself in TLS, and the address is http. Use an https address`);
  return found;
}

function misconfigured(what: string): CallFailed {
  return new CallFailed('authentication', 'endpoint_misconfigured', `${what}.`);
}
