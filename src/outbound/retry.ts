import { LONGEST_WAIT_MS } from '../domain/endpoint.ts';
import type { Problem } from '../domain/problem.ts';
import { CallDefect, type OutboundAttempt, type OutboundResult } from '../pipeline/outbound.ts';
import { charsetOf } from '../formats/xml/index.ts';
import { CallFailed } from './call-failed.ts';
import { type Clock, sleep } from './clock.ts';
import type { Trace } from './attempt.ts';
import { saidText } from './said-text.ts';

/** Wait this long after the first attempt, twice as long after each further one, and never longer than the bound. */
const FIRST_WAIT_MS = 1_000;

export interface Attempted<Result> {
  readonly attempts: readonly OutboundAttempt[];
  readonly trace: Trace;
  readonly failed?: CallFailed;
  readonly result?: Result;
}

/**
 * Makes attempts until one succeeds, fails for good, or there were as many as allowed. Waits twice as long each time, by
 * chance up to half of it less, so that those who failed together do not come back together; at least as long as the other
 * side asks, if that is within the bound.
 *
 * @throws CallDefect for a mistake of ours, with what had been done by then
 */
export async function attempted<Result>(
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  most: number,
  once: (trace: Trace) => Promise<Result>,
): Promise<Attempted<Result>> {
  const attempts: OutboundAttempt[] = [];
  for (;;) {
    const startedAt = clock.now();
    const trace: Trace = { step: 'address', done: [] };
    const note = (problem?: Problem): void => {
      const durationMs = clock.now().getTime() - startedAt.getTime();
      attempts.push({
        startedAt,
        durationMs,
        ...statusOf(trace),
        ...answerTypeOf(trace),
        ...(problem === undefined ? {} : { problem }),
      });
    };
    const outcome = await settle(once, trace).catch((error: unknown) => {
      note(mistake);
      throw new CallDefect(soFar(attempts, trace), error);
    });
    note(outcome.failed?.problem);
    const wait = outcome.failed && waitBefore(outcome.failed, attempts.length, most, random);
    if (wait === undefined) return { attempts, trace, ...outcome };
    await sleep(clock, wait);
  }
}

const mistake: Problem = { code: 'internal_error', message: 'The gateway made a mistake; the log has the details.' };

function soFar(attempts: readonly OutboundAttempt[], trace: Trace): OutboundResult {
  return { attempts, sent: Buffer.alloc(0), ...statusOf(trace), ...shownOctets(trace) };
}

/** What was sent and received, without the secrets. */
export function shownOctets({ sent, received, receivedType, secrets }: Trace): { sent?: Buffer; received?: Buffer } {
  return {
    ...(sent === undefined || secrets === undefined ? {} : { sent: secrets.sent(sent.message, sent.composed) }),
    ...(received === undefined || secrets === undefined
      ? {}
      : { received: secrets.octets(received, charsetOf(receivedType)) }),
  };
}

function statusOf({ status }: Trace): { status?: number } {
  return status === undefined ? {} : { status };
}

function answerTypeOf({ receivedType, secrets }: Trace): { answerType?: string } {
  return receivedType === undefined || secrets === undefined ? {} : { answerType: saidText(receivedType, secrets) };
}

async function settle<Result>(
  once: (trace: Trace) => Promise<Result>,
  trace: Trace,
): Promise<{ failed: CallFailed; result?: never } | { failed?: never; result: Result }> {
  try {
    return { result: await once(trace) };
  } catch (failed) {
    if (!(failed instanceof CallFailed)) throw failed;
    return { failed };
  }
}

/** Milliseconds until the next attempt; undefined when there is none. */
function waitBefore(
  { passing, retryAfterMs = 0 }: CallFailed,
  made: number,
  most: number,
  random: () => number,
): number | undefined {
  if (!passing || made >= most || retryAfterMs > LONGEST_WAIT_MS) return undefined;
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (made - 1), LONGEST_WAIT_MS);
  return Math.max(Math.round(longest * (1 - random() / 2)), retryAfterMs);
}
