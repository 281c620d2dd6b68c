import { credentialsInvalidText, GatewayError } from '../domain/problem.ts';
import type { ChainLink } from './authenticate.ts';
import type { Remote } from './ports.ts';

/** Rule 4: nobody understood the message, and the answer says so. An empty chain refuses everything. */
export function unrecognised(links: readonly ChainLink[]): GatewayError {
  const names = links.filter(({ role }) => role === 'identify').map(({ name }) => name);
  const accepted = names.length === 0 ? 'No kind of credentials is configured here.' : `Accepted: ${names.join(', ')}.`;
  return new GatewayError(
    'credentials_missing',
    `The message carries no credentials that were recognised. ${accepted}`,
  );
}

/** Rule 6: unknown user, wrong password, stale token, forbidden mechanism: one text for all. The reason is for the log. */
export function invalid(reason: string): GatewayError {
  return new GatewayError('credentials_invalid', credentialsInvalidText, { detail: reason });
}

export function conflict(userNames: readonly string[]): GatewayError {
  return new GatewayError(
    'credentials_conflict',
    'The message carries credentials of different principals. Send the credentials of one only.',
    { detail: `user names ${userNames.map((name) => JSON.stringify(name)).join(', ')}` },
  );
}

export function clearText(mechanism: string, remote: Remote): GatewayError {
  return new GatewayError(
    'clear_text_refused',
    `The message carries a password over a connection without TLS. Use https, and change the password: it may have been read on the way.${proxyHint(remote)}`,
    { detail: `${mechanism} without TLS from ${remote.address}` },
  );
}

/** What can be done about clear text that came through a proxy that nobody declared; else nothing. */
export function proxyHint({ undeclaredProxy }: Remote): string {
  return undeclaredProxy === true
    ? ' The request came through a proxy: if senders reach that one by https, its operator declares it in PASSERELLE_TRUSTED_PROXIES.'
    : '';
}

export function locked(userName: string, address: string, retryAfterS: number): GatewayError {
  return new GatewayError(
    'locked_out',
    `Too many failed attempts with this user name from this address. Try again in ${retryAfterS} s.`,
    { detail: `user name ${JSON.stringify(userName)}, address ${address}`, retryAfterS },
  );
}

const RETRY_AFTER_S = 2;

export function busy(cause: unknown): GatewayError {
  if (cause instanceof GatewayError && cause.code === 'busy') return cause;
  return new GatewayError('busy', 'The credentials could not be checked just now. Send the same message again.', {
    retryAfterS: RETRY_AFTER_S,
    cause,
  });
}
