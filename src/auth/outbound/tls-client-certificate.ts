import type { OutboundAuthenticator } from '../../pipeline/outbound.ts';

/** The proof is made while the connection is: the message itself says nothing. */
export const tlsClientCertificate: OutboundAuthenticator = {
  name: 'tls-client-certificate',
  summary: 'TLS shows a certificate, and proves that the gateway holds its key.',
  needs: ['privateKey', 'certificate'],
  exposesSecret: false,
  soapOnly: false,
  authenticate: () => undefined,
  tlsClient: ({ privateKey = '', certificate = '' }) => ({ key: privateKey, certificate }),
};
