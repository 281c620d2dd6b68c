import type { IncomingMessage } from 'node:http';

/** The headers of a request, each as one text: what came several times is joined as HTTP allows (RFC 9110, 5.3). */
export function plainHeaders({ headers }: Pick<IncomingMessage, 'headers'>): Record<string, string | undefined> {
  const plain: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
