import type { Login } from '../domain/access.ts';
import { fold } from '../domain/source-system.ts';
import type { MessageAuthenticator } from '../pipeline/ports.ts';
import { addressLists } from './allow-addresses.ts';

/**
 * The `require` links of a login: those that the operator requires of everybody, and those that the access policies of its
 * organization and its source system name; the address lists first, because they cost least.
 */
export function createRequirements(
  links: ReadonlyMap<string, MessageAuthenticator>,
  ofEverybody: readonly string[],
): (login: Login) => readonly MessageAuthenticator[] {
  return (login) => {
    const names = new Set([...ofEverybody, ...login.policies.flatMap(({ requires }) => requires ?? [])]);
    const lists = addressLists(login);
    return names.size === 0 ? lists : [...lists, ...[...names].map((name) => agreeing(name, links.get(name), login))];
  };
}

/** A link that identifies, asked to agree: it must accept, and for the same login. */
function agreeing(name: string, link: MessageAuthenticator | undefined, login: Login): MessageAuthenticator {
  return {
    name,
    role: 'require',
    exposesSecret: link?.exposesSecret ?? false,
    recognises: (message) => link?.recognises(message) ?? true,
    claimedUserName: () => undefined,
    async authenticate(message) {
      if (link === undefined) return { verdict: 'reject', reason: 'no authenticator of this name is configured' };
      if (!link.recognises(message)) return { verdict: 'pass' };
      const verdict = await link.authenticate(message);
      if (verdict.verdict !== 'accept' || fold(verdict.userName) === fold(login.userName)) return verdict;
      return { verdict: 'reject', reason: 'it is of another principal' };
    },
  };
}
