import { setTimeout as delay } from 'node:timers/promises';
import type { Login } from '../domain/access.ts';
import type { NonceClaim } from '../domain/message.ts';
import { GatewayError } from '../domain/problem.ts';
import { fold } from '../domain/source-system.ts';
import { type HeaderProcessor, refuseMisunderstoodSecurity } from './authenticate-must-understand.ts';
import { busy, clearText, conflict, invalid, locked, unrecognised } from './authenticate-refusals.ts';
import type { AuthenticatedMessage, Message, MessageAuthenticator, Verdict } from './ports.ts';

/** A link of the chain. One that reads WS-Security headers also says which parts of them it can process. */
export type ChainLink = MessageAuthenticator & Partial<HeaderProcessor>;

export type AuthenticatorChain = {
  /**
   * Finds out who a message comes from. Throws GatewayError: `credentials_missing`, `credentials_invalid`,
   * `credentials_conflict`, `must_understand`, `clear_text_refused`, `locked_out` and `busy` (both with retryAfterS).
   */
  authenticate(message: Message): Promise<AuthenticatedMessage>;
};

/** User names and the source systems they stand for; names compare folded. */
export type LoginDirectory = { find(userName: string): Promise<Login | undefined> };

/** What slows down and locks (user name, address) pairs (rule 8). User names are folded; '' = none was claimed. */
export type AttemptGuard = {
  /** Seconds that the pair has to wait, if it has to. */
  lockedForS(userName: string, address: string): number | undefined;
  /** Counts a failure and says how long its answer is to be delayed. */
  failed(userName: string, address: string): { delayMs: number };
  succeeded(userName: string, address: string): void;
};

export type AuthenticationLog = Record<'warn' | 'error', (fields: object, message: string) => void>;

export type AuthenticatorChainParts = {
  /** In the order in which they are tried. */
  links: readonly ChainLink[];
  directory: LoginDirectory;
  /** What processes parts of a WS-Security header without identifying anybody: the links that are only required. */
  processors?: readonly Partial<HeaderProcessor>[];
  /** The `require` links that an organization and a source system add for themselves. */
  requirementsOf?: (login: Login) => readonly MessageAuthenticator[];
  /** Why a message is too old or too young by its WS-Security Timestamp, whoever identifies its sender. */
  timestampFault?: (message: Message) => string | undefined;
  lockout: AttemptGuard;
  /** `permitted`: the operator explicitly allows clear-text credentials from beyond loopback without TLS. */
  clearText: 'refused' | 'permitted';
  log: AuthenticationLog;
};

/** The authenticator chain of every door. The rules named below are those of docs/architecture.md, "The authenticator chain". */
export function createAuthenticatorChain(parts: AuthenticatorChainParts): AuthenticatorChain {
  const { links, lockout, log } = parts;
  const processors = [...links, ...(parts.processors ?? [])];
  return {
    async authenticate(message) {
      const errors: unknown[] = [];
      const presented = recognising(links, message, errors);
      refuseMisunderstoodSecurity(message, processors);
      refuseClearText(presented, message, parts.clearText);
      if (presented.some(isNameless)) await nameTheNameless(presented, message);
      const userName = onlyClaimedName(presented);
      const { address } = message.remote;
      const lockedForS = lockout.lockedForS(userName, address);
      if (lockedForS !== undefined) throw locked(userName, address, lockedForS);

      const decision = await decide(presented, message, parts, errors);
      if (decision.is === 'admitted') refuseOtherName(userName, decision.principal.userName);
      for (const error of errors) report(error, message, log);
      if (decision.is === 'admitted') {
        lockout.succeeded(userName, address);
        return { message, principal: decision.principal, nonces: decision.nonces };
      }
      if (decision.is === 'refused') await delay(lockout.failed(userName, address).delayMs);
      // Rule 5: a thrown error is not a "no". Nobody accepted, so the answer is "try again", not "wrong password".
      if (errors.length > 0) throw busy(errors[0]);
      throw decision.is === 'refused' ? invalid(decision.reason) : unrecognised(links);
    },
  };
}

