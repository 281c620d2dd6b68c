import type { Outcome } from '../../domain/outcome.ts';
import { collections } from './translate-call.ts';
import { messagesPath } from './rest-translation.ts';

/**
 * The method and path of a journaled message, which keeps its operation and outcomes but no address; undefined when it
 * was refused before it was known what it is about.
 */
export function addressOf(
  operation: string,
  outcomes: readonly Pick<Outcome, 'kind' | 'sourcedId'>[],
): { method: string; path: string } | undefined {
  const [method = '', collection = ''] = operation.split(' ');
  if (collection === 'messages') return { method, path: messagesPath };
  const about = outcomes[0];
  if (about === undefined || !(collection in collections)) return undefined;
  const query = collection === 'org-units' ? `?kind=${about.kind}` : '';
  return { method, path: `/sis/v1/${collection}/${encodeURIComponent(about.sourcedId)}${query}` };
}
