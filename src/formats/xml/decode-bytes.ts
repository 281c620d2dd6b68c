import { isAscii, isUtf8 } from 'node:buffer';
import { GatewayError } from '../../domain/problem.ts';

/**
 * The text of an XML document, by RFC 7303 section 3: a byte order mark wins over the charset of the content type,
 * which wins over the encoding of the XML declaration; without any of them it is UTF-8. Throws `bad_encoding` when
 * the bytes are not in that encoding, or the encoding is unknown.
 */
export function decodeXmlBytes(bytes: Buffer, charset?: string): string {
  const marked = byteOrderMark(bytes);
  if (marked !== undefined) return decode(bytes.subarray(marked.length), marked.encoding);
  return decode(bytes, encodingWithoutMark(bytes, charset));
}

function encodingWithoutMark(bytes: Buffer, charset: string | undefined): string {
  return wideEncoding(bytes) ?? (charset ?? declaredEncoding(bytes) ?? 'utf-8').toLowerCase();
}

/** The encoding of a document by its first bytes, at least 200 where it has so many, as above; undefined = it cannot be read here. */
export function encodingByHead(head: Buffer): string | undefined {
  const encoding = byteOrderMark(head)?.encoding ?? encodingWithoutMark(head, undefined);
  if (/^(?:utf-?8|(?:us-)?ascii)$/.test(encoding)) return 'utf-8';
  return /^utf-16[lb]e$/.test(encoding) || singleByteEncoding.test(encoding) ? encoding : undefined;
}

/** The encoding of an XML document where it is one of one byte a character that is read here; the same rules. */
export function singleByteEncodingOf(bytes: Buffer, charset?: string): string | undefined {
  const encoding = byteOrderMark(bytes)?.encoding ?? encodingWithoutMark(bytes, charset);
  return singleByteEncoding.test(encoding) ? encoding : undefined;
}

/** The charset of a content type, for `decodeXmlBytes`. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
}

/** Undefined for an encoding that nobody knows, as ISO 8859-12. */
export function textDecoder(
  encoding: string,
  options?: { readonly fatal: boolean },
): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(encoding, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_NOT_SUPPORTED') return undefined;
    throw error;
  }
}

/** Encodings of one byte a character that TextDecoder knows; the declaration is readable in all of them. */
const singleByteEncoding = /^(?:iso-?8859-\d{1,2}|latin-?1|windows-125\d|cp125\d)$/;

function byteOrderMark(bytes: Buffer): { encoding: string; length: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return undefined;
}

/** XML 1.0 appendix F.1: UTF-16 without a mark is known by its first character, which can only be `<`. */
function wideEncoding(bytes: Buffer): string | undefined {
  if (bytes[0] === 0x3c && bytes[1] === 0) return 'utf-16le';
  if (bytes[0] === 0 && bytes[1] === 0x3c) return 'utf-16be';
  return undefined;
}

function declaredEncoding(bytes: Buffer): string | undefined {
  if (bytes[0] !== 0x3c || bytes[1] !== 0x3f) return undefined;
  const head = bytes.toString('latin1', 0, 200);
  return /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1];
}

function decode(bytes: Buffer, encoding: string): string {
  switch (encoding) {
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
    case 'ascii':
      return decodeUtf8(bytes);
    case 'utf-16le':
    case 'utf-16be':
      return decodeStrictly(bytes, encoding);
    default:
      if (singleByteEncoding.test(encoding)) return decodeStrictly(bytes, encoding);
      throw new GatewayError(
        'bad_encoding',
        `The character encoding ${JSON.stringify(encoding)} cannot be read here; send UTF-8, or UTF-16 with a byte order mark.`,
      );
  }
}

function decodeUtf8(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw notIn('UTF-8');
}

function decodeStrictly(bytes: Buffer, encoding: string): string {
  const decoder = textDecoder(encoding, { fatal: true });
  if (decoder === undefined)
    throw new GatewayError(
      'bad_encoding',
      `The character encoding ${JSON.stringify(encoding)} is unknown; send UTF-8.`,
    );
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw notIn(encoding.toUpperCase(), cause);
  }
}

function notIn(encoding: string, cause?: unknown): GatewayError {
  return new GatewayError('bad_encoding', `The bytes of the message are not valid ${encoding}.`, { cause });
}
