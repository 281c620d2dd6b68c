import type pg from 'pg';
import { GatewayError } from '../../domain/problem.ts';
import { inOrganization } from '../in-transaction.ts';
import { failureOf } from '../sql-state.ts';

/**
 * A transaction on uploads. That the database is away, or has no room left, is for the sender to wait for: nothing was
 * acknowledged.
 *
 * @throws GatewayError `busy`
 */
export async function inSpool<Result>(
  pool: pg.Pool,
  organizationId: number,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  try {
    return await inOrganization(pool, organizationId, work);
  } catch (error) {
    if (error instanceof GatewayError || failureOf(error) !== 'transient') throw error;
    throw new GatewayError('busy', 'The gateway cannot keep files at the moment; send this one again a little later.', {
      retryAfterS: 30,
      cause: error,
    });
  }
}
