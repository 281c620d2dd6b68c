import { createHash, type X509Certificate } from 'node:crypto';
import { fold } from '../domain/source-system.ts';

/**
 * What stands for the issuer's name of a certificate: a hash of the values in it. Stacks write the attributes' types (`ST` or
 * `S`, `E` or `1.2.840.113549.1.9.1`), their order, spaces and escapes in ways of their own; the values are the same.
 */
export function issuerDigest(certificate: X509Certificate): string {
  return digestOf(Object.values(certificate.toLegacyObject().issuer).flat());
}

/** The same of an X509IssuerName, a distinguished name as text (RFC 4514, RFC 2253, and RFC 1779 with its quotes). */
export function issuerNameDigest(text: string): string {
  return digestOf((text.match(ATTRIBUTE) ?? []).map((attribute) => valueOf(attribute.replace(/^[^=]*=\s*/, ''))));
}

/** What stands between separators that are neither escaped nor quoted. */
const ATTRIBUTE = /(?:\\[^]|"(?:\\[^]|[^"\\])*"|[^,;+"\\])+/g;

function valueOf(written: string): string {
  if (written.startsWith('#')) return valueInDer(Buffer.from(written.slice(1), 'hex'));
  return written
    .replace(/^"([^]*)"\s*$/, '$1')
    .replace(/(?:\\[\da-f]{2})+/gi, (octets) => Buffer.from(octets.replaceAll('\\', ''), 'hex').toString())
    .replace(/\\([^])/g, '$1');
}

/** RFC 4514, 2.4: a type without a short name has its value in DER. A string is a tag, a length and its octets. */
function valueInDer(der: Buffer): string {
  const longLength = ((der[1] ?? 0) & 0x80) === 0 ? 0 : (der[1] ?? 0) & 0x7f;
  return der.subarray(2 + longLength).toString();
}

/** RFC 5280, 7.1: names compare without regard to case, and a run of spaces is one. */
function digestOf(values: readonly (string | undefined)[]): string {
  const compared = values.map((value) =>
    fold(value ?? '')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return createHash('sha256').update(JSON.stringify(compared.sort())).digest('hex');
}
