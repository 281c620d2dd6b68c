import { CallFailed } from './call-failed.ts';

const untrusted =
  'its certificate comes from an authority that is not trusted here. If it is the right one, put the certificate of that authority into `tls.authorities` of the endpoint';

/** What Node and OpenSSL call what may be wrong with a certificate or a handshake. */
const reasons: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself. If it is the right one, put it into \`tls.authorities\` of the endpoint`,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${untrusted}; or the server does not send its intermediate certificates`,
  CERT_HAS_EXPIRED: 'its certificate has expired. The SIS must renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. Check the clocks of both sides',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name. Correct the address, or set `tls.serverName` of the endpoint to the name that it bears',
  EPROTO:
    'it speaks no TLS that the gateway accepts, or none at all. Check the port, and that it offers TLS 1.2 or 1.3',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it speaks no TLS on this port. Check the port, and whether the address should begin with http:',
  ERR_SSL_PACKET_LENGTH_TOO_LONG:
    'it speaks no TLS on this port. Check the port, and whether the address should begin with http:',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it offers only versions of TLS that are too old. The SIS must offer TLS 1.2 or 1.3',
  ALERT_PROTOCOL_VERSION: 'it accepts none of the versions of TLS that the endpoint allows. Check `tls.minVersion`',
  ALERT_HANDSHAKE_FAILURE:
    'it accepts nothing that the gateway offers. It may ask for a client certificate, or for old ciphers',
  ECONNRESET:
    'it closed the connection while TLS was being agreed on. It may ask for a client certificate, or speak no TLS on this port',
};

/** Alerts by which a server refuses the client's certificate, or the lack of one (RFC 8446, 6.2). */
const clientCertificateRefused =
  /ALERT_(?:CERTIFICATE_\w+|BAD_CERTIFICATE|UNKNOWN_CA|NO_CERTIFICATE|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)$/;

/** In words for the operator; what may be tried again is none of it. */
export function tlsFailure(error: Error, where: string): CallFailed {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const refused = clientCertificateRefusal(error, where);
  if (refused !== undefined) return refused;
  // OpenSSL names alerts after the version of its routine: only the end counts.
  const reason =
    reasons[/ALERT_\w+$/.exec(code)?.[0] ?? code] ??
    `the handshake failed (${code === '' ? error.message.slice(0, 200) : code})`;
  return new CallFailed('tls', 'endpoint_tls', `No secure connection with ${where}: ${reason}.`, { cause: error });
}

/** In TLS 1.3 the refusal comes when the connection stands already, in place of an answer. */
export function clientCertificateRefusal(error: Error, where: string): CallFailed | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!clientCertificateRefused.test(code)) return undefined;
  return new CallFailed(
    'authentication',
    'endpoint_authentication',
    `${where} does not accept the gateway's TLS client certificate, or asks for one (${code}). Use the authentication tls-client-certificate with a key and certificate that the SIS knows.`,
    { cause: error },
  );
}
