import type { Endpoint } from '../domain/endpoint.ts';
import type { ElementView } from '../pipeline/ports.ts';
import type { OutboundResult } from '../pipeline/outbound.ts';
import { attempt, AuthenticatorDefect, type Plan, type Trace, type World } from './attempt.ts';
import type { Clock } from './clock.ts';
import { collected } from './collected.ts';
import type { Egress } from './egress.ts';
import type { OutboundAuthenticators } from './plan.ts';
import { readSoapAnswer } from './read-answer.ts';
import { type Attempted, shownOctets } from './retry.ts';
import type { OutboundContracts } from './soap-request.ts';

export interface OutboundCallerOptions {
  readonly authenticators: OutboundAuthenticators;
  readonly egress: Egress;
  /** By the names that calls state: `bdems`, `oms`. */
  readonly contracts: OutboundContracts;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  readonly clock?: Clock;
  /** From 0 to 1: spreads repeated attempts. */
  readonly random?: () => number;
}

/** What everything in this folder is given. */
export interface Calling extends World, Required<OutboundCallerOptions> {}

/** Sends a SOAP message once. Throws CallFailed for what is no success. */
export function sendSoap(calling: World, plan: Plan, trace: Trace): Promise<ElementView | undefined> {
  return attempt(calling, plan, trace, async (head, body) => {
    trace.received = await collected(head, body);
    trace.receivedType = String(head.headers['content-type'] ?? '');
    return readSoapAnswer({ ...head, url: plan.url, body: trace.received, now: calling.clock.now() });
  });
}

/** What came of it, for the caller and in one line of the log. */
export function noted<Result>(
  { log }: Calling,
  endpoint: Endpoint,
  operation: string,
  { attempts, trace, failed, result }: Attempted<Result>,
  unsent = '',
): OutboundResult {
  const about = {
    endpoint: endpoint.id,
    endpointType: endpoint.type,
    host: URL.parse(endpoint.address)?.host,
    operation,
    attempts: attempts.length,
    status: trace.status,
    code: failed?.problem.code,
  };
  if (failed instanceof AuthenticatorDefect)
    log.error({ ...about, err: failed.cause }, 'an outbound authenticator failed');
  else if (failed === undefined) log.info(about, 'endpoint called');
  else log.warn({ ...about, reason: failed.problem.message }, 'endpoint could not be called');
  return {
    attempts,
    sent: Buffer.from(unsent),
    ...shownOctets(trace),
    ...(trace.status === undefined ? {} : { status: trace.status }),
    ...(failed === undefined ? {} : { problem: failed.problem }),
    ...(result === undefined ? {} : { answer: result }),
  };
}
