import { CallFailed } from './call-failed.ts';
import type { HeardHead } from './attempt.ts';
import { saidText } from './said-text.ts';

/** RFC 9110: what the same request may pass in a moment. */
const passing: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/**
 * Refuses what HTTP itself says is no success.
 *
 * @param said what the body says of it, if anything, as it may be shown
 * @throws CallFailed
 */
export function refuseStatus(
  { status, headers, url, now, secrets }: HeardHead & { readonly url: URL; readonly now: Date },
  said: string,
): void {
  const { host } = url;
  const because = said === '' ? '' : `: ${said.replace(/\.$/, '')}`;
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    const to = headers.location === undefined ? 'nowhere' : saidText(String(headers.location), secrets);
    throw new CallFailed(
      'http',
      'endpoint_redirect',
      `${host} answers HTTP ${status} and points to ${to}. Redirects are not followed: if that is the right address, set it as that of the endpoint.`,
    );
  }
  if (status === 401 || status === 403 || status === 407) {
    const wanted = saidText(schemesOf(String(headers['www-authenticate'] ?? '')), secrets);
    throw new CallFailed(
      'authentication',
      'endpoint_authentication',
      `${host} does not accept the credentials (HTTP ${status}${because}).${wanted === '' ? '' : ` It asks for ${wanted}.`}`,
    );
  }
  if (passing.has(status)) {
    const retryAfterMs = waitOf(String(headers['retry-after'] ?? ''), now);
    const wait = retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
    throw new CallFailed('http', 'endpoint_busy', `${host} is busy (HTTP ${status}${because}).${wait}`, {
      passing: true,
      retryAfterMs,
    });
  }
  const hint = status === 404 || status === 405 ? ' Check the address: there is no such service under it.' : '';
  throw new CallFailed('http', 'endpoint_refused', `${host} refused the request (HTTP ${status}${because}).${hint}`);
}

/** The names of the schemes of RFC 9110, 11.6.1, without what they say of themselves. */
function schemesOf(challenges: string): string {
  const names = challenges.slice(0, 1_000).match(/(?:^|,\s*)[A-Za-z][\w-]*(?=\s|$|,)/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/^,\s*/, '')))].join(', ');
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function waitOf(text: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
