import { stepsOf, translateEnvelope } from '../dialects/lis2/index.ts';
import { sisRest } from '../dialects/sis-rest/index.ts';
import type { JournaledMessage } from '../domain/administration/index.ts';
import type { CompiledLists } from '../pipeline/plugins/index.ts';
import type { Replay } from '../http/api/services.ts';

/** What a journaled message is sent again as; undefined when it was refused before it was known what it wishes. */
export function replayOf(stored: JournaledMessage, lists: CompiledLists): Replay | undefined {
  if (stored.door !== 'soap') return sisRest.replayOf(stored);
  if (stored.outcomes.length === 0) return undefined;
  return {
    method: 'POST',
    path: '',
    translate: (source) => translateEnvelope(stored.body, stored.contentType, source, stepsOf(lists, source)),
  };
}
