import { type EndpointSecrets, LONGEST_WAIT_MS } from '../domain/endpoint.ts';
import type { Problem } from '../domain/problem.ts';
import { CallDefect, type OutboundAttempt, type OutboundResult } from '../pipeline/outbound.ts';
import { CallFailed } from './call-failed.ts';
import { type Clock, sleep } from './clock.ts';
import { withoutSecrets } from './said-text.ts';
import type { Trace } from './attempt.ts';

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
  secrets: EndpointSecrets,
  once: (trace: Trace) => Promise<Result>,
): Promise<Attempted<Result>> {
  const attempts: OutboundAttempt[] = [];
  for (;;) {
    const startedAt = clock.now();
    const trace: Trace = { step: 'address', done: [] };
    const note = (problem?: Problem): void => {
      const durationMs = clock.now().getTime() - startedAt.getTime();
      attempts.push({ startedAt, durationMs, ...statusOf(trace), ...(problem === undefined ? {} : { problem }) });
    };
    const outcome = await settle(once, trace, secrets).catch((error: unknown) => {
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
  const { sent = Buffer.alloc(0), received } = trace;
  return { attempts, sent, ...statusOf(trace), ...(received === undefined ? {} : { received }) };
}

function statusOf({ status }: Trace): { status?: number } {
  return status === undefined ? {} : { status };
}

async function settle<Result>(
  once: (trace: Trace) => Promise<Result>,
  trace: Trace,
  secrets: EndpointSecrets,
): Promise<{ failed: CallFailed; result?: never } | { failed?: never; result: Result }> {
  try {
    return { result: await once(trace) };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const { step, problem, passing, retryAfterMs } = error;
    const message = withoutSecrets(problem.message, secrets);
    return { failed: new CallFailed(step, problem.code, message, { passing, retryAfterMs, cause: error }) };
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
