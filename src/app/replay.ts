import { translateStoredEs1 } from '../dialects/ims-es1/index.ts';
import { translateEnvelope } from '../dialects/lis2/index.ts';
import { translateStoredSaip } from '../dialects/saip/index.ts';
import { sisRest } from '../dialects/sis-rest/index.ts';
import type { JournaledMessage } from '../domain/administration/index.ts';
import type { Replay } from '../http/api/services.ts';
import type { SourceSystem, Translation } from '../pipeline/ports.ts';
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
  return { method: 'POST', path: '', translate: (source) => translatorOf(stored)(body, contentType, source) };
}

type Translator = (body: Buffer, contentType: string, source: SourceSystem) => Translation;

/** By the dialect under which it was journaled; LIS 2.0 was the first. */
function translatorOf({ dialect }: JournaledMessage): Translator {
  return soapTranslators[dialect] ?? translateEnvelope;
}

const soapTranslators: Readonly<Record<string, Translator>> = {
  saip: translateStoredSaip,
  'ims-es1': translateStoredEs1,
};