/** A link that found a credential of its kind, and the user name that it claims. */
type Presented = { link: ChainLink; userName: string | undefined };

/** Asks every link whether a credential of its kind is there. One that throws is remembered, not believed (rule 5). */
function recognising(links: readonly ChainLink[], message: Message, errors: unknown[]): Presented[] {
  return links.flatMap((link) => {
    try {
      return link.recognises(message) ? [{ link, userName: link.claimedUserName(message) }] : [];
    } catch (error) {
      errors.push(error);
      return [];
    }
  });
}

function isNameless({ link, userName }: Presented): boolean {
  return userName === undefined && link.findUserName !== undefined;
}

/** Rule 3 holds for credentials that name nobody as well. If it cannot be told whose they are, nothing can be decided (rule 5). */
async function nameTheNameless(presented: readonly Presented[], message: Message): Promise<void> {
  for (const each of presented.filter(isNameless)) {
    try {
      each.userName = await each.link.findUserName?.(message);
    } catch (error) {
      throw busy(error);
    }
  }
}

/** An authenticator that is merely busy is no fault that a person must look at. */
function report(error: unknown, message: Message, log: AuthenticationLog): void {
  const level = error instanceof GatewayError ? 'warn' : 'error';
  log[level]({ err: error, messageId: message.id }, 'an authenticator could not decide');
}

/** Rule 8: clear-text credentials from beyond loopback need TLS, or the operator's explicit permission. */
function refuseClearText(
  presented: readonly Pick<Presented, 'link'>[],
  { remote }: Message,
  policy: AuthenticatorChainParts['clearText'],
): void {
  if (remote.secure || remote.loopback || policy === 'permitted') return;
  const exposed = presented.find(({ link }) => link.exposesSecret);
  if (exposed !== undefined) throw clearText(exposed.link.name, remote);
}

/** Rule 3: credentials that name different principals are refused. Returns the one claimed name, folded; '' if there is none. */
function onlyClaimedName(presented: readonly Presented[]): string {
  const names = new Set(presented.flatMap(({ userName }) => userName ?? []).map(fold));
  if (names.size > 1) throw conflict([...names]);
  const [name = ''] = names;
  return name;
}

/** Rule 3 again: a signature may turn out to be of somebody else than what is claimed beside it. */
function refuseOtherName(claimed: string, admitted: string): void {
  if (claimed !== '' && claimed !== fold(admitted)) throw conflict([claimed, fold(admitted)]);
}

type Decision =
  | ({ is: 'admitted' } & Pick<AuthenticatedMessage, 'principal' | 'nonces'>)
  | { is: 'refused'; reason: string }
  | { is: 'unrecognised' };

type Accept = Extract<Verdict, { verdict: 'accept' }>;

/**
 * Rules 2, 3 and 5: the first identifying link that recognises a credential decides; `pass` and an error ask the next, and so
 * does one that the login has only agree (rule 1): that it did is asked once another one has identified.
 */
async function decide(
  presented: readonly Presented[],
  message: Message,
  parts: AuthenticatorChainParts,
  errors: unknown[],
): Promise<Decision> {
  const agreeing: ChainLink[] = [];
  for (const { link } of presented) {
    if (link.role !== 'identify') continue;
    try {
      const verdict = await verdictOf(link, message);
      if (verdict.verdict === 'reject') return { is: 'refused', reason: `${link.name}: ${verdict.reason}` };
      if (verdict.verdict !== 'accept') continue;
      const login = await parts.directory.find(verdict.userName);
      if (login !== undefined && onlyAgrees(login, link)) agreeing.push(link);
      else
        return await admit(verdict, login, link.name, message, parts, [...agreeing, ...othersToCheck(presented, link)]);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'clear_text_refused') throw error;
      errors.push(error);
    }
  }
  const [first] = agreeing;
  return first === undefined ? { is: 'unrecognised' } : { is: 'refused', reason: mayNotIdentify(first.name) };
}

