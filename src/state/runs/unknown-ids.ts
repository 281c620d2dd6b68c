import { GatewayError } from '../../domain/problem.ts';

/** So many are named. */
const mostTold = 20;

/**
 * Nothing is done for a part of those that were asked for: whoever has mistyped one would believe that it was meant, too.
 *
 * @param where what has no items of these, as the beginning of a sentence
 * @param undone what was not done, as its end
 */
export function unknownIds(where: string, unknown: readonly string[], undone: string, field: string): GatewayError {
  const named = unknown.slice(0, mostTold).map((id) => `"${id}"`);
  const others = unknown.length - named.length;
  const more = others === 0 ? '' : ` and ${others} more`;
  const these = unknown.length === 1 ? 'the sourcedId' : 'the sourcedIds';
  return new GatewayError('not_found', `${where} has no item of ${these} ${named.join(', ')}${more}; ${undone}.`, {
    field,
  });
}
