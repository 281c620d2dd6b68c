import type { RunProblemView, RunView } from '../../domain/administration/index.ts';
import type { LeasedExchange } from '../../domain/exchange-work.ts';
import { GatewayError } from '../../domain/problem.ts';
import { abandonAll } from './fetch-files.ts';
import { again, type ExchangeParts, mostAttempts, type Step } from './parts.ts';
import { mayPass, tell } from './tell.ts';

/** Waits until the runs of all files have ended. One that came to no end of its own fails the exchange. */
export const watchRuns: Step = async ({ work, runs, times }, exchange) => {
  const open = await work.openRuns(exchange);
  if (open.length > 0) return { state: 'processing', waitMs: times.lookMs };
  for (const { number, shown, runId } of exchange.files) {
    const run = runId === null ? undefined : await unlessForgotten(runs.get(exchange.organizationId, runId));
    const file = `File ${String(number)}, ${shown}`;
    if (run?.state === 'cancelled') throw new GatewayError('conflict', `${file}: its run was cancelled.`);
    if (run?.failure != null) throw new GatewayError(run.failure.code, `${file}: ${run.failure.message}`);
  }
  return { state: 'reporting', waitMs: 0 };
};

/** Runs go when their time is over. */
function unlessForgotten<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'not_found') return undefined;
    throw error;
  });
}

/** Tells the SIS what became of its files: at least once, as often as it takes, until it is given up. */
export const report: Step = async (parts, exchange) => {
  const { log } = parts;
  const { transactionId, problem } = exchange;
  const ended = problem === null ? 'finished' : 'failed';
  await abandonAll(parts, exchange);
  const lines = await reportOf(parts, exchange);
  const told = await tell(parts, exchange, 'reportBulkDataExchange', { bulkBlockReport: { report: lines } });
  if (mayPass(told) && exchange.attempts + 1 < mostAttempts) return { ...again(parts, exchange), told };
  if (told.problem?.code === 'no_endpoint')
    log.warn({ transactionId }, 'nobody is told of a bulk exchange: its source system has no bulk endpoint');
  else if (told.problem !== undefined)
    log.error(
      { transactionId, code: told.problem.code, reason: told.problem.message },
      'the report of a bulk exchange was given up',
    );
  return { state: ended, waitMs: 0, told };
};

/** A report has so many problems of each file; how many more there are is in it. */
const mostProblems = 200;

async function reportOf(parts: ExchangeParts, { organizationId, problem, files }: LeasedExchange): Promise<string[]> {
  const lines = problem === null ? [] : [`failed: ${problem.message} [${problem.code}]`];
  for (const { number, shown, runId } of files) {
    const name = `file ${String(number)}, ${shown}`;
    if (runId === null) lines.push(`${name}: not processed`);
    else lines.push(...(await linesOf(parts, organizationId, name, runId)));
  }
  return lines;
}

async function linesOf(
  { runs }: ExchangeParts,
  organizationId: number,
  name: string,
  runId: string,
): Promise<string[]> {
  const run = await unlessForgotten(runs.get(organizationId, runId));
  if (run === undefined) return [`${name}: processed; its report is no longer kept`];
  const { items } = await runs.problems(organizationId, runId, {}, { limit: mostProblems });
  const all = run.problems.error + run.problems.warning;
  const more = items.length < all ? [`${name}: and ${String(all - items.length)} more problems`] : [];
  return [`${name}: ${summaryOf(run)}`, ...items.map((item) => `${name}: ${problemText(item)}`), ...more];
}

function summaryOf({ state, mode, counters, held, problems, outcomes, failure }: RunView): string {
  const kinds = Object.entries(counters).map(
    ([kind, { records, unchanged, add, change, remove, refused }]) =>
      `${kind} ${String(records)} records (${String(add)} added, ${String(change)} changed, ${String(remove)} removed, ${String(unchanged)} unchanged, ${String(refused)} refused)`,
  );
  const others = Object.entries(outcomes).map(([outcome, count]) => `${String(count)} ${outcome}`);
  return [
    mode === 'apply' ? state : `${state} (${mode} only: nothing was written)`,
    ...(failure === null ? [] : [`${failure.message} [${failure.code}]`]),
    ...kinds,
    ...others,
    ...(held === 0 ? [] : [`${String(held)} held until an administrator approves them`]),
    `${String(problems.error)} errors, ${String(problems.warning)} warnings`,
  ].join('; ');
}

function problemText({ severity, code, message, line, kind, sourcedId }: RunProblemView): string {
  const where = [line === null ? '' : `line ${String(line)}`, kind ?? '', sourcedId ?? ''].filter(
    (part) => part !== '',
  );
  return `${severity} [${code}]${where.length === 0 ? '' : ` ${where.join(' ')}`}: ${message}`;
}
