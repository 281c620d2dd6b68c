import { abandonAll } from './fetch-files.ts';
import { GatewayError } from '../../domain/problem.ts';
import { again, mostAttempts, type Step } from './parts.ts';
import { mayPass, tell } from './tell.ts';

/**
 * Ends what was begun, then tells the SIS: `cancelBulkDataExchange` while it has announced nothing, `ignoreBulkDataExchange`
 * afterwards. Nothing is told to a SIS that said itself that it failed.
 */
export const cancel: Step = async (parts, exchange) => {
  const { work, runs, log } = parts;
  const { organizationId, notice, transactionId } = exchange;
  await abandonAll(parts, exchange);
  const actor = exchange.cancelledBy ?? 'gateway';
  for (const id of await work.openRuns(exchange)) {
    await runs.cancel({ organizationId, actor }, id).catch((error: unknown) => {
      // It has ended in this very moment.
      if (!(error instanceof GatewayError) || error.code !== 'conflict') throw error;
    });
  }
  if ((await work.openRuns(exchange)).length > 0)
    return { state: 'cancelling', waitMs: parts.times.lookMs, attempts: exchange.attempts };
  if (notice === null) return { state: 'cancelled', waitMs: 0 };
  const told = await tell(parts, exchange, `${notice}BulkDataExchange`);
  if (mayPass(told) && exchange.attempts + 1 < mostAttempts) return { ...again(parts, exchange), told };
  if (told.problem !== undefined)
    log.error(
      { transactionId, code: told.problem.code, reason: told.problem.message },
      'a SIS was not told of a cancelled bulk exchange',
    );
  return { state: 'cancelled', waitMs: 0, told };
};
