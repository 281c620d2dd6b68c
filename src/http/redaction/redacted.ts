import { isSecretName } from '../../domain/secret-name.ts';

/** Stands where a secret stood. */
export const redacted = '[redacted]';

/** Beside what is never kept: what proves a sender, and is as good as a password to who tries passwords out against it. */
const proof = /^(?:nonce|passworddigest|privatekey|authorization)$/i;

/** Names of elements and attributes that are not shown. */
export function isHiddenName(name: string): boolean {
  return isSecretName(name) || proof.test(name);
}

/**
 * Addresses in a text, as browsers and we read them: those of the web need no `//`. Their credentials, and their queries, which
 * often are a key to what stands there; a fragment only where it may tell something. Each match takes all that was looked at for it,
 * so that a text costs what it is long.
 */
const address =
  /((?:\b[a-z][a-z\d+.-]{0,20}:\/\/|\b(?:https?|ftps?|sftp|wss?):[\\/]*))([^\s/\\?#]*@)?([^\s?#]*)(\?[^\s#]*)?(#\S*)?/gi;

/** Of a fragment: that it has values, or an address of its own. */
const telling = /[=:@]/;

/** A text without what the addresses in it tell beside host and path. */
export function withoutProofs(text: string): string {
  if (!text.includes(':')) return text;
  return text.replace(
    address,
    (_, scheme: string, user: string | undefined, path: string, query?: string, fragment?: string) =>
      [
        scheme,
        user === undefined ? '' : `${redacted}@`,
        path,
        query === undefined ? '' : `?${redacted}`,
        fragment !== undefined && telling.test(fragment) ? `#${redacted}` : fragment,
      ].join(''),
  );
}
