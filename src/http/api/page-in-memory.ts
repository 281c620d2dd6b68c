import { GatewayError } from '../../domain/problem.ts';
import type { Page, PageRequest } from '../../domain/administration/index.ts';

/** A page of a list that is short enough to be read whole; its items have ids and an order of their own. */
export function pageInMemory<Item extends { id: string }>(
  all: readonly Item[],
  { limit, after }: PageRequest,
): Page<Item> {
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) {
    throw new GatewayError('invalid_request', 'Give as `after` what `next` of the page before said.', {
      field: 'after',
    });
  }
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  return start + limit < all.length && last !== undefined ? { items, next: last.id } : { items };
}
