import type { ExchangeTold } from '../../domain/bulk-exchange.ts';
import type { LeasedExchange } from '../../domain/exchange-work.ts';
import { GatewayError, type ProblemCode, toProblem } from '../../domain/problem.ts';
import { type ExchangeParts, referenceOf } from './parts.ts';

/** What stays as it is however often it is said. Anything else may pass, or be mended by somebody, within hours. */
const final: readonly ProblemCode[] = ['endpoint_refused', 'no_endpoint'];

/** Calls an operation of the bulk endpoint about an exchange; what went wrong is in the answer. */
export async function tell(
  { endpoints }: ExchangeParts,
  exchange: LeasedExchange,
  operation: string,
  body: object = {},
): Promise<ExchangeTold> {
  const at = new Date().toISOString();
  try {
    const { messageId, problem } = await endpoints.callEndpoint(referenceOf(exchange, 'bulk'), {
      contract: 'bdems',
      operation,
      body: { transactionId: exchange.transactionId, ...body },
    });
    return { at, operation, messageId, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { at, operation, problem: toProblem(error) };
  }
}

/** Is it worth telling once more? */
export function mayPass({ problem }: ExchangeTold): boolean {
  return problem !== undefined && !final.includes(problem.code);
}
