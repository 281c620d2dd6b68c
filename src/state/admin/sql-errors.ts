import { GatewayError } from '../../domain/problem.ts';
import { failureOf, sqlStateOf } from '../sql-state.ts';

/**
 * Says what the database refuses in the words of the API: a code that is taken and a row that is in use are `conflict`,
 * a server that is away, full or stopping is `busy`. Anything else is a defect.
 */
export async function withSqlErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error) ?? error;
  }
}

const UNIQUE = '23505';
const FOREIGN_KEY = '23503';

function translated(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return undefined;
  const state = sqlStateOf(error);
  if (state === UNIQUE) {
    return new GatewayError('conflict', 'The code is taken already; choose another.', { field: 'code', cause: error });
  }
  if (state === FOREIGN_KEY) {
    return new GatewayError('conflict', 'It is in use, or what it refers to is gone.', { cause: error });
  }
  if (failureOf(error) !== 'transient') return undefined;
  return new GatewayError('busy', 'The database cannot serve this now; try again.', { retryAfterS: 2, cause: error });
}
