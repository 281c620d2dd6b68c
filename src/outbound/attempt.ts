import { isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type Endpoint, type EndpointSecrets, LONGEST_AUTHENTICATION_MS } from '../domain/endpoint.ts';
import { GatewayError } from '../domain/problem.ts';
import type { OutboundAuthenticator, OutboundRequest } from '../pipeline/outbound.ts';
import { type Target, openTcp, openTls, secureContext } from './connect.ts';
import { CallFailed, type CallStep } from './call-failed.ts';
import { type Clock, type Countdown, type Limit, within } from './clock.ts';
import { type Egress, isOwnMachine } from './egress.ts';
import { type AnswerHead, exchange } from './exchange.ts';
import { endless, exchangeFailure, late, lateAuthenticator } from './exchange-failure.ts';
import { createSecretRemover, proofsIn, type SecretRemover } from './secret-remover.ts';

/** What an attempt needs of the world. */
export interface World {
  readonly egress: Egress;
  readonly clock: Clock;
}

/** One request, as often as it may be attempted. */
export interface Plan {
  readonly endpoint: Endpoint;
  readonly secrets: EndpointSecrets;
  /** The address of the endpoint, or that of a file. */
  readonly url: URL;
  readonly authenticator: OutboundAuthenticator;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The time-out runs anew with every byte, up to this long: of what takes as long as it is large. */
  readonly longestMs?: number;
}

/** What happened so far, of one attempt; whatever becomes of it. */
export interface Trace {
  step: CallStep;
  /** The message, and the same before the authenticator wrote into it. */
  sent?: { readonly message: Buffer; readonly composed: Buffer };
  status?: number;
  received?: Buffer;
  /** The content type of what was received; empty where it says none. */
  receivedType?: string;
  /** What to take out of both before they are shown. */
  secrets?: SecretRemover;
  /** What was done, in words, of each step that went well. */
  readonly done: { readonly step: CallStep; readonly detail: string }[];
}

/** An answer, and what to take out of its words before they are shown. */
export interface HeardHead extends AnswerHead {
  readonly secrets: SecretRemover;
}

/**
 * Reads an answer. One that may take long begins its time anew while bytes come, and stops it while it does not wait for the
 * other side. Throws CallFailed for what is no success.
 */
export type TakeAnswer<Result> = (head: HeardHead, body: Readable, countdown: Countdown) => Promise<Result>;

/**
 * One attempt: look up, judge, connect, speak TLS, authenticate, send, read.
 *
 * @throws CallFailed for whatever the other side, the network or the set-up is to blame for
 */
export async function attempt<Result>(
  world: World,
  plan: Plan,
  trace: Trace,
  take: TakeAnswer<Result>,
): Promise<Result> {
  const { clock } = world;
  const { endpoint, url } = plan;
  const { target, socket } = await within(
    clock,
    { ms: endpoint.connectTimeoutMs, late: () => late(trace.step, url, endpoint.connectTimeoutMs, false) },
    ({ signal }) => openConnection(world, plan, trace, signal),
  );
  try {
    trace.step = 'authentication';
    refuseClearText(world.egress, target, plan);
    const request = await authenticated(clock, plan);
    const { method, headers, body: text } = request;
    const secrets = createSecretRemover(plan.secrets, proofsIn(request, plan));
    trace.secrets = secrets;
    const body = text === undefined ? undefined : Buffer.from(text);
    if (body !== undefined) trace.sent = { message: body, composed: Buffer.from(plan.body ?? '') };
    trace.step = 'http';
    return await within(
      clock,
      { ms: endpoint.timeoutMs, late: () => late('http', url, endpoint.timeoutMs, trace.status !== undefined) },
      (countdown) =>
        exchange(socket, { method, url, headers, body }, countdown.signal, (head, answer) => {
          trace.status = head.status;
          trace.done.push({ step: 'http', detail: `answered HTTP ${head.status}` });
          return take({ ...head, secrets }, answer, countdown);
        }),
      longestOf(plan),
    );
  } catch (error) {
    throw error instanceof CallFailed ? error : exchangeFailure(error, url, trace.status !== undefined, socket.errored);
  } finally {
    socket.destroy();
  }
}

