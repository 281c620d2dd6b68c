import { httpBasic } from './http-basic.ts';
import { none } from './none.ts';
import { tlsClientCertificate } from './tls-client-certificate.ts';
import { wssPasswordDigest, wssPasswordText } from './wss-password.ts';
import { wssSigned } from './wss-signed.ts';

/** The shipped outbound authenticators, through the seam that plug-ins use. */
export const shippedOutbound = {
  name: 'passerelle',
  outboundAuthenticators: [none, httpBasic, wssPasswordText, wssPasswordDigest, wssSigned, tlsClientCertificate],
};
