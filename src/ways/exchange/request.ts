import type { ExchangeFilter } from '../../domain/bulk-exchange.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { Step } from './parts.ts';
import { tell } from './tell.ts';

/** Asks the SIS for data. The same may be asked twice when a process dies: under the same transactionId. */
export const request: Step = async (parts, exchange) => {
  const told = await tell(parts, exchange, 'requestBulkDataExchange', { filter: filterObject(exchange.filter) });
  const { problem } = told;
  if (problem !== undefined) return { state: 'failed', waitMs: 0, problem, told };
  const { patienceMs } = parts.times;
  return { state: 'requested', waitMs: patienceMs, expiresAt: new Date(Date.now() + patienceMs), told };
};

/** Comes when nobody waits for the announcement any longer. */
export const giveUpWaiting: Step = (_, { transactionId, expiresAt }) =>
  Promise.reject(
    new GatewayError(
      'endpoint_timeout',
      `The SIS accepted the request ${transactionId} and announced nothing until ${expiresAt?.toISOString() ?? 'now'}.`,
    ),
  );

/** LIS has pairs of a type and a value; D2L wants save points as `YYYY-MM-DDTHH:MM:SS.NNN`, UTC. */
function filterObject({ entityTypes = [], savePoint }: ExchangeFilter) {
  const since = savePoint === undefined ? [] : [['savePoint', new Date(savePoint).toISOString().slice(0, -1)]];
  const rules = [...entityTypes.map((type) => ['entityType', type]), ...since];
  return { filterRule: rules.map(([filterType, filterValue]) => ({ filterType, filterValue })) };
}
