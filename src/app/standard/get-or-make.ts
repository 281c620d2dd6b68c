import { GatewayError } from '../../domain/problem.ts';

/** Makes a thing, or gives the one that is there: another process made it, or an earlier start that was interrupted. */
export async function getOrMake<T>(make: () => Promise<T>, get: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'conflict') return get();
    throw error;
  }
}
