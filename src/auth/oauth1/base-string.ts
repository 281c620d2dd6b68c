import type { Message } from '../../pipeline/ports.ts';
import type { OauthHeader } from './read-header.ts';

/**
 * The signature base string (RFC 5849, 3.4.1): method, address and parameters, as the sender must have written them. Returns
 * undefined when the address or its query cannot be read.
 *
 * @param publicUrl how senders reach the gateway; without it, the host that the request names
 */
export function signatureBaseString(
  message: Message,
  { parameters }: OauthHeader,
  publicUrl: string | undefined,
): string | undefined {
  const [path = '', query = ''] = splitOnce(message.target ?? message.path, '?');
  const base = baseUri(message, path, publicUrl);
  const inQuery = readQuery(query);
  if (base === undefined || inQuery === undefined) return undefined;
  const signed = [...parameters].filter(([name]) => name !== 'oauth_signature' && name !== 'realm');
  // 3.4.1.3.2: sorted by name, then by value, both encoded, as bytes.
  const normalized = [...signed, ...inQuery]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
  return [message.method.toUpperCase(), percentEncode(base), percentEncode(normalized)].join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** RFC 3986, 2.1 and 2.3, which is stricter than encodeURIComponent. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** 3.4.1.2: scheme and host in lower case, without the default port; the path as it was sent. */
function baseUri({ headers, remote }: Message, path: string, publicUrl: string | undefined): string | undefined {
  const host = headers.host ?? '';
  if (publicUrl === undefined && !/^[\w.:[\]-]{1,255}$/.test(host)) return undefined;
  try {
    const { protocol, host: named, pathname } = new URL(publicUrl ?? `${remote.secure ? 'https' : 'http'}://${host}`);
    return `${protocol}//${named}${pathname.replace(/\/$/, '')}${path}`;
  } catch {
    return undefined;
  }
}

/** 3.4.1.3.1: the query counts as a form. */
function readQuery(query: string): [string, string][] | undefined {
  try {
    return query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [name = '', value = ''] = splitOnce(pair.replaceAll('+', ' '), '=').map(decodeURIComponent);
        return [name, value];
      });
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, at: string): string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