function mayIdentify({ policies }: Login, mechanism: string): boolean {
  return policies.every(({ mechanisms }) => mechanisms?.includes(mechanism) !== false);
}

function mayNotIdentify(mechanism: string): string {
  return `the source system may not use ${mechanism}`;
}

/** Rule 1: what its organization or source system requires of a login without letting it identify. */
function onlyAgrees(login: Login, { name }: ChainLink): boolean {
  return !mayIdentify(login, name) && login.policies.some(({ requires }) => requires?.includes(name) === true);
}

/** A plug-in may answer anything: what is no verdict is an error, which is no "yes" (rule 5). */
async function verdictOf(link: MessageAuthenticator, message: Message): Promise<Verdict> {
  const verdict: unknown = await link.authenticate(message);
  if (!isVerdict(verdict)) throw new Error(`the authenticator ${link.name} answered something that is no verdict`);
  return verdict;
}

function isVerdict(verdict: unknown): verdict is Verdict {
  if (typeof verdict !== 'object' || verdict === null || !('verdict' in verdict)) return false;
  if (verdict.verdict === 'pass') return true;
  if (verdict.verdict === 'reject') return 'reason' in verdict && typeof verdict.reason === 'string';
  return verdict.verdict === 'accept' && 'userName' in verdict && typeof verdict.userName === 'string';
}

/** What is checked even though another link identified; those before it in the chain have passed. */
function othersToCheck(presented: readonly Presented[], decider: ChainLink): ChainLink[] {
  return presented.flatMap(({ link }) => (link !== decider && link.alwaysChecked === true ? [link] : []));
}

/** Rules 7 and 1: the user name stands for a source system, whose restrictions and `require` links must also agree. */
async function admit(
  { userName, nonce }: Accept,
  login: Login | undefined,
  mechanism: string,
  message: Message,
  { links, requirementsOf, timestampFault, clearText: policy }: AuthenticatorChainParts,
  others: readonly ChainLink[],
): Promise<Decision> {
  const fault = timestampFault?.(message);
  if (fault !== undefined) return { is: 'refused', reason: fault };
  if (login === undefined) return { is: 'refused', reason: 'the user name is not linked to a source system' };
  if (!mayIdentify(login, mechanism)) return { is: 'refused', reason: mayNotIdentify(mechanism) };
  const nonces: NonceClaim[] = nonce === undefined ? [] : [nonce];
  const required = [...links.filter(({ role }) => role === 'require'), ...(requirementsOf?.(login) ?? [])];
  // What identified has agreed already, and its nonce is claimed once.
  for (const requirement of required.filter(({ name }) => name !== mechanism)) {
    if (requirement.recognises(message)) refuseClearText([{ link: requirement }], message, policy);
    const verdict = await verdictOf(requirement, message);
    if (verdict.verdict === 'reject') return { is: 'refused', reason: `${requirement.name}: ${verdict.reason}` };
    // It must agree: one that finds nothing to judge has not agreed. The user name it may give is not looked at.
    if (verdict.verdict === 'pass') return { is: 'refused', reason: `${requirement.name}: not on this message` };
    if (verdict.nonce !== undefined) nonces.push(verdict.nonce);
  }
  const requiredNames = new Set(required.map(({ name }) => name));
  for (const other of others.filter(({ name }) => !requiredNames.has(name))) {
    const verdict = await verdictOf(other, message);
    if (verdict.verdict === 'reject') return { is: 'refused', reason: `${other.name}: ${verdict.reason}` };
    if (verdict.verdict !== 'accept') continue;
    if (fold(verdict.userName) !== fold(userName)) return { is: 'refused', reason: `${other.name}: another principal` };
    if (verdict.nonce !== undefined) nonces.push(verdict.nonce);
  }
  const { organizationId, sourceSystemId } = login;
  return { is: 'admitted', principal: { userName: login.userName, organizationId, sourceSystemId, mechanism }, nonces };
}
