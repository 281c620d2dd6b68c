const LONGEST_HEADER = 16_384;

/**
 * The certificate (DER) that a proxy passes on in a header, in the forms that proxies write: PEM with percent-encoding
 * (nginx `$ssl_client_escaped_cert`) or with blanks for line ends (Apache), base64 of the DER bytes (HAProxy, Traefik), the
 * same between colons (RFC 9440, `Client-Cert`). Undefined when it is none of them, such as two values that were joined.
 */
export function readForwardedCertificate(header: string | string[] | undefined): Buffer | undefined {
  if (typeof header !== 'string' || header.length > LONGEST_HEADER) return undefined;
  const base64 = percentDecoded(header.trim())
    .replace(/^-----BEGIN CERTIFICATE-----(.*)-----END CERTIFICATE-----\s*$/s, '$1')
    .replace(/^:(.*):$/s, '$1')
    .replace(/\s+/g, '');
  if (base64 === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  return Buffer.from(base64, 'base64');
}

function percentDecoded(text: string): string {
  try {
    return text.includes('%') ? decodeURIComponent(text) : text;
  } catch {
    return '';
  }
}
