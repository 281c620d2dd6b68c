import { randomUUID } from 'node:crypto';
import type { ExchangeState } from '../../domain/bulk-exchange.ts';
import type { ExchangeStep, LeasedExchange } from '../../domain/exchange-work.ts';
import { GatewayError, toProblem } from '../../domain/problem.ts';
import { cancel } from './cancel.ts';
import { beginFetching, fetchNext } from './fetch-files.ts';
import { again, type ExchangeParts, mostAttempts, type Step } from './parts.ts';
import { report, watchRuns } from './report.ts';
import { giveUpWaiting, request } from './request.ts';

/** Works on bulk data exchanges, a step at a time. Any number of processes may. */
export interface Exchanges {
  /** Begins the next step of one that is due; undefined when there is none. `done` never rejects. */
  begin(organizationId: number, stopping: AbortSignal): Promise<{ readonly done: Promise<void> } | undefined>;
}

/** The state machine: what is done in each state in which something is to be done. */
const steps: Readonly<Partial<Record<ExchangeState, Step>>> = {
  requesting: request,
  requested: giveUpWaiting,
  announced: beginFetching,
  downloading: fetchNext,
  processing: watchRuns,
  reporting: report,
  cancelling: cancel,
};

const renewEveryMs = 5_000;

export function createExchanges(parts: ExchangeParts): Exchanges {
  const owner = randomUUID();
  return {
    async begin(organizationId, stopping) {
      const exchange = await parts.work.claim(organizationId, owner);
      if (exchange === undefined) return undefined;
      const { transactionId } = exchange;
      const done = takeStep(parts, exchange, stopping).catch((error: unknown) => {
        parts.log.warn(
          { organizationId, transactionId, err: error },
          'what a bulk exchange came to could not be noted; it is taken up again when its lease ends',
        );
      });
      return { done };
    },
  };
}

async function takeStep(parts: ExchangeParts, exchange: LeasedExchange, stopping: AbortSignal): Promise<void> {
  const { work, log } = parts;
  const about = { organizationId: exchange.organizationId, transactionId: exchange.transactionId };
  const lost = new AbortController();
  const renewing = setInterval(() => {
    work.renew(exchange).then(
      (isOurs) => isOurs || lost.abort(),
      (error: unknown) => log.warn({ ...about, err: error }, 'the lease of a bulk exchange could not be renewed'),
    );
  }, renewEveryMs);
  try {
    const signal = AbortSignal.any([stopping, lost.signal]);
    const step = await stepOf(parts, exchange, signal);
    if (signal.aborted && step.state === exchange.state) {
      await work.release(exchange);
      return;
    }
    if (step.state !== exchange.state)
      log.info({ ...about, from: exchange.state, to: step.state, code: step.problem?.code }, 'a bulk exchange went on');
    await work.finish(exchange, step);
  } finally {
    clearInterval(renewing);
  }
}

/** What ends an exchange is a problem of it, which the SIS is told; one that it never announced just fails. */
async function stepOf(parts: ExchangeParts, exchange: LeasedExchange, signal: AbortSignal): Promise<ExchangeStep> {
  const step = steps[exchange.state];
  if (step === undefined) throw new Error(`nothing is to be done of an exchange that is ${exchange.state}`);
  try {
    return await step(parts, exchange, signal);
  } catch (error) {
    const failed = exchange.files.length === 0 ? 'failed' : 'reporting';
    if (error instanceof GatewayError && error.code !== 'busy')
      return { state: failed, waitMs: 0, problem: toProblem(error) };
    const { organizationId, transactionId, state } = exchange;
    const about = { organizationId, transactionId, state, err: error };
    if (exchange.attempts + 1 >= mostAttempts) {
      parts.log.error(about, 'a step of a bulk exchange failed again and again and was given up');
      return givenUp(exchange, failed);
    }
    if (!signal.aborted) parts.log.warn(about, 'a step of a bulk exchange failed and will be tried again');
    return again(parts, exchange);
  }
}

/** It must not go on for ever, nor its source system stay in bulk: whatever it is that fails. */
function givenUp({ state, files }: LeasedExchange, failed: 'failed' | 'reporting'): ExchangeStep {
  const message = 'The gateway made a mistake, again and again; the log has the details.';
  const problem = { code: 'internal_error', message } as const;
  if (state === 'cancelling') return { state: 'cancelled', waitMs: 0, problem };
  return { state: state === 'reporting' || files.length === 0 ? 'failed' : failed, waitMs: 0, problem };
}
