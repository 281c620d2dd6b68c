import { uuidv7 } from '../../domain/ids.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { Message, Translation } from '../../pipeline/ports.ts';
import { collections, dialectName, messagesPath } from './rest-translation.ts';
import { translateRest } from './translate.ts';

/** What the journal keeps of a message: its operation and outcomes, but no address. */
interface Journaled {
  readonly dialect: string;
  readonly operation: string;
  readonly contentType: string;
  readonly outcomes: readonly Pick<Outcome, 'kind' | 'sourcedId'>[];
  readonly body: Buffer;
}

export interface Replay {
  readonly method: string;
  readonly path: string;
  readonly translate: () => Translation;
}

/** A journaled message of this dialect, to be sent again; undefined when it was refused before it had a meaning. */
export function replayOf(journaled: Journaled): Replay | undefined {
  const address = addressOf(journaled);
  if (address === undefined) return undefined;
  const message: Message = {
    ...address,
    id: uuidv7(),
    receivedAt: new Date(),
    door: 'rest',
    headers: {
      'content-type': journaled.contentType,
      ...(journaled.operation.endsWith(' if-none-match') ? { 'if-none-match': '*' } : {}),
    },
    body: journaled.body,
    remote: { address: '', loopback: true, secure: true },
  };
  return { ...address, translate: () => translateRest(message) };
}

function addressOf({ dialect, operation, outcomes }: Journaled): { method: string; path: string } | undefined {
  if (dialect !== dialectName) return undefined;
  const [method = '', collection = '', act] = operation.split(' ');
  const [about] = outcomes;
  if (about === undefined) return undefined;
  if (collection === 'messages') return { method, path: messagesPath };
  if (!(collection in collections)) return undefined;
  const query = collection === 'org-units' ? `?kind=${about.kind}` : '';
  if (method === 'POST' && act === undefined) return { method, path: `/sis/v1/${collection}${query}` };
  // What a list was asked for is not journaled: it is a question, not a change.
  if (about.sourcedId === '') return undefined;
  const rename = act === 'rename' ? '/rename' : '';
  return { method, path: `/sis/v1/${collection}/${encodeURIComponent(about.sourcedId)}${rename}${query}` };
}
