import { createSecureContext } from 'node:tls';
import type { EndpointSecrets } from '../../domain/endpoint.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';

/** The proof is made while the connection is: the message itself says nothing. */
export const tlsClientCertificate: OutboundAuthenticator = {
  name: 'tls-client-certificate',
  summary: 'TLS shows a certificate, and proves that the gateway holds its key.',
  needs: ['privateKey', 'certificate'],
  exposesSecret: false,
  soapOnly: false,
  checkSecrets: refuseWhatTlsCannotUse,
  authenticate: () => undefined,
  tlsClient: ({ privateKey = '', certificate = '' }) => ({ key: privateKey, certificate }),
};

/** Whatever OpenSSL finds in them at a call, it finds here: keys that are too weak above all. */
function refuseWhatTlsCannotUse({ privateKey, certificate }: EndpointSecrets): void {
  try {
    createSecureContext({ key: privateKey, cert: certificate });
  } catch (cause) {
    throw new GatewayError(
      'endpoint_misconfigured',
      'TLS cannot use this certificate with its key. Give a certificate with an EC key, or an RSA key of at least 2,048 bits.',
      { field: 'certificate', cause },
    );
  }
}
