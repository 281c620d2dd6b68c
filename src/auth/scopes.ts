import { GatewayError } from '../domain/problem.ts';

/** What a bearer token of the administration API may do: the closed list, with what each allows. */
export const scopeCatalogue = {
  'admin:read': 'Read organizations, source systems, mappings, credentials (never secrets), tokens and lock-outs.',
  'admin:write': 'Change them.',
  'roster:read': 'Read users, org units, enrollments, what is waiting, and changes.',
  'roster:write': 'Enter LMS-side edits (overrides).',
  'messages:read': 'Read stored messages, with passwords and birth dates redacted.',
  'messages:write': 'Replay stored messages.',
} as const;

export type Scope = keyof typeof scopeCatalogue;

export const scopes = Object.keys(scopeCatalogue) as [Scope, ...Scope[]];

export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopeCatalogue, text);
}

/** `x:write` includes `x:read`. */
export function hasScope(granted: readonly Scope[], needed: Scope): boolean {
  return granted.includes(needed) || granted.some((scope) => scope === needed.replace(/:read$/, ':write'));
}

/** Throws GatewayError `forbidden` with the name of the scope that is missing. */
export function requireScope(granted: readonly Scope[], needed: Scope): void {
  if (!hasScope(granted, needed)) throw new GatewayError('forbidden', `The token needs the scope ${needed}.`);
}
