import { GatewayError } from '../../domain/problem.ts';
import type { MessageAuthenticator } from '../ports.ts';
import type { HandlerFunctions } from './plugin.ts';

/** A plug-in fell over, or did not do its work before it returned: a defect of the plug-in, which is named. */
export class PluginFault extends Error {
  override readonly name = 'PluginFault';
  /** `the plug-in e-mail-domain at handle.user.replace`; for the log and the journal. */
  readonly culprit: string;
  /** What it did, for administrators: without the words of what it threw, which are for the log. */
  readonly deed: string;

  constructor(culprit: string, deed: string, thrown?: { readonly cause: unknown }) {
    super(thrown === undefined ? `${culprit} ${deed}` : `${culprit} failed: ${wordsOf(thrown.cause)}`, thrown);
    this.culprit = culprit;
    this.deed = deed;
  }
}

/** How a plug-in of a list is called when it is at fault. */
export function culpritAt(plugin: string, point: string): string {
  return `the plug-in ${plugin} at ${point}`;
}

/** The functions of a handler; they throw nothing but GatewayError and PluginFault. */
export function guardHandler(made: HandlerFunctions, culprit: string): HandlerFunctions {
  return {
    ...(made.handle === undefined ? {} : { handle: guard(made.handle.bind(made), culprit) }),
    ...(made.read === undefined ? {} : { read: guard(made.read.bind(made), culprit) }),
  };
}

/** An authenticator that tells at once what it sees on a message; `authenticate` may take its time. */
export function guardAuthenticator(link: MessageAuthenticator): MessageAuthenticator {
  const { name, role, exposesSecret, alwaysChecked } = link;
  const culprit = `the authenticator ${name}`;
  return {
    name,
    role,
    exposesSecret,
    ...(alwaysChecked === undefined ? {} : { alwaysChecked }),
    recognises: guard((message) => link.recognises(message), culprit),
    claimedUserName: guard((message) => link.claimedUserName(message), culprit),
    ...(link.findUserName === undefined ? {} : { findUserName: link.findUserName.bind(link) }),
    authenticate: (message) => link.authenticate(message),
  };
}

/** Calls a function of a plug-in, and tells whose it was when it throws, or when it returns a promise: nobody waits for that. */
export function guard<Given extends unknown[], Result>(
  made: (...given: Given) => Result,
  culprit: string,
): (...given: Given) => Result {
  return (...given) => {
    let result: Result;
    try {
      result = made(...given);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw new PluginFault(culprit, `threw ${kindOf(error)}; the log says what it said`, { cause: error });
    }
    if (isThenable(result)) throw new PluginFault(culprit, abandoned(result));
    return result;
  };
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function kindOf(thrown: unknown): string {
  return thrown instanceof Error ? `an error (${thrown.name})` : 'what is no error';
}

/** A rejection that nobody hears would end the process. */
function abandoned(result: PromiseLike<unknown>): string {
  void Promise.resolve(result).catch(() => undefined);
  return 'returned a promise: it must be done when it returns, and may not be async';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
