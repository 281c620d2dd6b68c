import { GatewayError } from '../domain/problem.ts';
import type { ElementView } from '../pipeline/ports.ts';
import type { SoapDialect, SoapEndpoint } from './soap-dialect.ts';

/**
 * The operations of dialects have the same names: read as another, a record would lose what it says in its own words. Throws
 * `unknown_operation`, with the address to send it to.
 *
 * @param endpoints by path, of each service the usual address first
 */
export function refuseForeign(
  endpoints: ReadonlyMap<string, SoapEndpoint>,
  spokenHere: SoapDialect,
  body: ElementView,
): void {
  const { name, namespace } = body;
  if (namespace === '' || spokenHere.namespaces.test(namespace)) return;
  const own = [...endpoints].filter(([, { dialect }]) => dialect.namespaces.test(namespace));
  // Any of a dialect's addresses takes all of its operations, one that it does not know as well: that is said there.
  const [path, endpoint] = own.find(([, { dialect }]) => dialect.describes(body)) ?? own[0] ?? [];
  if (path === undefined || endpoint === undefined) return;
  throw new GatewayError(
    'unknown_operation',
    `This ${name} is of another dialect (${endpoint.dialect.name}) than is spoken at this address; nothing was written. Send it to ${path}.`,
    { at: `/${name}` },
  );
}

/** Records without an Envelope have addresses of their own. Throws `malformed_envelope`. */
export function refuseBare({ name }: ElementView, addresses: readonly string[]): void {
  if (name === 'Envelope') return;
  throw new GatewayError(
    'malformed_envelope',
    `The root element is ${name}; a SOAP Envelope was expected. A record without an Envelope is taken at ${addresses.join(' and ')}.`,
  );
}