async function openConnection(
  { egress }: World,
  { url, endpoint, secrets, authenticator }: Plan,
  trace: Trace,
  signal: AbortSignal,
): Promise<{ target: Target; socket: Socket }> {
  const done = (step: CallStep, detail: string): void => void trace.done.push({ step, detail });
  const host = hostOf(url);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  // Before anything is asked of the network: a key that cannot be used is ours to correct.
  trace.step = 'tls';
  const context =
    url.protocol === 'https:' ? secureContext(endpoint.tls, authenticator.tlsClient?.(secrets)) : undefined;
  trace.step = 'name';
  const addresses = await egress.lookUp(host);
  signal.throwIfAborted();
  done('name', isIP(host) === 0 ? `${host} is known` : 'it is an address already');
  trace.step = 'allowed';
  egress.refuseForbidden(host, addresses);
  // Told only now: where a name leads within the network of the gateway is nothing for whoever may write an address.
  done('allowed', `the gateway may call ${addresses.join(', ')}`);
  const target = { host, port, addresses };
  trace.step = 'connection';
  const socket = await openTcp(target, endpoint.connectTimeoutMs, signal);
  done('connection', `connected to ${socket.remoteAddress ?? host}, port ${port}`);
  if (context === undefined) {
    done('tls', 'not spoken: the address is http');
    return { target, socket };
  }
  trace.step = 'tls';
  const secured = await openTls(socket, target, context, endpoint.tls.serverName, signal);
  done('tls', `${secured.getProtocol() ?? 'TLS'}, the certificate is that of ${endpoint.tls.serverName ?? host}`);
  return { target, socket: secured };
}

function longestOf({ url, longestMs }: Plan): Limit | undefined {
  return longestMs === undefined ? undefined : { ms: longestMs, late: () => endless(url, longestMs) };
}

/** A host as it is looked up: without brackets, and without the dot of a name that is already whole. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function refuseClearText(egress: Egress, target: Target, { url, authenticator }: Plan): void {
  const { name, exposesSecret } = authenticator;
  if (url.protocol === 'https:' || !exposesSecret || egress.allowClearText || isOwnMachine(target.addresses)) return;
  throw new CallFailed(
    'authentication',
    'clear_text_refused',
    `${name} may show a secret to whoever listens between here and ${target.host}. Use an https address, another authentication, or ask the operator to permit it with PASSERELLE_ALLOW_CLEAR_TEXT.`,
  );
}

/** An authenticator may ask somebody else, such as a server of tokens: it has as long as an answer, within bounds. */
async function authenticated(clock: Clock, plan: Plan): Promise<OutboundRequest> {
  const { endpoint, secrets, method, headers, body, authenticator } = plan;
  const request: OutboundRequest = {
    endpoint,
    secrets,
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
  };
  const ms = Math.min(endpoint.timeoutMs, LONGEST_AUTHENTICATION_MS);
  try {
    const asking = authenticator.authenticate(request, clock.now());
    if (asking !== undefined)
      await within(clock, { ms, late: () => lateAuthenticator(authenticator.name, ms) }, () => asking);
    return request;
  } catch (error) {
    if (error instanceof CallFailed) throw error;
    if (!(error instanceof GatewayError)) throw new AuthenticatorDefect(authenticator.name, error);
    // A plug-in may quote whom it asked, so its words are the other side's.
    const message = createSecretRemover(secrets).text(error.message);
    throw new CallFailed('authentication', error.code, message, { cause: error });
  }
}

/** An authenticator threw what is no GatewayError: a person must look at it. */
export class AuthenticatorDefect extends CallFailed {
  constructor(name: string, cause: unknown) {
    super(
      'authentication',
      'endpoint_misconfigured',
      `The outbound authenticator ${name} failed; the log has the details. Nothing was sent.`,
      { cause },
    );
  }
}
