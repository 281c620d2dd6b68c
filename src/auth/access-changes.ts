import type { ApiTokens } from './api-tokens.ts';
import type { Lockout } from './lockout.ts';
import type { LoginKeys } from './login-keys.ts';
import type { Logins } from './logins.ts';

/**
 * Returns what takes the payloads of the channel `passerelle_config`: it drops what this process remembers of the logins,
 * policies, tokens and lock-outs that changed elsewhere. Payloads of other kinds, or that it cannot read, are not for it.
 */
export function createAccessChanges(caches: {
  logins: Pick<Logins, 'forget'>;
  loginKeys: Pick<LoginKeys, 'forget'>;
  apiTokens: Pick<ApiTokens, 'forget'>;
  lockout: Pick<Lockout, 'refresh'>;
}): (payload: string) => Promise<void> {
  return async (payload) => {
    const change = read(payload);
    if (change.kind === 'login') {
      caches.logins.forget(change.userName);
      caches.loginKeys.forget();
    }
    if (change.kind === 'access_policy') caches.logins.forget();
    if (change.kind === 'api_token') caches.apiTokens.forget();
    if (change.kind === 'lockout') await caches.lockout.refresh();
  };
}

function read(payload: string): { kind?: unknown; userName?: string } {
  try {
    const change: unknown = JSON.parse(payload);
    if (typeof change !== 'object' || change === null || !('kind' in change)) return {};
    const userName = 'userName' in change && typeof change.userName === 'string' ? change.userName : undefined;
    return userName === undefined ? { kind: change.kind } : { kind: change.kind, userName };
  } catch {
    return {};
  }
}
