import { translateEnvelope } from '../dialects/lis2/index.ts';
import { sisRest } from '../dialects/sis-rest/index.ts';
import type { JournaledMessage } from '../domain/administration/index.ts';
import type { Replay } from '../http/api/services.ts';
import { recordDialects } from './record-dialects.ts';

/** What a journaled message is sent again as; undefined when it was refused before it was known what it wishes. */
export function replayOf(stored: JournaledMessage): Replay | undefined {
  const { body, contentType } = stored;
  const records = recordDialects.find(({ name }) => name === stored.dialect);
  if (records !== undefined)
    return {
      method: 'POST',
      path: records.path,
      translate: (source) => records.translateStored(body, contentType, source),
    };
  if (stored.door !== 'soap') return sisRest.replayOf(stored);
  if (stored.outcomes.length === 0) return undefined;
  return { method: 'POST', path: '', translate: (source) => translateEnvelope(body, contentType, source) };
}
